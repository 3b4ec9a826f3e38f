/**
 * Address books: deployments/<chainId>.json says where a deployment's contracts are and which accounts play which role.
 * @module
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ContractName } from '../abi/system.ts';
import type { Hex } from '../codec/hash.ts';
import type { DeployedName } from './artifacts.ts';
import type { ParameterSet } from './config.ts';
import { protocolParameters } from './config.ts';
import type { Chain } from './connection.ts';
import { ChainError } from './failure.ts';

export const ADDRESS_BOOK_FORMAT = 'mprd-net/address-book/1';
const MAX_BYTES = 262_144;
const MAX_ACCOUNTS = 256;

/** The mirrored contracts and the lens; every deployment has them. */
export type Addresses = Readonly<Record<ContractName | 'lens', Hex>>;

export interface VerifierLine {
  readonly address: Hex;
  /** first four bytes of the receipts it reads */
  readonly selector: Hex;
  /** the program it accepts; zero: any */
  readonly imageId: Hex;
  /** its proofs can be made up by anyone: local chains only */
  readonly development: boolean;
}

export interface AccountLine {
  readonly role: string;
  readonly address: Hex;
  /** its key is publicly known */
  readonly development: boolean;
}

export interface AddressBook {
  readonly chainId: number;
  /** the block in which the deployment was complete */
  readonly block: bigint;
  readonly contracts: Addresses;
  readonly verifiers: { readonly decision?: VerifierLine; readonly recorded?: VerifierLine };
  readonly parameters: ParameterSet;
  readonly accounts: readonly AccountLine[];
}

/** The folder deployments/ of the project. */
export const DEPLOYMENTS = path.join(import.meta.dirname, '..', '..', 'deployments');

export function addressBookFile(chainId: number, folder = DEPLOYMENTS): string {
  return path.join(folder, `${chainId}.json`);
}

