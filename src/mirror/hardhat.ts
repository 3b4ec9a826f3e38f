/**
 * Hardhat's network in this process, as a node: an EVM that anvil shares no code of the chain with.
 * @module
 */
import type { AnvilOptions } from './anvil.ts';
import { type JsonRpc, RpcError } from './jsonrpc.ts';

/** Gas of a block, and of a look: a lens that shows all state takes more than a transaction may. */
const BLOCK_GAS = 1_000_000_000n;

/** Starts a network like `startAnvil` does: the same accounts, and the same clock unless it is told otherwise. */
export async function startHardhat(
  options: Omit<AnvilOptions, 'binary'> = {},
): Promise<JsonRpc & { stop(): Promise<void> }> {
  const { timestamp = 1_700_000_000n, chainId = 31_337, hardfork } = options;
  // Imported late: it takes a second, and most runs need none.
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre');
  const hardhat = await createHardhatRuntimeEnvironment({
    networks: {
      mirror: {
        type: 'edr-simulated',
        chainType: 'l1',
        chainId,
        ...(hardfork === undefined ? {} : { hardfork }),
        initialDate: new Date(1_000 * Number(timestamp)),
        // Calls between two pauses share a time.
        allowBlocksWithSameTimestamp: true,
        blockGasLimit: BLOCK_GAS,
        // A refused transaction is mined and has a receipt, as on any chain.
        throwOnTransactionFailures: false,
      },
    },
  });
  const connection = await hardhat.network.create('mirror');
  const call: JsonRpc['call'] = (method, params = []) =>
    connection.provider.request({ method, params: [...params] }).catch((error: unknown) => {
      const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
      if (typeof code !== 'number') throw error;
      throw new RpcError(method, { code, message: String(message), data });
    });
  return {
    url: 'Hardhat’s network',
    call,
    callText: (method, params) => call(method, JSON.parse(params.join(''))),
    close() {},
    stop: () => connection.close(),
  };
}
