/**
 * `npm run bench:mirror`: how fast the differential engine is beside forge's invariant runner and beside the plain loop,
 * on the same calls to the same contracts, and how fast the model is alone.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../src/cli/table.ts';
import { packagedBinary } from '../../src/mirror/anvil.ts';
import { MirrorError } from '../../src/mirror/types.ts';
import { CompileError, compile } from '../compile.ts';
import { projectRoot } from '../lib/files.ts';
import type { drawRound, Engine, Measure } from './engines.ts';
import { MAX_THREADS } from './forge.ts';
import { profiled } from './profile.ts';
import { judge, type Summary, summarise } from './summary.ts';
import { BenchError } from './traces.ts';

const HELP = `npm run bench:mirror -- [--seconds N] [--rounds R] [--seed S] [--threads T] [--traces N] [--json] [--profile]

Times four engines on the same random calls to the same contracts, one after the other in each round, the model after
each of the others, and compares the medians (see docs/bench.md):

  mirror   the differential engine: model, EVM and all comparisons
  forge    forge's invariant runner with a handler that makes the same calls and nothing else (bench/forge)
  loop     the same comparisons, transaction by transaction
  model    the model alone: calls applied and states digested, on one core

  --seconds N   time of each engine in a round, 1 to 600 (default 10); the model takes what its traces take
  --rounds R    rounds that count, 1 to 99 (default 3); a warm-up before them doesn't
  --seed S      any text; the same seed makes the same calls (default "1")
  --threads T   threads of forge, 1 to ${MAX_THREADS} (default 1)
  --traces N    traces written down per round for forge and the model, 10 to 400 (default 200)
  --forge FILE  a forge binary (default: that of the package @foundry-rs/forge)
  --profile     also shows where the mirror's time goes
  --json        the result as one JSON object on the last line
  --help        this text

Exit code: 0 at least 8 × the loop and 0.5 × forge; 1 slower, or an engine that fails or accepts another share of the
calls (by more than 5 percentage points); 2 wrong usage.
`;

class UsageError extends Error {}

interface Options {
  readonly seconds: number;
  readonly rounds: number;
  readonly threads: number;
  readonly traces: number;
  readonly seed: string;
  readonly forge: string;
  readonly json: boolean;
  readonly profile: boolean;
}

function options(): Options | 'help' {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const flag = { type: 'boolean', default: false } as const;
  const known = {
    seconds: text('10'),
    rounds: text('3'),
    threads: text('1'),
    traces: text('200'),
    seed: text('1'),
    forge: { type: 'string' },
    json: flag,
    profile: flag,
    help: flag,
  } as const;
  try {
    const { values } = parseArgs({ options: known });
    if (values.help) return 'help';
    return {
      seconds: whole('--seconds', values.seconds, 1, 600),
      rounds: whole('--rounds', values.rounds, 1, 99),
      threads: whole('--threads', values.threads, 1, MAX_THREADS),
      traces: whole('--traces', values.traces, 10, 400),
      seed: values.seed,
      forge: forgeBinary(values.forge),
      json: values.json,
      profile: values.profile,
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${name}: expected a whole number from ${least} to ${most}, got ${text}`);
}

function forgeBinary(named: string | undefined): string {
  const binary = named ?? packagedBinary('forge');
  if (!existsSync(binary)) throw new UsageError(`--forge: there is no file ${binary}`);
  return binary;
}

/** The commit that is measured, with a mark when files differ from it; undefined outside a clone. */
function commit(): string | undefined {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '-modified');
  } catch {
    return undefined;
  }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The model after each of the others: it takes less than a second, in which the machine may be slow by chance. */
function inTurn(engines: readonly Engine[]): Engine[] {
  const [model, others] = [engines.filter(isModel), engines.filter((engine) => !isModel(engine))];
  return others.flatMap((engine) => [engine, ...model]);
}

const isModel = ({ name }: Engine): boolean => name === 'model';

