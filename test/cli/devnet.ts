/** A node with a deployment on it, on which a play was played and much was left open; and command lines run on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { numberToHex } from 'viem';
import * as world from '../../src/campaign/world.ts';
import { developmentAccounts, type KeyedAccount, keyedAccount } from '../../src/chain/accounts.ts';
import { type AddressBook, writeAddressBook } from '../../src/chain/address-book.ts';
import { connect } from '../../src/chain/connection.ts';
import { deploySystem } from '../../src/chain/deploy.ts';
import type { TauNet } from '../../src/chain/tau-net.ts';
import { evmTauNet } from '../../src/chain/tau-net-evm.ts';
import { main } from '../../src/cli/main.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { leaveOpen, play } from '../chain/scene.ts';

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function mprd(args: readonly string[], terminal = false): Promise<Run> {
  const out: string[] = [];
  let err = '';
  const code = await main(args, {
    out: (line) => {
      out.push(line);
    },
    err: (text) => {
      err += text;
    },
    terminal,
  });
  return { code, out: out.join('\n'), err };
}

export interface TestDevnet {
  readonly anvil: Anvil;
  readonly net: TauNet;
  readonly book: AddressBook;
  /** the address book's file */
  readonly file: string;
  /** the options by which a command reads this deployment */
  readonly options: readonly string[];
  /** Runs the action, then puts the chain back. */
  readonly aside: <T>(action: () => Promise<T>) => Promise<T>;
  /** Sends from any address, the next block being at `time`. */
  readonly transact: (from: Hex, to: Hex, data: Hex, time: bigint) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

export async function openDevnet(): Promise<TestDevnet> {
  const anvil = await startAnvil({ hardfork: 'prague' });
  const folder = await mkdtemp(path.join(tmpdir(), 'mprd-cli-'));
  const chain = await connect(anvil.url);
  const [deployer] = developmentAccounts() as readonly [KeyedAccount];
  const members = world.members.map(({ key }) => keyedAccount(key));
  for (const { address } of members) await anvil.call('anvil_setBalance', [address, numberToHex(10n ** 20n)]);
  const book = await deploySystem(chain, world.deployment, { deployer, members });
  const net = evmTauNet(chain, book.contracts, { impersonate: true, deployedAt: book.block });
  const { directory } = (await net.state()).deployment;
  const at = async (time: bigint): Promise<void> => {
    await anvil.call('evm_setNextBlockTimestamp', [numberToHex(time)]);
  };
  await play({ net, at }, directory, (await net.now()) + 10n);
  await leaveOpen({ net, at }, directory, await net.now());
  const file = await writeAddressBook(book, folder);
  await anvil.call('anvil_autoImpersonateAccount', [true]);
  return {
    anvil,
    net,
    book,
    file,
    options: ['--rpc', anvil.url, '--deployment', file],
    async aside(action) {
      const snapshot = await anvil.call('evm_snapshot', []);
      try {
        return await action();
      } finally {
        await anvil.call('evm_revert', [snapshot]);
      }
    },
    async transact(from, to, data, time) {
      await anvil.call('anvil_setBalance', [from, numberToHex(10n ** 20n)]);
      await at(time);
      const sent = { from, to, data, gas: numberToHex(1_000_000n) };
      const hash = (await anvil.call('eth_sendTransaction', [sent])) as Hex;
      return (await chain.reader.waitForTransactionReceipt({ hash })).status === 'success';
    },
    async stop() {
      await anvil.stop();
      await rm(folder, { recursive: true });
    },
  };
}
