/**
 * Claims on nonces, their settlement, and the fees: what honest operators, late ones and squatters do.
 * @module
 */

import type { Hex } from '../codec/hash.ts';
import { ZERO_HASH } from '../codec/hash.ts';
import { type Entry, nonceOf, scopeId } from '../codec/ids.ts';
import type { Call } from '../mirror/types.ts';
import { excuseOf, MAX_MISSES } from '../model/claims.ts';
import { disruptedWithin } from '../model/disruptions.ts';
import { escrowOf } from '../model/fees.ts';
import { selfBondOf, stakeOf } from '../model/staking.ts';
import { type Claim, type ExecutionRecord, ExitKind } from '../model/state.ts';
import { amountNear, type Context, callOf, namesOf, pickOr, strayHash } from './context.ts';
import { claimsOf, executionsOf, type Found, recordsOf } from './derived.ts';
import { claimedExecution, entriesInForce } from './executions.ts';
import { AGRS, everybody, holders, outsiders, payees, principal } from './world.ts';

/** Claims that are open, lapsed or not. */
export const openClaims = ({ state }: Context): readonly Claim[] => claimsOf(state.gate.records);

/** The entry of a claim, if it is in force as it was. */
function entryOf(ctx: Context, claim: Claim): Entry | undefined {
  return entriesInForce(ctx).find((entry) => namesOf(ctx, entry).hash === claim.entryHash);
}

/** Operators that may claim under the entry. */
export function able(ctx: Context, entry: Entry): Hex[] {
  const { state, time } = ctx;
  return [...state.operators.operators].flatMap(([id, o]) => {
    const listed = entry.operators.length === 0 || entry.operators.includes(id);
    const active = o.status === 2 && time > o.jailedUntil;
    return listed && active && selfBondOf(state, id) >= state.parameters.set.minSelfBond ? [id] : [];
  });
}

/** The list as a call takes it. */
export function three(missed: readonly Hex[]): readonly [Hex, Hex, Hex] {
  return [missed[0] ?? ZERO_HASH, missed[1] ?? ZERO_HASH, missed[2] ?? ZERO_HASH];
}

/** A nonce that can be claimed: mostly one that was missed before, if there is one, since those are rare. */
function claimable(ctx: Context) {
  const { rng, state, chainId, directory } = ctx;
  const entry = pickOr(rng, entriesInForce(ctx));
  const source = entry && state.oracle.sources.get(entry.stateSource);
  const attested = pickOr(
    rng,
    [source?.latest, source?.latest, source?.previous].filter((a) => a !== undefined),
  );
  if (!entry || !attested) return undefined;
  const scope = scopeId({ chainId, contract: directory.gate }, entry.adapter, entry.account);
  const nonces = state.gate.records.get(scope);
  const slots = Array.from({ length: Number(entry.quotaPerState) }, (_, i) => BigInt(i));
  const recordAt = (slot: bigint) => nonces?.get(nonceOf(attested.stateEpoch, slot));
  const free = slots.filter((slot) => !['executed', 'claimed'].includes(recordAt(slot)?.kind ?? 'free'));
  const missed = free.filter((slot) => recordAt(slot)?.kind === 'missed');
  const slot = pickOr(rng, missed.length > 0 && rng.chance(5, 6) ? missed : free);
  if (slot === undefined) return undefined;
  const record = recordAt(slot);
  return { entry, stateEpoch: attested.stateEpoch, slot, missed: record?.kind === 'missed' ? record.missed : [] };
}

const claimFaults = [
  'content',
  'unknown',
  'state',
  'quota',
  'taken',
  'list',
  'missed',
  'listed',
  'operator',
  'signer',
] as const;

/** What only a nonce that was missed before shows. */
const missedFaults = ['list', 'list', 'missed'] as const;

