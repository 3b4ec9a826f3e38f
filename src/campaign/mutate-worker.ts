/**
 * A process that judges mutants of the protocol's contracts. Started by src/campaign/mutate.ts.
 * @module
 */
import type { Worker } from '../mirror/processes.ts';
import type { Task, Verdict } from '../mutation/rounds.ts';
import { MutatedProtocol, mutantsOf, overlaps, type Trial } from './mutants.ts';
import { ready } from './system.ts';

export interface MutateWorkerOptions {
  /** folder of the project, whose mutants were built before */
  readonly root: string;
  readonly seed: string;
}

/** Tells that a task is done, since a round may take long. */
export async function open({ root, seed }: MutateWorkerOptions): Promise<Worker<Task, Verdict, 'judged'>> {
  const { sites, built } = mutantsOf(root, () => {});
  const running = await ready();
  const protocol = await MutatedProtocol.on(running, built, sites.length, seed).catch(async (error: unknown) => {
    await running.stop();
    throw error;
  });
  const conflict = (a: number, b: number): boolean => overlaps(sites[a - 1]!, sites[b - 1]!);
  let drawn: Trial | undefined;
  return {
    async run({ trace, mutants, groupSize }, tell) {
      // Tasks on the same trace come one after the other.
      if (drawn?.index !== trace) drawn = await protocol.trial(trace);
      const kills = await protocol.kills(drawn, mutants, conflict, groupSize);
      tell('judged');
      return { calls: drawn.calls.length, kills: [...kills] };
    },
    stop: () => running.stop(),
  };
}
