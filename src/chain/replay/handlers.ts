/**
 * What every handler of an event shares: its type, which comes from the contracts' ABIs, and what it does when an event
 * can't follow what was told before.
 * @module
 */
import type { ContractName, SystemEvent } from '../../abi/system.ts';
import type { State } from '../../model/index.ts';
import type { Env } from '../../model/step.ts';

type EventName<C extends ContractName> = Extract<SystemEvent, { readonly contract: C }>['event'];
type Arguments<C extends ContractName, E> = Extract<SystemEvent, { readonly contract: C; readonly event: E }>['args'];

/**
 * The state after an event. `env` is the block's: nobody calls, and no receipt is judged. An event without its function,
 * or a function without its event, does not compile.
 */
export type Handlers = {
  readonly [C in ContractName]: {
    readonly [E in EventName<C>]: (state: State, args: Arguments<C, E>, env: Env) => State;
  };
};

/** An event that can't have followed the ones before it: some are missing, out of order or of another deployment. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
}

/** The value, which the events so far must have brought about. */
export function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new ReplayError(`${what} is unknown`);
  return value;
}

/** Makes sure that the event tells what follows from the events so far. */
export function agree<T extends bigint | number>(what: string, derived: T, told: T): void {
  if (derived !== told) throw new ReplayError(`${what} is ${told}, expected ${derived}`);
}

/** The state with some fields of one part replaced. */
export function changed<P extends keyof State>(state: State, part: P, values: Partial<State[P]>): State {
  return { ...state, [part]: { ...state[part], ...values } };
}

/** For events that tell nothing that the state holds, or tell again what another event tells. */
export function unchanged(state: State): State {
  return state;
}
