/**
 * Compares what the model expects of a call with what the EVM did: encoded bytes against bytes, decoded only to
 * explain a difference.
 * @module
 */
import type { AbiParameter } from 'abitype';
import {
  type Codec,
  decode,
  decodeLog,
  encodeError,
  encodeEvent,
  encodeReturns,
  firstDifference,
  PANIC_SELECTOR,
  show,
  showArgs,
} from './codec.ts';
import { divergenceOf, type ModelRecord } from './model.ts';
import type { Divergence, DivergenceKind, EvmLog, EvmResult, Hex, Outcome } from './types.ts';

/** The first difference of a call, in the order status, error, return value, events, state. */
export function compareCall(
  codec: Codec,
  record: ModelRecord,
  result: EvmResult,
  gasPerCall: bigint,
): Divergence | undefined {
  const { outcome } = record;
  const differ =
    outcome.status === 'ok' && result.ok
      ? compareAccepted(codec, record, outcome, result)
      : outcome.status === 'refused' && !result.ok
        ? compareRefused(codec, record, outcome, result, gasPerCall)
        : compareStatus(codec, record, result, gasPerCall);
  return differ ?? compareState(codec, record, result);
}

function compareStatus(codec: Codec, record: ModelRecord, result: EvmResult, gasPerCall: bigint): Divergence {
  const { outcome } = record;
  const evm = result.ok ? { name: 'ok', text: 'ok' } : describeRevert(codec, result, gasPerCall);
  const model = outcome.status === 'ok' ? 'ok' : `${outcome.error}${showArgs(outcome.args)}`;
  const names = `${outcome.status === 'ok' ? 'ok' : outcome.error} / ${evm.name}`;
  return differs('status', record, { path: record.fn.key, model, evm: evm.text }, names);
}

function compareRefused(
  codec: Codec,
  record: ModelRecord,
  { error, args }: Outcome & { status: 'refused' },
  result: EvmResult,
  gasPerCall: bigint,
): Divergence | undefined {
  const expected = attempt(() => encodeError(codec, error, args));
  if (expected.value === result.data) return undefined;
  const evm = describeRevert(codec, result, gasPerCall);
  const model = `${error}${showArgs(args)}${expected.failed}`;
  const entry = codec.errors.get(error);
  if (!expected.value || !entry || evm.name !== error) {
    return differs('error', record, { path: record.fn.key, model, evm: evm.text }, `${error} / ${evm.name}`);
  }
  const found = explain(entry.inputs, strip(expected.value), strip(result.data));
  return differs('errorArgs', record, { ...found, path: joined(error, found.path) });
}

function compareAccepted(
  codec: Codec,
  record: ModelRecord,
  outcome: Outcome & { status: 'ok' },
  result: EvmResult,
): Divergence | undefined {
  const expected = attempt(() => encodeReturns(record.fn, outcome.returns));
  if (expected.value !== result.data) {
    const found = expected.value
      ? explain(record.fn.outputs, expected.value, result.data)
      : { path: '', model: `${show(outcome.returns)}${expected.failed}`, evm: result.data };
    return differs('returns', record, { ...found, path: joined('returns', found.path) });
  }
  for (let i = 0; i < Math.max(outcome.events.length, result.logs.length); i++) {
    const found = compareEvent(codec, outcome.events[i], result.logs[i]);
    if (found) return differs('events', record, { ...found, path: joined(`events[${i}]`, found.path) }, found.names);
  }
  return undefined;
}

function compareEvent(
  codec: Codec,
  event: (Outcome & { status: 'ok' })['events'][number] | undefined,
  log: EvmLog | undefined,
): { path: string; model: string; evm: string; names: string } | undefined {
  const key = event ? `${event.contract}.${event.event}` : 'nothing';
  const expected = event ? attempt(() => encodeEvent(codec, event)) : undefined;
  const want = expected?.value;
  if (want && log && sameLog(want, log)) return undefined;
  const seen = log ? describeLog(codec, log) : { key: 'nothing', text: 'nothing', args: {} };
  if (want && seen.key === key) {
    const found = firstDifference(decodeLog(codec, want)!.args, seen.args);
    const bytes = { path: '', model: want.data, evm: log!.data };
    return { ...(found ? { ...found, path: joined(key, found.path) } : bytes), names: '' };
  }
  const model = event ? `${key} ${show(event.args)}${expected!.failed}` : 'nothing';
  return { path: '', model, evm: seen.text, names: `${key} / ${seen.key}` };
}

