/**
 * The fast backend: one `eth_simulateV1` request per trace, on top of the head of the chain, which stays as it is.
 * @module
 */
import { numberToHex } from 'viem';
import { type JsonRpc, PIECE } from './jsonrpc.ts';
import { type Backend, type EvmCall, type EvmLog, type EvmResult, type Hex, MirrorError } from './types.ts';

/** The most that a transaction may have since EIP-7825 (2^24). */
export const MAX_TRANSACTION_GAS = 16_777_216n;

/** Accounts that a request sees otherwise than the chain has them, by address. */
export type StateOverrides = Readonly<Record<Hex, { readonly code: Hex }>>;

/** The backend that can also run a trace beside an altered chain. */
export interface Simulation extends Backend {
  run(calls: readonly EvmCall[], overrides?: StateOverrides): Promise<readonly EvmResult[]>;
}

const NOBODY: Hex = '0x0000000000000000000000000000000000000000';

/**
 * Measured with anvil 1.7.1:
 * - Every call is a transaction of its own: any sender, contracts too, without nonce, balance or gas price.
 * - The gas of a block is not summed up against its limit, so a block holds any number of calls. A call without `gas`
 *   gets the block's whole limit; one that runs out shows `gasUsed` equal to its gas and no data.
 * - A block without overrides gets the *head's* number and the wall clock, so both are always given. Numbers and times
 *   may repeat or go back; giving them right is up to the caller.
 * - A failed call always has the message "execution failed"; its `returnData` is the revert data, without a prefix.
 * - Speed depends little on the number of calls in a block (5 to 5 000: 33 000–51 000 calls/s), so nothing is split.
 */
export async function simulateBackend(rpc: JsonRpc, gasPerCall = MAX_TRANSACTION_GAS): Promise<Simulation> {
  const [chainId, head] = await Promise.all([rpc.call('eth_chainId'), rpc.call('eth_blockNumber')]);
  return {
    name: 'simulate',
    chainId: BigInt(chainId as string),
    firstBlock: BigInt(head as string) + 1n,
    blockPerCall: false,
    gasPerCall,
    async run(calls, overrides) {
      if (calls.length === 0) return [];
      return resultsOf(await rpc.callText('eth_simulateV1', paramsOf(calls, gasPerCall, overrides)), calls);
    },
  };
}

/**
 * The parameters of the request, written as text at once: calldata is hex, with nothing to escape, and makes up nearly
 * all of it.
 */
function paramsOf(calls: readonly EvmCall[], gasPerCall: bigint, overrides: StateOverrides | undefined): string[] {
  const end = `","gas":"${numberToHex(gasPerCall)}"}`;
  const texts: string[] = [];
  let parts: string[] = [];
  let length = 0;
  const put = (from: Hex, to: Hex, data: Hex): void => {
    parts.push('{"from":"', from, '","to":"', to, '","data":"', data, end);
    length += data.length;
  };
  // What the first block overrides, later ones see.
  parts.push(
    `[{"validation":false,"blockStateCalls":[{${overrides ? `"stateOverrides":${JSON.stringify(overrides)},` : ''}`,
  );
  for (const [i, { from, to, data, look, block, time }] of calls.entries()) {
    const former = calls[i - 1];
    if (block === former?.block) parts.push(',');
    else {
      if (former) parts.push(']},{');
      parts.push(`"blockOverrides":{"number":"${numberToHex(block)}","time":"${numberToHex(time)}"},"calls":[`);
    }
    put(from, to, data);
    if (look) {
      parts.push(',');
      put(NOBODY, look.to, look.data);
    }
    if (length > PIECE / 2) {
      texts.push(parts.join(''));
      parts = [];
      length = 0;
    }
  }
  return [...texts, `${parts.join('')}]}]},"latest"]`];
}

interface SimulatedCall {
  status: Hex;
  returnData: Hex;
  gasUsed: Hex;
  logs: EvmLog[];
}

function resultsOf(answer: unknown, sent: readonly EvmCall[]): EvmResult[] {
  const got = Array.isArray(answer) ? answer.flatMap((block: { calls?: SimulatedCall[] }) => block?.calls ?? []) : [];
  const count = sent.reduce((sum, { look }) => sum + (look ? 2 : 1), 0);
  if (got.length !== count) {
    throw new MirrorError(`eth_simulateV1: expected ${count} results, got ${got.length}; does the node implement it?`);
  }
  let next = 0;
  return sent.map(({ look }) => {
    const { status, returnData, logs, gasUsed } = got[next++]!;
    const seen = look ? got[next++]! : undefined;
    const lens = seen && { ok: seen.status === '0x1', data: seen.returnData };
    return { ok: status === '0x1', data: returnData, logs, gasUsed: BigInt(gasUsed), lens };
  });
}
