/**
 * Events of the contracts that hold value and those who answer with it: token, treasury, operators, staking.
 * @module
 */
import type { Hex } from '../../codec/hash.ts';
import { ZERO_ADDRESS } from '../../codec/signature.ts';
import { burnTokens, transferTokens } from '../../model/agrs.ts';
import { addClaim, removeClaim, slashLedger } from '../../model/ledger.ts';
import { NOBODY } from '../../model/operators.ts';
import { delegationOf, exitKey, exitLedger, stakeOf } from '../../model/staking.ts';
import {
  type Exit,
  ExitKind,
  type ExitName,
  type Ledger,
  type Operator,
  OperatorStatus,
  type Stake,
  type State,
} from '../../model/state.ts';
import { refused, type Step } from '../../model/step.ts';
import { agree, changed, type Handlers, known, ReplayError, unchanged } from './handlers.ts';

export const agrs: Handlers['agrs'] = {
  Transfer(state, { from, to, value }) {
    if (from === ZERO_ADDRESS) return minted(state, to, value);
    const burned = to === ZERO_ADDRESS;
    const moved: Step<readonly unknown[]> = burned
      ? burnTokens(state, from, value)
      : transferTokens(state, from, to, value);
    if (refused(moved)) throw new ReplayError(`${from} doesn't have ${value}`);
    return moved.state;
  },

  Approval(state, { owner, spender, value }) {
    return changed(state, 'agrs', { allowances: state.agrs.allowances.set(owner + spender, value) });
  },

  PermitUsed(state, { owner, nonce }) {
    const { permits } = state.agrs;
    agree('nonce', permits.get(owner, 0n), nonce);
    return changed(state, 'agrs', { permits: permits.set(owner, nonce + 1n) });
  },

  EIP712DomainChanged: unchanged,
};

/** Happens once, in the token's constructor. */
function minted(state: State, to: Hex, value: bigint): State {
  const { supply, balances } = state.agrs;
  const balance = balances.get(to, 0n) + value;
  return changed(state, 'agrs', { supply: supply + value, balances: balances.set(to, balance) });
}

export const treasury: Handlers['treasury'] = {
  Funded(state, { account, amount }) {
    return funded(state, account, amount);
  },

  Withdrawn(state, { account, amount }) {
    return funded(state, account, -amount);
  },

  Paid(state, { account, amount }) {
    return funded(state, account, -amount);
  },
};

function funded(state: State, account: Hex, amount: bigint): State {
  const { funds } = state.treasury;
  const rest = funds.get(account, 0n) + amount;
  if (rest < 0n) throw new ReplayError(`${account} has ${-rest} less than that`);
  return changed(state, 'treasury', { funds: funds.set(account, rest) });
}

/*------------------------------------------------------------------------------------------------------ operators */

export const operators: Handlers['operators'] = {
  OperatorRegistered(state, { operatorId, owner, signer, payout, metadataHash, status }) {
    const operator: Operator = { ...NOBODY, status, owner, signer, payout, metadataHash };
    return withOperator(withKey(state, signer, operatorId, 0n), operatorId, operator);
  },

  OperatorAdmitted(state, { operatorId }) {
    return updated(state, operatorId, { status: OperatorStatus.Admitted });
  },

  AdmissionOpened(state) {
    return changed(state, 'operators', { admissionOpen: true });
  },

  SignerRotated(state, { operatorId, former, signer }, env) {
    const rotated = withKey(withKey(state, former, operatorId, env.time), signer, operatorId, 0n);
    return updated(rotated, operatorId, { signer });
  },

  PayoutSet(state, { operatorId, payout }) {
    return updated(state, operatorId, { payout });
  },

  MetadataSet(state, { operatorId, metadataHash }) {
    return updated(state, operatorId, { metadataHash });
  },

  OwnerProposed(state, { operatorId, proposed, opensAt }) {
    return updated(state, operatorId, { proposedOwner: proposed, ownerOpensAt: opensAt });
  },

  OwnerChanged(state, { operatorId, owner }) {
    return updated(state, operatorId, { owner, proposedOwner: ZERO_ADDRESS, ownerOpensAt: 0n });
  },

  MissCounted(state, { operatorId, misses, since, jailedUntil }) {
    return updated(state, operatorId, { misses, missesSince: since, jailedUntil });
  },

  Ejected(state, { operatorId }) {
    return updated(state, operatorId, { status: OperatorStatus.Ejected });
  },

  EIP712DomainChanged: unchanged,
};

function updated(state: State, operatorId: Hex, values: Partial<Operator>): State {
  // Gate and court may also count against, and eject, an id that nobody registered.
  const operator = state.operators.operators.get(operatorId) ?? NOBODY;
  return withOperator(state, operatorId, { ...operator, ...values });
}

function withOperator(state: State, operatorId: Hex, operator: Operator): State {
  return changed(state, 'operators', { operators: state.operators.operators.set(operatorId, operator) });
}

function withKey(state: State, signer: Hex, operatorId: Hex, rotatedAt: bigint): State {
  return changed(state, 'operators', { keys: state.operators.keys.set(signer, { operatorId, rotatedAt }) });
}

/*-------------------------------------------------------------------------------------------------------- staking */