export function claimIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state } = ctx;
  const found = claimable(ctx);
  if (!found) return undefined;
  let { entry, stateEpoch, slot, missed } = found;
  const known = missed.length > 0 && rng.chance(1, 2) ? rng.pick(missedFaults) : undefined;
  const fault = known ?? (faulty ? rng.pick(claimFaults) : undefined);
  const all = [...state.operators.operators.keys()];
  const fresh = able(ctx, entry).filter((id) => !missed.includes(id));
  let operatorId = pickOr(rng, fresh);
  if (fault === 'missed' && missed.length > 0) operatorId = rng.pick(missed);
  if (fault === 'listed' || fault === 'operator' || (operatorId === undefined && faulty)) operatorId = pickOr(rng, all);
  if (fault === 'operator' && rng.chance(1, 4)) operatorId = strayHash(rng);
  if (operatorId === undefined) return undefined;
  if (fault === 'unknown') entry = { ...entry, policyHash: strayHash(rng) };
  if (fault === 'content') entry = { ...entry, quotaPerState: entry.quotaPerState + 1n };
  if (fault === 'state') stateEpoch += rng.pick([1n, -1n]);
  if (fault === 'quota') slot = entry.quotaPerState;
  if (fault === 'list') missed = [strayHash(rng)];
  if (fault === 'taken') return claimTaken(ctx, operatorId);
  const signer = state.operators.operators.get(operatorId)?.signer;
  const sender = fault === 'signer' || signer === undefined ? rng.pick(everybody).address : signer;
  return callOf('gate', 'claim', sender, [entry, stateEpoch, slot, operatorId, three(missed)]);
}

/** A claim on a nonce that is executed, claimed, or was missed too often. */
export function claimTaken(ctx: Context, operatorId: Hex): Call | undefined {
  const { rng, state } = ctx;
  const taken = recordsOf(state.gate.records).filter(
    ({ record }) => record.kind !== 'missed' || record.missed.length >= MAX_MISSES,
  );
  const worn = taken.filter(({ record }) => record.kind === 'missed');
  const found = pickOr(rng, worn.length > 0 ? worn : taken);
  const entry = found && entriesInForce(ctx).find((e) => scopeOf(ctx, e) === found.scope);
  const signer = state.operators.operators.get(operatorId)?.signer;
  if (!entry || !signer) return undefined;
  const missed = found.record.kind === 'missed' ? three(found.record.missed) : three([]);
  const [stateEpoch, slot] = partsOf(found.nonce);
  return callOf('gate', 'claim', signer, [entry, stateEpoch, slot, operatorId, missed]);
}

function scopeOf({ chainId, directory }: Context, entry: Entry): Hex {
  return scopeId({ chainId, contract: directory.gate }, entry.adapter, entry.account);
}

function partsOf(nonce: bigint): readonly [stateEpoch: bigint, slot: bigint] {
  return [nonce >> 64n, nonce & (2n ** 64n - 1n)];
}

/** A claim as its holder doesn't know it. */
function spoiled({ rng }: Context, claim: Claim): Claim {
  return rng.pick([
    { ...claim, bond: claim.bond + 1n },
    { ...claim, deadline: claim.deadline - 1n },
    { ...claim, operatorId: strayHash(rng) },
    { ...claim, nonce: claim.nonce + 1n },
  ]);
}

export function settleIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, time } = ctx;
  const all = openClaims(ctx);
  const lapsed = all.filter(({ deadline }) => time > deadline);
  const claim = pickOr(rng, faulty && rng.chance(1, 2) ? all : lapsed);
  if (!claim) return undefined;
  if (faulty && rng.chance(1, 2)) return callOf('gate', 'settle', rng.pick(holders).address, [spoiled(ctx, claim)]);
  if (rng.chance(1, 4)) return callOf('gate', 'settle', rng.pick(holders).address, [claim]);
  return takeOver(ctx, claim, faulty);
}

/** A lapsed claim settled and its nonce claimed by the next operator. */
export function takeOver(ctx: Context, claim: Claim, faulty = false): Call | undefined {
  const { rng, state } = ctx;
  const entry = entryOf(ctx, claim) ?? pickOr(rng, entriesInForce(ctx));
  const record = state.gate.records.get(claim.scope)?.get(claim.nonce);
  const before = record?.kind === 'claimed' ? record.missed : [];
  const barred = [...before, claim.operatorId];
  const next =
    entry &&
    pickOr(
      rng,
      able(ctx, entry).filter((id) => !barred.includes(id) || faulty),
    );
  const signer = next && state.operators.operators.get(next)?.signer;
  if (!entry || !next || !signer) return undefined;
  const [stateEpoch, slot] = partsOf(claim.nonce);
  const other = faulty && rng.chance(1, 3) ? slot + 1n : slot;
  // Who takes over an excused claim leaves its operator off the list; so does who is wrong.
  const excused = excuseOf(state, claim) !== 0 || (faulty && rng.chance(1, 4));
  const missed = excused ? before : barred;
  return callOf('gate', 'takeOver', signer, [entry, stateEpoch, other, next, three(missed), claim]);
}

