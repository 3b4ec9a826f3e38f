/**
 * A campaign: many generated traces, the first divergence stored, shrunk and shown.
 * @module
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { codecOf } from './codec.ts';
import { keepNewObjectsYoung } from './heap.ts';
import type { JsonRpc } from './jsonrpc.ts';
import { type Clock, ModelRun, SELDOM } from './model.ts';
import { type Rng, rngOf } from './random.ts';
import { Coverage, type Progress, teller } from './report.ts';
import type { Opener } from './reproducer.ts';
import { clockOf, finish, type TraceReport } from './run.ts';
import { shrinkFailure } from './shrink.ts';
import { type TraceMeta, writeTrace } from './trace.ts';
import { type Backend, type Divergence, type Hex, MirrorError, type Step, type System } from './types.ts';

/** Proposes the next step, knowing the live state of the model. Draws all its choices from `rng`. */
export type Generate<S> = (
  rng: Rng,
  state: S,
  now: { readonly history: readonly Step[] /** of the next call */; readonly time: bigint },
) => Step;

/** What a campaign tests, opened and ready: contracts on an EVM, their model, and what draws calls. */
export interface Subject<S> {
  readonly system: System<S>;
  readonly backend: Backend;
  readonly generate: Generate<S>;
  /** brings a trace to its end after its calls; nothing when it is there */
  readonly teardown?: (...now: Parameters<Generate<S>>) => Step | undefined;
  /** of the contracts under test */
  readonly bytecodeHash: Hex;
  /** the node behind the backend, at whose head the system's initial state is: for looking into calls */
  readonly rpc?: JsonRpc;
  /** releases what it holds, such as a node */
  stop(): Promise<void>;
}

export interface CampaignOptions<S> extends Pick<Subject<S>, 'system' | 'backend' | 'generate' | 'teardown'> {
  /** number of traces of the whole campaign */
  readonly traces: number;
  /** which of them are run here: the first, and every so many after it (default all) */
  readonly share?: { readonly first: number; readonly stride: number };
  /** calls per trace; time steps come on top */
  readonly length: number;
  readonly seed: string;
  readonly profile: string;
  readonly meta: TraceMeta;
  /** folder for failing traces; made if need be */
  readonly directory: string;
  /** begins no new trace after so many seconds */
  readonly maxSeconds?: number;
  /** asked before each trace: no trace with this number or a higher one is begun */
  readonly limit?: () => number;
  /** told each trace on which both sides agree, in order */
  readonly onTrace?: (report: TraceReport, index: number) => void;
  /** traces that wait for the EVM while the next one is made */
  readonly inFlight?: number;
  readonly maxMinimiseRuns?: number;
  readonly progressEverySeconds?: number;
  readonly onProgress?: (progress: Progress) => void;
  /** told the file of the whole failing trace as soon as it is written, before it is shrunk */
  readonly onFailure?: (file: string, divergence: Divergence) => void;
  /** the module and its export that open the subject: with them a failure is written as a test too */
  readonly opener?: Opener;
  /** the command that replays a file, for the screen */
  readonly replayCommand?: (file: string) => string;
}

export interface Failure {
  /** number of the trace in the campaign */
  readonly index: number;
  readonly divergence: Divergence;
  /** of the minimal trace */
  readonly report: TraceReport;
  readonly rawFile: string;
  /** the minimal trace */
  readonly file: string;
  readonly minimiseRuns: number;
  /** false if a second run differs from the first: then something besides state, call and environment is at work */
  readonly repeats: boolean;
  readonly screen: string;
}

export interface CampaignResult {
  /** traces on which both sides agree */
  readonly traces: number;
  readonly calls: number;
  readonly seconds: number;
  readonly coverage: Coverage;
  readonly failure?: Failure;
}

/**
 * Runs traces until one fails or all are done. What is tested depends on seed, profile and trace number alone; traces
 * are judged in order, so the failure is the same on every machine.
 */
