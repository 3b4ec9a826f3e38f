/**
 * A process that judges canaries on a chain of its own. Started by src/campaign/canary.ts.
 * @module
 */
import type { Worker } from '../mirror/processes.ts';
import { Judge, type Verdict } from './canary-judge.ts';

export interface CanaryWorkerOptions {
  /** folder of the project, whose mutants were built before */
  readonly root: string;
  readonly seed: string;
}

/** One trace, and the canaries that are to be judged by it. */
export interface CanaryTask {
  /** number of the trace */
  readonly index: number;
  /** names of the canaries */
  readonly alive: readonly string[];
}

/** Tells that a trace is done, since a round takes long. */
export async function open({ root, seed }: CanaryWorkerOptions): Promise<Worker<CanaryTask, Verdict, 'judged'>> {
  const judge = await Judge.open(root, seed);
  return {
    async run({ index, alive }, tell) {
      const verdict = await judge.judge(index, alive);
      tell('judged');
      return verdict;
    },
    stop: () => judge.stop(),
  };
}
