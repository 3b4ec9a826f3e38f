/**
 * ABI encoding of calls and errors, typed by the contracts' ABIs.
 * @module
 */
import type { Abi, AbiFunction } from 'abitype';
import { decodeAbiParameters, toFunctionSelector } from 'viem';
import { type ContractName, type Refusal, type SystemAbis, systemAbis, verifierAbi } from '../abi/system.ts';
import type { Inputs, WriteName } from '../abi/types.ts';
import { encodeParameters } from '../abi-coder/encode.ts';
import type { Hex } from './hash.ts';
import { Memo } from './remember.ts';

/** Calldata of a state-changing call. */
export function encodeCall<C extends ContractName, F extends WriteName<SystemAbis[C]>>(
  contract: C,
  functionName: F,
  args: Inputs<SystemAbis[C], F>,
): Hex {
  const { selector, inputs } = writeOf(contract, functionName as string);
  return encodeParameters(inputs, args as readonly unknown[], selector);
}

/** First four bytes of a call's data. Throws when the contract has no such state-changing function. */
export function selectorOf(contract: ContractName, functionName: string): Hex {
  return writeOf(contract, functionName).selector;
}

interface Write extends Pick<AbiFunction, 'name' | 'inputs'> {
  readonly selector: Hex;
}

const known = new Map<ContractName, readonly Write[]>();

/** The state-changing functions of a contract with their selectors, which take long to compute. */
function writes(contract: ContractName): readonly Write[] {
  const before = known.get(contract);
  if (before) return before;
  const functions = (systemAbis[contract] as Abi)
    .filter((item): item is AbiFunction => item.type === 'function' && item.stateMutability === 'nonpayable')
    .map((item) => ({ name: item.name, inputs: item.inputs, selector: toFunctionSelector(item) }));
  known.set(contract, functions);
  return functions;
}

function writeOf(contract: ContractName, functionName: string): Write {
  const found = writes(contract).find(({ name }) => name === functionName);
  if (!found) throw new Error(`codec: ${contract} has no state-changing function ${functionName}`);
  return found;
}

/**
 * The call that this data makes; undefined when the contract has no such state-changing function or it doesn't
 * decode.
 */
export function decodeCall(contract: ContractName, data: Hex): DecodedCall | undefined {
  if (data.length > MAX_REMEMBERED) return decode(contract, data);
  return decoded.of(data, [contract], () => decode(contract, data) ?? null) ?? undefined;
}

interface DecodedCall {
  readonly functionName: string;
  readonly args: readonly unknown[];
}

/** What is proposed is executed later, and an action is often tried more than once. */
const decoded = new Memo<DecodedCall | null>(1_000);
/** Longer data, in characters, is not kept. */
const MAX_REMEMBERED = 10_000;

function decode(contract: ContractName, data: Hex): DecodedCall | undefined {
  const found = writes(contract).find(({ selector }) => data.startsWith(selector));
  if (!found) return undefined;
  try {
    const { name, inputs } = found;
    const args = inputs.length === 0 ? [] : decodeAbiParameters(inputs, `0x${data.slice(10)}`);
    return { functionName: name, args: args.map(lowerCase) };
  } catch {
    return undefined;
  }
}

/** Addresses come out of the decoder in mixed case; everywhere else they are lower case. */
export function lowerCase(value: unknown): unknown {
  if (typeof value === 'string') return value.toLowerCase();
  if (Array.isArray(value)) return value.map(lowerCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, lowerCase(item)]));
}

/** Each error by its name, with its selector, which is made as that of a function. */
const errors = new Map(
  ([...Object.values(systemAbis).flat(), ...verifierAbi] as Abi)
    .filter((item) => item.type === 'error')
    .map(({ name, inputs }) => {
      const selector = toFunctionSelector({ type: 'function', name, inputs, outputs: [], stateMutability: 'view' });
      return [name, { selector, inputs }] as const;
    }),
);

/** Revert data of a custom error. */
export function encodeError({ error, args }: Refusal): Hex {
  const found = errors.get(error);
  if (!found) throw new Error(`codec: no contract has an error ${error}`);
  const { selector, inputs } = found;
  return encodeParameters(inputs, args as readonly unknown[], selector);
}
