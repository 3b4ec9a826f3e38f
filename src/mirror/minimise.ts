/**
 * Shrinks a failing trace, deterministically: all calls of a kind, chunks of steps, single steps, pairs of steps,
 * adjacent time steps into one; then the values of what is left; and all of that again until nothing more can go.
 * @module
 */
import type { Codec } from './codec.ts';
import { Search, type Steps, type Test } from './search.ts';
import { shrinkValues } from './shrink-values.ts';
import type { Step } from './types.ts';

export interface Minimised {
  readonly steps: Steps;
  /** candidates tried */
  readonly runs: number;
  /** false if `maxRuns` ended the search: a shorter trace may exist */
  readonly complete: boolean;
}

export interface MinimiseOptions {
  /** types of the arguments; without it only steps are dropped and merged */
  readonly codec?: Codec | undefined;
  /** bound on the candidates tried */
  readonly maxRuns?: number | undefined;
  /** candidates that are tried at the same time; the steps found are the same for any number */
  readonly inFlight?: number | undefined;
}

/** Kinds are worth a candidate of their own if so few of them would fill the trace; rarer ones go in chunks. */
const MAX_KINDS = 24;

/** Pairs tried in one round, near ones first: all of them up to 40 steps. */
const MAX_PAIRS = 780;

/**
 * @param steps a failing trace
 * @param test must answer alike for the same candidate; called for several candidates at a time
 */
export async function minimise(steps: Steps, test: Test, options: MinimiseOptions = {}): Promise<Minimised> {
  const { codec, maxRuns = 2_000, inFlight = 1 } = options;
  const search = new Search(steps, test, maxRuns, inFlight);
  await dropAlike(search);
  for (let size = search.best.length >> 1; size > 1; size >>= 1) await dropChunks(search, size);
  // Dear rounds wait until the cheap ones find nothing more.
  const rounds = [
    async () => (await dropChunks(search, 1)) || (await mergeTimes(search)),
    () => dropAlike(search),
    () => dropPairs(search),
    async () => codec !== undefined && shrinkValues(search, codec, steps),
  ];
  for (let round = 0; round < rounds.length && !search.cut; ) round = (await rounds[round]!()) ? 0 : round + 1;
  return { steps: search.best, runs: search.runs, complete: !search.cut };
}

/** What a step has in common with others that are likely to be beside the point together. */
const kindsOf = (step: Step): readonly string[] =>
  step.kind === 'time' ? ['time'] : [`${step.call.contract}.${step.call.function}`, step.call.sender];

/** Tries to drop all calls of a function, of a sender, all time steps; the last step is the failing one, it stays. */
function dropAlike(search: Search): Promise<boolean> {
  const counts = new Map<string, number>();
  for (const kind of search.best.flatMap(kindsOf)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const least = Math.max(2, search.best.length / MAX_KINDS);
  const kinds = [...counts.keys()].filter((kind) => counts.get(kind)! >= least);
  return search.sweep(kinds, (best, kind) => {
    const rest = best.filter((step, i) => i === best.length - 1 || !kindsOf(step).includes(kind));
    return rest.length < best.length ? rest : undefined;
  });
}

/** Tries to drop each chunk, from the back: what came last is most likely beside the point. */
function dropChunks(search: Search, size: number): Promise<boolean> {
  const ends: number[] = [];
  for (let end = search.best.length; end > 0; end -= size) ends.push(end);
  return search.sweep(ends, (best, end) => {
    const start = Math.max(0, end - size);
    return start < best.length ? [...best.slice(0, start), ...best.slice(end)] : undefined;
  });
}

/** For steps that cancel each other, such as two switches: none of them can go alone. */
function dropPairs(search: Search): Promise<boolean> {
  const { length } = search.best;
  const pairs: [number, number][] = [];
  for (let distance = 1; distance < length; distance++) {
    for (let i = length - 1 - distance; i >= 0 && pairs.length < MAX_PAIRS; i--) pairs.push([i, i + distance]);
  }
  return search.sweep(pairs, (best, [i, j]) =>
    j < best.length ? best.filter((_, at) => at !== i && at !== j) : undefined,
  );
}

function mergeTimes(search: Search): Promise<boolean> {
  const places = search.best.map((_, i) => search.best.length - 1 - i);
  return search.sweep(places, (best, i) => {
    const [first, second] = [best[i], best[i + 1]];
    if (first?.kind !== 'time' || second?.kind !== 'time') return undefined;
    return [...best.slice(0, i), { kind: 'time', seconds: first.seconds + second.seconds }, ...best.slice(i + 2)];
  });
}