export async function campaign<S>(options: CampaignOptions<S>): Promise<CampaignResult> {
  const { system, backend, traces, inFlight = 3, share = { first: 0, stride: 1 } } = options;
  if (inFlight < 1) throw new MirrorError(`inFlight: expected at least 1, got ${inFlight}`);
  keepNewObjectsYoung();
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const coverage = new Coverage(system);
  const tell = teller(options, coverage, seconds);
  const waiting: { readonly index: number; readonly report: Promise<TraceReport> }[] = [];
  let judged = 0;
  let next = share.first;
  const more = (): boolean =>
    next < Math.min(traces, options.limit?.() ?? traces) &&
    seconds() < (options.maxSeconds ?? Number.POSITIVE_INFINITY);
  for (;;) {
    while (waiting.length < inFlight && more()) {
      const report = finish(generated(options, next), backend);
      report.catch(() => {}); // whoever awaits it sees the error; until then it must not count as unhandled
      waiting.push({ index: next, report });
      next += share.stride;
      // Lets the request go out, so that the EVM works while the next trace is made.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const oldest = waiting.shift();
    if (!oldest) break;
    const report = await oldest.report;
    if (report.divergence) {
      await Promise.allSettled(waiting.map(({ report: other }) => other));
      const failure = await fail(options, oldest.index, report, report.divergence);
      return { traces: judged, calls: total(coverage), seconds: seconds(), coverage, failure };
    }
    judged++;
    coverage.add(report);
    options.onTrace?.(report, oldest.index);
    tell(judged);
  }
  return { traces: judged, calls: total(coverage), seconds: seconds(), coverage };
}

const total = ({ calls }: Coverage): number => calls.ok + calls.refused;

/** Steps that the end of a trace may take. */
const MAX_TEARDOWN = 500;

/** What one trace of a campaign is made of. */
export type TraceOptions<S> = Pick<CampaignOptions<S>, 'system' | 'generate' | 'teardown' | 'length' | 'seed'> & {
  readonly backend: Omit<Clock, 'startTime'>;
};

/** Runs the model on the steps that the generator proposes, up to `length` calls and the teardown, or a broken law. */
export function generated<S>(options: TraceOptions<S>, index: number): ModelRun<S> {
  const { system, backend } = options;
  const run = new ModelRun(system, { ...clockOf(backend), startTime: system.startTime }, SELDOM);
  draw(run, options, index);
  run.close();
  return run;
}

function draw<S>(run: ModelRun<S>, { generate, teardown, length, seed }: TraceOptions<S>, index: number): void {
  const rng = rngOf(seed, index);
  while (run.records.length < length) {
    if (!run.push(generate(rng, run.state, { history: run.steps, time: run.time }))) return;
  }
  for (let i = 0; teardown && i < MAX_TEARDOWN; i++) {
    const step = teardown(rng, run.state, { history: run.steps, time: run.time });
    if (!step || !run.push(step)) return;
    // A refusal changes nothing, so the same step would come again: the rest of the trace shows what is stuck.
    if (step.kind === 'call' && run.records.at(-1)?.outcome.status === 'refused') return;
  }
}

async function fail<S>(
  options: CampaignOptions<S>,
  index: number,
  raw: TraceReport,
  found: Divergence,
): Promise<Failure> {
  const { system, backend, seed, profile, meta, directory } = options;
  const from = { profile, seed, index, meta, startTime: system.startTime };
  const name = path.join(directory, `${fileName(profile)}-${fileName(seed)}-${index}`);
  const rawFile = `${name}.raw.json`;
  await mkdir(directory, { recursive: true });
  await writeTrace(codecOf(system.contracts), rawFile, { ...from, steps: raw.steps, divergence: found });
  options.onFailure?.(rawFile, found);
  const { opener, replayCommand, maxMinimiseRuns: maxRuns } = options;
  const shrunk = await shrinkFailure({ system, backend, opener, replayCommand, maxRuns }, from, raw, `${name}.json`);
  const { divergence, report, file, runs, repeats, screen } = shrunk;
  return { index, divergence, report, rawFile, file, minimiseRuns: runs, repeats, screen };
}

/** Only characters that every file system takes, and few of them. */
const fileName = (text: string): string => text.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 60) || '_';
