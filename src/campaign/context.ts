/**
 * What a generator of calls knows: the live state of the model, the clock, the history of the trace, and dice.
 * @module
 */
import type { ContractName, SystemAbis } from '../abi/system.ts';
import type { Inputs, WriteName } from '../abi/types.ts';
import type { Hex } from '../codec/hash.ts';
import { type Entry, entryHash, entryKey } from '../codec/ids.ts';
import type { Rng } from '../mirror/random.ts';
import type { Call, Step } from '../mirror/types.ts';
import type { Execution } from '../model/gate.ts';
import type { Directory, State } from '../model/index.ts';
import { type Actor, actorAt } from './world.ts';

export interface Context {
  readonly rng: Rng;
  readonly state: State;
  /** block.timestamp of the next call */
  readonly time: bigint;
  readonly chainId: bigint;
  readonly history: readonly Step[];
  readonly directory: Directory;
  /** verifiers that exist on the chain: the recorded one first */
  readonly verifiers: readonly Hex[];
  readonly entries: readonly Entry[];
  /** the adapter that calls back, where there is one; then there is a relayer, too */
  readonly adapter?: Hex | undefined;
  readonly sourceIds: readonly Hex[];
  /** executions with real proofs, for the state that the prologue leaves */
  readonly proven?: readonly Execution[];
}

/** A call with its arguments typed by the ABI. */
export function callOf<C extends ContractName, F extends WriteName<SystemAbis[C]>>(
  contract: C,
  functionName: F,
  sender: Hex,
  args: Inputs<SystemAbis[C], F>,
): Call {
  return { contract, function: functionName, args: args as readonly unknown[], sender };
}

/** An amount near a boundary: 0, 1, the limit and its neighbours, or something between. */
export function amountNear(rng: Rng, limit: bigint): bigint {
  const edges = [1n, limit, limit + 1n, limit > 0n ? limit - 1n : 0n, limit / 2n, limit / 3n];
  if (rng.chance(1, 12)) return 0n;
  return rng.chance(1, 2) ? rng.pick(edges) : rng.bigint(0n, limit > 0n ? limit : 1n);
}

/** The actor behind an address that the state holds; the campaign made every one of them. */
export function known(address: Hex): Actor {
  const found = actorAt(address);
  if (!found) throw new Error(`campaign: no actor has the address ${address}`);
  return found;
}

const named = new WeakMap<Entry, { readonly key: Hex; readonly hash: Hex }>();

/** Key and hash of an entry of the catalogue, computed once: entries are values that many calls name. */
export function namesOf({ chainId, directory }: Context, entry: Entry): { readonly key: Hex; readonly hash: Hex } {
  const known = named.get(entry);
  if (known) return known;
  const registry = { chainId, contract: directory.registry };
  const key = entryKey(registry, entry.policyHash, entry.adapter, entry.account);
  const names = { key, hash: entryHash(registry, entry) };
  named.set(entry, names);
  return names;
}

/** An item, or nothing when there is none. */
export function pickOr<T>(rng: Rng, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : rng.pick(list);
}

/** A hash that names nothing. */
export function strayHash(rng: Rng): Hex {
  return `0x${rng
    .bigint(1n, 2n ** 240n)
    .toString(16)
    .padStart(64, '0')}`;
}
