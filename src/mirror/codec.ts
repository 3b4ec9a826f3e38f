/**
 * The contracts' ABIs as tables for fast encoding, and the only place where values are encoded, decoded, written as
 * JSON or shown.
 * @module
 */
import type { AbiEvent, AbiFunction, AbiParameter } from 'abitype';
import { decodeAbiParameters, keccak256, stringToHex, toEventSelector, toFunctionSelector } from 'viem';
import { encodeParameters } from '../abi-coder/encode.ts';
import { type Call, type Contracts, type EmittedEvent, type EvmLog, type Hex, MirrorError } from './types.ts';

type Params = readonly AbiParameter[];

export interface FunctionEntry {
  /** `Contract.function` */
  readonly key: string;
  readonly address: Hex;
  readonly selector: Hex;
  readonly inputs: Params;
  readonly outputs: Params;
  readonly view: boolean;
}
export interface EventEntry {
  /** `Contract.Event` */
  readonly key: string;
  readonly address: Hex;
  readonly topic: Hex;
  readonly inputs: AbiEvent['inputs'];
  /** of the inputs; a nameless one has its position */
  readonly names: readonly string[];
  /** each indexed input as a parameter list of its own */
  readonly indexed: readonly Params[];
  /** the inputs that stand in the data */
  readonly plain: Params;
}
export interface ErrorEntry {
  readonly name: string;
  readonly selector: Hex;
  readonly inputs: Params;
}

interface Declared {
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly events: ReadonlyMap<string, EventEntry>;
}

/**
 * Everything that the contracts declare. Errors are one list over all contracts, since they pass from callee to caller.
 */
export interface Codec {
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly events: ReadonlyMap<string, EventEntry>;
  /** the same by contract, then by name: joined names would have to be hashed for every call */
  readonly byContract: ReadonlyMap<string, Declared>;
  readonly errors: ReadonlyMap<string, ErrorEntry>;
  readonly errorBySelector: ReadonlyMap<string, ErrorEntry>;
  readonly contractByAddress: ReadonlyMap<string, string>;
}

/** `require(condition, text)` reverts with this one, which no ABI lists. */
const textError: ErrorEntry = {
  name: 'Error',
  selector: '0x08c379a0',
  inputs: [{ type: 'string', name: 'message' }],
};
export const PANIC_SELECTOR = '0x4e487b71';

const codecs = new WeakMap<Contracts, Codec>();

/**
 * Tables of the contracts' functions, events and errors; made once per object.
 * @throws MirrorError on overloads, anonymous events, two errors of one name, or an address that is not lower case
 */
export function codecOf(contracts: Contracts): Codec {
  const known = codecs.get(contracts);
  if (known) return known;
  const functions = new Map<string, FunctionEntry>();
  const events = new Map<string, EventEntry>();
  const errors = new Map<string, ErrorEntry>([[textError.name, textError]]);
  const errorBySelector = new Map<string, ErrorEntry>([[textError.selector, textError]]);
  const contractByAddress = new Map<string, string>();
  const byContract = new Map<string, Declared>();
  for (const [contract, { abi, address }] of Object.entries(contracts)) {
    if (!ADDRESS.test(address)) {
      throw new MirrorError(`contracts.${contract}.address: expected a lower-case address, got ${address}`);
    }
    const twin = contractByAddress.get(address);
    if (twin !== undefined) throw new MirrorError(`contracts.${contract}: ${twin} has the same address ${address}`);
    contractByAddress.set(address, contract);
    const declared = { functions: new Map<string, FunctionEntry>(), events: new Map<string, EventEntry>() };
    byContract.set(contract, declared);
    for (const item of abi) {
      if (item.type === 'function') {
        const entry = functionEntry(contract, address, item);
        addOnce(functions, entry, 'function');
        declared.functions.set(item.name, entry);
      } else if (item.type === 'event') {
        const entry = eventEntry(contract, address, item);
        addOnce(events, entry, 'event');
        declared.events.set(item.name, entry);
      } else if (item.type === 'error') {
        const entry = {
          name: item.name,
          selector: toFunctionSelector({ ...item, type: 'function' } as never),
          inputs: item.inputs,
        };
        const same = errors.get(item.name);
        if (same && same.selector !== entry.selector) {
          throw new MirrorError(
            `contracts.${contract}: error ${item.name} is also declared with other arguments; rename one`,
          );
        }
        errors.set(item.name, entry);
        errorBySelector.set(entry.selector, entry);
      }
    }
  }
  const codec = { functions, events, byContract, errors, errorBySelector, contractByAddress };
  codecs.set(contracts, codec);
  return codec;
}

