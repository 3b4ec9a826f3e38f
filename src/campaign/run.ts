/**
 * A campaign over the whole protocol: traces, coverage rules, and the report that a person reads.
 * @module
 */
import { type CampaignResult, campaign, type Progress } from '../mirror/campaign.ts';
import { requireCoverage } from '../mirror/report.ts';
import { EMPTY_GOAL, excused } from './goals.ts';
import type { Ready } from './system.ts';

/** Calls from which on the full coverage is asked for; fewer calls are asked for proportionally less. */
export const FULL_COVERAGE_CALLS = 60_000;
const MIN_PER_CALL = 50;
const MIN_PER_ERROR = 5;
const MIN_OK_SHARE = 0.4;
/** Calls per trace, before its teardown. */
export const TRACE_LENGTH = 60;

/** Calls that a teardown takes, about. */
const TEARDOWN_LENGTH = 18;

export interface ProtocolRun {
  readonly result: CampaignResult;
  /** what the campaign should have reached and didn't, one sentence each */
  readonly missed: readonly string[];
}

export async function runCampaign(
  ready: Ready,
  options: {
    /** calls to compare, about: traces have the same number of calls, teardowns differ */
    readonly calls: number;
    readonly seed: string;
    /** folder for failing traces */
    readonly directory: string;
    readonly onProgress?: (progress: Progress) => void;
  },
): Promise<ProtocolRun> {
  const { calls, seed, directory, onProgress } = options;
  const result = await campaign({
    ...ready,
    traces: Math.ceil(calls / (TRACE_LENGTH + TEARDOWN_LENGTH)),
    length: TRACE_LENGTH,
    seed,
    profile: 'protocol',
    meta: { bytecodeHash: ready.bytecodeHash },
    directory,
    replayCommand: (file) => `npm run replay -- ${file}`,
    ...(onProgress ? { onProgress } : {}),
  });
  const share = Math.min(1, result.calls / FULL_COVERAGE_CALLS);
  const least = (full: number): number => Math.floor(full * share);
  const missed = result.failure
    ? []
    : requireCoverage(result.coverage, {
        minOkShare: MIN_OK_SHARE,
        minPerCall: least(MIN_PER_CALL),
        minPerError: least(MIN_PER_ERROR),
        minPerEvent: least(MIN_PER_ERROR),
        minPerGoal: least(MIN_PER_ERROR),
        excused,
      });
  const gone = result.coverage.goals.get(EMPTY_GOAL) ?? 0;
  if (!result.failure && gone < result.traces) {
    missed.push(`${gone} of ${result.traces} traces ended with everything closed: in the others funds are stuck`);
  }
  return { result, missed };
}

/** Counts per call, error, event and goal as aligned lines. */
export function formatCoverage({ coverage }: CampaignResult): string {
  const rows: [string, string][] = [
    ...[...coverage.functions].map(([name, { ok, refused }]): [string, string] => [
      name,
      `${ok} ok, ${refused} refused`,
    ]),
    ...[...coverage.errors].map(([name, count]): [string, string] => [name, counted(name, count)]),
    ...[...coverage.events].map(([name, count]): [string, string] => [name, counted(name, count)]),
    ...[...coverage.goals].map(([name, count]): [string, string] => [name, String(count)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n');
}

function counted(name: string, count: number): string {
  return Object.hasOwn(excused, name) ? `${count} (can't occur: ${excused[name]})` : String(count);
}
