/**
 * The verifier contract on a chain of its own, with exact gas.
 * @module
 */
import { decodeErrorResult, encodeFunctionData } from 'viem';
import { abis } from '../../../src/abi/generated/index.ts';
import { bytecode } from '../../../src/abi/generated/bytecode.ts';
import type { Hex } from '../../../src/codec/hash.ts';
import { startAnvil } from '../../../src/mirror/anvil.ts';

const abi = abis.decisionVerifier;

export interface Outcome {
  /** undefined when the receipt is good, else the error's name */
  readonly error: string | undefined;
  readonly args: readonly unknown[];
  /** gas of execution: without the transaction's base cost and calldata */
  readonly gas: number;
}

const SENDER = `0x${'11'.repeat(20)}`;
const ADDRESS: Hex = `0x${'22'.repeat(20)}`;

export interface VerifierChain {
  /** Runs the constructor and, if it doesn't refuse, puts what it returns in place. */
  deploy(): Promise<Outcome & { readonly code: Hex }>;
  /** Puts code in place that no constructor made here. */
  place(code: Hex): Promise<void>;
  verify(seal: Hex, imageId: Hex, journalDigest: Hex, gas?: bigint): Promise<Outcome>;
  stop(): Promise<void>;
}

interface SimulatedCall {
  readonly status: Hex;
  readonly gasUsed: Hex;
  readonly returnData: Hex;
}

function intrinsicGas(data: Hex): number {
  const bytes = data.slice(2).match(/../g) ?? [];
  return 21_000 + bytes.reduce((sum, byte) => sum + (byte === '00' ? 4 : 16), 0);
}

export async function startVerifierChain(chainId: number): Promise<VerifierChain> {
  const node = await startAnvil({ chainId, hardfork: 'prague' });

  /** Runs a transaction on the latest block and forgets it. */
  async function simulate(data: Hex, gas: bigint, to?: Hex): Promise<Outcome & { readonly returned: Hex }> {
    const call = { from: SENDER, data, gas: `0x${gas.toString(16)}`, ...(to && { to }) };
    const blocks = await node.call('eth_simulateV1', [{ blockStateCalls: [{ calls: [call] }] }, 'latest']);
    const result = (blocks as [{ calls: [SimulatedCall & { error?: { data?: Hex } }] }])[0].calls[0];
    const gasUsed = Number(result.gasUsed) - intrinsicGas(data);
    if (result.status === '0x1') return { error: undefined, args: [], gas: gasUsed, returned: result.returnData };
    const returned = result.error?.data ?? result.returnData;
    const { errorName, args } = decodeErrorResult({ abi, data: returned });
    return { error: errorName, args: args ?? [], gas: gasUsed, returned };
  }

  return {
    async deploy() {
      const { returned, ...outcome } = await simulate(bytecode.decisionVerifier, 5_000_000n);
      if (outcome.error === undefined) await node.call('anvil_setCode', [ADDRESS, returned]);
      return { ...outcome, code: returned };
    },
    async place(code) {
      await node.call('anvil_setCode', [ADDRESS, code]);
    },
    async verify(seal, imageId, journalDigest, gas = 10_000_000n) {
      const data = encodeFunctionData({ abi, functionName: 'verify', args: [seal, imageId, journalDigest] });
      const { returned: _, ...outcome } = await simulate(data, gas, ADDRESS);
      return outcome;
    },
    stop: () => node.stop(),
  };
}
