/** One play on the model and on a real node: both are the same TauNet. */
import { expect } from 'chai';
import { encodeFunctionResult, numberToHex } from 'viem';
import { lensAbi } from '../../src/abi/generated/index.ts';
import { recordedVerdict } from '../../src/campaign/recorded.ts';
import * as world from '../../src/campaign/world.ts';
import { developmentAccounts, type KeyedAccount, keyedAccount } from '../../src/chain/accounts.ts';
import type { AddressBook } from '../../src/chain/address-book.ts';
import { type Chain, connect } from '../../src/chain/connection.ts';
import { deploySystem } from '../../src/chain/deploy.ts';
import { ChainError } from '../../src/chain/failure.ts';
import { rebuild } from '../../src/chain/replay/index.ts';
import {
  type AnyOutcome,
  BEGINNING,
  eventsOf,
  isBefore,
  isRefusal,
  type PlacedEvent,
  type TauNet,
} from '../../src/chain/tau-net.ts';
import { evmTauNet } from '../../src/chain/tau-net-evm.ts';
import { memoryTauNet } from '../../src/chain/tau-net-memory.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { lensQuery, lensSnapshot, type State } from '../../src/model/index.ts';
import { firstDifference } from './plain.ts';
import { castOf, type Line, play } from './scene.ts';

const { CHAIN_ID } = world;

async function all(events: AsyncIterable<PlacedEvent>): Promise<PlacedEvent[]> {
  const list: PlacedEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

async function failure(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => expect.fail('nothing was thrown'),
    (error: unknown) => error,
  );
}

