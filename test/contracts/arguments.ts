/** Arguments for any function of an ABI: values of each type, those first that name what a test is about. */
import type { AbiParameter } from 'abitype';
import type { Hex } from '../../src/codec/hash.ts';
import { rngOf } from '../../src/mirror/random.ts';

/** Values by type (`uint256`) or by the name of a struct or enum (`struct Claim`); the first name the subject. */
export type Pools = Readonly<Record<string, readonly unknown[]>>;

export type Values = readonly unknown[];

/** So many combinations at most; fewer when there are no more. */
const MOST = 32;
/** Variants of a struct that has no pool of its own. */
const VARIANTS = 3;

/**
 * Combinations of values for these parameters: all of them where they are few, else the first of each and a random
 * choice that is the same in every run.
 * @throws Error when a type has no pool
 */
export function argumentsFor(name: string, inputs: readonly AbiParameter[], pools: Pools): Values[] {
  const lists = inputs.map((input) => valuesOf(input, pools));
  const all = lists.reduce((product, { length }) => product * length, 1);
  if (all <= MOST) {
    return lists.reduce<Values[]>((made, list) => made.flatMap((head) => list.map((value) => [...head, value])), [[]]);
  }
  const rng = rngOf(`arguments of ${name}`, 0);
  return Array.from({ length: MOST }, (_, i) => lists.map((list) => (i === 0 ? list[0] : rng.pick(list))));
}

function valuesOf(input: AbiParameter, pools: Pools): readonly unknown[] {
  const own = pools[(input as { internalType?: string }).internalType ?? ''] ?? pools[input.type];
  if (own) return own;
  if (input.type === 'tuple') return structs(input as AbiParameter & { components: readonly AbiParameter[] }, pools);
  if (input.type === 'tuple[]') return [[], ...valuesOf({ ...input, type: 'tuple' }, pools).map((value) => [value])];
  throw new Error(`arguments: no values for ${input.type} ${input.name}; add a pool for this type`);
}

function structs({ components }: { readonly components: readonly AbiParameter[] }, pools: Pools): unknown[] {
  return Array.from({ length: VARIANTS }, (_, i) =>
    Object.fromEntries(
      components.map((component) => {
        const values = valuesOf(component, pools);
        return [component.name ?? '', values[i % values.length]];
      }),
    ),
  );
}

/** Pools of the plain types, the first values zero or small. */
export const PLAIN: Pools = {
  bool: [true, false],
  uint8: [0, 1, 2, 3],
  uint16: [10_000, 0],
  uint24: [0, 1],
  uint32: [0, 1],
  int64: [1n, 0n],
  bytes: ['0x', `0x${'11'.repeat(65)}`] satisfies Hex[],
  'bytes[]': [[], ['0x']],
};
