/**
 * `mprd shrink`: makes a stored trace that fails as short and as simple as it can be.
 * @module
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { throttled } from '../mirror/report.ts';
import { replay } from '../mirror/run.ts';
import { type Shrunk, shrinkFailure } from '../mirror/shrink.ts';
import type { Trace } from '../mirror/trace.ts';
import { countOf, type Io, optionsFrom, UsageError } from './options.ts';
import {
  asUsage,
  type Choice,
  choiceOf,
  oneFile,
  openerOf,
  openSubject,
  replayCommand,
  SUBJECT_HELP,
  subjectOptions,
} from './subject.ts';

const DEFAULT_RUNS = 2_000;
const MAX_RUNS = 1_000_000;
const TELL_EVERY_MS = 2_000;

export const help = `Makes a trace that fails as short and as simple as it can be, as \`mprd fuzz\` does with what it finds: drops calls,
merges pauses, and then simplifies arguments, senders and pauses, as long as the same kind of failure shows in the same
place; again and again, until nothing more can go. Writes what is left, and a test that reproduces it.

  mprd shrink FILE [--out FILE] [--max-runs N] [OPTIONS]

  FILE             a trace that fails: one that \`mprd fuzz\` stored, whole (….raw.json) or shrunk before, or one that was
                   edited by hand. It is never changed
  --out FILE       where the minimal trace is written, a name that ends in .json; the test is written beside it, with
                   .test.ts in place of .json (default: X.json for X.raw.json, and X.min.json for any other X.json)
  --max-runs N     tries at most so many shorter or simpler traces (default ${DEFAULT_RUNS})
${SUBJECT_HELP}
  --json           one JSON object instead of text
  --help           this text

Exit code: 0 nothing fails any more, and nothing is written; 1 the failure was shrunk; 2 wrong usage or a file that is
no trace.

Example, a law that doesn't hold and the trace that shows it:

  mprd fuzz --steps 20000 --property examples/properties/false.ts
  mprd shrink traces/protocol-1-0.raw.json --property examples/properties/false.ts --max-runs 20000`;

interface Options {
  readonly file: string;
  readonly out: string;
  readonly choice: Choice;
  readonly maxRuns: number;
  readonly json: boolean;
}

export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = optionsOf(args);
  const { file, out, choice, maxRuns, json } = options;
  const subject = await openSubject(choice);
  try {
    const { system, backend, bytecodeHash } = subject;
    const { trace, report } = await replay(system, backend, file).catch(asUsage);
    const calls = report.records.length;
    if (!report.divergence) {
      io.out(json ? JSON.stringify({ file, calls, fails: false }) : `${calls} calls, both sides agree: ${file}`);
      return 0;
    }
    const { profile, seed, index, startTime, meta } = trace;
    await mkdir(path.dirname(out), { recursive: true });
    const shrunk = await shrinkFailure(
      {
        system,
        backend,
        maxRuns,
        onTry: throttled(TELL_EVERY_MS, (runs: number, steps: number) =>
          io.err(`shrinking: ${runs} traces tried, ${steps} steps left\n`),
        ),
        opener: openerOf(choice),
        replayCommand: (minimal) => `${replayCommand(choice)} ${minimal}`,
      },
      // The calls fail on these contracts, whichever they were found on.
      { profile, seed, index, startTime, meta: { ...meta, bytecodeHash } },
      report,
      out,
    );
    if (json) io.out(JSON.stringify(summaryOf(options, trace, shrunk)));
    else for (const line of linesOf(options, trace, shrunk)) io.out(line);
    return 1;
  } finally {
    await subject.stop();
  }
}

function summaryOf({ file }: Options, trace: Trace, { report, divergence, runs, complete, repeats, ...rest }: Shrunk) {
  const { file: minimal, test } = rest;
  const steps = { before: trace.steps.length, after: divergence.step + 1 };
  return { file, fails: true, minimal, test, divergence, steps, calls: report.records.length, runs, complete, repeats };
}

function* linesOf({ file, maxRuns }: Options, trace: Trace, shrunk: Shrunk): Generator<string> {
  const { divergence, runs, complete, repeats, screen } = shrunk;
  const stored = trace.divergence?.signature;
  if (stored !== undefined && stored !== divergence.signature) {
    yield `The trace was stored for another failure, ${stored}; now ${divergence.signature} comes first.\n`;
  }
  yield `${screen}\n`;
  const { length } = trace.steps;
  yield `${file}: ${length} steps, ${divergence.step + 1} left; ${runs} shorter or simpler traces were tried`;
  if (repeats && !complete) yield `--max-runs ${maxRuns} ended the search: with more, less may be left`;
  yield `written: ${shrunk.file}${shrunk.test === undefined ? '' : ` and ${shrunk.test}`}`;
}

function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = optionsFrom(args, {
    ...subjectOptions,
    out: { type: 'string' },
    'max-runs': { type: 'string', default: String(DEFAULT_RUNS) },
    json: { type: 'boolean', default: false },
  });
  const file = oneFile(positionals);
  const out = values.out ?? minimalName(file);
  if (!out.endsWith('.json')) throw new UsageError(`--out ${out}: expected a name that ends in .json.`);
  if (path.resolve(out) === path.resolve(file)) {
    throw new UsageError(`--out ${out}: that is the trace itself, which stays as it is; give another name.`);
  }
  const maxRuns = countOf('--max-runs', values['max-runs'], MAX_RUNS);
  return { file, out, choice: choiceOf(values), maxRuns, json: values.json };
}

/** As a campaign names the minimal trace beside the whole one. */
function minimalName(file: string): string {
  if (file.endsWith('.raw.json')) return file.replace(/\.raw\.json$/, '.json');
  return `${file.replace(/\.json$/, '')}.min.json`;
}
