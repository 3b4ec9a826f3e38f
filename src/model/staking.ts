/**
 * Staking: what operators and their delegators stand behind decisions with, and how they leave. Mirrors
 * contracts/staking/Staking.sol.
 * @module
 */
import { Map } from 'immutable';
import type { SystemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import type { Hex } from '../codec/hash.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { burnTokens, type Permit, permit, transferTokens, transferTokensFrom } from './agrs.ts';
import { valueIn } from './changes.ts';
import { notCourt, notGate } from './guards.ts';
import { addClaim, BPS, EMPTY, removeClaim, slashLedger, valueOf } from './ledger.ts';
import { owned, statusOf } from './operators.ts';
import { MAX_LOCKS } from './parameters.ts';
import {
  type Claimed,
  type Delegation,
  type Exit,
  ExitKind,
  type ExitName,
  type Ledger,
  OperatorStatus,
  type Stake,
  type StakingState,
  type State,
} from './state.ts';
import {
  type Env,
  type Refusal,
  refused,
  type Step,
  type Success,
  type SystemEvent,
  type Transitions,
} from './step.ts';

/** Delegations are refused before they could exceed what a ledger counts to. */
export const MAX_AMOUNT = 2n ** 96n - 1n;

export type Split = Inputs<SystemAbis['staking'], 'forfeit'>[2];

type Staking = Transitions<'staking'>;

const entering: Pick<Staking, 'bond' | 'bondWithPermit' | 'delegate' | 'delegateWithPermit'> = {
  bond(state, [operatorId, amount], env) {
    return bond(state, operatorId, amount, env);
  },

  bondWithPermit(state, [operatorId, amount, deadline, v, r, s], env) {
    return permitted(state, { value: amount, deadline, v, r, s }, env, (ready) => bond(ready, operatorId, amount, env));
  },

  delegate(state, [operatorId, amount], env) {
    return delegate(state, operatorId, amount, env);
  },

  delegateWithPermit(state, [operatorId, amount, deadline, v, r, s], env) {
    return permitted(state, { value: amount, deadline, v, r, s }, env, (ready) =>
      delegate(ready, operatorId, amount, env),
    );
  },
};

const leaving: Pick<Staking, 'requestExit' | 'cancelExit' | 'undelegate' | 'claimExit'> = {
  requestExit(state, [operatorId, amount], env) {
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    if (amount === 0n) return { error: 'AmountZero', args: [] };
    const { selfBond, exits } = stakeOf(state, operatorId);
    if (amount > selfBond.total) return { error: 'SelfBondInsufficient', args: [operatorId, selfBond.total, amount] };
    const left: Partial<Stake> = {
      selfBond: { ...selfBond, total: selfBond.total - amount },
      exits: exits + 1,
    };
    const name = { kind: ExitKind.Owner, operatorId, account: env.sender, index: exits };
    return beginExit(state, left, name, amount, 0n, env);
  },

  cancelExit(state, [operatorId, index], env) {
    const account = env.sender;
    const exit = exitOf(state, { kind: ExitKind.Owner, operatorId, account, index });
    if ('error' in exit) return exit;
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    if (operator.status === OperatorStatus.Ejected) return { error: 'OperatorEjected', args: [operatorId] };
    const ended = endExit(state, exit);
    const { selfBond } = stakeOf(ended.state, operatorId);
    return {
      state: withStake(ended.state, operatorId, { selfBond: { ...selfBond, total: selfBond.total + ended.value } }),
      events: [
        { contract: 'staking', event: 'ExitCancelled', args: { operatorId, account, index, value: ended.value } },
      ],
      returns: [ended.value],
    };
  },

  undelegate(state, [operatorId, shares], env) {
    if (shares === 0n) return { error: 'AmountZero', args: [] };
    const account = env.sender;
    const { pool, delegations } = stakeOf(state, operatorId);
    const mine = delegationOf(state, operatorId, account);
    if (shares > mine.shares) return { error: 'SharesInsufficient', args: [operatorId, account, mine.shares, shares] };
    const { ledger, value } = removeClaim(pool, { shares, generation: pool.generation });
    const rest: Delegation = { ...mine, shares: mine.shares - shares, exits: mine.exits + 1 };
    const left: Partial<Stake> = { pool: ledger, delegations: delegations.set(account, rest) };
    const name = { kind: ExitKind.Delegator, operatorId, account, index: mine.exits };
    return beginExit(state, left, name, value, shares, env);
  },

  claimExit(state, [kind, operatorId, account, index], env) {
    const exit = exitOf(state, { kind, operatorId, account, index });
    if ('error' in exit) return exit;
    if (env.time < exit.opensAt) return { error: 'ExitNotMature', args: [exit.opensAt, env.time] };
    const { state: ended, value } = endExit(state, exit);
    const paid = transferTokens(ended, state.deployment.directory.staking, account, value);
    if (refused(paid)) return paid;
    const args = { operatorId, account, kind, index, value };
    return {
      state: paid.state,
      events: [{ contract: 'staking', event: 'ExitClaimed', args }, ...paid.events],
      returns: [value],
    };
  },
};

const locking: Pick<Staking, 'lock' | 'release' | 'forfeit'> = {
  lock(state, [operatorId, amount, minimum], env) {
    return notGate(state, env) ?? lockStake(state, operatorId, amount, minimum);
  },

  release(state, [operatorId, amount, factorAtLock, generation, burnBps], env) {
    return notGate(state, env) ?? releaseLock(state, operatorId, { amount, factorAtLock, generation }, burnBps);
  },

  forfeit(state, [operatorId, amount, split], env) {
    return notGate(state, env) ?? forfeitLock(state, operatorId, amount, split);
  },
};

export const staking: Staking = {
  ...entering,
  ...leaving,
  ...locking,

  slash(state, [operatorId, ownBps, delegatedBps, split], env) {
    return notCourt(state, env) ?? slashOperator(state, operatorId, ownBps, delegatedBps, split);
  },
};

/*------------------------------------------------------------------------------------------------------- entering */

function bond(state: State, operatorId: Hex, amount: bigint, env: Env): Step<readonly []> {
  if (amount === 0n) return { error: 'AmountZero', args: [] };
  if (stakeOf(state, operatorId).selfBond.total === 0n) {
    const status = statusOf(state, operatorId);
    if (status === OperatorStatus.Unknown) return { error: 'OperatorUnknown', args: [operatorId] };
    if (status === OperatorStatus.Ejected) return { error: 'OperatorEjected', args: [operatorId] };
  }
  const custody = state.deployment.directory.staking;
  const paid = transferTokensFrom(state, custody, env.sender, custody, amount);
  if (refused(paid)) return paid;
  const { selfBond } = stakeOf(state, operatorId);
  return {
    state: withStake(paid.state, operatorId, { selfBond: { ...selfBond, total: selfBond.total + amount } }),
    events: [...paid.events, { contract: 'staking', event: 'Bonded', args: { operatorId, from: env.sender, amount } }],
    returns: [],
  };
}

function delegate(state: State, operatorId: Hex, amount: bigint, env: Env): Step<readonly [bigint]> {
  if (amount === 0n) return { error: 'AmountZero', args: [] };
  const status = statusOf(state, operatorId);
  if (status !== OperatorStatus.Admitted) return { error: 'OperatorNotAdmitted', args: [operatorId, status] };
  const { selfBond, pool, delegations } = stakeOf(state, operatorId);
  const most = selfBond.total * BigInt(state.parameters.set.delegationRatio);
  if (amount > MAX_AMOUNT || pool.total + amount > most) {
    const wanted = amount > MAX_AMOUNT ? amount : pool.total + amount;
    return { error: 'DelegationRatioExceeded', args: [operatorId, wanted, most] };
  }
  const custody = state.deployment.directory.staking;
  const account = env.sender;
  const paid = transferTokensFrom(state, custody, account, custody, amount);
  if (refused(paid)) return paid;
  const { ledger, claimed } = addClaim(pool, amount);
  const before = valueIn(delegations, account) ?? NO_DELEGATION;
  // Shares of a generation that is over are worth nothing and never come back.
  const kept = before.generation === ledger.generation ? before.shares : 0n;
  const { shares, generation } = claimed;
  const mine: Delegation = { shares: kept + shares, generation, exits: before.exits };
  return {
    state: withStake(paid.state, operatorId, { pool: ledger, delegations: delegations.set(account, mine) }),
    events: [
      ...paid.events,
      { contract: 'staking', event: 'Delegated', args: { operatorId, account, amount, shares } },
    ],
    returns: [shares],
  };
}

/** Whoever copies a permit can use it up, but not spend it: the allowance is there either way. */
function permitted<R>(
  state: State,
  signed: Pick<Permit, 'value' | 'deadline' | 'v' | 'r' | 's'>,
  env: Env,
  act: (ready: State) => Step<R>,
): Step<R> {
  const tried = permit(state, { ...signed, owner: env.sender, spender: state.deployment.directory.staking }, env);
  if (refused(tried)) return act(state);
  const done = act(tried.state);
  return refused(done) ? done : { ...done, events: [...tried.events, ...done.events] };
}

/*---------------------------------------------------------------------------------------------------------- exits */

/** The key of an exit: an exit belongs to the account in its name. */
export function exitKey({ kind, operatorId, account, index }: ExitName): string {
  return `${kind}${operatorId}${account}${index}`;
}

/** The ledger in which exits of a kind stand. */
export function exitLedger(stake: Stake, kind: number): Ledger {
  return kind === ExitKind.Owner ? stake.ownerExits : stake.delegatorExits;
}

const withExits = (kind: number, ledger: Ledger): Partial<Stake> =>
  kind === ExitKind.Owner ? { ownerExits: ledger } : { delegatorExits: ledger };

/** @param left what the stake has changed to by what leaves it */
function beginExit(
  state: State,
  left: Partial<Stake>,
  name: ExitName,
  amount: bigint,
  poolShares: bigint,
  env: Env,
): Success<readonly [number]> {
  const { kind, operatorId, account, index } = name;
  const opensAt = env.time + BigInt(state.parameters.set.unbondingPeriod) + 1n;
  const stake = stakeOf(state, operatorId);
  const { ledger, claimed } = addClaim(exitLedger(stake, kind), amount);
  const later = kind === ExitKind.Owner && opensAt > stake.lastExitOpensAt;
  const dated = later ? { lastExitOpensAt: opensAt } : undefined;
  const exit: Exit = { ...name, ...claimed, opensAt };
  const { stakes, exits } = state.staking;
  return {
    state: withStaking(state, {
      stakes: stakes.set(operatorId, { ...stake, ...left, ...dated, ...withExits(kind, ledger) }),
      exits: exits.set(exitKey(name), exit),
    }),
    events: [
      {
        contract: 'staking',
        event: 'ExitRequested',
        args: { operatorId, account, kind, index, amount, shares: poolShares, opensAt },
      },
    ],
    returns: [index],
  };
}

function endExit(state: State, exit: Exit): { readonly state: State; readonly value: bigint } {
  const { ledger, value } = removeClaim(exitLedger(stakeOf(state, exit.operatorId), exit.kind), exit);
  const moved = withStake(state, exit.operatorId, withExits(exit.kind, ledger));
  return { state: withStaking(moved, { exits: moved.staking.exits.remove(exitKey(exit)) }), value };
}

function exitOf(state: State, name: ExitName): Exit | Refusal {
  const exit = valueIn(state.staking.exits, exitKey(name));
  const { kind, operatorId, account, index } = name;
  return exit ?? { error: 'ExitUnknown', args: [kind, operatorId, account, index] };
}

/*---------------------------------------------------------------------------------------------------------- locks */

/** What the gate remembers of a lock. */
export interface Lock {
  readonly amount: bigint;
  readonly factorAtLock: bigint;
  readonly generation: number;
}

export function lockStake(
  state: State,
  operatorId: Hex,
  amount: bigint,
  minimum: bigint,
): Step<readonly [bigint, number]> {
  const { selfBond, locks } = stakeOf(state, operatorId);
  const { total, factor, generation } = selfBond;
  if (total < minimum) return { error: 'SelfBondTooLow', args: [operatorId, total, minimum] };
  if (BigInt(locks) >= MAX_LOCKS) return { error: 'TooManyLocks', args: [operatorId, MAX_LOCKS] };
  if (total < amount) return { error: 'SelfBondInsufficient', args: [operatorId, total, amount] };
  return {
    state: withStake(state, operatorId, { selfBond: { ...selfBond, total: total - amount }, locks: locks + 1 }),
    events: [],
    returns: [factor, generation],
  };
}

/** Ends a lock without fault; what the operator was slashed meanwhile goes to burn and treasury. */
export function releaseLock(
  state: State,
  operatorId: Hex,
  { amount, factorAtLock, generation }: Lock,
  burnBps: number,
): Step<readonly []> {
  const { selfBond, locks } = stakeOf(state, operatorId);
  const value = generation === selfBond.generation ? (amount * selfBond.factor) / factorAtLock : 0n;
  const lost = amount - value;
  const released = withStake(state, operatorId, {
    selfBond: { ...selfBond, total: selfBond.total + value },
    locks: locks - 1,
  });
  const event: SystemEvent = { contract: 'staking', event: 'LockReleased', args: { operatorId, value, lost } };
  if (lost === 0n) return { state: released, events: [event], returns: [] };
  const gone = distribute(released, lost, 0n, { rewardBps: 0, burnBps, rewardTo: ZERO_ADDRESS });
  return refused(gone) ? gone : { state: gone.state, events: [event, ...gone.events], returns: [] };
}

/** Ends a lock with fault: takes it at face value. */
export function forfeitLock(state: State, operatorId: Hex, amount: bigint, split: Split): Step<readonly []> {
  const { locks } = stakeOf(state, operatorId);
  const gone = distribute(withStake(state, operatorId, { locks: locks - 1 }), amount, 0n, split);
  return refused(gone) ? gone : { ...gone, returns: [] };
}

/*---------------------------------------------------------------------------------------------------------- slash */

/** Takes ownBps of what is the operator's, delegatedBps of what is its delegators'. */
export function slashOperator(
  state: State,
  operatorId: Hex,
  ownBps: bigint,
  delegatedBps: bigint,
  split: Split,
): Step<readonly [bigint]> {
  const stake = stakeOf(state, operatorId);
  const bonded = slashLedger(stake.selfBond, ownBps, false);
  const exiting = slashLedger(stake.ownerExits, ownBps, true);
  const pooled = slashLedger(stake.pool, delegatedBps, true);
  const undelegated = slashLedger(stake.delegatorExits, delegatedBps, true);
  const slashed = withStake(state, operatorId, {
    selfBond: bonded.ledger,
    ownerExits: exiting.ledger,
    pool: pooled.ledger,
    delegatorExits: undelegated.ledger,
  });
  const own = bonded.taken + exiting.taken;
  const delegated = pooled.taken + undelegated.taken;
  const gone = distribute(slashed, own, delegated, split);
  if (refused(gone)) return gone;
  const args = {
    operatorId,
    ownBps,
    delegatedBps,
    fromSelfBond: bonded.taken,
    fromExits: exiting.taken,
    fromDelegation: pooled.taken,
    fromDelegatorExits: undelegated.taken,
  };
  return { ...gone, events: [{ contract: 'staking', event: 'Slashed', args }, ...gone.events] };
}

/** The reward is computed on `own` alone: whoever reports an operator to itself pays with its own stake. */
function distribute(
  state: State,
  own: bigint,
  delegated: bigint,
  { rewardBps, burnBps, rewardTo }: Split,
): Step<readonly [bigint]> {
  const { staking: custody, council } = state.deployment.directory;
  const reward = (own * BigInt(rewardBps)) / BPS;
  const burned = ((own + delegated) * BigInt(burnBps)) / BPS;
  const rest = own + delegated - reward - burned;
  const events: SystemEvent[] = [];
  let now = state;
  const moves: readonly (readonly [bigint, (from: State) => Step<readonly unknown[]>])[] = [
    [reward, (from) => transferTokens(from, custody, rewardTo, reward)],
    [burned, (from) => burnTokens(from, custody, burned)],
    [rest, (from) => transferTokens(from, custody, council, rest)],
  ];
  for (const [amount, move] of moves) {
    if (amount === 0n) continue;
    const moved = move(now);
    if (refused(moved)) return moved;
    now = moved.state;
    events.push(...moved.events);
  }
  return { state: now, events, returns: [reward] };
}

/*---------------------------------------------------------------------------------------------------------- state */

const NO_DELEGATION: Delegation = { shares: 0n, generation: 0, exits: 0 };

const NO_STAKE: Stake = {
  selfBond: EMPTY,
  ownerExits: EMPTY,
  pool: EMPTY,
  delegatorExits: EMPTY,
  exits: 0,
  locks: 0,
  lastExitOpensAt: 0n,
  delegations: Map(),
};

export function stakeOf(state: State, operatorId: Hex): Stake {
  return valueIn(state.staking.stakes, operatorId) ?? NO_STAKE;
}

/** Base units of AGRS. */
export function selfBondOf(state: State, operatorId: Hex): bigint {
  return stakeOf(state, operatorId).selfBond.total;
}

/** Shares that still count, with what names the account's exits. */
export function delegationOf(state: State, operatorId: Hex, account: Hex): Delegation {
  const { pool, delegations } = stakeOf(state, operatorId);
  const mine = valueIn(delegations, account) ?? NO_DELEGATION;
  const { generation } = pool;
  return { shares: mine.generation === generation ? mine.shares : 0n, generation, exits: mine.exits };
}

/** What a claim of the exit would pay now, rounded down; nothing once its generation is over. */
export function exitValue(state: State, exit: ExitName & Claimed): bigint {
  return valueOf(exitLedger(stakeOf(state, exit.operatorId), exit.kind), exit);
}

function withStake(state: State, operatorId: Hex, changed: Partial<Stake>): State {
  const stake = { ...stakeOf(state, operatorId), ...changed };
  return withStaking(state, { stakes: state.staking.stakes.set(operatorId, stake) });
}

function withStaking(state: State, changed: Partial<StakingState>): State {
  return { ...state, staking: { ...state.staking, ...changed } };
}
