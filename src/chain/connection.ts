/**
 * A chain behind an EIP-1193 provider or a URL, and how calls are sent to it: simulated first, so that a refusal is
 * known with its reason before anything is paid for.
 * @module
 */
import {
  createPublicClient,
  createWalletClient,
  custom,
  defineChain,
  type EIP1193Provider,
  encodeFunctionData,
  http,
  type PublicClient,
  type TransactionReceipt,
  type WalletClient,
} from 'viem';
import { type ContractName, type SystemAbis, systemAbis } from '../abi/system.ts';
import type { Inputs, WriteName } from '../abi/types.ts';
import type { Hex } from '../codec/hash.ts';
import { isLocalChain } from '../codec/local-chains.ts';
import type { KeyedAccount } from './accounts.ts';
import { ChainError } from './failure.ts';
import { readableRefusal } from './refusal.ts';

/** What a provider has to be able to do; Hardhat's, anvil's and wallets' all are. */
export interface Provider {
  request(args: { readonly method: string; readonly params?: unknown[] | Record<string, unknown> }): Promise<unknown>;
}

export interface Chain {
  readonly chainId: number;
  /** one of the chains on which development keys are accepted */
  readonly local: boolean;
  /** the URL, or what else to call it in messages */
  readonly name: string;
  readonly reader: PublicClient;
  readonly writer: WalletClient;
}

/** Milliseconds between two looks for a receipt; local chains answer at once. */
const POLLING_MS = { local: 20, public: 2_000 };
const TIMEOUT_MS = 20_000;

export interface ConnectOptions {
  /** what to call the chain in messages */
  readonly name?: string;
  readonly expectedChainId?: number;
}

/**
 * Connects to a node.
 *
 * @throws ChainError unreachable, unsupported, wrong-chain
 */
export async function connect(target: string | Provider, options: ConnectOptions = {}): Promise<Chain> {
  const { name = typeof target === 'string' ? target : 'the provider in this process', expectedChainId } = options;
  const transport =
    typeof target === 'string'
      ? http(target, { timeout: TIMEOUT_MS, retryCount: 0 })
      : custom(target as EIP1193Provider, { retryCount: 0 });
  const chainId = await askChainId(createPublicClient({ transport }), name);
  if (expectedChainId !== undefined && chainId !== expectedChainId) {
    throw new ChainError(
      'wrong-chain',
      `${name} is chain ${chainId}; expected chain ${expectedChainId}. Point to a node of chain ${expectedChainId}.`,
    );
  }
  const local = isLocalChain(chainId);
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: typeof target === 'string' ? [target] : [] } },
  });
  const pollingInterval = local ? POLLING_MS.local : POLLING_MS.public;
  const client = { chain, transport, pollingInterval, cacheTime: 0 };
  return {
    chainId,
    local,
    name,
    reader: createPublicClient(client) as PublicClient,
    writer: createWalletClient(client),
  };
}

async function askChainId(client: Pick<PublicClient, 'getChainId'>, name: string): Promise<number> {
  try {
    return await client.getChainId();
  } catch (cause) {
    throw new ChainError(
      'unreachable',
      `no chain answers at ${name}. Start one with \`npm start\` (or another node), or give its URL.`,
      { cause },
    );
  }
}

/** A call to a contract, ready to be sent. */
export interface Call {
  readonly to: Hex;
  readonly data: Hex;
  /** wei */
  readonly value?: bigint;
}

/** Encodes a call to a contract of the system. */
export function encodeCall<N extends ContractName, F extends WriteName<SystemAbis[N]>>(
  addresses: Readonly<Record<N, Hex>>,
  contract: N,
  functionName: F,
  args: Inputs<SystemAbis[N], F>,
): Call {
  // viem can't follow the generic names; the signature above says the same more strictly.
  const parameters = { abi: systemAbis[contract], functionName, args } as unknown as Parameters<
    typeof encodeFunctionData
  >[0];
  return { to: addresses[contract], data: encodeFunctionData(parameters) };
}

/**
 * Asks the chain what the call would do now.
 *
 * @returns what the call returns
 * @throws Refusal (refusal.ts) when a contract refuses it
 */
export async function simulate(chain: Chain, from: Hex, call: Call): Promise<Hex> {
  try {
    const { data } = await chain.reader.call({ account: from, ...call });
    return data ?? '0x';
  } catch (error) {
    throw readableRefusal(error);
  }
}

/**
 * Simulates, sends and waits until the call is in a block.
 *
 * @throws Refusal when a contract refuses it; nothing was sent then
 * @throws ChainError reverted, when it was mined and refused all the same
 */
export async function send(chain: Chain, from: KeyedAccount, call: Call): Promise<TransactionReceipt> {
  await simulate(chain, from.address, call);
  const receipt = await sendAnyway(chain, from, call);
  if (receipt.status !== 'success') {
    throw new ChainError(
      'reverted',
      `transaction ${receipt.transactionHash} was refused in block ${receipt.blockNumber} although its simulation ` +
        'passed: another transaction came first. Try again.',
    );
  }
  return receipt;
}

/** Sends without simulating, with this much gas, and waits: for showing that a refusal consumes nothing. */
export async function sendAnyway(
  chain: Chain,
  from: KeyedAccount,
  call: Call,
  gas?: bigint,
): Promise<TransactionReceipt> {
  const hash = await submit(chain, from, call, gas);
  return chain.reader.waitForTransactionReceipt({ hash });
}

async function submit(chain: Chain, from: KeyedAccount, call: Call, gas: bigint | undefined): Promise<Hex> {
  try {
    return await chain.writer.sendTransaction({
      account: from.signer,
      chain: chain.writer.chain ?? null,
      ...call,
      ...(gas === undefined ? {} : { gas }),
    });
  } catch (error) {
    throw readableRefusal(error);
  }
}

/** Creates a contract from its creation code and encoded constructor arguments. */
export async function create(chain: Chain, from: KeyedAccount, nonce: number, code: Hex): Promise<TransactionReceipt> {
  try {
    const hash = await chain.writer.sendTransaction({
      account: from.signer,
      chain: chain.writer.chain ?? null,
      data: code,
      nonce,
    });
    return await chain.reader.waitForTransactionReceipt({ hash });
  } catch (error) {
    throw readableRefusal(error);
  }
}
