/**
 * The plain backend: transaction by transaction on any development node, to confirm a trace independently of
 * `eth_simulateV1`. Also what a test needs to put contracts on a chain.
 * @module
 */
import type { Abi } from 'abitype';
import { encodeDeployData, keccak256, numberToHex } from 'viem';
import { type JsonRpc, RpcError } from './jsonrpc.ts';
import { MAX_TRANSACTION_GAS } from './simulate.ts';
import {
  type Backend,
  type Contracts,
  type EvmCall,
  type EvmLog,
  type EvmResult,
  type Hex,
  MirrorError,
} from './types.ts';

interface Receipt {
  status: Hex;
  gasUsed: Hex;
  logs: EvmLog[];
  contractAddress: Hex | null;
  transactionHash: Hex;
}

/** A transaction that isn't mined by then never will be. */
const MINED_WITHIN_MS = 60_000;

/**
 * Each call is a transaction in a block of its own (the node must mine at once), with snapshot and revert around a
 * trace. Calls between two time steps carry the same time, so on Hardhat's network set `allowBlocksWithSameTimestamp`.
 * Senders are impersonated where the node can; else they must be accounts of the node. Traces run one after the other.
 * @param before told each call and its number, from 0, while the chain is as the earlier calls left it
 */
export async function rpcBackend(
  rpc: JsonRpc,
  gasPerCall = MAX_TRANSACTION_GAS,
  before?: (call: EvmCall, index: number) => Promise<void>,
): Promise<Backend> {
  const [chainId, head] = await Promise.all([rpc.call('eth_chainId'), rpc.call('eth_blockNumber')]);
  const runAll = async (calls: readonly EvmCall[]): Promise<readonly EvmResult[]> => {
    await requireFuture(rpc, calls);
    const snapshot = await rpc.call('evm_snapshot');
    try {
      const results: EvmResult[] = [];
      const ready = new Set<Hex>();
      for (const [i, call] of calls.entries()) {
        await before?.(call, i);
        results.push(await runCall(rpc, call, gasPerCall, ready));
      }
      return results;
    } finally {
      await settled(rpc);
      await rpc.call('evm_revert', [snapshot]);
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    name: 'rpc',
    chainId: BigInt(chainId as string),
    firstBlock: BigInt(head as string) + 1n,
    blockPerCall: true,
    gasPerCall,
    run(calls) {
      const results = last.then(() => runAll(calls));
      last = results.catch(() => {}); // whoever asked for them sees the error
      return results;
    },
  };
}

/** A chain can't go back; a simulation can. */
async function requireFuture(rpc: JsonRpc, [first]: readonly EvmCall[]): Promise<void> {
  const head = (await rpc.call('eth_getBlockByNumber', ['latest', false])) as { readonly timestamp: Hex };
  const now = BigInt(head.timestamp);
  if (first === undefined || first.time >= now) return;
  throw new MirrorError(
    `the trace begins at ${first.time}, before the latest block of ${rpc.url} (${now}): run it by simulation`,
  );
}

/**
 * anvil shows a receipt a moment before it drops the transaction from its pool; a revert in that moment would leave the
 * transaction there, to be mined once more. Nodes without that method have no such moment.
 */
async function settled(rpc: JsonRpc): Promise<void> {
  const deadline = performance.now() + MINED_WITHIN_MS;
  while (performance.now() < deadline) {
    const pool = await rpc.call('txpool_status').catch(() => undefined);
    const { pending = '0x0' } = (pool ?? {}) as { pending?: Hex };
    if (BigInt(pending) === 0n) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function runCall(rpc: JsonRpc, call: EvmCall, gasPerCall: bigint, ready: Set<Hex>): Promise<EvmResult> {
  if (!ready.has(call.from)) await impersonate(rpc, call.from);
  ready.add(call.from);
  await rpc.call('evm_setNextBlockTimestamp', [numberToHex(call.time)]);
  const receipt = await transact(rpc, { from: call.from, to: call.to, data: call.data, gas: numberToHex(gasPerCall) });
  const lens =
    call.look &&
    (await rpc.call('eth_call', [call.look, 'latest']).then(
      (data) => ({ ok: true, data: data as Hex }),
      (error: unknown) => ({ ok: false, data: revertData(error) }),
    ));
  return {
    ok: receipt.status === '0x1',
    data: await returnData(rpc, receipt.transactionHash),
    logs: receipt.logs.map(({ address, topics, data }) => ({ address: address.toLowerCase() as Hex, topics, data })),
    gasUsed: BigInt(receipt.gasUsed),
    lens,
  };
}

/** Hardhat's names; anvil knows them too. */
async function impersonate(rpc: JsonRpc, account: Hex): Promise<void> {
  try {
    await rpc.call('hardhat_impersonateAccount', [account]);
    await rpc.call('hardhat_setBalance', [account, numberToHex(10n ** 30n)]);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const own = (await rpc.call('eth_accounts')) as string[];
    if (!own.some((address) => address.toLowerCase() === account)) {
      throw new MirrorError(
        `${account} is no account of the node at ${rpc.url}, which can't impersonate (${error.message})`,
      );
    }
  }
}

/**
 * Sends a transaction and waits for its receipt. A node that throws when a transaction reverts has mined it all the
 * same.
 */
async function transact(rpc: JsonRpc, transaction: object): Promise<Receipt> {
  const before = await rpc.call('eth_blockNumber');
  const hash = await rpc.call('eth_sendTransaction', [transaction]).catch(async (error: unknown) => {
    const block = (await rpc.call('eth_getBlockByNumber', ['latest', false])) as { number: Hex; transactions: Hex[] };
    if (!(error instanceof RpcError) || block.number === before || block.transactions.length !== 1) throw error;
    return block.transactions[0];
  });
  const deadline = performance.now() + MINED_WITHIN_MS;
  while (performance.now() < deadline) {
    // anvil answers eth_sendTransaction a moment before the receipt is there
    const receipt = await rpc.call('eth_getTransactionReceipt', [hash]);
    if (receipt) return receipt as Receipt;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new MirrorError(
    `transaction ${String(hash)} was not mined within ${MINED_WITHIN_MS} ms; does the node mine at once?`,
  );
}

/** Return or revert data of a mined transaction: a receipt doesn't hold it. */
async function returnData(rpc: JsonRpc, hash: Hex): Promise<Hex> {
  const plain = { disableStorage: true, disableMemory: true, disableStack: true };
  const trace = (await rpc.call('debug_traceTransaction', [hash, { tracer: 'callTracer' }]).catch((error: unknown) => {
    if (!(error instanceof RpcError)) throw error;
    return rpc.call('debug_traceTransaction', [hash, plain]);
  })) as { output?: string; returnValue?: string };
  const data = trace.output ?? trace.returnValue ?? '0x';
  return (data.startsWith('0x') ? data : `0x${data}`) as Hex;
}

/** The data of a refused eth_call; nodes put it at different depths. */
function revertData(error: unknown): Hex {
  let data: unknown = error instanceof RpcError ? error.data : undefined;
  for (let depth = 0; depth < 3 && typeof data === 'object' && data !== null; depth++)
    data = (data as { data?: unknown }).data;
  return typeof data === 'string' && /^0x[0-9a-f]*$/.test(data) ? (data as Hex) : '0x';
}

/*////////////////////////////////////////////////////////// DEPLOYMENT */

/** Deploys a contract from the node's first account. @returns its address, lower case */
export async function deploy(
  rpc: JsonRpc,
  contract: { abi: Abi; bytecode: Hex },
  args: readonly unknown[] = [],
): Promise<Hex> {
  const [from] = (await rpc.call('eth_accounts')) as Hex[];
  if (from === undefined) throw new MirrorError(`the node at ${rpc.url} has no account to deploy from`);
  const data = encodeDeployData({ ...contract, args } as never);
  const receipt = await transact(rpc, { from, data, gas: numberToHex(MAX_TRANSACTION_GAS) });
  if (receipt.status !== '0x1' || !receipt.contractAddress) {
    throw new MirrorError(`the deployment reverts: ${await returnData(rpc, receipt.transactionHash)}`);
  }
  return receipt.contractAddress.toLowerCase() as Hex;
}

/** Makes a call as a transaction of its own, from any sender. `data`: what it returns, or the revert data. */
export async function send(
  rpc: JsonRpc,
  { from, to, data }: Pick<EvmCall, 'from' | 'to' | 'data'>,
): Promise<Pick<EvmResult, 'ok' | 'data' | 'gasUsed'>> {
  await impersonate(rpc, from);
  const receipt = await transact(rpc, { from, to, data, gas: numberToHex(MAX_TRANSACTION_GAS) });
  return {
    ok: receipt.status === '0x1',
    data: await returnData(rpc, receipt.transactionHash),
    gasUsed: BigInt(receipt.gasUsed),
  };
}

/** keccak-256 of the contracts' code in order of their names: says whether a trace was made for this very code. */
export async function bytecodeHash(rpc: JsonRpc, contracts: Contracts): Promise<Hex> {
  const hashes: string[] = [];
  for (const name of Object.keys(contracts).sort()) {
    hashes.push(keccak256((await rpc.call('eth_getCode', [contracts[name]!.address, 'latest'])) as Hex).slice(2));
  }
  return keccak256(`0x${hashes.join('')}`);
}
