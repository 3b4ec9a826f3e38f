/**
 * Who may call: the checks that several modules begin with.
 * @module
 */
import type { Refusal } from '../abi/system.ts';
import type { State } from './state.ts';
import type { Env } from './step.ts';

/** A refusal unless the caller is the council, by an executed proposal. */
export function notCouncil(state: State, env: Env): Refusal | undefined {
  return env.sender === state.deployment.directory.council
    ? undefined
    : { error: 'NotCouncil', args: [env.sender] };
}

/** A refusal unless the caller is the slashing court. */
export function notCourt(state: State, env: Env): Refusal | undefined {
  return env.sender === state.deployment.directory.court ? undefined : { error: 'NotCourt', args: [env.sender] };
}
