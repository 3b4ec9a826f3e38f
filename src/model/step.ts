/**
 * One step of the machine: a call, its environment and its outcome.
 * @module
 */
import type { ContractName, Refusal, SystemAbis, SystemEvent } from '../abi/system.ts';
import type { Inputs, Returns, WriteName } from '../abi/types.ts';
import type { ActionWords } from '../codec/execution.ts';
import type { Hex } from '../codec/hash.ts';
import type { State } from './state.ts';

/** What a step depends on besides state and call. All of it is an input: the model has no clock and no randomness. */
export interface Env {
  /** msg.sender, lower case */
  readonly sender: Hex;
  /** block.timestamp, seconds */
  readonly time: bigint;
  readonly chainId: bigint;
  /** The verdict of the verifier at this address on a receipt: undefined when it is good, else its refusal. */
  readonly receipts: (verifier: Hex, seal: Hex, imageId: Hex, journalDigest: Hex) => Refusal | undefined;
  /** The adapter at this address, if it is none of the system. */
  readonly adapters?: (adapter: Hex) => Adapter | undefined;
  /** Gas that the caller gives to the gate; undefined: plenty. The model counts none, so what was used before is left out. */
  readonly gas?: bigint;
  /** whether the call comes from inside an action that the gate executes */
  readonly acting?: boolean;
}

/** An adapter as the gate sees it. */
export interface Adapter {
  /** The least tier of co-signing that the action asks for, or why it isn't one of this adapter. */
  check(words: ActionWords, payload: Hex): number | Refusal;
  /** What the action comes to. */
  perform(state: State, action: { readonly words: ActionWords; readonly payload: Hex }, env: Env): Acted;
}

/** What an action came to; of a failure state and events don't count. */
export interface Acted {
  readonly succeeded: boolean;
  readonly state: State;
  readonly events: readonly SystemEvent[];
  /** what it returned, or reverted with */
  readonly returned: Hex;
}

export type { Refusal, SystemEvent } from '../abi/system.ts';

export interface Success<R> {
  readonly state: State;
  readonly events: readonly SystemEvent[];
  /** the outputs of the function, in order */
  readonly returns: R;
}

/** The next state with its events and return values, or a refusal, which changes nothing. */
export type Step<R> = Success<R> | Refusal;

export function refused<R>(step: Step<R>): step is Refusal {
  return 'error' in step;
}

/** One function per state-changing function of the contract; a missing or surplus one does not compile. */
export type Transitions<C extends ContractName> = {
  readonly [F in WriteName<SystemAbis[C]>]: (
    state: State,
    args: Inputs<SystemAbis[C], F>,
    env: Env,
  ) => Step<Returns<SystemAbis[C], F>>;
};