function addOnce<T extends { key: string }>(map: Map<string, T>, entry: T, what: string): void {
  if (map.has(entry.key)) throw new MirrorError(`${entry.key}: two ${what}s of this name; overloads are not supported`);
  map.set(entry.key, entry);
}

function functionEntry(contract: string, address: Hex, item: AbiFunction): FunctionEntry {
  return {
    key: `${contract}.${item.name}`,
    address,
    selector: toFunctionSelector(item),
    inputs: item.inputs,
    outputs: item.outputs,
    view: item.stateMutability === 'view' || item.stateMutability === 'pure',
  };
}

function eventEntry(contract: string, address: Hex, item: AbiEvent): EventEntry {
  if (item.anonymous) throw new MirrorError(`${contract}.${item.name}: anonymous events are not supported`);
  const { inputs } = item;
  const indexed = inputs.filter((input) => input.indexed).map((input) => [input]);
  const plain = inputs.filter((input) => !input.indexed);
  return {
    key: `${contract}.${item.name}`,
    address,
    topic: toEventSelector(item),
    inputs,
    names: inputs.map(nameOf),
    indexed,
    plain,
  };
}

/** @throws MirrorError if the contracts have no such function */
export function functionOf(codec: Codec, call: { contract: string; function: string }): FunctionEntry {
  const entry = codec.byContract.get(call.contract)?.functions.get(call.function);
  if (!entry) throw new MirrorError(`${call.contract}.${call.function}: no contract of the system has this function`);
  return entry;
}

/*//////////////////////////////////////////////////////////// ENCODING */

/** @throws RangeError when the values don't fit the parameters; so do the other encoders */
export const encodeCall = ({ inputs, selector }: FunctionEntry, args: Call['args']): Hex =>
  encodeParameters(inputs, args, selector);

export const encodeReturns = (fn: FunctionEntry, returns: unknown): Hex =>
  fn.outputs.length === 0
    ? '0x'
    : encodeParameters(fn.outputs, fn.outputs.length === 1 ? [returns] : (returns as unknown[]));

export function encodeError(codec: Codec, name: string, args: readonly unknown[]): Hex {
  const entry = codec.errors.get(name);
  if (!entry) throw new MirrorError(`no contract declares the error ${name}`);
  return encodeParameters(entry.inputs, args, entry.selector);
}

/** @throws MirrorError if the contract declares no such event */
export function eventOf(codec: Codec, emitted: EmittedEvent): EventEntry {
  const entry = codec.byContract.get(emitted.contract)?.events.get(emitted.event);
  if (!entry) throw new MirrorError(`${emitted.contract} declares no event ${emitted.event}`);
  return entry;
}

export function encodeEvent(codec: Codec, emitted: EmittedEvent): EvmLog {
  const entry = eventOf(codec, emitted);
  const { names, inputs, indexed, plain } = entry;
  const { args } = emitted;
  const topics: Hex[] = [entry.topic];
  const values: unknown[] = [];
  let known = Object.keys(args).length === names.length;
  for (let i = 0; known && i < names.length; i++) {
    const name = names[i]!;
    const value = args[name];
    known = value !== undefined || name in args;
    if (!inputs[i]!.indexed) values.push(value);
    else if (known) topics.push(topicOf(indexed[topics.length - 1]!, value));
  }
  if (!known) {
    throw new MirrorError(
      `${entry.key}: expected the arguments ${names.join(', ')}, got ${Object.keys(args).join(', ')}`,
    );
  }
  return { address: entry.address, topics, data: encodeParameters(plain, values) };
}

function topicOf(params: Params, value: unknown): Hex {
  const { type } = params[0]!;
  if (type === 'string') return keccak256(stringToHex(value as string));
  if (type === 'bytes') return keccak256(value as Hex);
  if (type.includes('[') || type.startsWith('tuple')) {
    throw new MirrorError(`indexed parameters of type ${type} are not supported`);
  }
  return encodeParameters(params, [value]);
}

