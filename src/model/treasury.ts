/**
 * Treasury: holds AGRS for accounts and pays from them what their policies allow. Mirrors
 * contracts/adapters/Treasury.sol.
 * @module
 */
import type { ActionWords } from '../codec/execution.ts';
import type { Hex } from '../codec/hash.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { transferTokens, transferTokensFrom } from './agrs.ts';
import { notGate } from './guards.ts';
import { Tier } from './quorum.ts';
import type { State } from './state.ts';
import { type Refusal, refused, type Step, type SystemEvent, type Transitions } from './step.ts';

/** Id of the action schema `treasury.pay`, as in the contract. */
export const PAY_SCHEMA = 0x3b73925a;
/** Parameter p0 counts 10^-6 AGRS; base units are 10^-18. */
const UNIT = 10n ** 12n;
/** Bytes of a payload. */
export const MAX_MEMO = 256;

const ActionField = { Schema: 0, Addressee: 1, Presence: 2, Amount: 3, Payload: 4 } as const;

export const treasury: Transitions<'treasury'> = {
  fund(state, [account, amount], env) {
    if (amount === 0n) return { error: 'AmountZero', args: [] };
    const { directory } = state.deployment;
    const paid = transferTokensFrom(state, directory.treasury, env.sender, directory.treasury, amount);
    if (refused(paid)) return paid;
    return {
      state: addFunds(paid.state, account, amount),
      events: [...paid.events, { contract: 'treasury', event: 'Funded', args: { account, from: env.sender, amount } }],
      returns: [],
    };
  },

  withdraw(state, [amount], env) {
    if (amount === 0n) return { error: 'AmountZero', args: [] };
    return payOut(state, env.sender, env.sender, amount, {
      contract: 'treasury',
      event: 'Withdrawn',
      args: { account: env.sender, amount },
    });
  },

  perform(state, [account, words, payload], env) {
    const denied = notGate(state, env);
    if (denied) return denied;
    const amount = words.p0 * UNIT;
    return payOut(state, account, words.addressee, amount, {
      contract: 'treasury',
      event: 'Paid',
      args: { account, payee: words.addressee, amount, memo: payload },
    });
  },
};

/** The least tier of co-signing that this action asks for, or why it isn't one of this adapter. */
export function checkAction(state: State, words: ActionWords, payload: Hex): number | Refusal {
  if (words.schema !== PAY_SCHEMA) return invalid('Schema');
  if (words.addressee === ZERO_ADDRESS) return invalid('Addressee');
  if (words.presence !== 1) return invalid('Presence');
  if (words.p0 <= 0n) return invalid('Amount');
  if ((payload.length - 2) / 2 > MAX_MEMO) return invalid('Payload');
  if (words.p0 >= state.deployment.criticalFrom) return Tier.Critical;
  return words.p0 >= state.deployment.elevatedFrom ? Tier.Elevated : Tier.Routine;
}

function invalid(field: keyof typeof ActionField): Refusal {
  return { error: 'ActionInvalid', args: [ActionField[field]] };
}

/** Takes from the account's funds and transfers the same amount out. */
function payOut(state: State, account: Hex, to: Hex, amount: bigint, event: SystemEvent): Step<readonly []> {
  const available = state.treasury.funds.get(account, 0n);
  if (available < amount) return { error: 'FundsInsufficient', args: [account, available, amount] };
  const paid = transferTokens(addFunds(state, account, -amount), state.deployment.directory.treasury, to, amount);
  if (refused(paid)) return paid;
  return { state: paid.state, events: [event, ...paid.events], returns: [] };
}

function addFunds(state: State, account: Hex, amount: bigint): State {
  const { funds } = state.treasury;
  return { ...state, treasury: { funds: funds.set(account, funds.get(account, 0n) + amount) } };
}
