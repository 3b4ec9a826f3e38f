/**
 * Claims: a nonce reserved for one operator, at the risk of a lock. Mirrors contracts/gate/Claims.sol.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import {
  type Entry,
  entryHash as hashOfEntry,
  entryKey as keyOfEntry,
  missedHash,
  nonceOf,
  sameClaim,
  scopeId,
} from '../codec/ids.ts';
import { disruptedWithin, EVERYBODY } from './disruptions.ts';
import { freeFee, notAvailable, reserveFee } from './fees.ts';
import { reentered } from './guards.ts';
import { recordOf, withRecord } from './nonces.ts';
import { operators, requireAdmitted } from './operators.ts';
import { requireUsable } from './oracle.ts';
import { parametersOf } from './parameters.ts';
import { notInForce } from './registry.ts';
import { forfeitLock, lockStake, releaseLock } from './staking.ts';
import type { Attested, Claim, ClaimRecord, State } from './state.ts';
import {
  type Env,
  type Refusal,
  refused,
  type Step,
  type Success,
  type SystemEvent,
  type Transitions,
} from './step.ts';

/** A nonce missed so often is executed directly or not at all. */
export const MAX_MISSES = 4;

/** The numbers are those of the contract's enum. */
export const Excuse = { None: 0, Halt: 1, EntryChanged: 2, SourceReset: 3 } as const;

export const claims: Pick<Transitions<'gate'>, 'claim' | 'takeOver' | 'settle'> = {
  claim(state, [entry, stateEpoch, slot, operatorId, missed], env) {
    return claimNonce(state, { entry, stateEpoch, slot, operatorId, missed }, env);
  },

  takeOver(state, [entry, stateEpoch, slot, operatorId, missed, lapsed], env) {
    const again = reentered(env);
    if (again) return again;
    const settled = settleClaim(state, lapsed, env);
    if (refused(settled)) return settled;
    const claimed = claimNonce(settled.state, { entry, stateEpoch, slot, operatorId, missed }, env);
    return refused(claimed) ? claimed : { ...claimed, events: [...settled.events, ...claimed.events] };
  },

  settle(state, [lapsed], env) {
    return reentered(env) ?? settleClaim(state, lapsed, env);
  },
};

interface Wish {
  readonly entry: Entry;
  readonly stateEpoch: bigint;
  readonly slot: bigint;
  readonly operatorId: Hex;
  /** as the caller gives it: those that missed the nonce, then anything */
  readonly missed: readonly Hex[];
}

function claimNonce(state: State, wish: Wish, env: Env): Step<readonly [bigint]> {
  const { entry, stateEpoch, slot, operatorId, missed } = wish;
  const { directory } = state.deployment;
  const place = { chainId: env.chainId, contract: directory.registry };
  const entryKey = keyOfEntry(place, entry.policyHash, entry.adapter, entry.account);
  const entryHash = hashOfEntry(place, entry);
  const barred = notInForce(state, entryKey, entryHash, env);
  if (barred) return barred;
  const attested = usable(state, wish, env);
  if ('error' in attested) return attested;
  const { stateHash, hash: attestationHash, expiresAt } = attested;

  const scope = scopeId({ chainId: env.chainId, contract: directory.gate }, entry.adapter, entry.account);
  const nonce = nonceOf(stateEpoch, slot);
  const before = freeNonce(state, scope, nonce, missed);
  if ('error' in before) return before;
  const denied = notClaimant(state, wish, before.missed, env);
  if (denied) return denied;

  const { claimBond, minSelfBond } = parametersOf(state);
  const bond = claimBond << BigInt(before.missed.length);
  const locked = lockStake(state, operatorId, bond, minSelfBond);
  if (refused(locked)) return locked;
  const fee = entry.execFee;
  const short = notAvailable(locked.state, scope, fee);
  if (short) return short;
  const [factorAtLock, generation] = locked.returns;
  const last = env.time + entry.claimTtl;
  const claim: Claim = {
    scope,
    nonce,
    entryHash,
    operatorId,
    stateSource: entry.stateSource,
    stateHash,
    attestationHash,
    claimedAt: env.time,
    deadline: last < expiresAt ? last : expiresAt,
    bond,
    factorAtLock,
    generation,
    fee,
    missedHash: missedHash(before.missed),
  };
  const reserved = reserveFee(locked.state, scope, fee);
  return {
    state: withRecord(reserved, scope, nonce, { kind: 'claimed', claim, missed: before.missed }),
    events: [...locked.events, { contract: 'gate', event: 'Claimed', args: { operatorId, claim } }],
    returns: [claim.deadline],
  };
}