const heldFaults = ['operatorKey', 'proof', 'stranger', 'claim', 'entry', undefined] as const;

export function executeClaimedIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, time } = ctx;
  const all = openClaims(ctx);
  const timely = all.filter(({ deadline }) => time <= deadline);
  const lapsed = all.filter(({ deadline }) => time > deadline);
  const jailed = timely.filter(
    ({ operatorId }) => time <= (ctx.state.operators.operators.get(operatorId)?.jailedUntil ?? 0n),
  );
  const withdrawn = timely.filter(({ stateSource, claimedAt }) =>
    disruptedWithin(ctx.state, stateSource, claimedAt, time),
  );
  const rare = withdrawn.length > 0 && rng.chance(1, 2) ? withdrawn : jailed;
  const preferred = lapsed.length > 0 && rng.chance(1, 3) ? lapsed : rare.length > 0 ? rare : timely;
  const claim = pickOr(rng, faulty && rng.chance(1, 3) ? all : preferred.length > 0 ? preferred : all);
  const entry = claim && (entryOf(ctx, claim) ?? pickOr(rng, entriesInForce(ctx)));
  if (!claim || !entry) return undefined;
  const sender = rng.pick(everybody).address;
  const fault = faulty ? rng.pick(heldFaults) : undefined;
  const signing = fault === 'operatorKey' || fault === 'proof' ? fault : undefined;
  const x = claimedExecution(ctx, claim, entry, signing);
  switch (fault) {
    case 'claim':
      return callOf('gate', 'executeClaimed', sender, [x, spoiled(ctx, claim)]);
    case 'stranger': {
      const other = pickOr(rng, able(ctx, entry)) ?? strayHash(rng);
      return callOf('gate', 'executeClaimed', sender, [{ ...x, operatorId: other }, claim]);
    }
    case 'entry': {
      const others = entriesInForce(ctx).filter((e) => e !== entry);
      const other = pickOr(rng, others) ?? entry;
      return callOf('gate', 'executeClaimed', sender, [{ ...x, entry: other }, claim]);
    }
    default:
      return callOf('gate', 'executeClaimed', sender, [x, claim]);
  }
}

/** A missed claim of an operator that holds another one. */
export function jailIntent(ctx: Context): Call | undefined {
  const timely = openClaims(ctx).filter(({ deadline }) => ctx.time <= deadline);
  const worn = timely.filter(({ operatorId }) => (ctx.state.operators.operators.get(operatorId)?.misses ?? 0) > 0);
  const claim = pickOr(ctx.rng, worn.length > 0 ? worn : timely);
  return claim && callOf('operators', 'countMiss', ctx.directory.gate, [claim.operatorId]);
}

/** What an execution owes its operator. */
export function owedFees(ctx: Context): Found<ExecutionRecord>[] {
  return executions(ctx).filter(({ record }) => record.feeOwed);
}

export const executions = ({ state }: Context): readonly Found<ExecutionRecord>[] => executionsOf(state.gate.records);

export function escrowIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, directory, time } = ctx;
  const sender = rng.pick(holders).address;
  const owed = owedFees(ctx);
  const finality = ({ record }: Found<ExecutionRecord>): bigint => record.executedAt + BigInt(record.finalityDelay);
  const final = owed.filter((found) => time > finality(found));
  const nearly = owed.filter((found) => time === finality(found));
  const due = pickOr(rng, faulty ? (nearly.length > 0 ? nearly : executions(ctx)) : final);
  if (due && rng.chance(2, 3)) {
    const { operatorId, fee } = due.record;
    const wrong = faulty && rng.chance(1, 3) ? 1n : 0n;
    return callOf('gate', 'collectFee', sender, [due.scope, due.nonce, operatorId, fee + wrong]);
  }
  const account = rng.pick([principal, principal, ...payees]).address;
  const scope = scopeId({ chainId: ctx.chainId, contract: directory.gate }, directory.treasury, account);
  const { available } = escrowOf(state, scope);
  if (rng.chance(1, 4)) {
    const half = amountNear(rng, available / 2n);
    const amount = faulty
      ? rng.pick([0n, available + 1n])
      : rng.pick([half, half, half, available, available > 0n ? available - 1n : 1n]);
    return callOf('gate', 'withdrawEscrow', account, [directory.treasury, amount]);
  }
  const amount = faulty ? rng.pick([0n, 10n ** 27n]) : rng.bigint(1n, 20n * AGRS);
  return callOf('gate', 'fundEscrow', rng.pick([account, principal.address]), [scope, amount]);
}

