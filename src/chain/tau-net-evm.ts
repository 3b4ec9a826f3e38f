/**
 * TauNet over an EVM node. The state is never asked for: it is rebuilt from the events.
 * @module
 */
import { Map, Set } from 'immutable';
import { type Abi, decodeFunctionResult, numberToHex, type TransactionReceipt } from 'viem';
import { type ContractName, type Refusal, type SystemAbis, systemAbis } from '../abi/system.ts';
import type { Returns, WriteName } from '../abi/types.ts';
import { lowerCase } from '../codec/abi.ts';
import type { Hex } from '../codec/hash.ts';
import type { Deployment, State } from '../model/index.ts';
import type { KeyedAccount } from './accounts.ts';
import type { Addresses } from './address-book.ts';
import { type Call, type Chain, encodeCall, sendAnyway } from './connection.ts';
import { chainTime } from './devtime.ts';
import { answered, EventLog, eventsAmong, type LogOptions } from './event-log.ts';
import { ChainError } from './failure.ts';
import { CallRefused, readableRefusal } from './refusal.ts';
import { rebuild, unborn } from './replay/index.ts';
import { BEGINNING, type Cursor, type Outcome, type TauCall, type TauNet } from './tau-net.ts';

export interface EvmOptions extends LogOptions {
  /** accounts that may send */
  readonly keys?: readonly KeyedAccount[];
  /** lets a development node send for everybody else, contracts included */
  readonly impersonate?: boolean;
}

/** @param contracts where the deployment is; nothing is asked before the first call */
export function evmTauNet(chain: Chain, contracts: Addresses, options: EvmOptions = {}): TauNet {
  const log = new EventLog(chain, contracts, options);
  const follower = new Follower(chain, contracts, log);
  const sender = new Sender(chain, options);
  return {
    chainId: BigInt(chain.chainId),
    now: () => answered(chain, () => chainTime(chain)),
    events: (from, to) => log.page(from, to),
    state: () => follower.state(),

    async send<C extends ContractName, F extends WriteName<SystemAbis[C]>>(call: TauCall<C, F>) {
      const request = encodeCall(contracts, call.contract, call.function, call.args);
      try {
        // What the next block would do: between two blocks time may have opened or closed a window.
        const asked = { account: call.sender, ...request, blockTag: 'pending' } as const;
        const { data } = await answered(chain, () => chain.reader.call(asked));
        const receipt = await sender.send(call.sender, request);
        const returns = decodeReturns(call.contract, call.function as string, data ?? '0x');
        return { returns, events: eventsAmong(contracts, receipt.logs) } as Outcome<Returns<SystemAbis[C], F>>;
      } catch (error) {
        const readable = readableRefusal(error);
        if (!(readable instanceof CallRefused)) throw error;
        const { error: name, args } = readable.refusal;
        return { error: name, args: lowerCase(args) } as Refusal;
      }
    },
  };
}

/** The outputs of a function as a list, addresses in lower case. */
function decodeReturns(contract: ContractName, functionName: string, data: Hex): readonly unknown[] {
  const abi: Abi = systemAbis[contract];
  const outputs = abi.find((item) => item.type === 'function' && item.name === functionName);
  const count = outputs?.type === 'function' ? outputs.outputs.length : 0;
  if (count === 0) return [];
  const result = lowerCase(decodeFunctionResult({ abi, functionName, data }));
  return count === 1 ? [result] : (result as readonly unknown[]);
}

/*--------------------------------------------------------------------------------------------------------- sending */

/** Enough for every call of the system, and below what one transaction may use (EIP-7825). */
const DEVELOPMENT_GAS = 16_000_000n;
/** What an impersonated sender gets to pay its gas with, wei. */
const GAS_MONEY = 10n ** 24n;

class Sender {
  readonly #chain: Chain;
  readonly #options: EvmOptions;
  /** senders for whom the development node sends already */
  readonly #unlocked = new globalThis.Set<Hex>();

  constructor(chain: Chain, options: EvmOptions) {
    this.#chain = chain;
    this.#options = options;
  }

  /** @throws ChainError key-missing, reverted; CallRefused when the node refuses before it mines */
  async send(from: Hex, call: Call): Promise<TransactionReceipt> {
    const chain = this.#chain;
    const key = this.#options.keys?.find(({ address }) => address === from);
    const receipt =
      key === undefined
        ? await this.#impersonated(from, call)
        : // An estimate would be made for the latest block's time, not for the next one's.
          await sendAnyway(chain, key, call, chain.local ? DEVELOPMENT_GAS : undefined);
    if (receipt.status === 'success') return receipt;
    throw new ChainError(
      'reverted',
      `transaction ${receipt.transactionHash} was refused in block ${receipt.blockNumber} although its simulation ` +
        'passed: another transaction came first, or time passed. Try again.',
    );
  }

