/**
 * A mutation run over the contracts with the campaign as the judge.
 * @module
 */
import { startProcesses } from '../mirror/processes.ts';
import { type Rng, rngOf } from '../mirror/random.ts';
import { throttled } from '../mirror/report.ts';
import { judgeInRounds, type Killed, type Task, type Verdict } from '../mutation/rounds.ts';
import { type Operator, operators, type Site } from '../mutation/sites.ts';
import { equivalents } from './equivalents.ts';
import { mutantsOf } from './mutants.ts';
import type { MutateWorkerOptions } from './mutate-worker.ts';
import { tracesFor } from './run.ts';

export interface MutateOptions {
  /** folder of the project */
  readonly root: string;
  readonly seed: string;
  /** calls of the campaign that a mutant has to survive, about: whole traces */
  readonly calls: number;
  /** only mutants of this contract or library */
  readonly contract?: string;
  /** judges about so many mutants, drawn evenly over operators and contracts */
  readonly sample?: number;
  /** judges only every so many-th of these mutants, from the one with this place (from 0) on */
  readonly shard?: { readonly index: number; readonly of: number };
  /** number of processes, 1 … MAX_WORKERS; they share the work, the result is the same for any number */
  readonly workers: number;
  /** begins no new traces after so many seconds of judging; without it the result depends on the seed alone */
  readonly maxSeconds?: number;
  readonly tell: (line: string) => void;
}

export interface MutantVerdict {
  readonly site: Site;
  /** undefined: survives */
  readonly killed: Killed | undefined;
  /** why no call can tell the mutant from the original */
  readonly equivalent: string | undefined;
}

export interface MutateResult {
  readonly verdicts: readonly MutantVerdict[];
  readonly traces: number;
  /** that the last survivors went through */
  readonly calls: number;
  readonly seconds: number;
  /** entries of the list of equivalents that no mutant of the contracts has, or that were killed */
  readonly wrongEquivalents: readonly string[];
}

const TELL_EVERY_MS = 5_000;

/**
 * Builds every mutant into one copy of the contracts and runs the campaign's traces on it.
 * @throws RangeError if no mutant is meant
 */
export async function mutate(options: MutateOptions): Promise<MutateResult> {
  const { root, tell } = options;
  const started = performance.now();
  // The processes take from the cache what is built here.
  const { sites } = mutantsOf(root, tell);
  const { index, of } = options.shard ?? { index: 0, of: 1 };
  const meant = chosen(sites, options).filter((_, i) => i % of === index);
  const { kills, ...rest } = await judged(meant, options);
  const verdicts = meant.map((number): MutantVerdict => {
    const site = sites[number - 1]!;
    return { site, killed: kills.get(number), equivalent: equivalents[site.id] };
  });
  const ids = new Set(sites.map(({ id }) => id));
  const wrongEquivalents = [
    ...Object.keys(equivalents).filter((id) => !ids.has(id)),
    ...verdicts.filter(({ killed, equivalent }) => killed && equivalent !== undefined).map(({ site }) => site.id),
  ];
  return { verdicts, ...rest, seconds: (performance.now() - started) / 1000, wrongEquivalents };
}

async function judged(mutants: readonly number[], options: MutateOptions) {
  const { root, seed, calls, workers, maxSeconds = Number.POSITIVE_INFINITY, tell } = options;
  const started = performance.now();
  let [done, killed] = [0, 0];
  const progress = throttled(TELL_EVERY_MS, () =>
    tell(`${done} of ${calls} calls: ${killed} of ${mutants.length} mutants killed`),
  );
  const processes = startProcesses<Task, Verdict, 'judged'>({
    module: new URL('mutate-worker.ts', import.meta.url).href,
    options: { root, seed } satisfies MutateWorkerOptions,
    workers,
    onMessage: progress,
  });
  try {
    return await judgeInRounds({
      mutants,
      calls,
      tracesFor,
      run: (tasks) => processes.map(tasks),
      late: () => performance.now() - started > 1_000 * maxSeconds,
      onRound(now) {
        done = now.calls;
        killed = now.kills.size;
        progress();
      },
    });
  } finally {
    await processes.stop();
  }
}

/** Numbers of the mutants that are meant. */
function chosen(sites: readonly Site[], { seed, contract, sample }: MutateOptions): number[] {
  const numbers = sites.flatMap((site, i) => (contract === undefined || site.contract === contract ? [i + 1] : []));
  if (numbers.length === 0) {
    const names = [...new Set(sites.map((site) => site.contract))].sort();
    throw new RangeError(`--contract ${contract}: expected one of ${names.join(', ')}`);
  }
  return sample === undefined ? numbers : stratified(sites, numbers, sample, rngOf(`${seed} sample`, 0));
}

/** Draws from each contract and operator in turn, so that each has its share however few mutants it has. */
function stratified(sites: readonly Site[], numbers: readonly number[], sample: number, rng: Rng): number[] {
  const strata = new Map<string, number[]>();
  for (const number of numbers) {
    const { contract, operator } = sites[number - 1]!;
    const key = `${contract} ${operator}`;
    strata.set(key, [...(strata.get(key) ?? []), number]);
  }
  const drawn: number[] = [];
  const waiting = [...strata.values()];
  while (drawn.length < sample && waiting.some((stratum) => stratum.length > 0)) {
    for (const stratum of waiting) {
      if (stratum.length === 0 || drawn.length >= sample) continue;
      drawn.push(stratum.splice(rng.int(0, stratum.length - 1), 1)[0]!);
    }
  }
  return drawn.sort((a, b) => a - b);
}

/** What a person or a machine wants to know. */
export function summaryOf({ verdicts, traces, calls, seconds, wrongEquivalents }: MutateResult) {
  const killed = verdicts.filter((verdict) => verdict.killed).length;
  const equivalent = verdicts.filter((verdict) => !verdict.killed && verdict.equivalent !== undefined).length;
  const survivors = verdicts.filter((verdict) => !verdict.killed && verdict.equivalent === undefined);
  const perOperator = Object.fromEntries(operators.map((operator) => [operator, shareOf(verdicts, operator)]));
  return {
    mutants: verdicts.length,
    killed,
    equivalent,
    survivors: survivors.map(({ site }) => survivorOf(site)),
    /** killed mutants among those that are not equivalent, 0 … 1 */
    score: verdicts.length === equivalent ? 1 : killed / (verdicts.length - equivalent),
    operators: perOperator,
    traces,
    calls,
    seconds: Math.round(seconds),
    wrongEquivalents,
  };
}

function shareOf(verdicts: readonly MutantVerdict[], operator: Operator) {
  const own = verdicts.filter(({ site }) => site.operator === operator);
  return { mutants: own.length, killed: own.filter(({ killed }) => killed).length };
}

function survivorOf({ id, file, line, operator, original, mutant }: Site) {
  return { id, file, line, operator, original, mutant: mutant === '' ? '(left out)' : mutant };
}
