/**
 * ABI encoding of calls and errors, typed by the contracts' ABIs.
 * @module
 */
import type { Abi, AbiFunction } from 'abitype';
import { decodeFunctionData, encodeErrorResult, encodeFunctionData, toFunctionSelector } from 'viem';
import { type ContractName, type Refusal, type SystemAbis, systemAbis, verifierAbi } from '../abi/system.ts';
import type { Inputs, WriteName } from '../abi/types.ts';
import type { Hex } from './hash.ts';

/** Calldata of a state-changing call. */
export function encodeCall<C extends ContractName, F extends WriteName<SystemAbis[C]>>(
  contract: C,
  functionName: F,
  args: Inputs<SystemAbis[C], F>,
): Hex {
  const abi: Abi = systemAbis[contract];
  return encodeFunctionData({ abi, functionName: functionName as string, args: args as readonly unknown[] });
}

/** First four bytes of a call's data. Throws when the contract has no such state-changing function. */
export function selectorOf(contract: ContractName, functionName: string): Hex {
  const found = writes(contract).find(({ name }) => name === functionName);
  if (!found) throw new Error(`codec: ${contract} has no state-changing function ${functionName}`);
  return toFunctionSelector(found);
}

function writes(contract: ContractName): readonly AbiFunction[] {
  return (systemAbis[contract] as Abi).filter(
    (item): item is AbiFunction => item.type === 'function' && item.stateMutability === 'nonpayable',
  );
}

/**
 * The call that this data makes; undefined when the contract has no such state-changing function or it doesn't
 * decode.
 */
export function decodeCall(
  contract: ContractName,
  data: Hex,
): { readonly functionName: string; readonly args: readonly unknown[] } | undefined {
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi: writes(contract), data });
    return { functionName, args: (args as readonly unknown[]).map(lowerCase) };
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

const errorAbi = [...Object.values(systemAbis).flat(), ...verifierAbi].filter((item) => item.type === 'error');

/** Revert data of a custom error. */
export function encodeError(refusal: Refusal): Hex {
  return encodeErrorResult({
    abi: errorAbi as Abi,
    errorName: refusal.error,
    args: refusal.args as readonly unknown[],
  });
}
