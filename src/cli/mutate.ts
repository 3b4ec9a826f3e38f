/**
 * `mprd mutate`: whether the campaign notices when the contracts are changed.
 * @module
 */
import { availableParallelism } from 'node:os';
import { type MutateResult, mutate, summaryOf } from '../campaign/mutate.ts';
import { MAX_WORKERS } from '../mirror/processes.ts';
import { operators } from '../mutation/sites.ts';
import { countOf, type Io, optionsFrom, requireNoPositionals, shardOf, UsageError } from './options.ts';
import { fromRoot } from './project.ts';

/** What has to be killed of the mutants that are not equivalent, and what may be listed as equivalent of all. */
const LEAST_SCORE = 0.95;
const MOST_EQUIVALENT = 0.05;
export const MOST_CALLS = 10_000_000;

export const help = `Changes the contracts one place at a time and lets the campaign judge: random calls on the model and on the mutated
contracts, compared like those of \`npm run test:deep\`. A mutant on which they disagree is killed.

  mprd mutate [--seed S] [--calls N] [--contract NAME] [--sample N] [--seconds N] [--workers W] [--shard I/N] [--json]

  --seed S         decides all calls, and the sample (default 1)
  --calls N        calls that a mutant has to survive, about (default 200000)
  --contract NAME  only mutants of this contract or library
  --sample N       only so many mutants, drawn evenly over contracts and operators
  --seconds N      begin no new traces after so many seconds: the result then depends on the machine
  --workers W      processes, each with its own chain (default: as many as there are cores); without --seconds the
                   result is the same for any number
  --shard I/N      only every N-th mutant, from the I-th on, 1 <= I <= N: N machines share one run
  --json           one JSON object on the last line: mutants, killed, equivalent, survivors, score
  --help           this text

Operators: ${operators.join(', ')}. All mutants are compiled once, into one copy of the contracts, which is
kept in build/mutation; docs/mutation.md says how, and what isn't mutated. Mutants that no call can tell from the
original are listed with the argument in src/campaign/equivalents.ts.

Exit code: 0 the score is at least 95 %, at most 5 % of the mutants are listed as equivalent, and none of these is
killed; 1 otherwise; 2 wrong usage.

Example, the staking contract alone:

  mprd mutate --contract Staking --calls 20000`;

export async function run(args: readonly string[], io: Io): Promise<number> {
  const { json, ...options } = optionsOf(args);
  const result = await mutate({ ...options, root: fromRoot('.'), tell: (line) => io.err(`${line}\n`) }).catch(
    (error: unknown) => {
      throw error instanceof RangeError ? new UsageError(error.message) : error;
    },
  );
  const summary = summaryOf(result);
  for (const line of linesOf(result)) io.out(line);
  if (json) io.out(JSON.stringify(summary));
  const wrong = complaints(summary);
  if (wrong.length > 0) io.err(`mprd mutate: ${wrong.join('; ')}\n`);
  return wrong.length > 0 ? 1 : 0;
}

function optionsOf(args: readonly string[]) {
  const parsed = optionsFrom(args, {
    seed: { type: 'string', default: '1' },
    calls: { type: 'string', default: '200000' },
    contract: { type: 'string' },
    sample: { type: 'string' },
    seconds: { type: 'string' },
    workers: { type: 'string', default: String(Math.min(MAX_WORKERS, availableParallelism())) },
    shard: { type: 'string', default: '1/1' },
    json: { type: 'boolean', default: false },
  });
  requireNoPositionals(parsed);
  const { values } = parsed;
  const { seed, json, contract } = values;
  return {
    seed,
    json,
    calls: countOf('--calls', values.calls, MOST_CALLS),
    workers: countOf('--workers', values.workers, MAX_WORKERS),
    shard: shardOf(values.shard),
    ...(contract === undefined ? {} : { contract }),
    ...(values.sample === undefined ? {} : { sample: countOf('--sample', values.sample, MOST_CALLS) }),
    ...(values.seconds === undefined ? {} : { maxSeconds: countOf('--seconds', values.seconds, MOST_CALLS) }),
  };
}

type Summary = ReturnType<typeof summaryOf>;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function* linesOf(result: MutateResult): Generator<string> {
  const summary = summaryOf(result);
  for (const [operator, { mutants, killed }] of Object.entries(summary.operators)) {
    yield `${operator.padEnd(12)} ${String(killed).padStart(4)} of ${mutants} killed`;
  }
  for (const { file, line, operator, original, mutant } of summary.survivors) {
    yield `survives: ${file}:${line} ${operator}: ${original} → ${mutant}`;
  }
  const { mutants, killed, equivalent, survivors, score, traces, calls, seconds } = summary;
  yield `${mutants} mutants: ${killed} killed, ${equivalent} equivalent, ${survivors.length} survive; score ${percent(score)}`;
  yield `${calls} calls in ${traces} traces, ${seconds} s`;
}

function complaints({ mutants, equivalent, score, wrongEquivalents }: Summary): string[] {
  const wrong = wrongEquivalents.map((id) => `src/campaign/equivalents.ts lists "${id}", which is killed or no mutant`);
  if (score < LEAST_SCORE) wrong.push(`the score is ${percent(score)}, expected at least ${percent(LEAST_SCORE)}`);
  if (equivalent > MOST_EQUIVALENT * mutants) {
    wrong.push(`${equivalent} mutants are listed as equivalent, more than ${percent(MOST_EQUIVALENT)}`);
  }
  return wrong;
}