/** Writes deployments/<chainId>.json: the whole new file or, whatever happens, the old one. */
export async function writeAddressBook(book: AddressBook, folder = DEPLOYMENTS): Promise<string> {
  const file = addressBookFile(book.chainId, folder);
  const beside = `${file}.${process.pid}.tmp`;
  const text = JSON.stringify({ format: ADDRESS_BOOK_FORMAT, ...book }, decimal, 2);
  await mkdir(folder, { recursive: true });
  try {
    const handle = await open(beside, 'w');
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
  return file;
}

function decimal(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/**
 * Reads deployments/<chainId>.json.
 *
 * @throws ChainError bad-file, with the file, the place in it and what was expected
 */
export async function readAddressBook(chainId: number, folder = DEPLOYMENTS): Promise<AddressBook> {
  const file = addressBookFile(chainId, folder);
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new ChainError(
      'bad-file',
      `${file} can't be read. \`npm start\` and \`npx hardhat run scripts/deploy.ts --network localhost\` write it.`,
      { cause },
    );
  }
  if (bytes.length > MAX_BYTES) throw malformed(file, '', `${bytes.length} bytes`, `at most ${MAX_BYTES} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed(file, '', 'something else', 'JSON');
  }
  const book = parseAddressBook(json, file);
  if (book.chainId !== chainId) throw malformed(file, '/chainId', String(book.chainId), String(chainId));
  return book;
}

function malformed(file: string, place: string, found: string, expected: string): ChainError {
  const where = place === '' ? file : `${file}: ${place}`;
  return new ChainError(
    'bad-file',
    `${where}: found ${found}, expected ${expected}. Deploy again; the file is written by it.`,
  );
}

/** The contracts of a deployment in the order of their creation. */
export const CONTRACT_NAMES = [
  'agrs',
  'parameters',
  'council',
  'disruptions',
  'registry',
  'operators',
  'staking',
  'oracle',
  'router',
  'gate',
  'treasury',
  'court',
  'lens',
] as const satisfies readonly (keyof Addresses)[];

/** A value of the file and where it stands. */
class Reader {
  readonly #file: string;
  readonly #path: string;
  readonly #value: unknown;

  constructor(file: string, path: string, value: unknown) {
    this.#file = file;
    this.#path = path;
    this.#value = value;
  }

  fail(expected: string): never {
    const found = this.#value === undefined ? 'nothing' : JSON.stringify(this.#value).slice(0, 80);
    throw malformed(this.#file, this.#path, found, expected);
  }

  member(name: string): Reader {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object');
    return new Reader(this.#file, `${this.#path}/${name}`, (value as Record<string, unknown>)[name]);
  }

  get missing(): boolean {
    return this.#value === undefined;
  }

  elements(most: number): Reader[] {
    const value = this.#value;
    if (!Array.isArray(value) || value.length > most) this.fail(`a list of at most ${most} elements`);
    return value.map((element, index) => new Reader(this.#file, `${this.#path}/${index}`, element));
  }

  text(pattern: RegExp, expected: string): string {
    const value = this.#value;
    if (typeof value !== 'string' || !pattern.test(value)) this.fail(expected);
    return value;
  }

  bytes(length: number): Hex {
    return this.text(
      new RegExp(`^0x[0-9a-f]{${2 * length}}$`),
      `0x and ${2 * length} lower-case hexadecimal digits`,
    ) as Hex;
  }

  uint32(): number {
    const value = this.#value;
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 0xffffffff)
      this.fail('an integer from 0 to 2^32 - 1');
    return value as number;
  }

  decimal(): bigint {
    return BigInt(this.text(/^(?:0|[1-9][0-9]{0,38})$/, 'a decimal number in quotes'));
  }

  boolean(): boolean {
    if (typeof this.#value !== 'boolean') this.fail('true or false');
    return this.#value;
  }
}

function parseAddressBook(json: unknown, file: string): AddressBook {
  const top = new Reader(file, '', json);
  const format = top.member('format');
  if (format.text(/./, JSON.stringify(ADDRESS_BOOK_FORMAT)) !== ADDRESS_BOOK_FORMAT) {
    format.fail(JSON.stringify(ADDRESS_BOOK_FORMAT));
  }
  const contracts = top.member('contracts');
  const verifiers = top.member('verifiers');
  const parameters = top.member('parameters');
  const decision = parseVerifier(verifiers.member('decision'));
  const recorded = parseVerifier(verifiers.member('recorded'));
  return {
    chainId: top.member('chainId').uint32(),
    block: top.member('block').decimal(),
    contracts: Object.fromEntries(CONTRACT_NAMES.map((name) => [name, contracts.member(name).bytes(20)])) as Addresses,
    verifiers: { ...(decision && { decision }), ...(recorded && { recorded }) },
    parameters: Object.fromEntries(
      Object.entries(protocolParameters).map(([name, like]) => {
        const value = parameters.member(name);
        return [name, typeof like === 'bigint' ? value.decimal() : value.uint32()];
      }),
    ) as ParameterSet,
    accounts: top
      .member('accounts')
      .elements(MAX_ACCOUNTS)
      .map((line) => ({
        role: line.member('role').text(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, 'the name of a role'),
        address: line.member('address').bytes(20),
        development: line.member('development').boolean(),
      })),
  };
}

function parseVerifier(line: Reader): VerifierLine | undefined {
  if (line.missing) return undefined;
  return {
    address: line.member('address').bytes(20),
    selector: line.member('selector').bytes(4),
    imageId: line.member('imageId').bytes(32),
    development: line.member('development').boolean(),
  };
}

/**
 * Makes sure that the book is about this chain as it is: an earlier devnet's book names addresses without code.
 *
 * @throws ChainError wrong-chain, not-deployed
 */
export async function checkAddressBook(chain: Chain, book: AddressBook): Promise<void> {
  if (book.chainId !== chain.chainId) {
    throw new ChainError(
      'wrong-chain',
      `the address book is for chain ${book.chainId}, ${chain.name} is chain ${chain.chainId}.`,
    );
  }
  for (const [name, address] of Object.entries(book.contracts) as [DeployedName, Hex][]) {
    const code = await chain.reader.getCode({ address });
    if (code === undefined) {
      throw new ChainError(
        'not-deployed',
        `no ${name} at ${address} on ${chain.name}: the address book is of an earlier chain. ` +
          'Deploy again: `npx hardhat run scripts/deploy.ts --network localhost`.',
      );
    }
  }
}
