/**
 * `mprd replay`: runs a stored trace again.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { callTrace, formatCallTrace } from '../mirror/call-trace.ts';
import type { Subject } from '../mirror/campaign.ts';
import type { ModelRecord } from '../mirror/model.ts';
import { formatFailure } from '../mirror/report.ts';
import { replay } from '../mirror/run.ts';
import { digestHex, type State, stateDigest } from '../model/index.ts';
import { type Io, optionsFrom, UsageError } from './options.ts';
import { asUsage, type Choice, choiceOf, oneFile, openSubject, SUBJECT_HELP, subjectOptions } from './subject.ts';

export const help = `Runs the trace in FILE, as \`mprd fuzz\` stores it, on the reference model and on the contracts.

  mprd replay FILE [--calls | --step N] [OPTIONS]

  --calls          shows what happened inside the call where both sides differ, or inside the last one: the calls
                   between contracts with their values, events and errors
  --step N         the same for the N-th step of the trace, counted from 0
${SUBJECT_HELP}
  --json           one JSON object instead of text, with the digest of the model's state after the last call
                   (docs/trace-format.md), except for another system
  --help           this text

Exit code: 0 both sides agree; 1 they differ, and the screen shows where; 2 wrong usage or a file that is no trace.

Example:

  mprd replay test/regressions/token-zero-approver.json`;

export async function run(args: readonly string[], io: Io): Promise<number> {
  const { file, choice, json, inside } = optionsOf(args);
  const subject = await openSubject(choice);
  try {
    const { trace, report } = await replay(subject.system, subject.backend, file).catch(asUsage);
    const { divergence, records } = report;
    const changed = trace.meta.bytecodeHash !== subject.bytecodeHash;
    if (json) {
      const digest = choice.system === undefined ? digestAfterAll(subject as Subject<State>, records) : undefined;
      io.out(JSON.stringify({ file, calls: records.length, changed, divergence, digest }));
    } else {
      if (changed) io.out('The contracts have changed since the trace was made.');
      if (divergence) io.out(formatFailure(report, subject.system.contracts, subject.backend.gasPerCall));
      else io.out(`${records.length} calls, both sides agree: ${file}`);
      if (inside) {
        if (!subject.rpc) throw new UsageError('--calls: this system names no node (`rpc`) to look into.');
        const seen = await callTrace(subject.system, subject.rpc, trace.steps, inside.step, trace.startTime);
        io.out(`\n${formatCallTrace(subject.system, seen)}`);
      }
    }
    return divergence ? 1 : 0;
  } finally {
    await subject.stop();
  }
}

/** The digest of the protocol's model after the last call; systems of others have states of their own. */
function digestAfterAll({ system, backend: { chainId } }: Subject<State>, records: readonly ModelRecord[]): Hex {
  const last = records.reduce(
    (state, { call, evm: { time, block } }) => system.apply(state, call, { time, block, chainId }).state,
    system.initial,
  );
  return digestHex(stateDigest(last));
}

interface Options {
  readonly file: string;
  readonly choice: Choice;
  readonly json: boolean;
  /** look inside a call: of this step, or of the one that matters */
  readonly inside: { readonly step: number | undefined } | undefined;
}

function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = optionsFrom(args, {
    ...subjectOptions,
    json: { type: 'boolean', default: false },
    calls: { type: 'boolean', default: false },
    step: { type: 'string' },
  });
  const { json, calls, step } = values;
  if (step !== undefined && !/^\d{1,6}$/.test(step)) throw new UsageError(`--step ${step}: expected a number from 0.`);
  const inside = calls || step !== undefined ? { step: step === undefined ? undefined : Number(step) } : undefined;
  return { file: oneFile(positionals), choice: choiceOf(values), json, inside };
}
