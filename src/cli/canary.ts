/**
 * `mprd canary`: whether the campaign notices planted one-line faults.
 * @module
 */
import { type CanaryVerdict, fly } from '../campaign/canary.ts';
import { MOST_CALLS } from './mutate.ts';
import { countOf, type Io, optionsFrom, requireNoPositionals } from './options.ts';
import { fromRoot } from './project.ts';

export const help = `Plants one-line faults in the model and in the contracts and lets the campaign judge: random calls on both, compared
like those of \`npm run test:deep\`. A fault that the campaign never notices is a hole in it; one that it notices at once
shows nothing.

  mprd canary [--seed S] [--smoke N] [--calls N] [--seconds N] [--json]

  --seed S     decides all calls (default 1)
  --smoke N    calls that each canary has to survive (default 200)
  --calls N    calls within which it has to be caught (default 200000)
  --seconds N  begin no new trace after so many seconds: the result then depends on the machine
  --json       one JSON object on the last line: planted, caught, survivors, tooCrude
  --help       this text

The canaries, each with the law of docs/PROPERTIES.md that it breaks, are in src/campaign/canaries.ts. Mutants of the
contracts are compiled once, as for \`mprd mutate\`.

Exit code: 0 every canary survived the first calls and was caught; 1 otherwise; 2 wrong usage.

Example:

  mprd canary --json`;

export async function run(args: readonly string[], io: Io): Promise<number> {
  const { json, ...options } = optionsOf(args);
  const { smoke } = options;
  const { verdicts, ...rest } = await fly({ ...options, root: fromRoot('.'), tell: (line) => io.err(`${line}\n`) });
  for (const verdict of verdicts) io.out(lineOf(verdict, smoke));
  const survivors = verdicts.filter(({ caughtAt }) => caughtAt === undefined);
  const crude = verdicts.filter(({ caughtAt = smoke + 1 }) => caughtAt <= smoke);
  const caught = verdicts.length - survivors.length;
  const { calls, traces, seconds } = rest;
  io.out(
    `${verdicts.length} canaries: ${caught} caught, ${crude.length} of them too early, ${survivors.length} survive`,
  );
  io.out(`${calls} calls in ${traces} traces, ${Math.round(seconds)} s`);
  const summary = {
    planted: verdicts.length,
    caught,
    survivors: survivors.map(nameOf),
    tooCrude: crude.map(nameOf),
    traces,
    calls,
    seconds: Math.round(seconds),
  };
  if (json) io.out(JSON.stringify(summary));
  const wrong = survivors.length + crude.length;
  if (wrong > 0) io.err(`mprd canary: ${wrong} canaries were not caught, or at once: see above\n`);
  return wrong > 0 ? 1 : 0;
}

const nameOf = ({ canary: { name, property } }: CanaryVerdict): string => `${property}: ${name}`;

function lineOf(verdict: CanaryVerdict, smoke: number): string {
  const { caughtAt } = verdict;
  if (caughtAt === undefined) return `✗ ${nameOf(verdict)}: survives`;
  const crude = caughtAt <= smoke;
  return `${crude ? '✗' : '✓'} ${nameOf(verdict)}: caught by call ${caughtAt}${crude ? ', too early' : ''}`;
}

function optionsOf(args: readonly string[]) {
  const parsed = optionsFrom(args, {
    seed: { type: 'string', default: '1' },
    smoke: { type: 'string', default: '200' },
    calls: { type: 'string', default: '200000' },
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
    ...(seconds === undefined ? {} : { maxSeconds: countOf('--seconds', seconds, MOST_CALLS) }),
  };
}
