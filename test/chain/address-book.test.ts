import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import {
  type AddressBook,
  type Addresses,
  addressBookFile,
  CONTRACT_NAMES,
  checkAddressBook,
  readAddressBook,
  writeAddressBook,
} from '../../src/chain/address-book.ts';
import { devnetParameters } from '../../src/chain/config.ts';
import { connect } from '../../src/chain/connection.ts';
import { startDevnode } from '../../src/chain/devnode.ts';
import { ChainError } from '../../src/chain/failure.ts';
import type { Hex } from '../../src/codec/hash.ts';

const at = (n: number): Hex => `0x${n.toString(16).padStart(40, '0')}`;
const book: AddressBook = {
  chainId: 31337,
  block: 77n,
  contracts: Object.fromEntries(CONTRACT_NAMES.map((name, index) => [name, at(index + 1)])) as Addresses,
  verifiers: {
    decision: { address: at(99), selector: '0x01020304', imageId: `0x${'ab'.repeat(32)}`, development: true },
  },
  parameters: devnetParameters,
  accounts: [{ role: 'deployer', address: at(7), development: true }],
};

describe('chain: address books', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'mprd-book-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function refusalOf(change: (json: Record<string, unknown>) => unknown): Promise<string> {
    const file = await writeAddressBook(book, folder);
    const json = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const changed = change(json);
    await writeFile(file, typeof changed === 'string' ? changed : JSON.stringify(json));
    try {
      await readAddressBook(31337, folder);
    } catch (error) {
      expect(error).to.be.instanceOf(ChainError).with.property('code', 'bad-file');
      return (error as Error).message;
    }
    return 'no refusal';
  }

  it('read back what was written, and leave nothing else in the folder', async () => {
    await writeAddressBook(book, folder);
    await writeAddressBook({ ...book, block: 78n }, folder);
    expect(await readAddressBook(31337, folder)).to.deep.equal({ ...book, block: 78n });
    expect(await readdir(folder)).to.deep.equal(['31337.json']);
  });

  it('are refused with the place of the fault and what was expected there', async () => {
    const contracts = (json: Record<string, unknown>) => json.contracts as Record<string, unknown>;
    expect(
      await refusalOf((json) => {
        contracts(json).gate = '0x12';
      }),
    ).to.include('/contracts/gate: found "0x12", expected 0x and 40');
    expect(
      await refusalOf((json) => {
        delete contracts(json).lens;
      }),
    ).to.include('/contracts/lens: found nothing');
    expect(
      await refusalOf((json) => {
        json.format = 'mprd-net/address-book/2';
      }),
    ).to.include('/format');
    expect(
      await refusalOf((json) => {
        json.chainId = 1;
      }),
    ).to.include('/chainId: found 1, expected 31337');
    expect(
      await refusalOf((json) => {
        json.block = 77;
      }),
    ).to.include('/block: found 77, expected a decimal number in quotes');
    expect(
      await refusalOf((json) => {
        json.accounts = {};
      }),
    ).to.include('/accounts');
    expect(
      await refusalOf((json) => {
        (json.parameters as Record<string, unknown>).maxValidity = -1;
      }),
    ).to.include('/parameters/maxValidity');
    expect(
      await refusalOf((json) => {
        (json.verifiers as Record<string, unknown>).decision = [];
      }),
    ).to.include('/verifiers/decision: found []');
    expect(await refusalOf(() => '{')).to.include('expected JSON');
    expect(await refusalOf(() => '[]')).to.include('expected an object');
    expect(await refusalOf(() => ' '.repeat(300_000))).to.include('expected at most 262144');
  });

  it('say how to get one when there is none', async () => {
    const error = await readAddressBook(5, folder).catch((cause: unknown) => cause);
    expect(error)
      .to.be.instanceOf(ChainError)
      .with.property('message')
      .that.includes(addressBookFile(5, folder))
      .and.includes('deploy.ts');
  });

  it('of an earlier chain are told from those of the present one', async function () {
    this.timeout(20_000);
    const node = await startDevnode(0, 0);
    try {
      const chain = await connect(node.url);
      const earlier = await checkAddressBook(chain, book).catch((cause: unknown) => cause);
      expect(earlier).to.be.instanceOf(ChainError).with.property('code', 'not-deployed');
      const other = await checkAddressBook(chain, { ...book, chainId: 1337 }).catch((cause: unknown) => cause);
      expect(other).to.be.instanceOf(ChainError).with.property('code', 'wrong-chain');
    } finally {
      await node.close();
    }
  });
});
