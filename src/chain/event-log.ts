/**
 * The events of a deployment as a node tells them: found from the first one on, decoded, placed and dated, in bounded
 * pages.
 * @module
 */

import { BaseError, decodeEventLog, HttpRequestError, type Log, TimeoutError, zeroAddress } from 'viem';
import { type ContractName, type SystemEvent, systemAbis } from '../abi/system.ts';
import { lowerCase } from '../codec/abi.ts';
import type { Addresses } from './address-book.ts';
import type { Chain } from './connection.ts';
import { ChainError } from './failure.ts';
import { TOLD_BY } from './replay/index.ts';
import { BEGINNING, type Cursor, isBefore, type Page, type PlacedEvent } from './tau-net.ts';

/** Blocks of a page at most; nodes refuse more than a few thousand. */
const MOST_BLOCKS = 1_000n;
/** A page of more events makes the next ones shorter. */
const MANY_EVENTS = 5_000;
/** Pages that are searched for the creation of the contracts, backwards: a deployment takes hours at most. */
const MOST_SEARCHED = 1_000;
/** Blocks asked for at a time when a node doesn't date its logs. */
const AT_ONCE = 20;

export interface LogOptions {
  /** the block in which the deployment was complete, or a later one; the latest if not given */
  readonly deployedAt?: bigint;
  /** told after each page: the last block read, and the last one to read */
  readonly onPage?: (read: bigint, latest: bigint) => void;
}

/** Reads pages of events; remembers where the deployment begins and how many blocks the node takes at once. */
export class EventLog {
  readonly #chain: Chain;
  readonly #contracts: Addresses;
  readonly #options: LogOptions;
  #blocks = MOST_BLOCKS;
  #birth: bigint | undefined;

  constructor(chain: Chain, contracts: Addresses, options: LogOptions) {
    this.#chain = chain;
    this.#contracts = contracts;
    this.#options = options;
  }

