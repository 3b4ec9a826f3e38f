/**
 * Whether model and contracts do what the conformance vectors say.
 * @module
 */
import { codecOf } from '../mirror/codec.ts';
import { runTrace } from '../mirror/run.ts';
import type { System } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { type Json, stateFromJson, stateToJson } from '../model/json.ts';
import { patched, sameJson } from './patch.ts';
import type { Ready } from './system.ts';
import { outcomeToJson, stepsOf, type VectorCase, type VectorFile } from './vectors.ts';

/**
 * Does with the model what docs/vectors.md asks of any implementation.
 * @param system of the stage at which the file begins
 * @returns one sentence per case that it doesn't satisfy
 */
export function faultsOfModel(system: System<State>, { pre, cases, chainId }: VectorFile): string[] {
  const start = stateFromJson(pre);
  return cases.flatMap((one) => {
    const wrong = faultOfModel({ ...system, initial: start }, pre, one, BigInt(chainId));
    return wrong === undefined ? [] : [`${one.name}: ${wrong}`];
  });
}

function faultOfModel(system: System<State>, pre: Json, { calls }: VectorCase, chainId: bigint): string | undefined {
  const codec = codecOf(system.contracts);
  const steps = stepsOf(codec, calls, system.startTime).filter((step) => step.kind === 'call');
  let expected = pre;
  let state = system.initial;
  for (const [i, { call, time, outcome, post }] of calls.entries()) {
    const step = steps[i]!;
    const applied = system.apply(state, step.call, { time: BigInt(time), block: 0n, chainId });
    const at = `calls[${i}] ${call}`;
    const got = outcomeToJson(codec, call, applied.outcome);
    if (!sameJson(got, outcome)) return `${at}: expected ${JSON.stringify(outcome)}, got ${JSON.stringify(got)}`;
    if ((post === undefined) !== (applied.outcome.status === 'refused')) {
      return `${at}: a call has "post" exactly when it is accepted`;
    }
    if (post !== undefined) expected = patched(expected, post);
    state = applied.state;
    const seen = stateToJson(state);
    if (!sameJson(seen, expected)) return `${at}: another state than "post" says`;
  }
  return undefined;
}

/**
 * Runs the cases on the contracts: state by state they must show what the model has, and outcome by outcome what the
 * file says.
 * @param ready contracts after the prologue
 */
export async function faultsOfContracts({ system, backend }: Ready, { pre, cases }: VectorFile): Promise<string[]> {
  if (!sameJson(stateToJson(system.initial), pre))
    return ['"pre" is not the state of the contracts after the prologue'];
  const codec = codecOf(system.contracts);
  const faults: string[] = [];
  for (const { name, calls } of cases) {
    const { divergence, records } = await runTrace(system, backend, stepsOf(codec, calls, system.startTime));
    if (divergence) {
      faults.push(`${name}: ${divergence.path}: model ${divergence.model}, contracts ${divergence.evm}`);
      continue;
    }
    const wrong = calls.find(
      ({ call, outcome }, i) => !sameJson(outcomeToJson(codec, call, records[i]!.outcome), outcome),
    );
    if (wrong) faults.push(`${name}: ${wrong.call} comes to something else than ${JSON.stringify(wrong.outcome)}`);
  }
  return faults;
}
