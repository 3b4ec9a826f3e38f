/**
 * What happened inside a call: the calls between contracts, their values, events and errors, as an indented tree.
 * @module
 */
import type { AbiParameter } from 'abitype';
import { numberToHex } from 'viem';
import { type Codec, codecOf, decode, decodeLog, show } from './codec.ts';
import { describeRevert } from './compare.ts';
import { type JsonRpc, RpcError } from './jsonrpc.ts';
import { rpcBackend } from './rpc.ts';
import { runTrace } from './run.ts';
import { MAX_TRANSACTION_GAS } from './simulate.ts';
import { type EvmCall, type EvmLog, type Hex, MirrorError, type Step, type System } from './types.ts';

/** A call between contracts, as the node's `callTracer` tells it. */
export interface CallFrame {
  /** CALL, STATICCALL, DELEGATECALL, CREATE, … */
  readonly type: string;
  /** lower case */
  readonly from: Hex;
  /** lower case; of a creation, the new contract; nothing if that failed */
  readonly to?: Hex;
  /** gas it was given, and what it used of that */
  readonly gas: bigint;
  readonly gasUsed: bigint;
  readonly input: Hex;
  /** return or revert data */
  readonly output: Hex;
  /** the node's words if it failed */
  readonly error?: string;
  /** calls and events in the order in which they happened */
  readonly inside: readonly (CallFrame | EvmLog)[];
}

export interface CallTrace {
  /** index into the trace's steps */
  readonly step: number;
  readonly frame: CallFrame;
}

/**
 * Runs the steps before a call as transactions, each in a block of its own, and looks into the call. The chain is as
 * before afterwards.
 * @param rpc the node whose head is the system's initial state; it must know `debug_traceCall` with `callTracer`
 * @param chosen index of a call among the steps; by default the one where both sides first differ, else the last one
 * @throws MirrorError if there is no such call, or the node can't trace
 */
export async function callTrace<S>(
  system: System<S>,
  rpc: JsonRpc,
  steps: readonly Step[],
  chosen?: number,
  startTime = system.startTime,
): Promise<CallTrace> {
  const step = chosen ?? (await placeOf(system, rpc, steps, startTime));
  if (steps[step]?.kind !== 'call') {
    const count = steps.length;
    throw new MirrorError(`step ${step}: expected a call among the ${count} steps 0 … ${count - 1}; choose another`);
  }
  const calls = steps.slice(0, step).filter(({ kind }) => kind === 'call').length;
  const seen: CallFrame[] = [];
  const backend = await rpcBackend(rpc, undefined, async (call, index) => {
    if (index === calls) seen.push(await frameOf(rpc, call));
  });
  await runTrace(system, backend, steps.slice(0, step + 1), startTime);
  const [frame] = seen;
  if (!frame) throw new MirrorError(`step ${step}: is not reached, since the model breaks a law before it`);
  return { step, frame };
}

async function placeOf<S>(system: System<S>, rpc: JsonRpc, steps: readonly Step[], startTime: bigint): Promise<number> {
  const { divergence } = await runTrace(system, await rpcBackend(rpc), steps, startTime);
  return divergence?.step ?? steps.findLastIndex(({ kind }) => kind === 'call');
}

/*//////////////////////////////////////////////////////////// THE NODE */

interface RawFrame {
  type: string;
  from: string;
  to?: string;
  gas: Hex;
  gasUsed: Hex;
  input: Hex;
  output?: Hex;
  error?: string;
  calls?: RawFrame[];
  logs?: { address: string; topics: Hex[]; data: Hex; position?: Hex | number }[];
}

/** Simulated rather than looked up once it is mined: anvil keeps no events of that when it prunes its history. */
async function frameOf(rpc: JsonRpc, { from, to, data, block, time }: EvmCall): Promise<CallFrame> {
  const options = {
    tracer: 'callTracer',
    tracerConfig: { withLog: true },
    blockOverrides: { number: numberToHex(block), time: numberToHex(time) },
  };
  const request = { from, to, data, gas: numberToHex(MAX_TRANSACTION_GAS) };
  const raw = await rpc.call('debug_traceCall', [request, 'latest', options]).catch((error: unknown) => {
    if (!(error instanceof RpcError)) throw error;
    throw new MirrorError(`the node at ${rpc.url} can't trace calls: ${error.message}; use anvil`, { cause: error });
  });
  if (typeof (raw as RawFrame | null)?.type !== 'string') {
    throw new MirrorError(
      `debug_traceCall: expected a call with its type; does the node at ${rpc.url} know callTracer?`,
    );
  }
  return frameFrom(raw as RawFrame);
}