  async #impersonated(from: Hex, call: Call): Promise<TransactionReceipt> {
    const { local, name, reader } = this.#chain;
    if (!local || this.#options.impersonate !== true) {
      throw new ChainError('key-missing', `nobody gave the key of ${from}, who has to send this on ${name}. Give it.`);
    }
    if (!this.#unlocked.has(from)) {
      await this.#request('hardhat_impersonateAccount', [from]);
      await this.#request('hardhat_setBalance', [from, numberToHex(GAS_MONEY)]);
      this.#unlocked.add(from);
    }
    const sent = { from, to: call.to, data: call.data, gas: numberToHex(DEVELOPMENT_GAS) };
    const hash = await this.#request('eth_sendTransaction', [sent]);
    return reader.waitForTransactionReceipt({ hash: hash as Hex });
  }

  #request(method: string, params: readonly unknown[]): Promise<unknown> {
    return answered(this.#chain, () => this.#chain.reader.request({ method, params } as never));
  }
}

/*------------------------------------------------------------------------------------------------------- following */

/** How often a state is built anew when the chain reorganises meanwhile. */
const MOST_TRIES = 3;

interface Followed {
  readonly state: State;
  readonly next: Cursor;
  /** the latest block that is in the state */
  readonly number: bigint;
  readonly hash: Hex;
}

/** Keeps the state up to date, from where it stopped; from the beginning when a block that it has is gone. */
class Follower {
  readonly #chain: Chain;
  readonly #contracts: Addresses;
  readonly #log: EventLog;
  #followed: Followed | undefined;
  #running: Promise<State> | undefined;

  constructor(chain: Chain, contracts: Addresses, log: EventLog) {
    this.#chain = chain;
    this.#contracts = contracts;
    this.#log = log;
  }

  state(): Promise<State> {
    this.#running ??= this.#follow().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #follow(): Promise<State> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const known = this.#followed;
      if (known !== undefined && !(await this.#exists(known))) this.#followed = undefined;
      const followed = await this.#advanced();
      if (await this.#exists(followed)) {
        this.#followed = followed;
        return followed.state;
      }
      this.#followed = undefined;
    }
    throw new ChainError(
      'unsupported',
      `${this.#chain.name} replaced its latest blocks ${MOST_TRIES} times while they were read. Try again later.`,
    );
  }

  /** The state after the latest block. */
  async #advanced(): Promise<Followed> {
    const chain = this.#chain;
    const { number, hash } = await answered(chain, () => chain.reader.getBlock());
    const end: Cursor = { block: number + 1n, index: 0 };
    let state = this.#followed?.state ?? unborn(await deploymentOf(chain, this.#contracts));
    let next = this.#followed?.next ?? BEGINNING;
    for (let last = false; !last; ) {
      const page = await this.#log.page(next, end);
      state = rebuild(state, page.events, BigInt(chain.chainId));
      next = page.next;
      last = page.last;
    }
    return { state, next, number, hash };
  }

  async #exists({ number, hash }: Followed): Promise<boolean> {
    const block = await answered(this.#chain, () =>
      this.#chain.reader.request({ method: 'eth_getBlockByNumber', params: [numberToHex(number), false] }),
    );
    return block?.hash === hash;
  }
}

/** What was fixed at deployment and no event tells; verifiers are told. */
export async function deploymentOf(chain: Chain, contracts: Addresses): Promise<Deployment> {
  const { lens, ...directory } = contracts;
  const treasury = { address: contracts.treasury, abi: systemAbis.treasury } as const;
  const registry = { address: contracts.registry, abi: systemAbis.registry } as const;
  const [maxEntries, elevatedFrom, criticalFrom] = await answered(chain, () =>
    Promise.all([
      chain.reader.readContract({ ...registry, functionName: 'maxEntries' }),
      chain.reader.readContract({ ...treasury, functionName: 'elevatedFrom' }),
      chain.reader.readContract({ ...treasury, functionName: 'criticalFrom' }),
    ]),
  );
  return { directory, otherCode: Set([lens]), verifiers: Map(), maxEntries, elevatedFrom, criticalFrom };
}
