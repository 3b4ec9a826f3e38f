/**
 * The end of every trace: what is due is called, everybody leaves, everything closes. If a call that should be possible
 * is refused, or something stays behind, funds are stuck.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { scopeId } from '../codec/ids.ts';
import type { Step } from '../mirror/types.ts';
import { delegationOf } from '../model/staking.ts';
import { CaseStatus } from '../model/state.ts';
import { openClaims, owedFees } from './claims.ts';
import { type Context, callOf } from './context.ts';
import { delegators, owners, payees, principal } from './world.ts';

/** The next step towards an empty system; undefined when nothing is left to do. */
export function teardownStep(ctx: Context): Step | undefined {
  const { state, directory } = ctx;
  for (const claim of openClaims(ctx)) {
    return after(ctx, claim.deadline + 1n, callOf('gate', 'settle', principal.address, [claim]));
  }
  for (const { scope, nonce, status, voteUntil } of state.court.cases.values()) {
    if (status !== CaseStatus.Open) continue;
    return after(ctx, voteUntil + 1n, callOf('court', 'closeCase', principal.address, [scope, nonce]));
  }
  for (const [id, { reward, rewardOpensAt }] of state.court.offences) {
    if (reward === 0n) continue;
    return after(ctx, rewardOpensAt, callOf('court', 'payReward', principal.address, [id]));
  }
  for (const { scope, nonce, record } of owedFees(ctx)) {
    const { operatorId, fee, executedAt, finalityDelay } = record;
    const call = callOf('gate', 'collectFee', principal.address, [scope, nonce, operatorId, fee]);
    return after(ctx, executedAt + BigInt(finalityDelay) + 1n, call);
  }
  return leave(ctx) ?? withdraw(ctx, directory);
}

/** Owners and delegators ask for what they have, wait, and are paid. */
function leave(ctx: Context): Step | undefined {
  const { state } = ctx;
  for (const [id, { selfBond }] of state.staking.stakes) {
    const owner = state.operators.operators.get(id)?.owner;
    if (selfBond.total > 0n && owner) {
      return { kind: 'call', call: callOf('staking', 'requestExit', owner, [id, selfBond.total]) };
    }
    for (const { address } of [...delegators, ...owners]) {
      const { shares } = delegationOf(state, id, address);
      if (shares > 0n) return { kind: 'call', call: callOf('staking', 'undelegate', address, [id, shares]) };
    }
  }
  for (const { kind, operatorId, account, index, opensAt } of state.staking.exits.values()) {
    const call = callOf('staking', 'claimExit', principal.address, [kind, operatorId, account, index]);
    return after(ctx, opensAt, call);
  }
  return undefined;
}

function withdraw(ctx: Context, { gate, treasury }: { readonly gate: Hex; readonly treasury: Hex }): Step | undefined {
  const { state, chainId } = ctx;
  for (const { address } of [principal, ...payees]) {
    const scope = scopeId({ chainId, contract: gate }, treasury, address);
    const available = state.gate.escrows.get(scope)?.available ?? 0n;
    if (available > 0n) {
      return { kind: 'call', call: callOf('gate', 'withdrawEscrow', address, [treasury, available]) };
    }
  }
  for (const [account, funds] of state.treasury.funds) {
    if (funds > 0n) return { kind: 'call', call: callOf('treasury', 'withdraw', account, [funds]) };
  }
  return undefined;
}

/** The call, or the time that has to pass before it. */
function after({ time }: Context, opensAt: bigint, call: ReturnType<typeof callOf>): Step {
  return time < opensAt ? { kind: 'time', seconds: opensAt - time } : { kind: 'call', call };
}
