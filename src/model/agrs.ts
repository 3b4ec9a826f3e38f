/**
 * AGRS: the token in which operators stand behind their decisions. Mirrors contracts/token/Agrs.sol (ERC-20, burnable).
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import type { State } from './state.ts';
import type { Refusal, Step, Transitions } from './step.ts';

/** An allowance of this size is never used up. */
const UNLIMITED = 2n ** 256n - 1n;

export const agrs: Transitions<'agrs'> = {
  transfer(state, [to, value], env) {
    return transferTokens(state, env.sender, to, value);
  },

  approve(state, [spender, value], env) {
    if (spender === ZERO_ADDRESS) return { error: 'ERC20InvalidSpender', args: [spender] };
    return {
      state: withAllowance(state, env.sender, spender, value),
      events: [{ contract: 'agrs', event: 'Approval', args: { owner: env.sender, spender, value } }],
      returns: [true],
    };
  },

  transferFrom(state, [from, to, value], env) {
    return transferTokensFrom(state, env.sender, from, to, value);
  },

  burn(state, [value], env) {
    return burn(state, env.sender, value);
  },

  burnFrom(state, [account, value], env) {
    const spent = spendAllowance(state, account, env.sender, value);
    return 'error' in spent ? spent : burn(spent, account, value);
  },
};

/** Moves tokens of `from`; refuses the zero address and a lack of balance. */
export function transferTokens(state: State, from: Hex, to: Hex, value: bigint): Step<readonly [boolean]> {
  if (to === ZERO_ADDRESS) return { error: 'ERC20InvalidReceiver', args: [to] };
  const taken = takeBalance(state, from, value);
  if ('error' in taken) return taken;
  const { balances } = taken.agrs;
  return {
    state: { ...taken, agrs: { ...taken.agrs, balances: balances.update(to, 0n, (sum) => sum + value) } },
    events: [{ contract: 'agrs', event: 'Transfer', args: { from, to, value } }],
    returns: [true],
  };
}

/** Moves tokens of `from` on the allowance given to `spender`, which comes first. */
export function transferTokensFrom(
  state: State,
  spender: Hex,
  from: Hex,
  to: Hex,
  value: bigint,
): Step<readonly [boolean]> {
  const spent = spendAllowance(state, from, spender, value);
  return 'error' in spent ? spent : transferTokens(spent, from, to, value);
}

function burn(state: State, from: Hex, value: bigint): Step<readonly []> {
  const taken = takeBalance(state, from, value);
  if ('error' in taken) return taken;
  return {
    state: { ...taken, agrs: { ...taken.agrs, supply: taken.agrs.supply - value } },
    events: [{ contract: 'agrs', event: 'Transfer', args: { from, to: ZERO_ADDRESS, value } }],
    returns: [],
  };
}

function takeBalance(state: State, from: Hex, value: bigint): State | Refusal {
  const balance = state.agrs.balances.get(from, 0n);
  if (balance < value) return { error: 'ERC20InsufficientBalance', args: [from, balance, value] };
  return { ...state, agrs: { ...state.agrs, balances: state.agrs.balances.set(from, balance - value) } };
}

function spendAllowance(state: State, owner: Hex, spender: Hex, value: bigint): State | Refusal {
  const allowance = state.agrs.allowances.get(owner + spender, 0n);
  if (allowance === UNLIMITED) return state;
  if (allowance < value) return { error: 'ERC20InsufficientAllowance', args: [spender, allowance, value] };
  // The rest is written as a new approval, even when nothing is spent, and the zero address can't approve.
  if (owner === ZERO_ADDRESS) return { error: 'ERC20InvalidApprover', args: [owner] };
  return withAllowance(state, owner, spender, allowance - value);
}

function withAllowance(state: State, owner: Hex, spender: Hex, value: bigint): State {
  return { ...state, agrs: { ...state.agrs, allowances: state.agrs.allowances.set(owner + spender, value) } };
}
