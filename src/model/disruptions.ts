/**
 * Disruptions: when something happened that may keep an honest operator from executing what it claimed. Mirrors
 * contracts/disruptions/Disruptions.sol.
 * @module
 */
import { List } from 'immutable';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import type { State } from './state.ts';
import type { Env, SystemEvent, Transitions } from './step.ts';

/** The subject of what concerns everybody: a freeze, a verifier stopped or removed. */
export const EVERYBODY = ZERO_HASH;

export const disruptions: Transitions<'disruptions'> = {
  mark(state, [subject], env) {
    const { registry, oracle, router } = state.deployment.directory;
    if (![registry, oracle, router].includes(env.sender)) return { error: 'NotMarker', args: [env.sender] };
    return { ...marked(state, subject, env), returns: [] };
  },
};

/** The state in which the subject was disrupted now, and the event that tells it. */
export function marked(
  state: State,
  subject: Hex,
  env: Env,
): { readonly state: State; readonly events: readonly [SystemEvent] } {
  const before = state.disruptions.marks.get(subject, List<bigint>());
  const times = before.last() === env.time ? before : before.push(env.time);
  return {
    state: { ...state, disruptions: { marks: state.disruptions.marks.set(subject, times) } },
    events: [{ contract: 'disruptions', event: 'Disrupted', args: { subject } }],
  };
}

/** Whether the subject was disrupted in [from, to]. */
export function disruptedWithin(state: State, subject: Hex, from: bigint, to: bigint): boolean {
  return state.disruptions.marks.get(subject, List<bigint>()).some((time) => time >= from && time <= to);
}