/** Rounds of all engines in turn, the first of them for warming up. */
async function measure(
  options: Options,
  folder: string,
  engines: readonly Engine[],
  draw: typeof drawRound,
): Promise<Summary> {
  const { seconds, rounds, seed, traces } = options;
  const measures = new Map(engines.map((engine) => [engine, [] as Measure[]]));
  for (let number = 0; number <= rounds; number++) {
    const warmUp = number === 0;
    const round = { seed: `${seed}/${number}`, folder: join(folder, `round-${number}`), seconds };
    say(warmUp ? 'warming up' : `round ${number} of ${rounds}`);
    await draw(round, traces);
    for (const engine of warmUp ? engines : inTurn(engines)) {
      const measure = await engine.run(round);
      if (!warmUp) measures.get(engine)?.push(measure);
      say(`  ${engine.name.padEnd(6)} ${Math.round(measure.calls / measure.seconds)} calls/s`);
    }
  }
  return summarise([...measures].map(([{ name, what }, rounds]) => ({ name, what, rounds })));
}

function print(summary: Summary, verdict: readonly string[]): void {
  const cell = (value: number | undefined): string =>
    value === undefined ? '–' : Math.round(value).toLocaleString('en-US');
  const rows = summary.engines.map((engine) => [
    engine.name,
    cell(engine.callsPerSecond),
    cell(engine.callsPerCpuSecond),
    engine.cores === undefined ? '–' : engine.cores.toFixed(2),
    `${(100 * engine.okShare).toFixed(1)} %`,
    engine.what,
  ]);
  const header = ['engine', 'calls/s', 'calls/CPU-s', 'cores', 'accepted', 'what it does'];
  for (const line of table('Medians of the rounds', header, rows)) console.log(line);
  const { ratioForge, ratioLoop, ratioForgeCpu } = summary;
  const perCpu = ratioForgeCpu === undefined ? '' : ` (${ratioForgeCpu.toFixed(2)} × per CPU-second)`;
  console.log(`\nmirror = ${ratioForge.toFixed(2)} × forge${perCpu}, ${ratioLoop.toFixed(1)} × loop`);
  for (const line of verdict) console.log(line);
}

async function main(): Promise<number> {
  const chosen = options();
  if (chosen === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = join(projectRoot, 'cache', 'bench', 'rounds');
  rmSync(folder, { recursive: true, force: true });
  await compile();
  // Imported late: they need what has just been generated.
  const { ready } = await import('../../src/campaign/system.ts');
  const { drawRound, forgeEngine, loopEngine, mirrorEngine, modelEngine } = await import('./engines.ts');
  const system = await ready();
  try {
    const engines = [
      mirrorEngine(system),
      forgeEngine(chosen.forge, chosen.threads),
      await loopEngine(system),
      modelEngine(join(folder, 'round-0')),
    ];
    const summary = await measure(chosen, folder, engines, drawRound);
    const verdict = judge(summary);
    print(summary, verdict);
    if (chosen.profile) {
      const round = { seed: `${chosen.seed}/profile`, folder, seconds: chosen.seconds };
      for (const line of await profiled(mirrorEngine(system), round)) console.log(line);
    }
    if (chosen.json) {
      const { ratioForge, ratioLoop, ratioForgeCpu } = summary;
      const byName = Object.fromEntries(
        summary.engines.map(({ name, callsPerSecond, callsPerCpuSecond, cores, okShare }) => [
          name,
          { callsPerSecond, callsPerCpuSecond, cores, okShare },
        ]),
      );
      const { seed, threads } = chosen;
      console.log(JSON.stringify({ ...byName, ratioForge, ratioLoop, ratioForgeCpu, threads, seed, commit: commit() }));
    }
    return verdict.length === 0 ? 0 : 1;
  } finally {
    await system.stop();
  }
}

// Ends through 'exit', on which the programs that run meanwhile are stopped too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else if ([BenchError, CompileError, MirrorError].some((kind) => error instanceof kind)) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  } else throw error;
}
