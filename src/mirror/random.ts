/**
 * Randomness that two machines agree on: xoroshiro128+ (pure-rand), its 128-bit state taken from keccak-256 of the seed
 * and the trace's number, so that any trace of a campaign can be made alone.
 * @module
 */
import { uniformBigInt } from 'pure-rand/distribution/uniformBigInt';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { keccak256 } from 'viem';
import { encodeParameters } from '../abi-coder/encode.ts';
import { MirrorError } from './types.ts';

export interface Rng {
  /** a number in min … max, both included */
  int(min: number, max: number): number;
  /** a number in min … max, both included */
  bigint(min: bigint, max: bigint): bigint;
  /** @throws MirrorError on an empty list */
  pick<T>(list: readonly T[]): T;
  /** true in `times` of `outOf` cases */
  chance(times: number, outOf: number): boolean;
}

const SEED = [{ type: 'string' }, { type: 'uint256' }];

export function rngOf(seed: string, index: number): Rng {
  const hash = keccak256(encodeParameters(SEED, [seed, BigInt(index)]));
  const words = [0, 1, 2, 3].map((i) => Number.parseInt(hash.slice(2 + 8 * i, 10 + 8 * i), 16) | 0);
  const generator = xoroshiro128plusFromState(words);
  const int = (min: number, max: number): number => uniformInt(generator, min, max);
  return {
    int,
    bigint: (min, max) => uniformBigInt(generator, min, max),
    pick(list) {
      if (list.length === 0) throw new MirrorError('pick: the list is empty');
      return list[int(0, list.length - 1)]!;
    },
    chance: (times, outOf) => int(1, outOf) <= times,
  };
}