export const staking: Handlers['staking'] = {
  Bonded(state, { operatorId, amount }) {
    return bonded(state, operatorId, amount);
  },

  Delegated(state, { operatorId, account, amount, shares }) {
    const { pool, delegations } = stakeOf(state, operatorId);
    const { ledger, claimed } = addClaim(pool, amount);
    agree('shares', claimed.shares, shares);
    const { shares: before, exits } = delegationOf(state, operatorId, account);
    // Shares of a generation that is over are worth nothing and never come back.
    const kept = ledger.generation === pool.generation ? before : 0n;
    const mine = { shares: kept + shares, generation: ledger.generation, exits };
    return withStake(state, operatorId, { pool: ledger, delegations: delegations.set(account, mine) });
  },

  ExitRequested(state, { operatorId, account, kind, index, amount, shares, opensAt }) {
    const left =
      kind === ExitKind.Owner
        ? ownerLeaving(state, operatorId, index, amount, opensAt)
        : delegatorLeaving(state, operatorId, account, index, amount, shares);
    const name = { kind, operatorId, account, index };
    const { ledger, claimed } = addClaim(exitLedger(stakeOf(left, operatorId), kind), amount);
    const moved = withExitLedger(left, operatorId, kind, ledger);
    const exit: Exit = { ...name, ...claimed, opensAt };
    return changed(moved, 'staking', { exits: moved.staking.exits.set(exitKey(name), exit) });
  },

  ExitCancelled(state, { operatorId, account, index, value }) {
    const ended = exitEnded(state, { kind: ExitKind.Owner, operatorId, account, index }, value);
    return bonded(ended, operatorId, value);
  },

  ExitClaimed(state, { operatorId, account, kind, index, value }) {
    return exitEnded(state, { kind, operatorId, account, index }, value);
  },

  LockReleased(state, { operatorId, value }) {
    return unlocked(bonded(state, operatorId, value), operatorId);
  },

  Slashed(state, { operatorId, ownBps, delegatedBps, ...told }) {
    const { selfBond, ownerExits, pool, delegatorExits } = stakeOf(state, operatorId);
    const fromSelfBond = slashLedger(selfBond, ownBps, false);
    const fromExits = slashLedger(ownerExits, ownBps, true);
    const fromPool = slashLedger(pool, delegatedBps, true);
    const fromDelegatorExits = slashLedger(delegatorExits, delegatedBps, true);
    agree('fromSelfBond', fromSelfBond.taken, told.fromSelfBond);
    agree('fromExits', fromExits.taken, told.fromExits);
    agree('fromDelegation', fromPool.taken, told.fromDelegation);
    agree('fromDelegatorExits', fromDelegatorExits.taken, told.fromDelegatorExits);
    return withStake(state, operatorId, {
      selfBond: fromSelfBond.ledger,
      ownerExits: fromExits.ledger,
      pool: fromPool.ledger,
      delegatorExits: fromDelegatorExits.ledger,
    });
  },
};

function ownerLeaving(state: State, operatorId: Hex, index: number, amount: bigint, opensAt: bigint): State {
  const { exits, lastExitOpensAt } = stakeOf(state, operatorId);
  agree('index', exits, index);
  return withStake(bonded(state, operatorId, -amount), operatorId, {
    exits: exits + 1,
    lastExitOpensAt: opensAt > lastExitOpensAt ? opensAt : lastExitOpensAt,
  });
}

function delegatorLeaving(
  state: State,
  operatorId: Hex,
  account: Hex,
  index: number,
  amount: bigint,
  shares: bigint,
): State {
  const { pool, delegations } = stakeOf(state, operatorId);
  const mine = delegationOf(state, operatorId, account);
  agree('index', mine.exits, index);
  const { ledger, value } = removeClaim(pool, { shares, generation: pool.generation });
  agree('amount', value, amount);
  const rest = { ...mine, shares: mine.shares - shares, exits: mine.exits + 1 };
  return withStake(state, operatorId, { pool: ledger, delegations: delegations.set(account, rest) });
}

/** The exit taken out of its ledger, at the value that the event tells. */
function exitEnded(state: State, name: ExitName, told: bigint): State {
  const key = exitKey(name);
  const exit = known(state.staking.exits.get(key), `exit ${name.index} of ${name.account}`);
  const { ledger, value } = removeClaim(exitLedger(stakeOf(state, name.operatorId), name.kind), exit);
  agree('value', value, told);
  const moved = withExitLedger(state, name.operatorId, name.kind, ledger);
  return changed(moved, 'staking', { exits: moved.staking.exits.remove(key) });
}

function withExitLedger(state: State, operatorId: Hex, kind: number, ledger: Ledger): State {
  return withStake(state, operatorId, kind === ExitKind.Owner ? { ownerExits: ledger } : { delegatorExits: ledger });
}

function bonded(state: State, operatorId: Hex, amount: bigint): State {
  const { selfBond } = stakeOf(state, operatorId);
  const total = selfBond.total + amount;
  if (total < 0n) throw new ReplayError(`${operatorId} has ${-total} less than that`);
  return withStake(state, operatorId, { selfBond: { ...selfBond, total } });
}

/** A claim locks its bond; the gate tells it. */
export function locked(state: State, operatorId: Hex, bond: bigint): State {
  const { locks } = stakeOf(state, operatorId);
  return withStake(bonded(state, operatorId, -bond), operatorId, { locks: locks + 1 });
}

/** The end of a lock, whatever became of its value. */
export function unlocked(state: State, operatorId: Hex): State {
  return withStake(state, operatorId, { locks: stakeOf(state, operatorId).locks - 1 });
}

function withStake(state: State, operatorId: Hex, values: Partial<Stake>): State {
  const stake = { ...stakeOf(state, operatorId), ...values };
  return changed(state, 'staking', { stakes: state.staking.stakes.set(operatorId, stake) });
}
