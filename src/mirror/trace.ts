/**
 * Trace files: what is stored, shared, shrunk and replayed. JSON with one step per line, so that differences are
 * readable.
 * @module
 */
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { type Codec, fault, fromJson, functionOf, recordOf, toJson } from './codec.ts';
import {
  type Divergence,
  type DivergenceKind,
  divergenceKinds,
  type Hex,
  MAX_STEPS,
  MAX_TEXT,
  MirrorError,
  type Step,
} from './types.ts';

/** Changes whenever a file of the old form could be misread; docs/trace-format.md describes it. */
export const TRACE_FORMAT = 'mirror-trace/1';

/** Where a trace comes from. `bytecodeHash` is required; others, such as a commit or tools' versions, are free text. */
export type TraceMeta = Readonly<Record<string, string>> & { readonly bytecodeHash: Hex };

export interface Trace {
  /** name of the generator's settings */
  readonly profile: string;
  readonly seed: string;
  /** number of the trace in its campaign */
  readonly index: number;
  readonly meta: TraceMeta;
  /** block.timestamp of the first calls, seconds */
  readonly startTime: bigint;
  readonly steps: readonly Step[];
  /** what was found when the trace was stored */
  readonly divergence?: Divergence;
}

const MAX_BYTES = 16 * 2 ** 20;
const MAX_META = 32;

/** The file's text: the same trace always gives the same bytes. */
export function formatTrace(codec: Codec, trace: Trace): string {
  const steps = formatSteps(codec, trace.steps);
  const meta = Object.fromEntries(
    Object.keys(trace.meta)
      .sort()
      .map((key) => [key, trace.meta[key]]),
  );
  const head = {
    format: TRACE_FORMAT,
    profile: trace.profile,
    seed: trace.seed,
    index: trace.index,
    meta,
    startTime: String(trace.startTime),
  };
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  fields.push(trace.steps.length === 0 ? '  "steps": []' : `  "steps": [\n${steps}\n  ]`);
  if (trace.divergence) fields.push(`  "divergence": ${JSON.stringify(ordered(trace.divergence))}`);
  return `{\n${fields.join(',\n')}\n}\n`;
}

/** The steps as a file has them, one per line. */
export const formatSteps = (codec: Codec, steps: readonly Step[]): string =>
  steps.map((step) => `    ${JSON.stringify(stepToJson(codec, step))}`).join(',\n');

function ordered({ kind, step, path, model, evm, signature }: Divergence): Divergence {
  return { kind, step, path, model, evm, signature };
}

function stepToJson(codec: Codec, step: Step): object {
  if (step.kind === 'time') return { time: String(step.seconds) };
  const { call } = step;
  const { key, inputs } = functionOf(codec, call);
  return { call: key, sender: call.sender, args: inputs.map((input, i) => toJson(input, call.args[i])) };
}

/** @throws MirrorError with the path of the first fault in the text */
export function parseTrace(codec: Codec, text: string): Trace {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new MirrorError(`trace: not JSON: ${(cause as Error).message}`, { cause });
  }
  // First of all: the keys of another version are none of this one's business.
  const { format } = (json ?? {}) as { format?: unknown };
  if (format !== undefined && format !== TRACE_FORMAT) {
    throw new MirrorError(
      `${fault('format', `"${TRACE_FORMAT}"`, format).message}; use the version of this program that wrote the file`,
    );
  }
  const required = ['format', 'profile', 'seed', 'index', 'meta', 'startTime', 'steps'];
  const root = recordOf(json, required, ['divergence'], '');
  const steps = root.steps;
  if (!Array.isArray(steps) || steps.length > MAX_STEPS) {
    throw fault('steps', `an array of at most ${MAX_STEPS} steps`, Array.isArray(steps) ? steps.length : steps);
  }
  return {
    profile: textAt(root.profile, 'profile'),
    seed: textAt(root.seed, 'seed'),
    index: countAt(root.index, 'index', Number.MAX_SAFE_INTEGER),
    meta: metaFromJson(root.meta),
    startTime: secondsAt(root.startTime, 'startTime'),
    steps: steps.map((step, i) => stepFromJson(codec, step, `steps[${i}]`)),
    ...('divergence' in root ? { divergence: divergenceFromJson(root.divergence, steps.length) } : {}),
  };
}

