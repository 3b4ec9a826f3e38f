/**
 * Shrinks a failing trace, deterministically: first chunks of steps, then single steps, then adjacent time steps into
 * one, until nothing more can go.
 * @module
 */
import type { Step } from './types.ts';

export interface Minimised {
  readonly steps: readonly Step[];
  /** candidates tried */
  readonly runs: number;
  /** false if `maxRuns` ended the search: a shorter trace may exist */
  readonly complete: boolean;
}

/**
 * @param steps a failing trace
 * @param test runs a candidate; gives the steps up to and with the failing one if it fails in the *same* way, else
 * nothing
 * @param maxRuns bound on the candidates tried
 */
export async function minimise(
  steps: readonly Step[],
  test: (candidate: readonly Step[]) => Promise<readonly Step[] | undefined>,
  maxRuns = 2_000,
): Promise<Minimised> {
  let best = steps;
  let runs = 0;

  /** Takes the candidate as the new best if it fails in the same way. */
  const accept = async (candidate: readonly Step[]): Promise<boolean> => {
    if (runs >= maxRuns) return false;
    runs++;
    const failing = await test(candidate);
    if (failing) best = failing;
    return failing !== undefined;
  };

  /** Tries to drop each chunk, from the back: what came last is most likely beside the point. */
  const dropChunks = async (size: number): Promise<boolean> => {
    let dropped = false;
    for (let end = best.length; end > 0 && runs < maxRuns; end = Math.min(end - size, best.length)) {
      const start = Math.max(0, end - size);
      if (await accept([...best.slice(0, start), ...best.slice(end)])) dropped = true;
    }
    return dropped;
  };

  const mergeTimes = async (): Promise<boolean> => {
    let merged = false;
    for (let i = best.length - 2; i >= 0; i--) {
      const [first, second] = [best[i], best[i + 1]];
      if (first?.kind !== 'time' || second?.kind !== 'time') continue;
      const both: Step = { kind: 'time', seconds: first.seconds + second.seconds };
      if (await accept([...best.slice(0, i), both, ...best.slice(i + 2)])) merged = true;
    }
    return merged;
  };

  for (let size = best.length >> 1; size > 1; size >>= 1) await dropChunks(Math.min(size, best.length));
  for (let changed = true; changed && runs < maxRuns; ) {
    const dropped = await dropChunks(1);
    const merged = await mergeTimes();
    changed = dropped || merged;
  }
  return { steps: best, runs, complete: runs < maxRuns };
}
