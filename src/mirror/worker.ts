/**
 * A process of a campaign: opens what is tested, runs its share of the traces, and tells what it saw. Started by
 * src/mirror/pool.ts.
 * @module
 */
import { createHash } from 'node:crypto';
import { campaign, type Subject } from './campaign.ts';
import { codecOf } from './codec.ts';
import type { FromWorker, Job, Limit, Share } from './pool.ts';
import type { Worker } from './processes.ts';
import { Coverage, formatFailure } from './report.ts';
import { replay, type TraceReport } from './run.ts';
import { formatSteps } from './trace.ts';

/** Milliseconds between two messages. */
const TELL_EVERY = 500;

/** @throws MirrorError as the subject's own `open` */
export async function open({ module, options, ...job }: Job): Promise<Worker<Share, void, FromWorker, Limit>> {
  const opened = (await import(module)) as { open: (options: unknown) => Promise<Subject<unknown>> };
  const subject = await opened.open(options);
  let limit = Number.POSITIVE_INFINITY;
  const lower = (index: number): void => {
    limit = Math.min(limit, index);
  };
  return {
    run: (share, tell) => work(subject, { ...job, ...share }, { lower, limit: () => limit }, tell),
    hear: lower,
    stop: () => subject.stop(),
  };
}

/** Before each trace the limit is asked; what fails lowers it. */
interface Bound {
  readonly limit: () => number;
  readonly lower: (index: number) => void;
}

async function work(
  subject: Subject<unknown>,
  job: Omit<Job, 'module' | 'options'> & Share,
  { limit, lower }: Bound,
  tell: (message: FromWorker) => void,
): Promise<void> {
  const codec = codecOf(subject.system.contracts);
  let batch = emptyBatch(subject);
  let told = performance.now();
  const flush = (): void => {
    tell({ kind: 'traces', digests: batch.digests, coverage: { ...batch.coverage } });
    batch = emptyBatch(subject);
    told = performance.now();
  };
  const digestOf = ({ steps }: TraceReport): string =>
    createHash('sha256').update(formatSteps(codec, steps)).digest('hex');
  for (const file of job.stored) {
    const { report } = await replay(subject.system, subject.backend, file);
    const { records, divergence } = report;
    const screen = divergence && formatFailure(report, subject.system.contracts, subject.backend.gasPerCall);
    // What is known to be wrong comes first: nothing new is drawn.
    if (divergence) lower(0);
    tell({ kind: 'replayed', file, calls: records.length, ...(screen === undefined ? {} : { screen }) });
  }
  const { failure } = await campaign({
    ...job,
    ...subject,
    meta: { bytecodeHash: subject.bytecodeHash },
    limit,
    replayCommand: (file) => `${job.replay} ${file}`,
    onTrace(report, index) {
      batch.digests.push([index, digestOf(report)]);
      batch.coverage.add(report);
      if (performance.now() - told > TELL_EVERY) flush();
    },
    onFailure: (file, divergence) => tell({ kind: 'found', file, divergence }),
  });
  flush();
  if (failure) {
    const { index, divergence, rawFile, file, minimiseRuns, repeats, screen } = failure;
    tell({ kind: 'failure', failure: { index, divergence, rawFile, file, minimiseRuns, repeats, screen } });
  }
}

function emptyBatch({ system }: Subject<unknown>): { digests: [number, string][]; coverage: Coverage } {
  return { digests: [], coverage: new Coverage(system) };
}