const nameOf = (param: AbiParameter, index: number): string => param.name || String(index);

/*//////////////////////////////////////////////////////////// DECODING */

/** The values by name, or nothing when the bytes are not an encoding of such values. */
export function decode(params: Params, data: Hex): Record<string, unknown> | undefined {
  if (params.length === 0) return {};
  try {
    const values = decodeAbiParameters(params, data) as readonly unknown[];
    return Object.fromEntries(params.map((param, i) => [nameOf(param, i), values[i]]));
  } catch {
    return undefined;
  }
}

/** The event behind a log, with all arguments; hashed ones as their hash. */
export function decodeLog(codec: Codec, log: EvmLog): { key: string; args: Record<string, unknown> } | undefined {
  const contract = codec.contractByAddress.get(log.address);
  const entry = [...codec.events.values()].find((e) => e.address === log.address && e.topic === log.topics[0]);
  if (contract === undefined || !entry) return undefined;
  const indexed = entry.inputs.filter((input) => input.indexed);
  if (log.topics.length !== indexed.length + 1) return undefined;
  const plain = decode(
    entry.inputs.filter((input) => !input.indexed),
    log.data,
  );
  if (!plain) return undefined;
  const args: Record<string, unknown> = {};
  let topic = 1;
  for (const [i, input] of entry.inputs.entries()) {
    const name = nameOf(input, i);
    if (!input.indexed) args[name] = plain[input.name || String(entry.inputs.filter((p) => !p.indexed).indexOf(input))];
    else {
      const raw = log.topics[topic++]!;
      const hashed = input.type === 'string' || input.type === 'bytes';
      args[name] = hashed ? raw : (decode([{ ...input, name: 'value' }], raw)?.value ?? raw);
    }
  }
  return { key: entry.key, args };
}

/** Where two decoded values first differ, in order of declaration; nothing if they are alike. */
export function firstDifference(
  model: unknown,
  evm: unknown,
  path = '',
): { path: string; model: string; evm: string } | undefined {
  if (Array.isArray(model) && Array.isArray(evm)) {
    for (let i = 0; i < Math.min(model.length, evm.length); i++) {
      const found = firstDifference(model[i], evm[i], `${path}[${i}]`);
      if (found) return found;
    }
    return model.length === evm.length
      ? undefined
      : { path: `${path}.length`, model: String(model.length), evm: String(evm.length) };
  }
  if (isRecord(model) && isRecord(evm)) {
    for (const key of Object.keys(model)) {
      const found = firstDifference(model[key], evm[key], path === '' ? key : `${path}.${key}`);
      if (found) return found;
    }
    return undefined;
  }
  return model === evm ? undefined : { path, model: show(model), evm: show(evm) };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Longest value that is kept of a divergence, in characters. */
const MAX_SHOWN = 500;

/** A value for people: addresses in lower case, integers in decimal, cut when very long. */
export function show(value: unknown): string {
  const text = showWhole(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)`;
}

function showWhole(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showWhole).join(', ')}]`;
  if (isRecord(value))
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}: ${showWhole(v)}`)
      .join(', ')}}`;
  return typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value) ? value.toLowerCase() : String(value);
}

export const showArgs = (args: readonly unknown[]): string => show(args).replace(/^\[/, '(').replace(/\]$/, ')');

/*//////////////////////////////////////////////////////////////// JSON */

const ADDRESS = /^0x[0-9a-f]{40}$/;

/** A value as JSON: integers as decimal strings, bytes and addresses as lower-case hex, structs by name. */
export function toJson(param: AbiParameter, value: unknown): unknown {
  const array = elementOf(param);
  if (array) return (value as unknown[]).map((item) => toJson(array.element, item));
  if (param.type === 'tuple') {
    const components = componentsOf(param);
    if (!named(components)) return components.map((c, i) => toJson(c, (value as unknown[])[i]));
    return Object.fromEntries(components.map((c) => [c.name!, toJson(c, (value as Record<string, unknown>)[c.name!])]));
  }
  if (/^u?int/.test(param.type)) return String(value);
  return typeof value === 'string' && param.type !== 'string' ? value.toLowerCase() : value;
}

