/**
 * Runs one trace on the model and on an EVM, and compares call by call.
 * @module
 */

import { codecOf } from './codec.ts';
import { compareCall } from './compare.ts';
import { type Clock, type ModelRecord, ModelRun } from './model.ts';
import { readTrace, type Trace } from './trace.ts';
import type { Backend, Divergence, EvmResult, Step, System } from './types.ts';

export interface TraceReport {
  readonly steps: readonly Step[];
  /** the calls up to the end of the trace, or to the one at which the model failed */
  readonly records: readonly ModelRecord[];
  /** one per record */
  readonly results: readonly EvmResult[];
  /** the first one */
  readonly divergence?: Divergence;
}

/**
 * Runs given steps.
 * @param startTime block.timestamp of the first calls, seconds
 * @throws MirrorError if a step is no step of the system, or the backend fails
 */
export async function runTrace<S>(
  system: System<S>,
  backend: Backend,
  steps: readonly Step[],
  startTime = system.startTime,
): Promise<TraceReport> {
  const run = new ModelRun(system, { ...clockOf(backend), startTime });
  for (const step of steps) if (!run.push(step)) break;
  return finish(run, backend);
}

/** Sends a model's run to the EVM and compares. */
export async function finish<S>(run: ModelRun<S>, backend: Backend): Promise<TraceReport> {
  const { steps, records, codec } = run;
  const results = await backend.run(records.map(({ evm }) => evm));
  let divergence: Divergence | undefined;
  for (let i = 0; i < records.length && !divergence; i++) {
    divergence = compareCall(codec, records[i]!, results[i]!, backend.gasPerCall);
  }
  // A state edited by a refusal also looks wrong through the lens: then the cause is named, not the symptom.
  const { divergence: own } = run;
  if (!divergence || (own?.kind === 'immutability' && divergence.kind === 'state' && divergence.step === own.step))
    divergence = own;
  return { steps, records, results, ...(divergence ? { divergence } : {}) };
}

export const clockOf = ({ chainId, firstBlock, blockPerCall }: Omit<Clock, 'startTime'>): Omit<Clock, 'startTime'> => ({
  chainId,
  firstBlock,
  blockPerCall,
});

/**
 * Runs a stored trace again.
 * @throws MirrorError as `readTrace` and `runTrace`
 */
export async function replay<S>(
  system: System<S>,
  backend: Backend,
  file: string,
): Promise<{ readonly trace: Trace; readonly report: TraceReport }> {
  const trace = await readTrace(codecOf(system.contracts), file);
  return { trace, report: await runTrace(system, backend, trace.steps, trace.startTime) };
}
