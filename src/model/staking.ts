/**
 * Staking: what an operator stands behind its decisions with, and how it leaves. Mirrors contracts/staking/Staking.sol
 * and contracts/lib/FactorLedger.sol.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { exitId as idOfExit } from '../codec/ids.ts';
import { transferTokens, transferTokensFrom } from './agrs.ts';
import { notCourt } from './guards.ts';
import { owned } from './operators.ts';
import { type Exit, type Ledger, OperatorStatus, type StakingState, type State } from './state.ts';
import { refused, type Transitions } from './step.ts';

/** The factor of a generation that was never slashed. */
const ONE = 10n ** 27n;
/** Below a billionth of its start a generation is over. */
const MIN_FACTOR = 10n ** 18n;
const BPS = 10_000n;

export const staking: Transitions<'staking'> = {
  bond(state, [operatorId, amount], env) {
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    if (operator.status === OperatorStatus.Ejected) return { error: 'OperatorEjected', args: [operatorId] };
    if (amount === 0n) return { error: 'AmountZero', args: [] };
    const custody = state.deployment.directory.staking;
    const paid = transferTokensFrom(state, custody, env.sender, custody, amount);
    if (refused(paid)) return paid;
    return {
      state: addSelfBond(paid.state, operatorId, amount),
      events: [
        ...paid.events,
        { contract: 'staking', event: 'Bonded', args: { operatorId, owner: env.sender, amount } },
      ],
      returns: [],
    };
  },

  requestExit(state, [operatorId, amount], env) {
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    if (amount === 0n) return { error: 'AmountZero', args: [] };
    const available = selfBondOf(state, operatorId);
    if (amount > available) return { error: 'SelfBondInsufficient', args: [operatorId, available, amount] };

    const count = state.staking.exitCounts.get(operatorId, 0n);
    const exitId = idOfExit({ chainId: env.chainId, contract: state.deployment.directory.staking }, operatorId, count);
    const ledger = continued(exitLedgerOf(state, operatorId));
    const recipient = env.sender;
    const opensAt = env.time + BigInt(state.parameters.set.unbondingPeriod) + 1n;
    const { factor: factorAtStart, generation } = ledger;
    const moved = addSelfBond(state, operatorId, -amount);
    return {
      state: withStaking(moved, {
        exitLedgers: state.staking.exitLedgers.set(operatorId, { ...ledger, total: ledger.total + amount }),
        exitCounts: state.staking.exitCounts.set(operatorId, count + 1n),
        exits: state.staking.exits.set(exitId, { operatorId, recipient, opensAt, amount, factorAtStart, generation }),
      }),
      events: [
        { contract: 'staking', event: 'ExitRequested', args: { operatorId, exitId, recipient, amount, opensAt } },
      ],
      returns: [exitId],
    };
  },

  cancelExit(state, [exitId], env) {
    const exit = state.staking.exits.get(exitId);
    if (!exit) return { error: 'ExitUnknown', args: [exitId] };
    const { operatorId, recipient } = exit;
    if (env.sender !== recipient) return { error: 'NotOwner', args: [env.sender, recipient] };
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    if (operator.status === OperatorStatus.Ejected) return { error: 'OperatorEjected', args: [operatorId] };
    const value = exitValue(state, exit);
    return {
      state: addSelfBond(closeExit(state, exitId, exit, value), operatorId, value),
      events: [{ contract: 'staking', event: 'ExitCancelled', args: { operatorId, exitId, value } }],
      returns: [value],
    };
  },

  claimExit(state, [exitId], env) {
    const exit = state.staking.exits.get(exitId);
    if (!exit) return { error: 'ExitUnknown', args: [exitId] };
    if (env.time < exit.opensAt) return { error: 'ExitNotMature', args: [exit.opensAt, env.time] };
    const { operatorId, recipient } = exit;
    const value = exitValue(state, exit);
    const closed = closeExit(state, exitId, exit, value);
    const paid = transferTokens(closed, state.deployment.directory.staking, recipient, value);
    if (refused(paid)) return paid;
    return {
      state: paid.state,
      events: [
        { contract: 'staking', event: 'ExitClaimed', args: { operatorId, exitId, recipient, value } },
        ...paid.events,
      ],
      returns: [value],
    };
  },

  slash(state, [operatorId, bps], env) {
    const denied = notCourt(state, env);
    if (denied) return denied;
    if (bps === 0n || bps > BPS) return { error: 'BpsInvalid', args: [bps] };
    const bonded = slashLedger(selfLedgerOf(state, operatorId), bps, false);
    const leaving = slashLedger(exitLedgerOf(state, operatorId), bps, true);
    const slashed = withStaking(state, {
      selfBonds: state.staking.selfBonds.set(operatorId, bonded.ledger),
      exitLedgers: state.staking.exitLedgers.set(operatorId, leaving.ledger),
    });
    const taken = bonded.taken + leaving.taken;
    const { directory } = state.deployment;
    const paid = transferTokens(slashed, directory.staking, directory.court, taken);
    if (refused(paid)) return paid;
    const args = { operatorId, bps, fromSelfBond: bonded.taken, fromExits: leaving.taken };
    return {
      state: paid.state,
      events: [{ contract: 'staking', event: 'Slashed', args }, ...paid.events],
      returns: [taken],
    };
  },
};