/** The reverse of `toJson`. @throws MirrorError with the path of the first fault */
export function fromJson(param: AbiParameter, json: unknown, path: string): unknown {
  const array = elementOf(param);
  if (array) {
    if (!Array.isArray(json)) throw fault(path, `an array (${param.type})`, json);
    if (array.length !== undefined && json.length !== array.length) throw fault(path, `${array.length} elements`, json);
    return json.map((item, i) => fromJson(array.element, item, `${path}[${i}]`));
  }
  if (param.type === 'tuple') return tupleFromJson(componentsOf(param), json, path);
  const integer = /^(u?)int(\d+)$/.exec(param.type);
  if (integer) return integerFromJson(integer[1] === 'u', Number(integer[2]), json, path);
  if (param.type === 'bool') {
    if (typeof json !== 'boolean') throw fault(path, 'true or false', json);
    return json;
  }
  if (typeof json !== 'string') throw fault(path, `a string (${param.type})`, json);
  if (param.type === 'string') return json;
  if (param.type === 'address') {
    if (!ADDRESS.test(json)) throw fault(path, 'a lower-case address', json);
    return json;
  }
  const bytes = /^bytes(\d*)$/.exec(param.type);
  if (!bytes) throw new MirrorError(`${path}: values of type ${param.type} are not supported`);
  const digits = bytes[1] === '' ? '(?:[0-9a-f]{2})*' : `[0-9a-f]{${2 * Number(bytes[1])}}`;
  if (!new RegExp(`^0x${digits}$`).test(json)) throw fault(path, `${param.type} as lower-case hex`, json);
  return json;
}

/** `path: expected …, got …` */
export function fault(path: string, expected: string, got: unknown): MirrorError {
  const text = got === undefined ? 'nothing' : (JSON.stringify(got) ?? String(got));
  return new MirrorError(`${path}: expected ${expected}, got ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`);
}

function tupleFromJson(components: Params, json: unknown, path: string): unknown {
  if (!named(components)) {
    if (!Array.isArray(json) || json.length !== components.length)
      throw fault(path, `${components.length} elements`, json);
    return components.map((c, i) => fromJson(c, json[i], `${path}[${i}]`));
  }
  const record = recordOf(
    json,
    components.map((c) => c.name!),
    [],
    path,
  );
  return Object.fromEntries(components.map((c) => [c.name!, fromJson(c, record[c.name!], `${path}.${c.name}`)]));
}

/** viem's convention: a number up to 48 bits, else a bigint. */
function integerFromJson(unsigned: boolean, bits: number, json: unknown, path: string): number | bigint {
  const type = `${unsigned ? 'uint' : 'int'}${bits}`;
  if (typeof json !== 'string' || !/^(0|-?[1-9]\d{0,77})$/.test(json))
    throw fault(path, `${type} as a decimal string`, json);
  const value = BigInt(json);
  const fits = unsigned ? value >= 0n && BigInt.asUintN(bits, value) === value : BigInt.asIntN(bits, value) === value;
  if (!fits) throw fault(path, `a value in the range of ${type}`, json);
  return bits <= 48 ? Number(value) : value;
}

/** An object that has exactly these keys. @throws MirrorError with the path of a missing or unknown key */
export function recordOf(
  json: unknown,
  required: readonly string[],
  optional: readonly string[],
  path: string,
): Record<string, unknown> {
  if (!isRecord(json)) throw fault(path, `an object with ${required.join(', ')}`, json);
  const at = path === '' ? '' : `${path}.`;
  for (const key of required) if (!Object.hasOwn(json, key)) throw new MirrorError(`${at}${key}: is missing`);
  for (const key of Object.keys(json)) {
    if (!required.includes(key) && !optional.includes(key))
      throw new MirrorError(`${at}${key}: is not a known key here`);
  }
  return json;
}

/** The element type of an array type, with the number of elements if it is fixed; nothing for other types. */
export function elementOf(param: AbiParameter): { element: AbiParameter; length: number | undefined } | undefined {
  const match = /^(.*)\[(\d*)\]$/.exec(param.type);
  return match
    ? { element: { ...param, type: match[1]! }, length: match[2] === '' ? undefined : Number(match[2]) }
    : undefined;
}

/** The members of a struct type. */
export const componentsOf = (param: AbiParameter): Params => (param as { components?: Params }).components ?? [];
/** viem's convention: a struct is an object only if all its members have names. */
export const named = (components: Params): boolean => components.length > 0 && components.every((c) => c.name);
