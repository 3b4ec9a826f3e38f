/** What others may do in a game, drawn by fast-check. */
import fc from 'fast-check';

/** One thing that somebody tries; what is refused changes nothing. */
export interface Move<World> {
  readonly run: (world: World) => void;
}

/** A move with its random values; a counterexample shows both. */
export function moveOf<World, T extends unknown[]>(
  name: string,
  values: { readonly [I in keyof T]: fc.Arbitrary<T[I]> },
  run: (world: World, ...values: T) => void,
): fc.Arbitrary<Move<World>> {
  return fc.tuple<T>(...values).map((drawn) => ({
    run: (world) => run(world, ...drawn),
    [fc.toStringMethod]: () => `${name}(${drawn.map((value) => fc.stringify(value)).join(', ')})`,
  }));
}

/** The n-th of a list that has no end; nothing when it is empty. */
export const nth = <T>(list: Iterable<T>, n: number): T | undefined => {
  const all = [...list];
  return all[n % Math.max(1, all.length)];
};