/** A ledger that takes a new claim: a generation without value is not continued once it was slashed. */
function continued(ledger: Ledger): Ledger {
  if (ledger.total !== 0n || ledger.factor === ONE) return ledger;
  return { total: 0n, factor: ONE, generation: ledger.generation + 1 };
}

/**
 * Takes bps of a ledger, rounded up. A generation whose price would fall below a billionth ends: its claims are worth
 * nothing, so what is left of a ledger that belongs to the claims alone (`claimed`) is taken too.
 */
export function slashLedger(
  ledger: Ledger,
  bps: bigint,
  claimed: boolean,
): { readonly ledger: Ledger; readonly taken: bigint } {
  const { total, factor, generation } = ledger;
  if (total === 0n) return { ledger, taken: 0n };
  const cut = (total * bps + BPS - 1n) / BPS;
  const reduced = (factor * (total - cut)) / total;
  if (reduced < MIN_FACTOR) {
    const taken = claimed ? total : cut;
    return { ledger: { total: total - taken, factor: ONE, generation: generation + 1 }, taken };
  }
  return { ledger: { total: total - cut, factor: reduced, generation }, taken: cut };
}

export function selfLedgerOf(state: State, operatorId: Hex): Ledger {
  return state.staking.selfBonds.get(operatorId) ?? { total: 0n, factor: ONE, generation: 0 };
}

export function exitLedgerOf(state: State, operatorId: Hex): Ledger {
  return state.staking.exitLedgers.get(operatorId) ?? { total: 0n, factor: ONE, generation: 0 };
}

/** Base units of AGRS. */
export function selfBondOf(state: State, operatorId: Hex): bigint {
  return selfLedgerOf(state, operatorId).total;
}

/** What a claim of the exit would pay now, rounded down; nothing once its generation is over. */
export function exitValue(state: State, exit: Exit): bigint {
  const { factor, generation } = exitLedgerOf(state, exit.operatorId);
  return exit.generation === generation ? (exit.amount * factor) / exit.factorAtStart : 0n;
}

function closeExit(state: State, exitId: Hex, exit: Exit, value: bigint): State {
  const ledger = exitLedgerOf(state, exit.operatorId);
  return withStaking(state, {
    exitLedgers: state.staking.exitLedgers.set(exit.operatorId, { ...ledger, total: ledger.total - value }),
    exits: state.staking.exits.remove(exitId),
  });
}

function addSelfBond(state: State, operatorId: Hex, amount: bigint): State {
  const ledger = selfLedgerOf(state, operatorId);
  return withStaking(state, {
    selfBonds: state.staking.selfBonds.set(operatorId, { ...ledger, total: ledger.total + amount }),
  });
}

function withStaking(state: State, changed: Partial<StakingState>): State {
  return { ...state, staking: { ...state.staking, ...changed } };
}
