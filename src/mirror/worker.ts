/**
 * A process of a campaign: opens what is tested, runs its share of the traces, and tells what it saw. Started by
 * src/mirror/pool.ts, which says what to do in the first message.
 * @module
 */
import { createHash } from 'node:crypto';
import { campaign, type Subject } from './campaign.ts';
import { codecOf } from './codec.ts';
import type { FromWorker, Job, ToWorker } from './pool.ts';
import { Coverage, formatFailure } from './report.ts';
import { replay, type TraceReport } from './run.ts';
import { formatSteps } from './trace.ts';
import { MirrorError } from './types.ts';

/** Milliseconds between two messages. */
const TELL_EVERY = 500;

const tell = (message: FromWorker): void => void process.send?.(message);

let limit = Number.POSITIVE_INFINITY;
let begun = false;

process.on('message', (message: ToWorker) => {
  if (message.kind === 'limit') limit = Math.min(limit, message.index);
  else if (!begun) {
    begun = true;
    work(message.job).catch((error: unknown) => {
      tell({ kind: 'broken', message: explained(error) });
      process.disconnect();
    });
  }
});
// Nobody is left to tell: anvil's guard ends the node with this process.
process.on('disconnect', () => process.exit(0));

/** A mistake in what was given is explained by its message; anything else needs the place. */
function explained(error: unknown): string {
  if (error instanceof MirrorError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function work({ module, options, ...job }: Job): Promise<void> {
  const opened = (await import(module)) as { open: (options: unknown) => Promise<Subject<unknown>> };
  const subject = await opened.open(options);
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
  try {
    for (const file of job.stored) {
      const { report } = await replay(subject.system, subject.backend, file);
      const { records, divergence } = report;
      const screen = divergence && formatFailure(report, subject.system.contracts, subject.backend.gasPerCall);
      // What is known to be wrong comes first: nothing new is drawn.
      if (divergence) limit = 0;
      tell({ kind: 'replayed', file, calls: records.length, ...(screen === undefined ? {} : { screen }) });
    }
    const { failure } = await campaign({
      ...job,
      ...subject,
      meta: { bytecodeHash: subject.bytecodeHash },
      limit: () => limit,
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
  } finally {
    await subject.stop();
  }
  tell({ kind: 'done' });
}

function emptyBatch({ system }: Subject<unknown>): { digests: [number, string][]; coverage: Coverage } {
  return { digests: [], coverage: new Coverage(system) };
}
