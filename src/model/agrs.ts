/**
 * AGRS: the token in which operators stand behind their decisions. Mirrors contracts/token/Agrs.sol (ERC-20, burnable,
 * with permits).
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { signable, signerOf, TOKEN_NAME } from '../codec/typed-data.ts';
import { concatBytes } from '../codec/words.ts';
import type { State } from './state.ts';
import { type Env, type Refusal, refused, type Step, type SystemEvent, type Transitions } from './step.ts';

/** An allowance of this size is never used up. */
const UNLIMITED = 2n ** 256n - 1n;
/** Half the order of secp256k1: every signature has a twin above it, which is refused. */
const MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** A permit (EIP-2612) of `owner` for `spender`. */
export interface Permit {
  readonly owner: Hex;
  readonly spender: Hex;
  readonly value: bigint;
  readonly deadline: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

export const agrs: Transitions<'agrs'> = {
  transfer(state, [to, value], env) {
    return transferTokens(state, env.sender, to, value);
  },

  approve(state, [spender, value], env) {
    const approved = approve(state, env.sender, spender, value);
    return refused(approved) ? approved : { ...approved, returns: [true] };
  },

  transferFrom(state, [from, to, value], env) {
    return transferTokensFrom(state, env.sender, from, to, value);
  },

  burn(state, [value], env) {
    return burnTokens(state, env.sender, value);
  },

  burnFrom(state, [account, value], env) {
    return afterSpending(state, account, env.sender, value, (spent) => burnTokens(spent, account, value));
  },

  permit(state, [owner, spender, value, deadline, v, r, s], env) {
    return permit(state, { owner, spender, value, deadline, v, r, s }, env);
  },
};

/** Turns a signature into an allowance, once. */
export function permit(state: State, p: Permit, env: Env): Step<readonly []> {
  const { owner, spender, value, deadline } = p;
  if (env.time > deadline) return { error: 'ERC2612ExpiredSignature', args: [deadline] };
  const nonce = state.agrs.permits.get(owner, 0n);
  const domain = { chainId: env.chainId, verifyingContract: state.deployment.directory.agrs, name: TOKEN_NAME };
  const message = signable('Permit', { owner, spender, value, nonce, deadline }, domain);
  if (BigInt(p.s) > MAX_S) return { error: 'ECDSAInvalidSignatureS', args: [p.s] };
  const signer = signerOf(message, concatBytes(p.r, p.s, `0x${p.v.toString(16).padStart(2, '0')}`));
  if (signer === ZERO_ADDRESS) return { error: 'ECDSAInvalidSignature', args: [] };
  if (signer !== owner) return { error: 'ERC2612InvalidSigner', args: [signer, owner] };
  const used = { ...state, agrs: { ...state.agrs, permits: state.agrs.permits.set(owner, nonce + 1n) } };
  const approved = approve(used, owner, spender, value);
  if (refused(approved)) return approved;
  const event: SystemEvent = { contract: 'agrs', event: 'PermitUsed', args: { owner, nonce } };
  return { ...approved, events: [event, ...approved.events] };
}

/** Moves tokens of `from`; refuses the zero address and a lack of balance. */
export function transferTokens(state: State, from: Hex, to: Hex, value: bigint): Step<readonly [boolean]> {
  if (to === ZERO_ADDRESS) return { error: 'ERC20InvalidReceiver', args: [to] };
  const taken = takeBalance(state, from, value);
  if ('error' in taken) return taken;
  const { balances } = taken.agrs;
  return {
    state: { ...taken, agrs: { ...taken.agrs, balances: balances.set(to, balances.get(to, 0n) + value) } },
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
  return afterSpending(state, from, spender, value, (spent) => transferTokens(spent, from, to, value));
}

/** Destroys tokens of `from`. */
export function burnTokens(state: State, from: Hex, value: bigint): Step<readonly []> {
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

/** What is done on an allowance, after it was spent; an unlimited one is never used up. */
function afterSpending<R>(
  state: State,
  owner: Hex,
  spender: Hex,
  value: bigint,
  act: (spent: State) => Step<R>,
): Step<R> {
  const allowance = state.agrs.allowances.get(owner + spender, 0n);
  if (allowance === UNLIMITED) return act(state);
  if (allowance < value) return { error: 'ERC20InsufficientAllowance', args: [spender, allowance, value] };
  // The rest is written as a new approval, even when nothing is spent, and the zero address can't approve.
  const approved = approve(state, owner, spender, allowance - value);
  if (refused(approved)) return approved;
  const done = act(approved.state);
  return refused(done) ? done : { ...done, events: [...approved.events, ...done.events] };
}

function approve(state: State, owner: Hex, spender: Hex, value: bigint): Step<readonly []> {
  if (owner === ZERO_ADDRESS) return { error: 'ERC20InvalidApprover', args: [owner] };
  if (spender === ZERO_ADDRESS) return { error: 'ERC20InvalidSpender', args: [spender] };
  return {
    state: withAllowance(state, owner, spender, value),
    events: [{ contract: 'agrs', event: 'Approval', args: { owner, spender, value } }],
    returns: [],
  };
}

function withAllowance(state: State, owner: Hex, spender: Hex, value: bigint): State {
  return { ...state, agrs: { ...state.agrs, allowances: state.agrs.allowances.set(owner + spender, value) } };
}
