/**
 * What every command begins with: the deployment, all of its events, and the state that follows from them.
 * @module
 */
import path from 'node:path';
import { type AddressBook, addressBookFile, checkAddressBook, readAddressBook } from '../chain/address-book.ts';
import { type Chain, connect } from '../chain/connection.ts';
import { rebuild, unborn } from '../chain/replay/index.ts';
import { BEGINNING, type Cursor, type Page } from '../chain/tau-net.ts';
import { deploymentOf, evmTauNet } from '../chain/tau-net-evm.ts';
import type { State } from '../model/index.ts';
import type { Chronicle } from './chronicle.ts';
import { type CommonOptions, type Io, UsageError } from './options.ts';

export interface Reading {
  readonly chain: Chain;
  readonly book: AddressBook;
  readonly state: State;
  /** the latest block that is in the state */
  readonly block: bigint;
  /** its timestamp, seconds */
  readonly now: bigint;
}

/** Nothing is said about reading before so many milliseconds, and not more often. */
const PATIENCE_MS = 2_000;

/**
 * Reads everything.
 *
 * @throws UsageError, ChainError, ReplayError
 */
export async function read(options: CommonOptions, chronicle: Chronicle, io: Io): Promise<Reading> {
  const chain = await connect(options.rpc);
  const book = await bookOf(chain, options.deployment);
  await checkAddressBook(chain, book);
  const progress = new Progress(io);
  const net = evmTauNet(chain, book.contracts, {
    deployedAt: book.block,
    onPage: (done, last) => progress.tell(done, last),
  });
  const { number: block, timestamp: now } = await chain.reader.getBlock();
  const end: Cursor = { block: block + 1n, index: 0 };
  let state = unborn(await deploymentOf(chain, book.contracts));
  let page: Page = { events: [], next: BEGINNING, last: false };
  try {
    while (!page.last) {
      page = await net.events(page.next, end);
      state = rebuild(state, page.events, net.chainId);
      for (const event of page.events) chronicle.add(event);
    }
  } finally {
    progress.end();
  }
  return { chain, book, state, block, now };
}

/** The address book of the chain, or the one that was named. */
async function bookOf(chain: Chain, file: string | undefined): Promise<AddressBook> {
  if (file === undefined) return readAddressBook(chain.chainId);
  const folder = path.dirname(path.resolve(file));
  const expected = path.basename(addressBookFile(chain.chainId, folder));
  if (path.basename(file) !== expected) {
    throw new UsageError(
      `--deployment ${file}: ${chain.name} is chain ${chain.chainId}, whose address book is called ${expected}. ` +
        'Give the file that the deployment wrote, under its own name.',
    );
  }
  return readAddressBook(chain.chainId, folder);
}

class Progress {
  readonly #io: Io;
  #told = performance.now();
  #shown = false;

  constructor(io: Io) {
    this.#io = io;
  }

  tell(done: bigint, last: bigint): void {
    const now = performance.now();
    if (now - this.#told < PATIENCE_MS) return;
    this.#told = now;
    const text = `reading events: block ${done} of ${last}`;
    this.#io.err(this.#io.terminal ? `\r${text}` : `${text}\n`);
    this.#shown = true;
  }

  /** Takes the line away again. */
  end(): void {
    if (this.#shown && this.#io.terminal) this.#io.err('\r\x1b[K');
  }
}
