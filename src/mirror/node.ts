/**
 * The node that contracts are put on, and how traces run on it: whoever starts a system chooses, the system needs not
 * know.
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type AnvilOptions, startAnvil } from './anvil.ts';
import { startHardhat } from './hardhat.ts';
import { connect, type JsonRpc } from './jsonrpc.ts';
import { rpcBackend } from './rpc.ts';
import { simulateBackend } from './simulate.ts';
import { type Backend, type Hex, MirrorError } from './types.ts';

/** - simulate: an anvil of its own, one request per trace
 *  - hardhat: Hardhat's network in this process, transaction by transaction
 *  - rpc: somebody's development node, transaction by transaction
 */
export const backendNames = ['simulate', 'hardhat', 'rpc'] as const;

export type NodeChoice =
  | { readonly backend: 'simulate' | 'hardhat' }
  | { readonly backend: 'rpc' /** http or https address */; readonly url: string };

export interface Node extends JsonRpc {
  /** Runs traces on the chain as it is now; each leaves it as it was. */
  backend(): Promise<Backend>;
  /** Ends the node, or brings somebody's to where it was. */
  stop(): Promise<void>;
}

const chosen = new AsyncLocalStorage<NodeChoice>();

/** Whatever `start` starts with `startNode` is this node. */
export const onNode = <T>(choice: NodeChoice, start: () => Promise<T>): Promise<T> => chosen.run(choice, start);

/**
 * Starts the node that `onNode` says, an anvil by default.
 * @throws MirrorError if there is none, or it has another chain id
 */
export async function startNode(options: AnvilOptions = {}): Promise<Node> {
  const choice = chosen.getStore() ?? { backend: 'simulate' };
  if (choice.backend === 'rpc') return foreign(choice.url, options);
  if (choice.backend === 'hardhat') {
    const node = await startHardhat(options);
    return { ...node, backend: () => rpcBackend(node) };
  }
  const node = await startAnvil(options);
  return { ...node, backend: () => simulateBackend(node) };
}

async function foreign(url: string, { chainId }: AnvilOptions): Promise<Node> {
  const rpc = connect(url);
  try {
    const id = BigInt((await rpc.call('eth_chainId')) as Hex);
    if (chainId !== undefined && id !== BigInt(chainId)) {
      throw new MirrorError(`${url}: expected a node of chain ${chainId}, got one of ${id}`);
    }
    const before = await rpc.call('evm_snapshot').catch((error: Error) => {
      throw new MirrorError(`${url}: expected a development node, such as anvil or Hardhat's: ${error.message}`);
    });
    return {
      ...rpc,
      backend: () => rpcBackend(rpc),
      async stop() {
        await rpc.call('evm_revert', [before]);
        rpc.close();
      },
    };
  } catch (error) {
    rpc.close();
    throw error;
  }
}
