/**
 * The devnet's node: Hardhat's, in this process, answering JSON-RPC on 127.0.0.1.
 * @module
 */
import { createServer } from 'node:net';
import { DEVELOPMENT_MNEMONIC } from './accounts.ts';
import { DEVNET_BLOCK_INTERVAL } from './config.ts';
import { ChainError } from './failure.ts';

const HOST = '127.0.0.1';

export interface Devnode {
  readonly url: string;
  readonly port: number;
  /** Stops answering and frees the port. */
  close(): Promise<void>;
}

function portTaken(port: number, cause: unknown): ChainError {
  const other = port === 65_535 ? port - 1 : port + 1;
  const remedy = `Stop what listens there, or choose another one: \`npm start -- --port ${other}\`.`;
  return new ChainError('port-taken', `port ${port} of ${HOST} is in use. ${remedy}`, { cause });
}

/**
 * Finds out whether a port can be had, before any work is done for it.
 *
 * @throws ChainError port-taken
 */
export async function requireFreePort(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause) => reject(portTaken(port, cause)));
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/**
 * Starts the node.
 *
 * @param port 0 for any free one
 * @param blockInterval seconds between blocks when nobody sends anything; 0 for none
 * @throws ChainError port-taken
 */
export async function startDevnode(port: number, blockInterval: number = DEVNET_BLOCK_INTERVAL): Promise<Devnode> {
  await requireFreePort(port);
  // Imported late: loading Hardhat takes a second, and a port that is taken should be told at once.
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre');
  const hardhat = await createHardhatRuntimeEnvironment({
    networks: {
      devnet: {
        type: 'edr-simulated',
        chainType: 'l1',
        chainId: 31337,
        accounts: { mnemonic: DEVELOPMENT_MNEMONIC },
        mining: { auto: true, interval: blockInterval * 1000 },
        // A refused transaction is mined and has a receipt, as on any chain.
        throwOnTransactionFailures: false,
      },
    },
  });
  const server = await hardhat.network.createServer('devnet', HOST, port);
  const address = await listen(server, port);
  return { url: `http://${HOST}:${address.port}`, port: address.port, close: () => server.close() };
}

/** Hardhat's server has no handler for a port that was taken since it was probed: the error comes as uncaught. */
async function listen(server: { listen(): Promise<{ port: number }> }, port: number): Promise<{ port: number }> {
  let refuse: (cause: Error) => void = () => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = (cause) => reject(portTaken(port, cause));
  });
  process.once('uncaughtException', refuse);
  try {
    return await Promise.race([server.listen(), refused]);
  } finally {
    process.off('uncaughtException', refuse);
  }
}