function usable(state: State, { entry, stateEpoch, slot }: Wish, env: Env): Attested | Refusal {
  const grace = BigInt(parametersOf(state).attestationGrace);
  const attested = requireUsable(state, entry.stateSource, stateEpoch, grace, env);
  if ('error' in attested) return attested;
  if (env.time > attested.expiresAt) return { error: 'StateStale', args: [attested.expiresAt, env.time] };
  return slot >= entry.quotaPerState ? { error: 'QuotaExceeded', args: [slot, entry.quotaPerState] } : attested;
}

/** Who missed the nonce, if it is free and the caller names them. */
function freeNonce(
  state: State,
  scope: Hex,
  nonce: bigint,
  given: readonly Hex[],
): { readonly missed: readonly Hex[] } | Refusal {
  const record = recordOf(state, scope, nonce);
  if (record?.kind === 'executed') return { error: 'NonceUsed', args: [scope, nonce] };
  if (record?.kind === 'claimed') return { error: 'NonceClaimed', args: [scope, nonce] };
  const missed = record?.missed ?? [];
  if (missed.length >= MAX_MISSES) return { error: 'MissedTooOften', args: [scope, nonce] };
  if (missed.some((id, i) => id !== given[i])) return { error: 'MissedListInvalid', args: [scope, nonce] };
  return { missed };
}

function notClaimant(state: State, { entry, operatorId }: Wish, missed: readonly Hex[], env: Env): Refusal | undefined {
  if (entry.operators.length > 0 && !entry.operators.includes(operatorId)) {
    return { error: 'OperatorNotListed', args: [operatorId] };
  }
  if (missed.includes(operatorId)) return { error: 'MissedBefore', args: [operatorId] };
  const admitted = requireAdmitted(state, operatorId, env);
  if ('error' in admitted) return admitted;
  const { signer } = admitted;
  return env.sender === signer ? undefined : { error: 'NotSigner', args: [env.sender, signer] };
}

/** A refusal unless this is the open claim on its nonce. */
export function heldBy(state: State, claim: Claim): Refusal | undefined {
  const record = recordOf(state, claim.scope, claim.nonce);
  const known = record?.kind === 'claimed' && sameClaim(record.claim, claim);
  return known ? undefined : { error: 'ClaimUnknown', args: [claim.scope, claim.nonce] };
}

/** Ends a claim that lapsed without execution. */
export function settleClaim(state: State, claim: Claim, env: Env): Success<readonly [number]> | Refusal {
  const unknown = heldBy(state, claim);
  if (unknown) return unknown;
  const { scope, nonce, operatorId, deadline, bond, fee } = claim;
  if (env.time <= deadline) return { error: 'ClaimOpen', args: [deadline, env.time] };
  const excuse = excuseOf(state, claim);
  const freed = freeFee(state, scope, fee);
  const event: SystemEvent = { contract: 'gate', event: 'ClaimSettled', args: { scope, nonce, operatorId, excuse } };
  const { missed } = recordOf(state, scope, nonce) as ClaimRecord;
  if (excuse !== Excuse.None) {
    const unlocked = released(freed, claim);
    if (refused(unlocked)) return unlocked;
    const record = missed.length === 0 ? undefined : ({ kind: 'missed', missed } as const);
    return {
      state: withRecord(unlocked.state, scope, nonce, record),
      events: [event, ...unlocked.events],
      returns: [excuse],
    };
  }
  const { challengerBps, burnBps } = parametersOf(state);
  const split = { rewardBps: challengerBps, burnBps, rewardTo: env.sender };
  const forfeited = forfeitLock(freed, operatorId, bond, split);
  if (refused(forfeited)) return forfeited;
  const { gate } = state.deployment.directory;
  const counted = operators.countMiss(forfeited.state, [operatorId], { ...env, sender: gate });
  if (refused(counted)) return counted;
  return {
    state: withRecord(counted.state, scope, nonce, { kind: 'missed', missed: [...missed, operatorId] }),
    events: [event, ...forfeited.events, ...counted.events],
    returns: [excuse],
  };
}

/** Gives the lock back, less what the operator was slashed meanwhile. */
export function released(state: State, { operatorId, bond, factorAtLock, generation }: Claim): Step<readonly []> {
  return releaseLock(state, operatorId, { amount: bond, factorAtLock, generation }, parametersOf(state).burnBps);
}

/** Why the claimant may have been unable to execute: the first disruption that falls between claim and deadline. */
export function excuseOf(state: State, { entryHash, stateSource, claimedAt, deadline }: Claim): number {
  const subjects = [EVERYBODY, entryHash, stateSource];
  return subjects.findIndex((subject) => disruptedWithin(state, subject, claimedAt, deadline)) + 1;
}
