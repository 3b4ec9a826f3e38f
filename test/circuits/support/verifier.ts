/**
 * The verifier contract on a chain of its own, with exact gas.
 * @module
 */
import { decodeErrorResult, encodeFunctionData } from 'viem';
import { bytecode } from '../../../src/abi/generated/bytecode.ts';
import { abis } from '../../../src/abi/generated/index.ts';
import type { Hex } from '../../../src/codec/hash.ts';
import { startAnvil } from '../../../src/mirror/anvil.ts';
import { RpcError } from '../../../src/mirror/jsonrpc.ts';

const abi = abis.decisionVerifier;

export interface Refusal {
  /** the error's name; undefined when all is good */
  readonly error: string | undefined;
  readonly args: readonly unknown[];
}

export interface Outcome extends Refusal {
  /** gas of execution: without the transaction's base cost and calldata */
  readonly gas: number;
}

const SENDER = `0x${'11'.repeat(20)}`;
const ADDRESS: Hex = `0x${'22'.repeat(20)}`;

export interface VerifierChain {
  /** Runs the constructor and, if it doesn't refuse, puts what it returns in place. */
  deploy(): Promise<Refusal & { readonly code: Hex }>;
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

function refusal(data: Hex): Refusal {
  const { errorName, args } = decodeErrorResult({ abi, data });
  return { error: errorName, args: args ?? [] };
}

export async function startVerifierChain(chainId: number): Promise<VerifierChain> {
  const node = await startAnvil({ chainId, hardfork: 'prague' });

  /** Runs a transaction on the latest block and forgets it. */
  async function simulate(data: Hex, gas: bigint): Promise<Outcome> {
    const call = { from: SENDER, to: ADDRESS, data, gas: `0x${gas.toString(16)}` };
    const blocks = await node.call('eth_simulateV1', [{ blockStateCalls: [{ calls: [call] }] }, 'latest']);
    const result = (blocks as [{ calls: [SimulatedCall & { error?: { data?: Hex } }] }])[0].calls[0];
    const gasUsed = Number(result.gasUsed) - intrinsicGas(data);
    if (result.status === '0x1') return { error: undefined, args: [], gas: gasUsed };
    return { ...refusal(result.error?.data ?? result.returnData), gas: gasUsed };
  }

  return {
    async deploy() {
      try {
        const code = (await node.call('eth_call', [
          { from: SENDER, data: bytecode.decisionVerifier },
          'latest',
        ])) as Hex;
        await node.call('anvil_setCode', [ADDRESS, code]);
        return { error: undefined, args: [], code };
      } catch (error) {
        if (!(error instanceof RpcError) || typeof error.data !== 'string') throw error;
        return { ...refusal(error.data as Hex), code: '0x' };
      }
    },
    async place(code) {
      await node.call('anvil_setCode', [ADDRESS, code]);
    },
    async verify(seal, imageId, journalDigest, gas = 10_000_000n) {
      const data = encodeFunctionData({ abi, functionName: 'verify', args: [seal, imageId, journalDigest] });
      return await simulate(data, gas);
    },
    stop: () => node.stop(),
  };
}