const sameLog = (a: EvmLog, b: EvmLog): boolean =>
  a.address === b.address &&
  a.data === b.data &&
  a.topics.length === b.topics.length &&
  a.topics.every((topic, i) => topic === b.topics[i]);

function compareState(codec: Codec, record: ModelRecord, { lens }: EvmResult): Divergence | undefined {
  const { look } = record;
  if (!look || !lens || (lens.ok && lens.data === look.answer)) return undefined;
  if (!lens.ok) {
    const evm = `${look.fn.key} reverts: ${describeRevert(codec, { ...lens, gasUsed: 0n }, 1n).text}`;
    return differs('state', record, { path: 'state', model: 'a state', evm }, 'lens reverts');
  }
  const found = explain(look.fn.outputs, look.answer, lens.data);
  return differs('state', record, { ...found, path: joined('state', found.path) });
}

/*//////////////////////////////////////////////////////// EXPLANATIONS */

const differs = (
  kind: DivergenceKind,
  record: ModelRecord,
  found: { path: string; model: string; evm: string },
  detail = '',
): Divergence =>
  divergenceOf(kind, record.step, record.fn.key, { path: found.path, model: found.model, evm: found.evm }, detail);

/** What a revert says. Only a declared error has its own name; the rest can never agree with a model. */
export function describeRevert(
  codec: Codec,
  result: Pick<EvmResult, 'data' | 'gasUsed'>,
  gasPerCall: bigint,
): { name: string; text: string } {
  const { data } = result;
  if (data === '0x') {
    // A failed call pays for all its gas only if the gas ran out, or at an invalid opcode, which solc no longer emits.
    const name = result.gasUsed >= gasPerCall ? 'out of gas' : 'empty revert';
    return { name, text: `${name} (${result.gasUsed} gas used)` };
  }
  if (data.startsWith(PANIC_SELECTOR) && data.length === 74) {
    const name = `Panic(0x${BigInt(`0x${data.slice(10)}`)
      .toString(16)
      .padStart(2, '0')})`;
    return { name, text: name };
  }
  const entry = codec.errorBySelector.get(data.slice(0, 10));
  const args = entry && decode(entry.inputs, strip(data));
  if (!entry || !args) return { name: 'undecodable revert', text: `undecodable revert ${show(data)}` };
  return { name: entry.name, text: `${entry.name}${showArgs(Object.values(args))}` };
}

function describeLog(codec: Codec, log: EvmLog): { key: string; text: string; args: Record<string, unknown> } {
  const found = decodeLog(codec, log);
  if (found) return { ...found, text: `${found.key} ${show(found.args)}` };
  const contract = codec.contractByAddress.get(log.address);
  const key = contract === undefined ? 'log of an unknown contract' : `unknown log of ${contract}`;
  return { key, text: `${key} at ${log.address}, topics ${show(log.topics)}, data ${show(log.data)}`, args: {} };
}

function explain(params: readonly AbiParameter[], model: Hex, evm: Hex): { path: string; model: string; evm: string } {
  const [left, right] = [decode(params, model), decode(params, evm)];
  const found = left && right && firstDifference(left, right);
  // Undecodable, or two encodings of the same values: the bytes themselves are the explanation.
  return found ?? { path: 'bytes', model: show(model), evm: show(evm) };
}

function attempt<T>(encode: () => T): { value: T | undefined; failed: string } {
  try {
    return { value: encode(), failed: '' };
  } catch (error) {
    return { value: undefined, failed: ` (can't be encoded: ${(error as Error).message.split('\n')[0]})` };
  }
}

const strip = (data: Hex): Hex => `0x${data.slice(10)}`;

const joined = (head: string, path: string): string =>
  path === '' ? head : `${head}${path.startsWith('[') ? '' : '.'}${path}`;
