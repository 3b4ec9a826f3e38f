/**
 * Flies the canaries: each planted fault, in the model or in the contracts, has to survive the first calls of a
 * campaign and to be caught by it later.
 * @module
 */
import { startProcesses } from '../mirror/processes.ts';
import { throttled } from '../mirror/report.ts';
import type { DivergenceKind } from '../mirror/types.ts';
import { type Canary, canaries } from './canaries.ts';
import type { Verdict } from './canary-judge.ts';
import type { CanaryTask, CanaryWorkerOptions } from './canary-worker.ts';
import { mutantsOf } from './mutants.ts';

export interface CanaryVerdict {
  readonly canary: Canary;
  /** undefined: it survives */
  readonly caught: Caught | undefined;
}

export interface Caught {
  /** number of the campaign's call at which it was, from 1 */
  readonly call: number;
  readonly kind: DivergenceKind;
}

export interface FlyOptions {
  /** folder of the project */
  readonly root: string;
  readonly seed: string;
  /** about: whole traces */
  readonly calls: number;
  /** processes, each with its own chain; what is found doesn't hang on their number */
  readonly workers: number;
  /** begins no new round of traces after so many seconds; without it the result depends on the seed alone */
  readonly maxSeconds?: number;
  readonly tell: (line: string) => void;
}

export interface FlyResult {
  readonly verdicts: readonly CanaryVerdict[];
  readonly traces: number;
  readonly calls: number;
  readonly seconds: number;
}

const TELL_EVERY_MS = 5_000;
/** Traces that are judged before what they caught is taken out: few at first, when much is caught. */
const FIRST_ROUND = 2;
const LAST_ROUND = 32;

/**
 * Runs the campaign's traces, and compares what every canary's model or contracts answer with what is right.
 * @throws MirrorError when a canary names no fault and no mutant, or the fault's line is gone, or a process ends before
 * its time
 */
export async function fly({ root, seed, calls, workers, maxSeconds, tell }: FlyOptions): Promise<FlyResult> {
  const started = performance.now();
  mutantsOf(root, tell); // compiles them, if need be, before several processes would
  const caught = new Map<string, Caught>();
  let [done, traces, size] = [0, 0, FIRST_ROUND];
  const progress = throttled(TELL_EVERY_MS, () =>
    tell(`${done} of ${calls} calls: ${caught.size} of ${canaries.length} canaries caught`),
  );
  const judges = startProcesses<CanaryTask, Verdict, 'judged'>({
    module: new URL('canary-worker.ts', import.meta.url).href,
    options: { root, seed } satisfies CanaryWorkerOptions,
    workers,
    onMessage: progress,
  });
  try {
    const limit = performance.now() + 1_000 * (maxSeconds ?? Number.POSITIVE_INFINITY);
    while (done < calls && caught.size < canaries.length && performance.now() < limit) {
      const alive = canaries.map(({ name }) => name).filter((name) => !caught.has(name));
      // The same canaries are judged by each trace of a round, so that nothing hangs on who judges what.
      const tasks = Array.from({ length: size }, (_, i) => ({ index: traces + i, alive }));
      for (const verdict of await judges.map(tasks)) {
        if (done >= calls) break;
        for (const { name, at, kind } of verdict.catches) {
          if (caught.has(name)) continue;
          caught.set(name, { call: done + at + 1, kind });
          tell(`caught by call ${done + at + 1} (${kind}): ${name}`);
        }
        done += verdict.calls;
        traces++;
      }
      size = Math.min(2 * size, LAST_ROUND);
    }
    const verdicts = canaries.map((canary) => ({ canary, caught: caught.get(canary.name) }));
    return { verdicts, traces, calls: done, seconds: (performance.now() - started) / 1_000 };
  } finally {
    await judges.stop();
  }
}
