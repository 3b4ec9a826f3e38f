/**
 * PolicyRegistry: which policies may decide about what, in epochs with a Merkle root each. Mirrors
 * contracts/registry/PolicyRegistry.sol.
 * @module
 */
import { isFieldElement } from '../codec/field.ts';
import type { Hex } from '../codec/hash.ts';
import { type Entry, entryHash as hashOfEntry, entryKey as keyOfEntry } from '../codec/ids.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { registryRoot } from '../merkle/standard-tree.ts';
import { EVERYBODY, marked } from './disruptions.ts';
import { hasCode, notCouncil } from './guards.ts';
import { shortestClaim } from './parameters.ts';
import { isTier, Tier } from './quorum.ts';
import type { RegistryState, State } from './state.ts';
import type { Env, Refusal, SystemEvent, Transitions } from './step.ts';

/** Members of each list of an entry. */
export const MAX_LIST = 16;
/** Gas of an action. */
export const MIN_RESOURCE_CAP = 100_000n;
export const MAX_RESOURCE_CAP = 14_000_000n;
const SIGNED_MODE = 1;

/** The numbers are those of the contract's enum. */
export const EntryField = {
  PolicyHash: 0,
  ImageId: 1,
  StateSchema: 2,
  Adapter: 3,
  Account: 4,
  Operators: 5,
  Proposers: 6,
  Tier: 7,
  CoSigners: 8,
  QuotaPerState: 9,
  ClaimTtl: 10,
  ResourceCap: 11,
} as const;

export const registry: Transitions<'registry'> = {
  stageEntry(state, [entry], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const wrong = invalidField(state, entry);
    if (wrong) return { error: 'EntryInvalid', args: [EntryField[wrong]] };
    const place = { chainId: env.chainId, contract: state.deployment.directory.registry };
    const key = keyOfEntry(place, entry.policyHash, entry.adapter, entry.account);
    const entryHash = hashOfEntry(place, entry);
    if (state.registry.applied.get(key)?.entryHash === entryHash) return { error: 'EntryUnchanged', args: [key] };
    const staged = stage(state, key, entryHash);
    if ('error' in staged) return staged;
    return {
      state: staged,
      events: [{ contract: 'registry', event: 'EntryStaged', args: { key, entryHash, entry } }],
      returns: [key],
    };
  },

  stageRemoval(state, [key], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    if (!state.registry.applied.has(key)) return { error: 'EntryUnknown', args: [key] };
    const staged = stage(state, key, undefined);
    if ('error' in staged) return staged;
    return {
      state: staged,
      events: [{ contract: 'registry', event: 'RemovalStaged', args: { key } }],
      returns: [],
    };
  },

  unstage(state, [key], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const index = state.registry.staged.findIndex((change) => change.key === key);
    if (index === -1) return { error: 'NotStaged', args: [key] };
    return {
      state: withRegistry(state, { staged: state.registry.staged.remove(index) }),
      events: [{ contract: 'registry', event: 'Unstaged', args: { key } }],
      returns: [],
    };
  },

  advanceEpoch(state, _args, env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const { staged, advancedAt } = state.registry;
    if (staged.isEmpty()) return { error: 'NothingStaged', args: [] };
    const opensAt = advancedAt + BigInt(state.parameters.set.epochMinInterval);
    if (env.time < opensAt) return { error: 'EpochTooSoon', args: [opensAt, env.time] };

    const epoch = state.registry.epoch + 1n;
    const applied = staged.reduce(
      (map, { key, entryHash }) => (entryHash ? map.set(key, { entryHash, since: epoch }) : map.remove(key)),
      state.registry.applied,
    );
    const { maxEntries } = state.deployment;
    if (BigInt(applied.size) > maxEntries) return { error: 'TooManyEntries', args: [BigInt(applied.size), maxEntries] };
    const root = registryRoot([...applied].map(([key, { entryHash }]) => [key, entryHash] as const));
    const changes: SystemEvent[] = [];
    let disrupted = state;
    for (const { key, entryHash } of staged) {
      const former = state.registry.applied.get(key);
      if (former) {
        // Whoever claimed under the former content can't execute any more.
        const mark = marked(disrupted, former.entryHash, env);
        disrupted = mark.state;
        changes.push(...mark.events);
      }
      changes.push(
        entryHash
          ? { contract: 'registry', event: 'EntryApplied', args: { key, entryHash, epoch } }
          : { contract: 'registry', event: 'EntryRemoved', args: { key, epoch } },
      );
    }
    return {
      state: withRegistry(disrupted, {
        epoch,
        applied,
        advancedAt: env.time,
        staged: staged.clear(),
        roots: state.registry.roots.set(epoch, root),
        advancedAts: state.registry.advancedAts.set(epoch, env.time),
      }),
      events: [
        ...changes,
        { contract: 'registry', event: 'EpochAdvanced', args: { epoch, root, entries: BigInt(applied.size) } },
      ],
      returns: [epoch, root],
    };
  },

  freeze(state, _args, env) {
    const member = env.sender;
    if (!state.council.members.includes(member)) return { error: 'NotMember', args: [member] };
    if (isFrozen(state, env)) return { error: 'RegistryFrozen', args: [state.registry.frozenUntil] };
    const { freezeCooldown, freezeDuration } = state.parameters.set;
    const last = state.registry.lastFreeze.get(member);
    const opensAt = (last ?? 0n) + BigInt(freezeCooldown);
    if (last !== undefined && env.time < opensAt) return { error: 'FreezeTooSoon', args: [member, opensAt] };
    const until = env.time + BigInt(freezeDuration);
    const mark = marked(state, EVERYBODY, env);
    return {
      state: withRegistry(mark.state, {
        frozenUntil: until,
        lastFreeze: state.registry.lastFreeze.set(member, env.time),
      }),
      events: [{ contract: 'registry', event: 'Frozen', args: { member, until } }, ...mark.events],
      returns: [],
    };
  },

  moveFreeze(state, [until], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    if (!isFrozen(state, env)) return { error: 'NotFrozen', args: [] };
    const latest = env.time + BigInt(state.parameters.set.freezeExtension);
    if (until > latest) return { error: 'FreezeTooLong', args: [until, latest] };
    return {
      state: withRegistry(state, { frozenUntil: until }),
      events: [{ contract: 'registry', event: 'FreezeMoved', args: { until } }],
      returns: [],
    };
  },

  endFreeze(state, _args, env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    if (!isFrozen(state, env)) return { error: 'NotFrozen', args: [] };
    return {
      state: withRegistry(state, { frozenUntil: 0n }),
      events: [{ contract: 'registry', event: 'FreezeEnded', args: {} }],
      returns: [],
    };
  },
};

