/**
 * The campaign on the model alone: the same state, calls and laws as beside the contracts, without an EVM.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { generated } from '../mirror/campaign.ts';
import type { ModelRun } from '../mirror/model.ts';
import type { Property } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { prologue } from './prologue.ts';
import { isEmpty, properties } from './properties.ts';
import { TRACE_LENGTH } from './run.ts';
import { generators, PROLOGUE_TIME, placed, protocolOn } from './system.ts';
import { CHAIN_ID, everybody, outsiders } from './world.ts';

/** The law that no single state shows: what the end of every trace must have come to. */
export const TEARDOWN_LAW = 'TEARDOWN-1';

/** All laws as one, so that a broken one never hides another that breaks in the same call. */
const together: Property<State> = {
  id: 'the laws',
  check(...now) {
    const broken = properties.flatMap(({ id, check }) => {
      const wrong = check(...now);
      return wrong === undefined ? [] : [`${id}: ${wrong}`];
    });
    return broken.length === 0 ? undefined : broken.join('; ');
  },
};

/** Draws the trace of this number, ends it, and checks the laws after each call. */
export type Draw = (seed: string, index: number) => ModelRun<State>;

/**
 * The model, led through the prologue, and what its generators know.
 * @throws Error when a call of the prologue is refused
 */
export function opened() {
  const { directory, contracts, recorded } = placed(outsiders[0]?.address as Hex);
  // Any address without a contract behind it: the model asks the list of verifiers, not the chain.
  const silent = everybody.at(-1)?.address as Hex;
  const deployed = { directory, contracts, verifiers: [recorded, silent], councilTime: PROLOGUE_TIME - 1n };
  const { base, first, systemAt } = protocolOn(deployed, new Set());
  let { initial: state, startTime: time } = first;
  for (const step of prologue(base, PROLOGUE_TIME)) {
    if (step.kind !== 'call') continue;
    const { outcome, state: next } = first.apply(state, step.call, { time, block: 0n, chainId: CHAIN_ID });
    if (outcome.status === 'refused') throw new Error(`campaign: the prologue's ${step.call.function} is refused`);
    [state, time] = [next, time + 1n];
  }
  return { base, system: systemAt(state, time + 10n) };
}

/** @throws Error as `opened` */
export function alone(): Draw {
  const { base, system: started } = opened();
  // Nobody compares what the lens would show, and showing it costs more than the call.
  const system = { ...started, properties: [together], look: () => undefined };
  const backend = { chainId: CHAIN_ID, firstBlock: 1n, blockPerCall: false };
  return (seed, index) => generated({ system, backend, ...generators(base), length: TRACE_LENGTH, seed }, index);
}

/** The laws that a trace broke, with what is wrong; undefined when it kept all of them and ended empty. */
export function brokenLaws({ divergence, state, steps, records }: ModelRun<State>): string | undefined {
  if (divergence) {
    const { kind, path, model, step } = divergence;
    return `${kind === 'property' ? '' : `${path}: `}${model} (step ${step} of ${steps.length})`;
  }
  if (isEmpty(state)) return undefined;
  const last = records.at(-1);
  const refusal = last?.outcome.status === 'refused' ? `, and ${last.call.function} fails: ${last.outcome.error}` : '';
  return `${TEARDOWN_LAW}: something is left after the teardown${refusal}`;
}
