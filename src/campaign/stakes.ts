/**
 * Stake: what owners and delegators put in, take out, and get back.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { signable, TOKEN_NAME } from '../codec/typed-data.ts';
import type { Call } from '../mirror/types.ts';
import { delegationOf, exitLedger, MAX_AMOUNT, stakeOf } from '../model/staking.ts';
import { type Exit, ExitKind, type State } from '../model/state.ts';
import { type Context, callOf, known, pickOr, strayHash } from './context.ts';
import { type Actor, AGRS, delegators, everybody, holders, outsiders, owners, quickSign } from './world.ts';

/** An operator, mostly a known one. */
function someOperator({ rng, state }: Context, faulty: boolean): Hex | undefined {
  if (faulty && rng.chance(1, 6)) return strayHash(rng);
  return pickOr(rng, [...state.operators.operators.keys()]);
}

type PermitArguments = readonly [deadline: bigint, v: number, r: Hex, s: Hex];

/** A signature (EIP-2612) of `owner`, good or wrong in one way. */
function permitOf(ctx: Context, owner: Actor, spender: Hex, value: bigint, faulty: boolean): PermitArguments {
  const { rng, state, time, chainId, directory } = ctx;
  const fault = faulty ? rng.pick(['expired', 'nonce', 'signer', 's', 'v'] as const) : undefined;
  const deadline = fault === 'expired' ? time - 1n : time + 100n;
  const nonce = state.agrs.permits.get(owner.address, 0n) + (fault === 'nonce' ? 1n : 0n);
  const message = { owner: owner.address, spender, value, nonce, deadline };
  const domain = { chainId, verifyingContract: directory.agrs, name: TOKEN_NAME };
  const signature = quickSign(signable('Permit', message, domain), fault === 'signer' ? rng.pick(outsiders) : owner);
  const v = fault === 'v' ? 29 : Number.parseInt(signature.slice(130), 16);
  const s: Hex = fault === 's' ? `0x${'f'.repeat(64)}` : `0x${signature.slice(66, 130)}`;
  return [deadline, v, `0x${signature.slice(2, 66)}`, s];
}

export function permitIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, directory } = ctx;
  const owner = rng.pick([...owners, ...delegators]);
  const spender = rng.pick([directory.staking, directory.treasury, directory.gate, directory.court]);
  const value = rng.bigint(0n, 2_000n * AGRS);
  const permit = permitOf(ctx, owner, spender, value, faulty);
  return callOf('agrs', 'permit', rng.pick(everybody).address, [owner.address, spender, value, ...permit]);
}

export function bondIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, directory } = ctx;
  const id = someOperator(ctx, faulty);
  if (!id) return undefined;
  const owner = state.operators.operators.get(id)?.owner;
  const sender = owner && rng.chance(3, 4) ? known(owner) : rng.pick([...owners, ...delegators]);
  const amount = faulty ? rng.pick([0n, 10n ** 27n]) : rng.bigint(1n, 300n * AGRS);
  if (rng.chance(1, 3)) {
    const permit = permitOf(ctx, sender, directory.staking, amount, rng.chance(1, 4));
    return callOf('staking', 'bondWithPermit', sender.address, [id, amount, ...permit]);
  }
  return callOf('staking', 'bond', sender.address, [id, amount]);
}

export function delegateIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, directory } = ctx;
  const id = someOperator(ctx, faulty);
  if (!id) return undefined;
  const sender = rng.pick([...delegators, ...delegators, rng.pick(owners)]);
  const mine = delegationOf(state, id, sender.address);
  if (mine.shares > 0n && rng.chance(1, 2)) {
    const shares = faulty
      ? rng.pick([0n, mine.shares + 1n])
      : rng.pick([1n, mine.shares, rng.bigint(1n, mine.shares), 1n + mine.shares / 3n]);
    return callOf('staking', 'undelegate', sender.address, [id, shares]);
  }
  if (faulty && rng.chance(1, 3)) return callOf('staking', 'undelegate', rng.pick(outsiders).address, [id, 1n]);
  const { selfBond, pool } = stakeOf(state, id);
  const room = selfBond.total * BigInt(state.parameters.set.delegationRatio) - pool.total;
  const tight = room > 0n && room < 2_000n * AGRS;
  const amount = faulty
    ? rng.pick([0n, MAX_AMOUNT, 2n ** 97n, (room > 0n ? room : 0n) + 1n])
    : rng.pick([1n, rng.bigint(1n, 400n * AGRS), rng.bigint(1n, 400n * AGRS), tight ? room : 5n * AGRS]);
  if (rng.chance(1, 3)) {
    const permit = permitOf(ctx, sender, directory.staking, amount, rng.chance(1, 4));
    return callOf('staking', 'delegateWithPermit', sender.address, [id, amount, ...permit]);
  }
  return callOf('staking', 'delegate', sender.address, [id, amount]);
}

export function requestExitIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state } = ctx;
  const id = someOperator(ctx, faulty);
  if (!id) return undefined;
  const owner = state.operators.operators.get(id)?.owner;
  const sender = owner === undefined || (faulty && rng.chance(1, 4)) ? rng.pick(outsiders).address : owner;
  const bonded = stakeOf(state, id).selfBond.total;
  const limit = bonded > 0n ? bonded : 1n;
  // As much as leaves exactly what an operator has to have.
  const { minSelfBond } = state.parameters.set;
  const spare = bonded > minSelfBond ? bonded - minSelfBond : 1n;
  const amount = faulty
    ? rng.pick([0n, bonded + 1n])
    : rng.pick([1n, limit, rng.bigint(1n, limit), 1n + limit / 10n, spare]);
  return callOf('staking', 'requestExit', sender, [id, amount]);
}

const ownerOf = (state: State, operatorId: Hex): Hex | undefined => state.operators.operators.get(operatorId)?.owner;

/** Whether an exit is worth less than it was when it began. */
export function isWorn(state: State, exit: Exit): boolean {
  const { factor, generation } = exitLedger(stakeOf(state, exit.operatorId), exit.kind);
  return generation !== exit.generation || (exit.shares * factor) / 10n ** 27n < exit.shares;
}

export function exitIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, time } = ctx;
  const exits = [...state.staking.exits.values()];
  const left = exits.find((exit) => exit.kind === ExitKind.Owner && exit.account !== ownerOf(state, exit.operatorId));
  // Whoever was the owner gets it, but can't put it back.
  if (left && rng.chance(1, 6)) return callOf('staking', 'cancelExit', left.account, [left.operatorId, left.index]);
  const due = exits.filter(({ opensAt }) => time >= opensAt);
  const worn = due.filter((exit) => isWorn(state, exit));
  const wanted = faulty && rng.chance(1, 2) ? exits : worn.length > 0 ? worn : due;
  const exit = pickOr(rng, wanted) ?? (faulty || rng.chance(1, 4) ? pickOr(rng, exits) : undefined);
  if (!exit) return undefined;
  const { kind, operatorId, account } = exit;
  const index = exit.index + (faulty && rng.chance(1, 3) ? 1 : 0);
  const cancels = kind === ExitKind.Owner && (time < exit.opensAt || rng.chance(1, 4));
  if (cancels && rng.chance(3, 4)) {
    const sender = faulty && rng.chance(1, 3) ? rng.pick(holders).address : account;
    return callOf('staking', 'cancelExit', sender, [operatorId, index]);
  }
  return callOf('staking', 'claimExit', rng.pick(everybody).address, [kind, operatorId, account, index]);
}
