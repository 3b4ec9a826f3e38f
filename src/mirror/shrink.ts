/**
 * From a failing trace to the minimal one: its file, the screen that explains it, and the test that reproduces it.
 * @module
 */
import { codecOf } from './codec.ts';
import { minimise } from './minimise.ts';
import { formatFailure } from './report.ts';
import { type Opener, writeReproducer } from './reproducer.ts';
import { runTrace, type TraceReport } from './run.ts';
import { sameFailure } from './same-failure.ts';
import type { Test } from './search.ts';
import { type Trace, writeTrace } from './trace.ts';
import { type Backend, type Divergence, MirrorError, type System } from './types.ts';

export interface ShrinkOptions<S> {
  readonly system: System<S>;
  readonly backend: Backend;
  /** bound on the candidates tried */
  readonly maxRuns?: number | undefined;
  /** told before each candidate: how many were tried, and the steps of the shortest trace so far */
  readonly onTry?: ((runs: number, steps: number) => void) | undefined;
  /** the module and its export that open the system: with them a test is written too */
  readonly opener?: Opener | undefined;
  /** the command that replays a file, for the screen */
  readonly replayCommand?: ((file: string) => string) | undefined;
}

export interface Shrunk {
  /** of the minimal trace */
  readonly report: TraceReport;
  readonly divergence: Divergence;
  /** the minimal trace */
  readonly file: string;
  /** the test, if one was written */
  readonly test?: string;
  /** candidates tried */
  readonly runs: number;
  /** false if `maxRuns` ended the search: a shorter trace may exist */
  readonly complete: boolean;
  /** false if a second run differs from the first: then something besides state, call and environment is at work */
  readonly repeats: boolean;
  readonly screen: string;
}

/**
 * Shrinks the calls of a failing trace, then their values, until nothing more can go, and writes what is left.
 * @param from where the trace comes from
 * @param raw its first run, which ends in a divergence
 * @param file where the minimal trace is written, and the test beside it; both replace what was there
 * @throws MirrorError if the run has no divergence
 */
export async function shrinkFailure<S>(
  options: ShrinkOptions<S>,
  from: Omit<Trace, 'steps' | 'divergence'>,
  raw: TraceReport,
  file: string,
): Promise<Shrunk> {
  const { system, backend, maxRuns, opener } = options;
  const found = raw.divergence;
  if (!found) throw new MirrorError('shrinkFailure: expected a run that ends in a divergence');
  const codec = codecOf(system.contracts);
  // With a look at the whole state after every call the same fault may show earlier, and as another kind.
  const again = await runTrace(system, backend, raw.steps, from.startTime);
  const first = again.divergence;
  const repeats = first !== undefined && first.step <= found.step;
  const { runs, steps, complete } = repeats
    ? await minimise(
        raw.steps.slice(0, first.step + 1),
        counted(sameFailure(system, backend, again, from.startTime), first.step + 1, options.onTry),
        { codec, maxRuns },
      )
    : { runs: 0, steps: raw.steps, complete: false };
  const report = repeats ? await runTrace(system, backend, steps, from.startTime) : raw;
  const divergence = report.divergence ?? found;
  const minimal: Trace = { ...from, steps: report.steps.slice(0, divergence.step + 1), divergence };
  await writeTrace(codec, file, minimal);
  const test = opener && file.replace(/(\.json)?$/, '.test.ts');
  if (opener && test !== undefined) await writeReproducer(test, minimal, codec, opener);
  const shown = formatFailure(report, system.contracts, backend.gasPerCall, options.replayCommand?.(file));
  const screen = repeats
    ? shown
    : `${shown}\n\nThis does not repeat: the model depends on something besides state, call and environment.`;
  return { report, divergence, file, ...(test === undefined ? {} : { test }), runs, complete, repeats, screen };
}

function counted(test: Test, steps: number, onTry: ShrinkOptions<never>['onTry']): Test {
  if (!onTry) return test;
  let [runs, shortest] = [0, steps];
  return async (candidate) => {
    onTry(runs++, shortest);
    const failing = await test(candidate);
    if (failing) shortest = failing.length;
    return failing;
  };
}
