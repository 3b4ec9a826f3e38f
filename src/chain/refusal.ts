/**
 * A contract's refusal as an error that people can read.
 * @module
 */
import { type Abi, BaseError, decodeErrorResult } from 'viem';
import { type Refusal, systemAbis, verifierAbi } from '../abi/system.ts';
import type { Hex } from '../codec/hash.ts';
import { explanations } from './explanations.ts';

const errorAbi: Abi = [...Object.values(systemAbis), verifierAbi].flatMap((abi: Abi) =>
  abi.filter((item) => item.type === 'error'),
);

/** A contract refused the call: which custom error, its arguments, and what it means. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
  readonly refusal: Refusal;
  /** what the error means and what to do */
  readonly explanation: string;

  constructor(refusal: Refusal) {
    const explanation = explain(refusal);
    super(`${refusal.error}: ${explanation}`);
    this.refusal = refusal;
    this.explanation = explanation;
  }
}

/** The sentence for a refusal. */
export function explain(refusal: Refusal): string {
  const line = explanations[refusal.error] as string | ((...args: readonly unknown[]) => string);
  return typeof line === 'string' ? line : line(...refusal.args);
}

/** The custom error that revert data encodes; undefined for anything but one of ours. */
export function decodeRefusal(data: Hex): Refusal | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi: errorAbi, data });
    if (!Object.hasOwn(explanations, errorName)) return undefined; // Solidity's own Error and Panic
    return { error: errorName, args: args ?? [] } as unknown as Refusal;
  } catch {
    return undefined;
  }
}

/** The bytes that a call reverted with, wherever the node and viem have put them. */
export function revertData(error: unknown): Hex | undefined {
  if (!(error instanceof BaseError)) return undefined;
  let found: Hex | undefined;
  error.walk((cause) => {
    const data = (cause as { data?: unknown }).data;
    const inner = typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : data;
    if (typeof inner !== 'string' || !/^0x(?:[0-9a-f]{2})*$/i.test(inner)) return false;
    found = inner as Hex;
    return true;
  });
  return found;
}

/** A CallRefused when a contract's custom error is behind the failure, the failure itself otherwise. */
export function readableRefusal(error: unknown): unknown {
  const data = revertData(error);
  const refusal = data === undefined ? undefined : decodeRefusal(data);
  return refusal === undefined ? error : new CallRefused(refusal);
}
