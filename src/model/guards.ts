/**
 * Who may call: the checks that several modules begin with.
 * @module
 */
import type { Refusal } from '../abi/system.ts';
import type { Hex } from '../codec/hash.ts';
import type { State } from './state.ts';
import type { Env } from './step.ts';

/** True for the addresses that the model knows as contracts. */
export function hasCode(state: State, address: Hex): boolean {
  const { directory, otherCode, verifiers } = state.deployment;
  return Object.values(directory).includes(address) || otherCode.has(address) || verifiers.has(address);
}

/** A refusal unless the caller is the council, by an executed proposal. */
export function notCouncil(state: State, env: Env): Refusal | undefined {
  return env.sender === state.deployment.directory.council ? undefined : { error: 'NotCouncil', args: [env.sender] };
}

/** A refusal unless the caller is the execution gate. */
export function notGate(state: State, env: Env): Refusal | undefined {
  return env.sender === state.deployment.directory.gate ? undefined : { error: 'NotGate', args: [env.sender] };
}

/** A refusal inside an action: the gate's guard against re-entry. */
export function reentered(env: Env): Refusal | undefined {
  return env.acting ? { error: 'ReentrancyGuardReentrantCall', args: [] } : undefined;
}

/** A refusal unless the caller is the slashing court. */
export function notCourt(state: State, env: Env): Refusal | undefined {
  return env.sender === state.deployment.directory.court ? undefined : { error: 'NotCourt', args: [env.sender] };
}
