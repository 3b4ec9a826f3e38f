/**
 * `mprd corpus`: the stored traces, and a new small set of them.
 * @module
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { CORPUS, reached } from '../campaign/corpus.ts';
import { runCampaign } from '../campaign/run.ts';
import { type Ready, ready } from '../campaign/system.ts';
import { codecOf } from '../mirror/codec.ts';
import { type Candidate, reachedBy, smallCover, storedTraces } from '../mirror/corpus.ts';
import { writeTrace } from '../mirror/trace.ts';
import type { Step } from '../mirror/types.ts';
import { countOf, type Io, optionsFrom, requireNoPositionals } from './options.ts';
import { table } from './table.ts';

const MAX_CALLS = 1_000_000;

export const help = `Shows the corpus: a small set of traces that together make every call, raise every error, emit every event and reach
every goal. \`mprd fuzz\` replays it before it draws new traces.

  mprd corpus [--write] [--steps N] [--seed S] [--json]

  --write    draws N calls and stores a new set in test/corpus in place of the old one: always the trace that adds
             most per call
  --steps N  calls to draw from (default 60000)
  --seed S   of the campaign that is drawn from (default "1")
  --json     one JSON object instead of a table
  --help     this text

Exit code: 0 everything is reached; 1 something is not; 2 wrong usage.`;

export async function run(args: readonly string[], io: Io): Promise<number> {
  const { write, steps, seed, json } = optionsOf(args);
  const subject = await ready();
  try {
    if (write) await rewrite(subject, { steps, seed }, io);
    const stored = await storedTraces([CORPUS], 'protocol');
    const { rows, missing, names } = await reached(subject, stored);
    if (json) io.out(JSON.stringify({ hash: stored.hash, traces: rows, names, missing }));
    else {
      const cells = rows.map(({ file, calls, adds }) => [file, String(calls), String(adds)]);
      for (const line of table('corpus', ['trace', 'calls', 'adds'], cells)) io.out(line);
      io.out(
        `\n${names} names reached, ${missing.length} missing${missing.length > 0 ? `: ${missing.join(', ')}` : ''}`,
      );
      io.out(`sha-256 ${stored.hash}`);
    }
    return missing.length > 0 ? 1 : 0;
  } finally {
    await subject.stop();
  }
}

/** Draws a campaign, and stores the few traces of it that reach what all of them do. */
async function rewrite(subject: Ready, { steps, seed }: { steps: number; seed: string }, io: Io): Promise<void> {
  const candidates: Candidate[] = [];
  const kept = new Map<number, readonly Step[]>();
  const { result } = await runCampaign(subject, {
    calls: steps,
    seed,
    directory: 'traces',
    onTrace(report, index) {
      candidates.push({ index, calls: report.records.length, names: reachedBy(report) });
      kept.set(index, report.steps);
    },
    onProgress: (p) => io.err(`${p.calls} of ${steps} calls drawn\n`),
  });
  if (result.failure) throw new Error(`the sides differ; no corpus is made of that:\n${result.failure.screen}`);
  const codec = codecOf(subject.system.contracts);
  await rm(CORPUS, { recursive: true, force: true });
  await mkdir(CORPUS, { recursive: true });
  for (const { index } of smallCover(candidates)) {
    await writeTrace(codec, path.join(CORPUS, `${String(index).padStart(5, '0')}.json`), {
      profile: 'protocol',
      seed,
      index,
      meta: { bytecodeHash: subject.bytecodeHash },
      startTime: subject.system.startTime,
      steps: kept.get(index) ?? [],
    });
  }
}

function optionsOf(args: readonly string[]) {
  const parsed = optionsFrom(args, {
    write: { type: 'boolean', default: false },
    steps: { type: 'string', default: '60000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  });
  requireNoPositionals(parsed);
  const { write, steps, seed, json } = parsed.values;
  return { write, steps: countOf('--steps', steps, MAX_CALLS), seed, json };
}
