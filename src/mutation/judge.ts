/**
 * Finds the mutants that a trace tells from the original. The original's results stand for the model: the comparison
 * asks of every call exactly the bytes of status, return or revert data, logs and lens that the model expects, so where
 * the original agrees with the model, a mutant disagrees with the model exactly if it disagrees with the original.
 *
 * Mutants run in groups: a group that behaves like the original is through with the trace in one request. A group that
 * doesn't is halved, on the calls up to the first difference, down to single mutants; only what differs alone counts.
 * In a group one mutant can hide another. So groups are drawn anew for each trace, and never hold two mutants of which
 * one contains the other; what is still hidden then counts as a survivor, never as killed.
 * @module
 */
import type { Rng } from '../mirror/random.ts';
import type { EvmCall, EvmResult } from '../mirror/types.ts';

/** Runs calls while these mutants are chosen, on the same fresh state each time. */
export type RunMutants = (calls: readonly EvmCall[], mutants: readonly number[]) => Promise<readonly EvmResult[]>;

/** Whether two mutants can't be judged together. */
export type Conflict = (a: number, b: number) => boolean;

/** The largest group: in a larger one mutants hide each other more often. */
export const MAX_GROUP = 128;
/** The fewest groups: with two, most pairs are apart in every second trace. */
const MIN_GROUPS = 2;

/** Index of the first call whose results differ, or undefined. Gas is no part of the comparison. */
export function firstDifference(expected: readonly EvmResult[], results: readonly EvmResult[]): number | undefined {
  for (const [i, result] of results.entries()) if (!same(expected[i]!, result)) return i;
  return undefined;
}

function same(a: EvmResult, b: EvmResult): boolean {
  if (a.ok !== b.ok || a.data !== b.data) return false;
  if (a.lens?.ok !== b.lens?.ok || a.lens?.data !== b.lens?.data) return false;
  if (a.logs.length !== b.logs.length) return false;
  return a.logs.every((log, i) => {
    const other = b.logs[i]!;
    return log.address === other.address && log.data === other.data && log.topics.join() === other.topics.join();
  });
}

/**
 * The mutants that differ on this trace, each with the index of the call at which it does.
 * @param expected the original's results of the same calls
 * @param rng draws the groups
 * @param size of the groups: as many as have one among them that differs, or fewer, take the least time
 */
export async function killsOf(
  run: RunMutants,
  calls: readonly EvmCall[],
  expected: readonly EvmResult[],
  mutants: readonly number[],
  conflict: Conflict,
  rng: Rng,
  size = MAX_GROUP,
): Promise<Map<number, number>> {
  const kills = new Map<number, number>();
  const differs = async (group: readonly number[], length: number): Promise<number | undefined> =>
    group.length === 0 ? undefined : firstDifference(expected, await run(calls.slice(0, length), group));

  /** Those of the group that differ alone, on the calls before `length`. */
  const search = async (group: readonly number[], length: number, known?: number): Promise<void> => {
    const at = known ?? (await differs(group, length));
    if (at === undefined) return;
    if (group.length === 1) {
      kills.set(group[0]!, at);
      return;
    }
    const middle = group.length >> 1;
    await search(group.slice(0, middle), at + 1);
    await search(group.slice(middle), at + 1);
  };

  for (const group of groupsOf(mutants, conflict, rng, size)) {
    const open = [group];
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      const at = await differs(part, calls.length);
      if (at === undefined) continue;
      await search(part, at + 1, at);
      const rest = part.filter((mutant) => !kills.has(mutant));
      if (rest.length < part.length) open.push(rest);
      // They differ only together: apart they may each differ later.
      else open.push(part.slice(0, part.length >> 1), part.slice(part.length >> 1));
    }
  }
  return kills;
}

/** Draws groups without conflicts. */
export function groupsOf(mutants: readonly number[], conflict: Conflict, rng: Rng, size = MAX_GROUP): number[][] {
  const drawn = [...mutants];
  for (let i = drawn.length - 1; i > 0; i--) {
    const j = rng.int(0, i);
    [drawn[i], drawn[j]] = [drawn[j]!, drawn[i]!];
  }
  const count = Math.max(MIN_GROUPS, Math.ceil(drawn.length / size));
  const groups: number[][] = Array.from({ length: count }, () => []);
  for (const mutant of drawn) {
    const [smallest] = groups
      .filter((group) => group.length < size && !group.some((other) => conflict(mutant, other)))
      .sort((a, b) => a.length - b.length);
    if (smallest) smallest.push(mutant);
    else groups.push([mutant]);
  }
  return groups.filter((group) => group.length > 0);
}
