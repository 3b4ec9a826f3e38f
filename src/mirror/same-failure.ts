/**
 * Whether a trace fails in the same way as another: what a trace is shrunk by.
 * @module
 */
import { ModelRun } from './model.ts';
import { clockOf, finish, type TraceReport } from './run.ts';
import type { Steps, Test } from './search.ts';
import { type Backend, type DivergenceKind, MirrorError, type Outcome, type System } from './types.ts';

/**
 * A test for `minimise`. The model runs first; the EVM only if what the model did leaves the same failure possible.
 * @param raw a run that ends in a divergence
 * @throws MirrorError if it doesn't
 */
export function sameFailure<S>(
  system: System<S>,
  backend: Backend,
  raw: Pick<TraceReport, 'steps' | 'records' | 'divergence'>,
  startTime = system.startTime,
): Test {
  const { divergence: found } = raw;
  const step = found && raw.steps[found.step];
  if (!found || step?.kind !== 'call') throw new MirrorError('sameFailure: expected a run that ends in a divergence');
  const key = `${step.call.contract}.${step.call.function}`;
  const outcome = raw.records.find((record) => record.step === found.step)?.outcome;
  const modelRun = (steps: Steps): ModelRun<S> => {
    const run = new ModelRun(system, { ...clockOf(backend), startTime });
    for (const each of steps) if (!run.push(each)) break;
    return run;
  };
  const own = modelRun(raw.steps).divergence?.signature === found.signature;
  /** What every run with this signature has in common on the model's side. */
  const possible = (run: ModelRun<S>): boolean =>
    own
      ? run.divergence?.signature === found.signature
      : run.records.some(({ fn, outcome: other }) => fn.key === key && (!outcome || alike(found.kind, outcome, other)));
  return async (candidate) => {
    let run: ModelRun<S>;
    try {
      run = modelRun(candidate);
    } catch (error) {
      // A candidate's values may lead where the system can't be asked any more; that is another failure.
      if (error instanceof MirrorError) return undefined;
      throw error;
    }
    if (!possible(run)) return undefined;
    const { divergence } = await finish(run, backend);
    return divergence?.signature === found.signature ? candidate.slice(0, divergence.step + 1) : undefined;
  };
}

/** Signatures name the model's verdict, except where only the state differs. */
const alike = (kind: DivergenceKind, a: Outcome, b: Outcome): boolean =>
  kind === 'state' || (a.status === 'ok' ? b.status === 'ok' : b.status === 'refused' && a.error === b.error);