/** Why the entry, or the registry, doesn't let anyone claim. */
export function notInForce(state: State, key: Hex, entryHash: Hex, env: Env): Refusal | undefined {
  const { applied, frozenUntil } = state.registry;
  const entry = applied.get(key);
  if (!entry) return { error: 'EntryUnknown', args: [key] };
  if (entry.entryHash !== entryHash) return { error: 'EntryMismatch', args: [key, entry.entryHash, entryHash] };
  return isFrozen(state, env) ? { error: 'RegistryFrozen', args: [frozenUntil] } : undefined;
}

/** The root of the epoch, unless the entry doesn't authorise in it or the registry is frozen. */
export function requireAuthorised(
  state: State,
  key: Hex,
  entryHash: Hex,
  epoch: bigint,
  grace: bigint,
  env: Env,
): { readonly root: Hex } | Refusal {
  const { applied, epoch: current, advancedAt, frozenUntil, roots } = state.registry;
  const entry = applied.get(key);
  if (!entry) return { error: 'EntryUnknown', args: [key] };
  if (entry.entryHash !== entryHash) return { error: 'EntryMismatch', args: [key, entry.entryHash, entryHash] };
  const graced = epoch === current - 1n && entry.since <= epoch && env.time <= advancedAt + grace;
  if (epoch !== current && !graced) return { error: 'EpochNotAuthorised', args: [epoch, current] };
  if (isFrozen(state, env)) return { error: 'RegistryFrozen', args: [frozenUntil] };
  return { root: roots.get(epoch) as Hex };
}

export function isFrozen(state: State, env: Pick<Env, 'time'>): boolean {
  return env.time <= state.registry.frozenUntil;
}

/** The first field of the entry that is out of its range or not in canonical order. */
function invalidField(state: State, e: Entry): keyof typeof EntryField | undefined {
  const { set } = state.parameters;
  const policyHash = BigInt(e.policyHash);
  const valid: Readonly<Record<keyof typeof EntryField, boolean>> = {
    PolicyHash: policyHash !== 0n && isFieldElement(policyHash),
    ImageId: BigInt(e.imageId) !== 0n,
    StateSchema: BigInt(e.stateSchema) < 2n ** 248n,
    Adapter: hasCode(state, e.adapter),
    Account: e.account !== ZERO_ADDRESS,
    Operators: isIncreasing(e.operators),
    Proposers: isIncreasing(e.proposers) && (e.proposerMode !== SIGNED_MODE || e.proposers.length > 0),
    Tier: isTier(e.tier),
    CoSigners: isIncreasing(e.coSigners) && (e.tier === Tier.Routine || e.coSigners.length > 0),
    QuotaPerState: e.quotaPerState > 0n,
    ClaimTtl:
      e.claimTtl >= BigInt(shortestClaim(set)) &&
      e.claimTtl <= BigInt(set.maxValidity) &&
      e.claimTtl + BigInt(set.proofTime) <= BigInt(set.registryGrace),
    ResourceCap: e.resourceCap >= MIN_RESOURCE_CAP && e.resourceCap <= MAX_RESOURCE_CAP,
  };
  return (Object.keys(EntryField) as (keyof typeof EntryField)[]).find((field) => !valid[field]);
}

/** Strictly increasing, nothing zero, at most 16. */
function isIncreasing(list: readonly Hex[]): boolean {
  return list.length <= MAX_LIST && list.every((item, i) => BigInt(item) > BigInt(list[i - 1] ?? 0));
}

/** In place of whatever is staged under the key; a new key goes to the end. */
function stage(state: State, key: Hex, entryHash: Hex | undefined): State | Refusal {
  const { staged } = state.registry;
  const index = staged.findIndex((change) => change.key === key);
  if (index !== -1) return withRegistry(state, { staged: staged.set(index, { key, entryHash }) });
  const { maxEntries } = state.deployment;
  if (BigInt(staged.size) >= maxEntries) return { error: 'TooManyStaged', args: [maxEntries] };
  return withRegistry(state, { staged: staged.push({ key, entryHash }) });
}

function withRegistry(state: State, changed: Partial<RegistryState>): State {
  return { ...state, registry: { ...state.registry, ...changed } };
}
