/**
 * A campaign over the whole protocol: traces, coverage rules, and the report that a person reads.
 * @module
 */
import { type CampaignResult, campaign } from '../mirror/campaign.ts';
import { type Coverage, type Progress, requireCoverage } from '../mirror/report.ts';
import type { TraceReport } from '../mirror/run.ts';
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

/** Traces that come to about so many calls. @param ends whether each trace has a teardown */
export function tracesFor(calls: number, length = TRACE_LENGTH, ends = true): number {
  return Math.ceil(calls / (length + (ends ? TEARDOWN_LENGTH : 0)));
}

export interface ProtocolRun {
  readonly result: CampaignResult;
  /** what the campaign should have reached and didn't, one sentence each */
  readonly missed: readonly string[];
}

/** A campaign in this process. */
export async function runCampaign(
  ready: Ready,
  options: {
    /** calls to compare, about: traces have the same number of calls, teardowns differ */
    readonly calls: number;
    readonly seed: string;
    /** folder for failing traces */
    readonly directory: string;
    readonly onProgress?: (progress: Progress) => void;
    readonly onTrace?: (report: TraceReport, index: number) => void;
  },
): Promise<ProtocolRun> {
  const { calls, seed, directory, onProgress, onTrace } = options;
  const result = await campaign({
    ...ready,
    traces: tracesFor(calls),
    length: TRACE_LENGTH,
    seed,
    profile: 'protocol',
    meta: { bytecodeHash: ready.bytecodeHash },
    directory,
    replayCommand: (file) => `npx --no mprd replay ${file}`,
    ...(onProgress ? { onProgress } : {}),
    ...(onTrace ? { onTrace } : {}),
  });
  return { result, missed: result.failure ? [] : missedBy(result) };
}

/** The names that can't occur, with their reasons. @param protocol false for somebody else's contracts */
export const excusesOf = (protocol: boolean): Readonly<Record<string, string>> => (protocol ? excused : {});

/**
 * What a campaign hardly reached, one sentence each.
 * @param protocol false for somebody else's contracts, of which only their named goals are asked
 */
export function missedBy(
  { calls, traces, coverage }: Pick<CampaignResult, 'calls' | 'traces' | 'coverage'>,
  protocol = true,
): string[] {
  if (!protocol) {
    return requireCoverage(coverage, { minOkShare: MIN_OK_SHARE, minPerCall: 0, minPerError: 0, minPerEvent: 0 });
  }
  // Of a short campaign half as much is asked as its share: what is rare may be missing by chance.
  const share = calls < FULL_COVERAGE_CALLS ? calls / FULL_COVERAGE_CALLS / 2 : 1;
  const least = (full: number): number => Math.floor(full * share);
  const missed = requireCoverage(coverage, {
    minOkShare: MIN_OK_SHARE,
    minPerCall: least(MIN_PER_CALL),
    minPerError: least(MIN_PER_ERROR),
    minPerEvent: least(MIN_PER_ERROR),
    minPerGoal: least(MIN_PER_ERROR),
    excused,
  });
  const gone = coverage.goals.get(EMPTY_GOAL) ?? 0;
  if (gone < traces) {
    missed.push(`${gone} of ${traces} traces ended with everything closed: in the others funds are stuck`);
  }
  return missed;
}

/** Counts per call, error, event and goal as aligned lines. */
export function formatCoverage(coverage: Coverage, excuses: Readonly<Record<string, string>> = excused): string {
  const counted = ([name, count]: readonly [string, number]): [string, string] => [
    name,
    Object.hasOwn(excuses, name) ? `${count} (can't occur: ${excuses[name]})` : String(count),
  ];
  const rows: [string, string][] = [
    ...[...coverage.functions].map(([name, { ok, refused }]): [string, string] => [
      name,
      `${ok} ok, ${refused} refused`,
    ]),
    ...[...coverage.errors].map(counted),
    ...[...coverage.events].map(counted),
    ...[...coverage.goals].map(([name, count]): [string, string] => [name, String(count)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n');
}