/** An operator whose delegators have, or had, something to lose. */
function delegatedTo({ rng, state }: Context): Hex | undefined {
  const leaving = [...state.staking.exits.values()].filter(({ kind }) => kind === ExitKind.Delegator);
  const staying = [...state.staking.stakes].filter(([, { delegations }]) => !delegations.isEmpty()).map(([id]) => id);
  return pickOr(rng, leaving)?.operatorId ?? pickOr(rng, staying);
}

/** The owner takes all but the least self-bond with which an operator may act. */
function leaveTheLeast({ state }: Context, id: Hex): Call {
  const owner = state.operators.operators.get(id)?.owner ?? principal.address;
  const excess = stakeOf(state, id).selfBond.total - state.parameters.set.minSelfBond;
  return callOf('staking', 'requestExit', owner, [id, excess > 0n ? excess : 0n]);
}

/** Another version of the entry that somebody's claim is about, or its removal, for the next epoch. */
function unsettle(ctx: Context): Call | undefined {
  const { rng, directory, time } = ctx;
  const claim = pickOr(
    rng,
    openClaims(ctx).filter(({ deadline }) => time <= deadline),
  );
  const entry = claim && entryOf(ctx, claim);
  if (!entry) return undefined;
  const { key, hash } = namesOf(ctx, entry);
  const other = ctx.entries.find((one) => namesOf(ctx, one).key === key && namesOf(ctx, one).hash !== hash);
  return other
    ? callOf('registry', 'stageEntry', directory.council, [other])
    : callOf('registry', 'stageRemoval', directory.council, [key]);
}

/** What only other contracts may call, called by somebody else, or as they would where that changes nothing for good. */
export function internalIntent(ctx: Context): Call | undefined {
  const { rng, state, directory } = ctx;
  const id = pickOr(rng, [...state.operators.operators.keys()]) ?? strayHash(rng);
  const sender = rng.pick([...outsiders, ...holders]).address;
  const split = { rewardBps: 2_500, burnBps: 2_500, rewardTo: rng.pick(holders).address };
  const bps = rng.pick([1n, 100n, 3_333n, 5_000n]);
  const hard = rng.chance(1, 8) ? rng.pick([9_999n, 10_000n]) : bps;
  return rng.pick([
    () => callOf('staking', 'lock', sender, [id, AGRS, AGRS]),
    () => callOf('staking', 'release', sender, [id, AGRS, 10n ** 27n, 0, 2_500]),
    () => callOf('staking', 'forfeit', sender, [id, AGRS, split]),
    () => callOf('staking', 'slash', sender, [id, bps, bps, split]),
    () => callOf('staking', 'slash', directory.court, [id, hard, rng.pick([0n, hard / 2n, hard]), split]),
    () => callOf('staking', 'slash', directory.court, [id, bps, rng.pick([0n, bps / 2n, bps]), split]),
    () =>
      callOf('staking', 'slash', directory.court, [
        delegatedTo(ctx) ?? id,
        bps,
        rng.pick([bps, 9_999n, 10_000n]),
        split,
      ]),
    () => callOf('operators', 'countMiss', rng.pick([sender, directory.gate]), [id]),
    () => callOf('operators', 'countMiss', directory.gate, [pickOr(rng, openClaims(ctx))?.operatorId ?? id]),
    () => callOf('operators', 'eject', sender, [id]),
    () => callOf('gate', 'renewParameters', sender, []),
    () => leaveTheLeast(ctx, id),
    () => unsettle(ctx),
    () => callOf('disruptions', 'mark', rng.pick([sender, directory.registry, directory.router]), [strayHash(rng)]),
  ])();
}
