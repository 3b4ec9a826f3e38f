/**
 * `mprd canary`: whether the campaign notices planted one-line faults.
 * @module
 */
import { availableParallelism } from 'node:os';
import { type CanaryVerdict, type FlyResult, fly } from '../campaign/canary.ts';
import { MAX_WORKERS } from '../mirror/processes.ts';
import { MOST_CALLS } from './mutate.ts';
import { countOf, type Io, optionsFrom, requireNoPositionals } from './options.ts';
import { fromRoot } from './project.ts';
import { table } from './table.ts';

export const help = `Plants one-line faults in the model and in the contracts and lets the campaign judge: random calls on both, compared
like those of \`npm run test:deep\`. A fault that the campaign never notices is a hole in it; one that it notices at once
shows nothing.

  mprd canary [--seed S] [--smoke N] [--calls N] [--workers N] [--seconds N] [--json]

  --seed S     decides all calls (default 1)
  --smoke N    calls that each canary has to survive (default 200)
  --calls N    calls within which it has to be caught (default 200000)
  --workers N  processes, each with its own chain (default: as many as there are cores); they find the same
  --seconds N  begin no new traces after so many seconds: the result then depends on the machine
  --json       one JSON object on the last line: planted, caught, survivors, tooCrude, and canaries one by one
  --help       this text

The canaries, each with the law of docs/PROPERTIES.md that it breaks, are in src/campaign/canaries.ts. The table has
them in the order in which they were caught, with the number of the call and the kind of difference (docs/mirror.md).
Mutants of the contracts are compiled once, as for \`mprd mutate\`.

Exit code: 0 every canary survived the first calls and was caught; 1 otherwise; 2 wrong usage.

Example:

  mprd canary --json`;

export async function run(args: readonly string[], io: Io): Promise<number> {
  const { json, ...options } = optionsOf(args);
  const result = await fly({ ...options, root: fromRoot('.'), tell: (line) => io.err(`${line}\n`) });
  const { rows, summary } = reportOf(result, options.smoke);
  for (const line of table('Canaries', ['law', 'fault', 'in', 'caught by call', 'difference'], rows)) io.out(line);
  const { planted, caught, survivors, tooCrude, calls, traces, seconds } = summary;
  io.out('');
  io.out(`${planted} canaries: ${caught} caught, ${tooCrude.length} of them too early, ${survivors.length} survive`);
  io.out(`${calls} calls in ${traces} traces, ${seconds} s`);
  if (json) io.out(JSON.stringify(summary));
  const wrong = survivors.length + tooCrude.length;
  if (wrong > 0) io.err(`mprd canary: ${wrong} canaries were not caught, or at once: see above\n`);
  return wrong > 0 ? 1 : 0;
}

/** The table, those that were caught first at its top, and what a machine wants to know. */
export function reportOf({ verdicts, traces, calls, seconds }: FlyResult, smoke: number) {
  const nameOf = ({ canary: { name, property } }: CanaryVerdict): string => `${property}: ${name}`;
  const callOf = ({ caught }: CanaryVerdict): number => caught?.call ?? Number.POSITIVE_INFINITY;
  const sorted = [...verdicts].sort((a, b) => (callOf(a) === callOf(b) ? 0 : callOf(a) - callOf(b)));
  const survivors = sorted.filter(({ caught }) => !caught);
  const tooCrude = sorted.filter((verdict) => callOf(verdict) <= smoke);
  const rows = sorted.map(({ canary, caught }) => [
    canary.property,
    canary.name,
    sideOf(canary),
    caught ? `${caught.call}${caught.call <= smoke ? ', too early' : ''}` : 'survives',
    caught?.kind ?? '',
  ]);
  const summary = {
    planted: verdicts.length,
    caught: verdicts.length - survivors.length,
    survivors: survivors.map(nameOf),
    tooCrude: tooCrude.map(nameOf),
    traces,
    calls,
    seconds: Math.round(seconds),
    canaries: sorted.map(({ canary, caught }) => ({
      law: canary.property,
      fault: canary.name,
      in: sideOf(canary),
      caughtByCall: caught?.call ?? null,
      difference: caught?.kind ?? null,
    })),
  };
  return { rows, summary };
}

const sideOf = (canary: CanaryVerdict['canary']): string => ('fault' in canary ? 'model' : 'contracts');

function optionsOf(args: readonly string[]) {
  const parsed = optionsFrom(args, {
    seed: { type: 'string', default: '1' },
    smoke: { type: 'string', default: '200' },
    calls: { type: 'string', default: '200000' },
    workers: { type: 'string', default: String(Math.min(MAX_WORKERS, availableParallelism())) },
    seconds: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  requireNoPositionals(parsed);
  const { values } = parsed;
  const { seed, json, seconds } = values;
  return {
    seed,
    json,
    smoke: countOf('--smoke', values.smoke, MOST_CALLS),
    calls: countOf('--calls', values.calls, MOST_CALLS),
    workers: countOf('--workers', values.workers, MAX_WORKERS),
    ...(seconds === undefined ? {} : { maxSeconds: countOf('--seconds', seconds, MOST_CALLS) }),
  };
}
