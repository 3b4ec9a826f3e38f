/**
 * Fees: promised by an entry, set aside by a claim or an execution, paid at finality from what somebody funded. Mirrors
 * contracts/gate/Fees.sol.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { scopeId } from '../codec/ids.ts';
import { transferTokens, transferTokensFrom } from './agrs.ts';
import { valueIn } from './changes.ts';
import { reentered } from './guards.ts';
import { executedBy, withRecord } from './nonces.ts';
import { operatorOf } from './operators.ts';
import type { Escrow, State } from './state.ts';
import { type Refusal, refused, type Transitions } from './step.ts';

const NOTHING: Escrow = { available: 0n, owed: 0n };

export const fees: Pick<Transitions<'gate'>, 'fundEscrow' | 'withdrawEscrow' | 'collectFee'> = {
  fundEscrow(state, [scope, amount], env) {
    const again = reentered(env);
    if (again) return again;
    if (amount === 0n) return { error: 'AmountZero', args: [] };
    const { gate } = state.deployment.directory;
    const paid = transferTokensFrom(state, gate, env.sender, gate, amount);
    if (refused(paid)) return paid;
    return {
      state: moved(paid.state, scope, amount, 0n),
      events: [...paid.events, { contract: 'gate', event: 'EscrowFunded', args: { scope, from: env.sender, amount } }],
      returns: [],
    };
  },

  withdrawEscrow(state, [adapter, amount], env) {
    const again = reentered(env);
    if (again) return again;
    if (amount === 0n) return { error: 'AmountZero', args: [] };
    const { gate } = state.deployment.directory;
    const account = env.sender;
    const scope = scopeId({ chainId: env.chainId, contract: gate }, adapter, account);
    const short = notAvailable(state, scope, amount);
    if (short) return short;
    const paid = transferTokens(moved(state, scope, -amount, 0n), gate, account, amount);
    if (refused(paid)) return paid;
    return {
      state: paid.state,
      events: [{ contract: 'gate', event: 'EscrowWithdrawn', args: { scope, account, amount } }, ...paid.events],
      returns: [],
    };
  },

  collectFee(state, [scope, nonce, operatorId, fee], env) {
    const again = reentered(env);
    if (again) return again;
    const record = executedBy(state, scope, nonce, operatorId, fee);
    if ('error' in record) return record;
    if (!record.feeOwed) return { error: 'FeeNotOwed', args: [scope, nonce] };
    const finalAfter = record.executedAt + BigInt(record.finalityDelay);
    if (env.time <= finalAfter) return { error: 'NotFinal', args: [finalAfter, env.time] };
    const payout = operatorOf(state, operatorId)?.payout;
    if (payout === undefined) return { error: 'OperatorUnknown', args: [operatorId] };
    const settled = withRecord(moved(state, scope, 0n, -fee), scope, nonce, { ...record, feeOwed: false });
    const paid = transferTokens(settled, state.deployment.directory.gate, payout, fee);
    if (refused(paid)) return paid;
    const args = { scope, nonce, operatorId, payout, fee };
    return {
      state: paid.state,
      events: [{ contract: 'gate', event: 'FeePaid', args }, ...paid.events],
      returns: [],
    };
  },
};

export function escrowOf(state: State, scope: Hex): Escrow {
  return valueIn(state.gate.escrows, scope) ?? NOTHING;
}

export function notAvailable(state: State, scope: Hex, amount: bigint): Refusal | undefined {
  const { available } = escrowOf(state, scope);
  return available < amount ? { error: 'EscrowInsufficient', args: [scope, available, amount] } : undefined;
}

/** Sets a fee aside, so that nobody can take it back while somebody works for it. */
export function reserveFee(state: State, scope: Hex, fee: bigint): State {
  return fee === 0n ? state : moved(state, scope, -fee, fee);
}

/** Gives a fee back that will not be owed. */
export function freeFee(state: State, scope: Hex, fee: bigint): State {
  return fee === 0n ? state : moved(state, scope, fee, -fee);
}

function moved(state: State, scope: Hex, available: bigint, owed: bigint): State {
  const before = escrowOf(state, scope);
  const after = { available: before.available + available, owed: before.owed + owed };
  return { ...state, gate: { ...state.gate, escrows: state.gate.escrows.set(scope, after) } };
}