function metaFromJson(json: unknown): TraceMeta {
  const keys = typeof json === 'object' && json !== null ? Object.keys(json) : [];
  if (keys.length > MAX_META) throw fault('meta', `at most ${MAX_META} keys`, keys.length);
  const meta = recordOf(json, ['bytecodeHash'], keys, 'meta');
  const { bytecodeHash } = meta;
  if (typeof bytecodeHash !== 'string' || !/^0x[0-9a-f]{64}$/.test(bytecodeHash)) {
    throw fault('meta.bytecodeHash', '32 bytes as lower-case hex', bytecodeHash);
  }
  const texts = Object.fromEntries(keys.map((key) => [key, textAt(meta[key], `meta.${key}`)]));
  return { ...texts, bytecodeHash: bytecodeHash as Hex };
}

function stepFromJson(codec: Codec, json: unknown, path: string): Step {
  if (typeof json === 'object' && json !== null && 'time' in json) {
    const { time } = recordOf(json, ['time'], [], path);
    const seconds = secondsAt(time, `${path}.time`);
    if (seconds === 0n) throw fault(`${path}.time`, 'at least 1 second', time);
    return { kind: 'time', seconds };
  }
  const { call, sender, args } = recordOf(json, ['call', 'sender', 'args'], [], path);
  const fn = codec.functions.get(textAt(call, `${path}.call`));
  if (!fn) throw fault(`${path}.call`, 'a function of the system, as Contract.function', call);
  const [contract, name] = fn.key.split('.') as [string, string];
  if (!Array.isArray(args) || args.length !== fn.inputs.length) {
    throw fault(`${path}.args`, `the ${fn.inputs.length} arguments of ${fn.key}`, args);
  }
  return {
    kind: 'call',
    call: {
      contract,
      function: name,
      args: fn.inputs.map((input, i) => fromJson(input, args[i], `${path}.args[${i}]`)),
      sender: fromJson({ type: 'address' }, sender, `${path}.sender`) as Hex,
    },
  };
}

function divergenceFromJson(json: unknown, steps: number): Divergence {
  const at = 'divergence';
  const found = recordOf(json, ['kind', 'step', 'path', 'model', 'evm', 'signature'], [], at);
  const kind = found.kind as DivergenceKind;
  if (!divergenceKinds.includes(kind)) throw fault(`${at}.kind`, `one of ${divergenceKinds.join(', ')}`, kind);
  const [path, model, evm, signature] = ['path', 'model', 'evm', 'signature'].map((key) =>
    textAt(found[key], `${at}.${key}`),
  );
  return {
    kind,
    step: countAt(found.step, `${at}.step`, steps - 1),
    path: path!,
    model: model!,
    evm: evm!,
    signature: signature!,
  };
}

function textAt(json: unknown, path: string): string {
  if (typeof json !== 'string' || json.length > MAX_TEXT)
    throw fault(path, `a text of at most ${MAX_TEXT} characters`, json);
  return json;
}

function countAt(json: unknown, path: string, max: number): number {
  if (!Number.isSafeInteger(json) || (json as number) < 0 || (json as number) > max)
    throw fault(path, `an integer 0 … ${max}`, json);
  return json as number;
}

const secondsAt = (json: unknown, path: string): bigint => fromJson({ type: 'uint64' }, json, path) as bigint;

/** Writes the file as a whole or not at all. @throws MirrorError if it couldn't be read again */
export async function writeTrace(codec: Codec, file: string, trace: Trace): Promise<void> {
  const text = formatTrace(codec, trace);
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new MirrorError(`${file}: the trace is longer than ${MAX_BYTES} bytes`);
  parseTrace(codec, text);
  const draft = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new MirrorError(`${file}: can't be written: ${(cause as Error).message}`, { cause });
  }
}

/** @throws MirrorError if the file can't be read, is too long, or has a fault; the message gives file and path */
export async function readTrace(codec: Codec, file: string): Promise<Trace> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new Error(`${size} bytes are more than ${MAX_BYTES}`);
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new MirrorError(`${file}: can't be read: ${(cause as Error).message}`, { cause });
  }
  try {
    return parseTrace(codec, text);
  } catch (error) {
    throw error instanceof MirrorError ? new MirrorError(`${file}: ${error.message}`, { cause: error }) : error;
  }
}