  /** As TauNet.events. */
  async page(from: Cursor = BEGINNING, to?: Cursor): Promise<Page> {
    const latest = await answered(this.#chain, () => this.#chain.reader.getBlockNumber({ cacheTime: 0 }));
    const birth = await this.#born(latest);
    const begin = from.block > birth ? from.block : birth;
    // A cursor at the begin of a block excludes the block.
    const until = to === undefined ? latest : to.index === 0 ? to.block - 1n : to.block;
    const end = until < latest ? until : latest;
    if (begin > end) return { events: [], next: from, last: true };
    const { logs, read } = await this.#logs(begin, end);
    const placed = await dated(this.#chain, decoded(this.#contracts, logs));
    const events = placed.filter(({ place }) => !isBefore(place, from) && (to === undefined || isBefore(place, to)));
    const after: Cursor = { block: read + 1n, index: 0 };
    this.#options.onPage?.(read, end);
    return { events, next: to !== undefined && isBefore(to, after) ? to : after, last: read === end };
  }

  /** The logs of as many blocks as the node gives, from `begin` on and not beyond `end`. */
  async #logs(begin: bigint, end: bigint): Promise<{ readonly logs: readonly Log[]; readonly read: bigint }> {
    const address = TOLD_BY.map((name) => this.#contracts[name]);
    for (;;) {
      const last = begin + this.#blocks - 1n;
      const read = last < end ? last : end;
      try {
        const range = { address, fromBlock: begin, toBlock: read };
        const logs = await answered(this.#chain, () => this.#chain.reader.getLogs(range));
        if (logs.length > MANY_EVENTS && this.#blocks > 1n) this.#blocks /= 2n;
        return { logs, read };
      } catch (error) {
        // Most nodes limit the blocks or the logs of an answer, each in its own words.
        if (error instanceof ChainError || this.#blocks === 1n) throw error;
        this.#blocks /= 2n;
      }
    }
  }

  /** The block of the first event: the token, which is created first, mints once and for ever. */
  async #born(latest: bigint): Promise<bigint> {
    if (this.#birth !== undefined) return this.#birth;
    const minting = { name: 'Transfer', inputs: mintInputs, type: 'event' } as const;
    const { deployedAt = latest } = this.#options;
    let toBlock = deployedAt < latest ? deployedAt : latest;
    for (let searched = 0; searched < MOST_SEARCHED && toBlock >= 0n; searched++) {
      const fromBlock = toBlock < MOST_BLOCKS ? 0n : toBlock - MOST_BLOCKS + 1n;
      const range = { address: this.#contracts.agrs, fromBlock, toBlock, event: minting, args: { from: zeroAddress } };
      const [mint] = await answered(this.#chain, () => this.#chain.reader.getLogs(range));
      if (mint !== undefined) {
        this.#birth = mint.blockNumber;
        return mint.blockNumber;
      }
      toBlock = fromBlock - 1n;
    }
    throw new ChainError(
      'not-deployed',
      `${this.#chain.name} tells no creation of the token ${this.#contracts.agrs} up to block ${latest}. ` +
        'Give the address book of this chain, and a node that keeps all logs.',
    );
  }
}

const mintInputs = [
  { name: 'from', type: 'address', indexed: true },
  { name: 'to', type: 'address', indexed: true },
  { name: 'value', type: 'uint256', indexed: false },
] as const;

/** Waits for a node; what it can't be reached for becomes a ChainError, what it answers stays. */
export async function answered<T>(chain: Chain, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof BaseError) || !error.walk(isLost)) throw error;
    throw new ChainError('unreachable', `${chain.name} stopped answering: ${error.shortMessage} Try again.`, {
      cause: error,
    });
  }
}

/** No answer at all; one with a bad HTTP status is an answer. */
function isLost(error: unknown): boolean {
  if (error instanceof HttpRequestError) return error.status === undefined;
  return error instanceof TimeoutError;
}

/*-------------------------------------------------------------------------------------------------------- decoding */

type AnyLog = Pick<Log, 'address' | 'data' | 'topics'>;

/** The system's events among logs, addresses in lower case. */
export function eventsAmong(contracts: Addresses, logs: readonly AnyLog[]): SystemEvent[] {
  return decoded(contracts, logs).map(({ event }) => event);
}

function decoded<L extends AnyLog>(contracts: Addresses, logs: readonly L[]): { event: SystemEvent; log: L }[] {
  return logs.flatMap((log) => {
    const address = log.address.toLowerCase();
    const contract = TOLD_BY.find((name) => contracts[name] === address);
    return contract === undefined ? [] : [{ event: decodeLog(contract, log), log }];
  });
}

function decodeLog(contract: ContractName, { address, data, topics }: AnyLog): SystemEvent {
  try {
    const { eventName, args } = decodeEventLog({ abi: systemAbis[contract], data, topics });
    return { contract, event: eventName, args: lowerCase(args ?? {}) } as SystemEvent;
  } catch (cause) {
    throw new ChainError(
      'not-deployed',
      `${contract} at ${address} tells an event that this version doesn't know (${topics[0]}). ` +
        'Use the version of mprd-net that deployed it.',
      { cause },
    );
  }
}

/** Gives events their place and the time of their block. */
async function dated(
  chain: Chain,
  found: readonly { readonly event: SystemEvent; readonly log: Log }[],
): Promise<PlacedEvent[]> {
  const times = new Map<bigint, bigint>();
  for (const { log } of found) {
    if (typeof log.blockTimestamp === 'bigint') times.set(log.blockNumber as bigint, log.blockTimestamp);
  }
  const untold = [...new Set(found.map(({ log }) => log.blockNumber as bigint))].filter((block) => !times.has(block));
  for (let first = 0; first < untold.length; first += AT_ONCE) {
    const blocks = untold.slice(first, first + AT_ONCE);
    const told = await answered(chain, () =>
      Promise.all(blocks.map((blockNumber) => chain.reader.getBlock({ blockNumber }))),
    );
    for (const { number, timestamp } of told) times.set(number, timestamp);
  }
  return found.map(({ event, log }) => {
    const block = log.blockNumber as bigint;
    return { event, time: times.get(block) as bigint, place: { block, index: log.logIndex as number } };
  });
}
