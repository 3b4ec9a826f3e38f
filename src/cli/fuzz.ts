/**
 * `mprd fuzz`: random calls on model and contracts, compared one by one.
 * @module
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { CORPUS } from '../campaign/corpus.ts';
import { excusesOf, formatCoverage, missedBy, TRACE_LENGTH, tracesFor } from '../campaign/run.ts';
import { storedTraces } from '../mirror/corpus.ts';
import { type PoolResult, pool } from '../mirror/pool.ts';
import { MAX_WORKERS } from '../mirror/processes.ts';
import type { Progress } from '../mirror/report.ts';
import { countOf, type Io, optionsFrom, requireNoPositionals, type Shard, shardOf, UsageError } from './options.ts';
import { fromRoot } from './project.ts';
import {
  type Choice,
  choiceOf,
  moduleOf,
  openerOf,
  replayCommand,
  SUBJECT_HELP,
  subjectOptions,
  wordsOf,
} from './subject.ts';

const MAX_CALLS = 1_000_000_000;

export const help = `Runs random calls on the reference model and on the contracts (on local chains that it starts), and compares after
each call: status, error with arguments, all logs, return values and the state that the lens shows. The laws of
docs/PROPERTIES.md are checked on the model. Stored traces (test/regressions, test/corpus, traces) are replayed first,
unless a law of your own is hunted, or another backend is asked for.

  mprd fuzz [--steps N] [--seed S] [--property FILE]… [OPTIONS]

  --steps N        calls to compare, about (default 60000)
  --seed S         any text; the same seed makes the same calls, whatever the other options (default "1")
${SUBJECT_HELP}
  --workers W      processes, each with its own chain (default: as many as there are cores; 1 on
                   the node at --rpc)
  --shard I/N      only the I-th of N parts of the campaign, 1 <= I <= N: N machines share one campaign
  --length N       calls per trace before its end (default ${TRACE_LENGTH})
  --traces DIR     where failing traces are stored (default traces)
  --no-stored      replays no stored traces
  --json           the result as one JSON object on the last line
  --help           this text

A divergence or a broken law is shown and stored at once, then shrunk to a minimal trace beside it, with a test that
replays it. Exit code: 0 agreement, and everything was reached; 1 a divergence, a broken law, or a call, error, event
or goal that was hardly reached; 2 wrong usage.

Example:

  mprd fuzz --steps 20000 --seed mine --property examples/properties/holds.ts`;

interface Options {
  readonly steps: number;
  readonly seed: string;
  readonly choice: Choice;
  readonly workers: number;
  readonly shard: Shard;
  readonly length: number;
  readonly directory: string;
  readonly stored: boolean;
  readonly json: boolean;
}

export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = optionsOf(args);
  const { choice, seed, length, directory, workers, shard } = options;
  const { system } = choice;
  const folders = system === undefined ? [fromRoot('test/regressions'), CORPUS] : [];
  const profile = system === undefined ? 'protocol' : path.basename(system);
  const stored = await storedTraces(options.stored ? [...folders, directory] : [], profile);
  const result = await pool({
    ...moduleOf(choice),
    replay: replayCommand(choice),
    stored: stored.files,
    traces: tracesFor(options.steps, length, system === undefined),
    length,
    seed,
    profile,
    opener: openerOf(choice),
    directory,
    workers,
    shard,
    onProgress: (p) => io.err(progressLine(p, options)),
    onFound: (file, { kind, path: where }) => io.err(`found: ${kind} at ${where}; stored in ${file}; shrinking it …\n`),
  });
  return report(result, options, stored.hash, io);
}

function progressLine(p: Progress, { steps, shard }: Options): string {
  const all = Math.ceil(steps / shard.of);
  return (
    `${p.calls} of ${all} calls compared, ${Math.round(p.callsPerSecond)}/s, ` +
    `${Math.round(100 * p.okShare)} % accepted, goals ${p.goalsReached}/${p.goals}\n`
  );
}

function report(result: PoolResult, options: Options, corpus: string, io: Io): number {
  const { failure, broken, coverage, replayed } = result;
  const protocol = options.choice.system === undefined;
  for (const { file, screen } of broken) io.out(`${file}\n${screen}\n`);
  if (failure) io.out(`${failure.screen}\n`);
  else if (broken.length === 0) io.out(`${formatCoverage(coverage, excusesOf(protocol))}\n`);
  const missed = failure || broken.length > 0 ? [] : missedBy(result, protocol);
  for (const line of missed) io.out(`missed: ${line}`);
  const divergences = (failure ? 1 : 0) + broken.length;
  if (replayed.traces > 0) {
    io.out(`${replayed.traces} stored traces replayed, ${replayed.calls} calls (set ${corpus.slice(0, 16)})`);
  }
  io.out(
    `${result.calls} calls compared in ${result.traces} traces (sha-256 ${result.tracesHash.slice(0, 16)}), ` +
      `${divergences} divergences, ${result.seconds.toFixed(1)} s, ${(result.calls / result.seconds).toFixed(0)} calls/s`,
  );
  io.out(`again: ${commandOf(options)}`);
  if (options.json) {
    const { calls, traces, tracesHash, seconds } = result;
    const file = failure ? { trace: failure.file, raw: failure.rawFile, divergence: failure.divergence } : {};
    const what = { calls, traces, tracesHash, corpus, divergences, missed, seconds, seed: options.seed, ...file };
    io.out(JSON.stringify({ ...what, command: commandOf(options) }));
  }
  return divergences > 0 || missed.length > 0 ? 1 : 0;
}

/** The line that does the same again. */
function commandOf({ steps, seed, shard, length, choice }: Options): string {
  const parts = [`--steps ${steps}`, `--seed ${JSON.stringify(seed)}`];
  if (shard.of > 1) parts.push(`--shard ${shard.index + 1}/${shard.of}`);
  if (length !== TRACE_LENGTH) parts.push(`--length ${length}`);
  return `npx --no mprd fuzz ${[...parts, ...wordsOf(choice)].join(' ')}`;
}

function optionsOf(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const parsed = optionsFrom(args, {
    steps: { ...text, default: '60000' },
    seed: { ...text, default: '1' },
    ...subjectOptions,
    workers: text,
    shard: { ...text, default: '1/1' },
    length: { ...text, default: String(TRACE_LENGTH) },
    traces: { ...text, default: 'traces' },
    'no-stored': flag,
    json: flag,
  });
  requireNoPositionals(parsed);
  const { values } = parsed;
  const choice = choiceOf(values);
  // Traces on one node would be in each other's way.
  const shared = choice.on.backend === 'rpc';
  const cores = shared ? 1 : Math.min(MAX_WORKERS, availableParallelism());
  const workers = countOf('--workers', values.workers ?? String(cores), MAX_WORKERS);
  if (shared && workers > 1)
    throw new UsageError(`--workers ${workers}: the node at --rpc takes one process at a time.`);
  return {
    steps: countOf('--steps', values.steps, MAX_CALLS),
    seed: values.seed,
    choice,
    workers,
    shard: shardOf(values.shard),
    length: countOf('--length', values.length, MAX_LENGTH),
    directory: values.traces,
    // Stored traces are about the protocol's laws; a law of one's own is hunted by what is drawn for it. Some begin
    // before the chain of today is ready, which only a simulation takes.
    stored: !values['no-stored'] && values.property.length === 0 && choice.on.backend === 'simulate',
    json: values.json,
  };
}

/** With its teardown a trace must stay within what the engine takes. */
const MAX_LENGTH = 4_000;