function frameFrom(raw: RawFrame): CallFrame {
  const inside: (CallFrame | EvmLog)[] = [];
  const logs = (raw.logs ?? []).map(({ address, topics, data, position }) => ({
    before: Number(position ?? Number.MAX_SAFE_INTEGER),
    log: { address: address.toLowerCase() as Hex, topics, data },
  }));
  // A log's position is the number of calls made before it.
  const take = (calls: number): void => {
    while (logs[0] && logs[0].before <= calls) inside.push(logs.shift()!.log);
  };
  for (const [i, call] of (raw.calls ?? []).entries()) {
    take(i);
    inside.push(frameFrom(call));
  }
  take(Number.POSITIVE_INFINITY);
  return {
    type: raw.type,
    from: raw.from.toLowerCase() as Hex,
    ...(raw.to ? { to: raw.to.toLowerCase() as Hex } : {}),
    gas: BigInt(raw.gas),
    gasUsed: BigInt(raw.gasUsed),
    input: raw.input,
    output: raw.output ?? '0x',
    ...(raw.error === undefined ? {} : { error: raw.error }),
    inside,
  };
}

/*//////////////////////////////////////////////////////////// THE TREE */

/** Longest tree, in lines. */
const MAX_LINES = 1_000;

/** One line per call, event, and end of a call, indented by depth. */
export function formatCallTrace(system: Pick<System<never>, 'contracts'>, { frame, step }: CallTrace): string {
  const lines = [`step ${step}, from ${frame.from}`, ...linesOf(codecOf(system.contracts), frame, '  ')];
  const left = lines.length - MAX_LINES;
  return [...lines.slice(0, MAX_LINES), ...(left > 0 ? [`… ${left} more lines`] : [])].join('\n');
}

function linesOf(codec: Codec, frame: CallFrame, indent: string): string[] {
  const deeper = `${indent}  `;
  const fn = [...codec.functions.values()].find(
    ({ address, selector }) => address === frame.to && selector === frame.input.slice(0, 10),
  );
  const lines = [`${indent}${headOf(codec, frame, fn)}`];
  for (const item of frame.inside) {
    if ('input' in item) lines.push(...linesOf(codec, item, deeper));
    else lines.push(`${deeper}event ${eventText(codec, item)}`);
  }
  if (frame.error !== undefined) {
    const why = describeRevert(codec, { data: frame.output, gasUsed: frame.gasUsed }, frame.gas).text;
    return [...lines, `${deeper}✗ ${frame.output === '0x' ? `${why}: ${frame.error}` : why}`];
  }
  // The output of a creation is the contract's code, which tells nobody anything.
  if (isCreation(frame)) return lines;
  const values = fn && valuesText(fn.outputs, frame.output);
  const returned = values ?? (frame.output === '0x' ? '' : show(frame.output));
  return returned === '' ? lines : [...lines, `${deeper}→ ${returned}`];
}

const isCreation = ({ type }: CallFrame): boolean => type.startsWith('CREATE');

function headOf(
  codec: Codec,
  frame: CallFrame,
  fn: { key: string; inputs: readonly AbiParameter[] } | undefined,
): string {
  const gas = `[${frame.gasUsed} gas]`;
  const target = frame.to ?? 'nothing';
  const name = codec.contractByAddress.get(target) ?? target;
  if (isCreation(frame)) return `new ${name} (${(frame.input.length - 2) / 2} bytes of code) ${gas}`;
  const kind = frame.type === 'CALL' ? '' : ` ${frame.type.toLowerCase()}`;
  const args = fn && valuesText(fn.inputs, `0x${frame.input.slice(10)}`);
  const text = args === undefined ? `${name}.${show(frame.input)}` : `${fn!.key}(${args})`;
  return `${text}${kind} ${gas}`;
}

/** `name: value, …`, or nothing if the bytes are no such values. */
function valuesText(params: readonly AbiParameter[], data: Hex): string | undefined {
  const values = decode(params, data);
  if (!values) return undefined;
  return Object.entries(values)
    .map(([name, value]) => (/^\d+$/.test(name) ? show(value) : `${name}: ${show(value)}`))
    .join(', ');
}

function eventText(codec: Codec, log: EvmLog): string {
  const found = decodeLog(codec, log);
  if (found) return `${found.key} ${show(found.args)}`;
  const name = codec.contractByAddress.get(log.address) ?? log.address;
  return `of ${name}, topics ${show(log.topics)}, data ${show(log.data)}`;
}
