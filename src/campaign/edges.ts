/**
 * Values exactly at a bound of the contracts, and one unit beyond it: what only a few of all numbers show. Where a
 * value at its bound would be accepted and then stop everything else (a council of strangers, say), something that is
 * checked later is wrong as well: which refusal comes still shows whether the bound holds.
 * @module
 */
import { FIELD_MODULUS } from '../codec/field.ts';
import type { Hex } from '../codec/hash.ts';
import type { Entry } from '../codec/ids.ts';
import type { Rng } from '../mirror/random.ts';
import type { ParameterSet } from '../model/index.ts';
import { MAX_ATTESTERS } from '../model/oracle.ts';
import { shortestClaim } from '../model/parameters.ts';
import { MAX_LIST, MAX_RESOURCE_CAP, MIN_RESOURCE_CAP } from '../model/registry.ts';
import { type ParameterEdge, parameterEdges } from './parameter-edges.ts';
import { parameterSet } from './world.ts';

export const wordOf = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;
const addressOf = (value: bigint): Hex => `0x${value.toString(16).padStart(40, '0')}`;

/** The least number that is no element of the field. */
export const MODULUS_WORD = wordOf(FIELD_MODULUS);

const upTo = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i + 1));

/** Words that name nobody, increasing. */
export const strayWords = (count: number): Hex[] => upTo(count).map(wordOf);
/** Addresses of nobody, increasing. */
export const strayAddresses = (count: number): Hex[] => upTo(count).map(addressOf);

/*------------------------------------------------------------------------------------------------------ parameters */

/** Inequalities over amounts, and over members, at whose edge everything else goes on as before. */
const HARMLESS: readonly number[] = [11, 12, 20, 21];

let edges: readonly ParameterEdge[] | undefined;

/** A set at the edge of an inequality: refused, unless nobody else would notice. */
export function edgeSet(rng: Rng): ParameterSet {
  edges ??= parameterEdges(parameterSet);
  const { rule, unsafe, safe } = rng.pick(edges);
  if (rng.chance(1, 2)) return { ...parameterSet, ...rng.pick(unsafe) };
  const set = { ...parameterSet, ...rng.pick(safe) };
  // The last inequality is broken as well, so that the set is refused for that one.
  return HARMLESS.includes(rule) ? set : { ...set, noticePeriod: 0 };
}

/*--------------------------------------------------------------------------------------------------------- entries */

/** Refused for the last field that is checked. */
const REFUSED: Partial<Entry> = { resourceCap: MIN_RESOURCE_CAP - 1n };

/** An entry with one field at its bound, refused in any case: for that field or for the last one. */
export function edgeEntry(rng: Rng, entry: Entry, set: ParameterSet): Entry {
  const shortest = BigInt(shortestClaim(set));
  const graced = BigInt(set.registryGrace - set.proofTime);
  const longest = graced < set.maxValidity ? graced : BigInt(set.maxValidity);
  const words = rng.pick([strayWords(MAX_LIST), strayWords(MAX_LIST + 1), [wordOf(1n), wordOf(1n)]]);
  const addresses = rng.pick([strayAddresses(MAX_LIST), strayAddresses(MAX_LIST + 1), [addressOf(1n), addressOf(1n)]]);
  const changed = rng.pick<Partial<Entry>>([
    { policyHash: MODULUS_WORD },
    { stateSchema: wordOf(2n ** 248n - 1n) },
    { stateSchema: wordOf(2n ** 248n) },
    { operators: words },
    { operators: words },
    { proposers: addresses },
    { coSigners: addresses },
    { claimTtl: shortest - 1n },
    { claimTtl: shortest },
    { claimTtl: longest },
    { claimTtl: longest },
    { claimTtl: longest + 1n },
  ]);
  const beyond = rng.pick([MIN_RESOURCE_CAP - 1n, MAX_RESOURCE_CAP + 1n]);
  return rng.chance(1, 12) ? { ...entry, resourceCap: beyond } : { ...entry, ...changed, ...REFUSED };
}

/*--------------------------------------------------------------------------------------------------------- sources */

/** Attesters at the bound of their number, with half of them as the threshold, which is one too few; or one too many. */
export function edgeAttesters(rng: Rng): readonly [attesters: Hex[], threshold: number] {
  const count = rng.pick([MAX_ATTESTERS, MAX_ATTESTERS, MAX_ATTESTERS + 1]);
  return [strayWords(count), MAX_ATTESTERS / 2];
}