describe('TauNet', function () {
  this.timeout(120_000);
  let anvil: Anvil;
  let chain: Chain;
  let book: AddressBook;
  let beginning: State;
  let begin: bigint;
  const nets: { evm?: TauNet; memory?: TauNet } = {};
  const played: { evm: readonly Line[]; memory: readonly Line[] } = { evm: [], memory: [] };

  before(async () => {
    anvil = await startAnvil({ hardfork: 'prague' });
    chain = await connect(anvil.url);
    const [deployer] = developmentAccounts() as readonly [KeyedAccount];
    const members = world.members.map(({ key }) => keyedAccount(key));
    for (const { address } of members) await anvil.call('anvil_setBalance', [address, numberToHex(10n ** 20n)]);
    book = await deploySystem(chain, world.deployment, { deployer, members });
    const evm = evmTauNet(chain, book.contracts, { impersonate: true, deployedAt: book.block });
    beginning = await evm.state();
    begin = (await evm.now()) + 10n;

    let now = begin;
    const verifier = book.verifiers.recorded?.address;
    const memory = memoryTauNet(beginning, {
      chainId: CHAIN_ID,
      clock: () => now,
      receipts: (at, seal, imageId, digest) =>
        at === verifier ? recordedVerdict(seal, imageId, digest) : { error: 'ReceiptRefused', args: [] },
    });
    Object.assign(nets, { evm, memory });
    const { directory } = beginning.deployment;
    const setTime = async (time: bigint): Promise<void> => {
      await anvil.call('evm_setNextBlockTimestamp', [numberToHex(time)]);
    };
    const setClock = async (time: bigint): Promise<void> => {
      now = time;
    };
    played.evm = await play({ net: evm, at: setTime }, directory, begin);
    played.memory = await play({ net: memory, at: setClock }, directory, begin);
  });
  after(() => anvil?.stop());

  it('comes to the same outcomes in memory and on a node, line by line', () => {
    expect(played.evm.map(({ name }) => name)).to.deep.equal(played.memory.map(({ name }) => name));
    for (const [i, line] of played.evm.entries()) expect(line, line.name).to.deep.equal(played.memory[i]);
  });

  it('ends in the same state in memory and, from events alone, on a node', async () => {
    const [told, kept] = [await nets.evm?.state(), await nets.memory?.state()];
    expect(firstDifference(told, kept)).to.equal(undefined);
  });

  it('ends in the state that the lens shows on the node', async () => {
    const state = (await nets.evm?.state()) as State;
    const { directory } = state.deployment;
    const watch = {
      accounts: [...world.everybody.map(({ address }) => address), ...Object.values(directory)],
      tiers: [{ target: directory.registry, selector: '0x12345678' as Hex }],
      signers: world.signers.map(({ address }) => address),
      selectors: [...state.router.routes.keys()],
    };
    const query = lensQuery(state, watch);
    const snapshot = { abi: lensAbi, functionName: 'snapshot' } as const;
    const shown = await chain.reader.readContract({ ...snapshot, address: book.contracts.lens, args: [query] });
    const expected = lensSnapshot(state, query, { time: (await nets.evm?.now()) as bigint });
    const encoded = (result: typeof shown): Hex => encodeFunctionResult({ ...snapshot, result });
    expect(encoded(shown)).to.equal(encoded(expected));
  });

  for (const name of ['evm', 'memory'] as const) {
    describe(name === 'evm' ? 'on a node' : 'in memory', () => {
      let net: TauNet;
      let events: PlacedEvent[];
      const outcome = (line: string): AnyOutcome =>
        played[name].find((one) => one.name === line)?.outcome ?? expect.fail(`there is no line ${line}`);
      const names = (line: string): string[] => {
        const found = outcome(line);
        return isRefusal(found) ? [found.error] : found.events.map(({ event }) => event);
      };

      before(async () => {
        net = nets[name] as TauNet;
        events = await all(eventsOf(net));
      });

      it('lets a bond, a delegation and an exit happen, and pays the exit once, when it is mature', () => {
        expect(names('bond')).to.deep.equal(['Approval', 'Transfer', 'Bonded']);
        expect(names('delegate')).to.deep.equal(['Approval', 'Transfer', 'Delegated']);
        expect(names('undelegate')).to.deep.equal(['ExitRequested']);
        expect(names('claim an exit early')).to.deep.equal(['ExitNotMature']);
        expect(names('claimExit')).to.deep.equal(['ExitClaimed', 'Transfer']);
        expect(names('claim an exit twice')).to.deep.equal(['ExitUnknown']);
      });

      it('refuses with the arguments of the error, addresses in lower case', () => {
        const [outsider] = [world.outsiders[1]?.address as Hex];
        const [id] = castOf(CHAIN_ID, book.contracts).ids as readonly [Hex];
        const most = 16_000n * world.AGRS;
        expect(outcome('delegate too much')).to.deep.include({
          error: 'DelegationRatioExceeded',
          args: [id, 200n * world.AGRS + most, most],
        });
        expect(outcome('transfer too much')).to.deep.equal({
          error: 'ERC20InsufficientBalance',
          args: [outsider, rewardOf(played[name]), 10_000n * world.AGRS],
        });
        expect(outcome('admit as nobody')).to.deep.equal({ error: 'NotCouncil', args: [outsider] });
        expect(outcome('slash')).to.deep.equal({ error: 'NotCourt', args: [outsider] });
      });

      it('takes the bond of a missed claim, gives that of an excused one back, and executes the third', () => {
        expect(names('settle early')).to.deep.equal(['ClaimOpen']);
        expect(names('settle a miss').slice(0, 1)).to.deep.equal(['ClaimSettled']);
        expect(names('settle a miss')).to.include('MissCounted');
        expect(outcome('settle an excuse')).to.deep.include({ returns: [1] });
        expect(names('settle an excuse')).to.include('LockReleased');
        expect(names('executeClaimed')).to.include.members(['LockReleased', 'Paid', 'Executed']);
        expect(names('execute again')).to.deep.equal(['NonceUsed']);
      });

      it('pays a fee when the execution is final, and not before', () => {
        expect(names('collect early')).to.deep.equal(['NotFinal']);
        expect(names('collectFee')).to.deep.equal(['FeePaid', 'Transfer']);
      });

      it('slashes through an audit and through evidence', () => {
        const votes = played[name].filter((line) => line.name === 'vote');
        const [, ruling] = votes.map((line) => (isRefusal(line.outcome) ? [] : line.outcome.events));
        expect(ruling?.map(({ event }) => event)).to.include.members(['Voted', 'CaseClosed', 'Slashed']);
        expect(names('reveal early')).to.deep.equal(['RevealOutsideWindow']);
        expect(names('revealAttestations')).to.include.members(['Slashed', 'Ejected', 'Convicted']);
        expect(names('reward early')).to.deep.equal(['RewardNotDue']);
        expect(names('payReward')).to.deep.equal(['RewardPaid', 'Transfer']);
      });

      it('tells every event of accepted calls in order, with the time of its block', () => {
        const said = played[name].flatMap(({ outcome, time }) =>
          isRefusal(outcome) ? [] : outcome.events.map((event) => ({ event, time })),
        );
        const told = events.filter(({ time }) => time > begin).map(({ event, time }) => ({ event, time }));
        expect(told).to.deep.equal(said);
        for (const [i, { place }] of events.slice(1).entries()) {
          expect(isBefore((events[i] as PlacedEvent).place, place)).to.equal(true);
        }
      });

      it('tells the events from any place on, and up to any place', async () => {
        const middle = Math.floor(events.length / 2);
        const { place } = events[middle] as PlacedEvent;
        expect(await all(eventsOf(net, place))).to.deep.equal(events.slice(middle));
        expect(await all(eventsOf(net, BEGINNING, place))).to.deep.equal(events.slice(0, middle));
        const page = await net.events(BEGINNING, place);
        expect(page.last).to.equal(true);
        expect(await all(eventsOf(net, page.next))).to.deep.equal(events.slice(middle));
        const { place: end } = events.at(-1) as PlacedEvent;
        const after = { block: end.block + 1n, index: 0 };
        expect(await net.events(after)).to.deep.include({ events: [], last: true });
      });

      it('has the state that its events tell', async () => {
        const later = events.filter(({ time }) => time > begin);
        expect(firstDifference(rebuild(beginning, later, CHAIN_ID), await net.state())).to.equal(undefined);
      });
    });
  }

  it('in memory refuses a clock that goes back', async () => {
    let now = begin;
    const net = memoryTauNet(beginning, { chainId: CHAIN_ID, clock: () => now });
    now -= 1n;
    expect(await failure(net.now())).to.be.an.instanceOf(RangeError);
  });

  describe('on a node', () => {
    it('asks for the key of a sender that it does not have, and names the sender', async () => {
      const net = evmTauNet(chain, book.contracts);
      const sender = world.principal.address;
      const call = { contract: 'agrs', function: 'burn', args: [1n], sender } as const;
      const error = (await failure(net.send(call))) as ChainError;
      expect(error).to.be.an.instanceOf(ChainError);
      expect(error.code).to.equal('key-missing');
      expect(error.message).to.include(sender);
    });

    it('sends with a key that it has', async () => {
      const [deployer] = developmentAccounts() as readonly [KeyedAccount];
      const net = evmTauNet(chain, book.contracts, { keys: [deployer] });
      const args = [world.principal.address, 5n] as const;
      const done = await net.send({ contract: 'agrs', function: 'approve', args, sender: deployer.address });
      expect(done).to.deep.equal({
        returns: [true],
        events: [
          {
            contract: 'agrs',
            event: 'Approval',
            args: { owner: deployer.address, spender: world.principal.address, value: 5n },
          },
        ],
      });
    });

    it('follows the chain when it loses its latest blocks', async () => {
      const net = evmTauNet(chain, book.contracts, { impersonate: true, deployedAt: book.block });
      const earlier = await net.state();
      const snapshot = await anvil.call('evm_snapshot', []);
      const sender = world.principal.address;
      await net.send({ contract: 'agrs', function: 'burn', args: [1n], sender });
      const later = await net.state();
      expect(later.agrs.supply).to.equal(earlier.agrs.supply - 1n);
      await anvil.call('evm_revert', [snapshot]);
      expect(firstDifference(await net.state(), earlier)).to.equal(undefined);
      // Lost again, and another block has the number before anybody asks.
      const again = await anvil.call('evm_snapshot', []);
      await net.send({ contract: 'agrs', function: 'burn', args: [2n], sender });
      expect((await net.state()).agrs.supply).to.equal(earlier.agrs.supply - 2n);
      await anvil.call('evm_revert', [again]);
      await net.send({ contract: 'agrs', function: 'burn', args: [3n], sender });
      expect((await net.state()).agrs.supply).to.equal(earlier.agrs.supply - 3n);
    });

    it('reads shorter pages from a node that refuses long ones, and dates events that come without a time', async () => {
      const asked: number[] = [];
      const request = async ({ method, params = [] }: { method: string; params?: unknown }): Promise<unknown> => {
        if (method !== 'eth_getLogs') return anvil.call(method, params as unknown[]);
        const [{ fromBlock, toBlock }] = params as readonly [{ readonly fromBlock: Hex; readonly toBlock: Hex }];
        const blocks = Number(BigInt(toBlock) - BigInt(fromBlock)) + 1;
        asked.push(blocks);
        if (blocks > 40) throw Object.assign(new Error('query exceeds 40 blocks'), { code: -32_005 });
        const logs = (await anvil.call(method, params as unknown[])) as readonly Record<string, unknown>[];
        return logs.map(({ blockTimestamp: _, ...log }) => log);
      };
      const limited = await connect({ request } as Parameters<typeof connect>[0]);
      const net = evmTauNet(limited, book.contracts, { deployedAt: 30n });
      expect(await all(eventsOf(net))).to.deep.equal(await all(eventsOf(nets.evm as TauNet)));
      expect(Math.max(...asked.slice(-3))).to.be.at.most(40);
    });

    it('says that nothing was deployed where the token was never created', async () => {
      const contracts = { ...book.contracts, agrs: `0x${'7'.repeat(40)}` as Hex };
      const error = (await failure(evmTauNet(chain, contracts).events())) as ChainError;
      expect(error).to.be.an.instanceOf(ChainError);
      expect(error.code).to.equal('not-deployed');
      expect(error.message).to.include(contracts.agrs);
    });

    it('says that the node stopped answering', async () => {
      const other = await startAnvil();
      const gone = await connect(other.url);
      await other.stop();
      const error = (await failure(evmTauNet(gone, book.contracts).state())) as ChainError;
      expect(error).to.be.an.instanceOf(ChainError);
      expect(error.code).to.equal('unreachable');
    });
  });
});

/** What settling the miss paid the one who settled it. */
function rewardOf(lines: readonly Line[]): bigint {
  const settled = lines.find(({ name }) => name === 'settle a miss')?.outcome;
  const events = settled === undefined || isRefusal(settled) ? [] : settled.events;
  for (const event of events) if (event.event === 'Transfer') return event.args.value;
  return expect.fail('nothing was paid');
}
