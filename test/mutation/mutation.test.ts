/** Mutants: where they are, that one copy of the contracts holds them all, and that the judge tells them apart. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { encodeAbiParameters, encodeFunctionData, parseAbi } from 'viem';
import { projectRoot } from '../../scripts/lib/files.ts';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { rngOf } from '../../src/mirror/random.ts';
import { deploy } from '../../src/mirror/rpc.ts';
import { type Simulation, simulateBackend } from '../../src/mirror/simulate.ts';
import type { EvmCall, EvmResult, Hex } from '../../src/mirror/types.ts';
import { replaceCode } from '../../src/mutation/build.ts';
import { firstDifference, groupsOf, killsOf } from '../../src/mutation/judge.ts';
import { applied, instrument, SELECTOR, selection } from '../../src/mutation/schemata.ts';
import { type Site, sitesOf } from '../../src/mutation/sites.ts';
import { compile, type Sources } from '../../src/mutation/solidity.ts';

const FOLDER = 'test/mutation/fixtures';
const files = ['Shop.sol', 'Price.sol'].map((name) => `${FOLDER}/${name}`);
const sources: Sources = Object.fromEntries(
  files.map((file) => [file, readFileSync(`${projectRoot}/${file}`, 'utf8')]),
);
const abi = parseAbi([
  'constructor(address owner)',
  'function sell(uint256 amount) returns (uint256)',
  'function sold() view returns (uint256)',
]);
const stranger: Hex = `0x${'51'.repeat(20)}`;
const never = (): boolean => {
  throw new Error('nothing is compiled from elsewhere');
};

describe('Mutation', function () {
  this.timeout(60_000);
  let sites: Site[];
  let anvil: Anvil;
  let backend: Simulation;
  let owner: Hex;
  let shop: Hex;

  before(async () => {
    const { trees, bytecode: original } = compile(sources, projectRoot, 'code');
    sites = sitesOf(files.map((file) => ({ file, text: sources[file]!, tree: trees[file]! })));
    const { bytecode } = compile(
      instrument(sources, trees, sites, () => String(never())),
      projectRoot,
      'code',
    );
    anvil = await startAnvil();
    [owner] = (await anvil.call('eth_accounts')) as [Hex];
    shop = await deploy(anvil, { abi, bytecode: original['Shop']! }, [owner]);
    const args = encodeAbiParameters([{ type: 'address' }], [owner]);
    await replaceCode(anvil, shop, `${bytecode['Shop']!}${args.slice(2)}`, owner);
    backend = await simulateBackend(anvil);
  });

  after(() => anvil?.stop());

  const run = (calls: readonly EvmCall[], mutants: readonly number[]): Promise<readonly EvmResult[]> =>
    backend.run(calls, { [SELECTOR]: { code: selection(mutants, sites.length) } });

  function sell(amount: bigint, from: Hex = owner): EvmCall {
    const data = encodeFunctionData({ abi, functionName: 'sell', args: [amount] });
    const lensData = encodeFunctionData({ abi, functionName: 'sold' });
    return { from, to: shop, data, look: { to: shop, data: lensData }, time: 2_000_000_000n, block: 9n };
  }

  const numberOf = (text: string): number => {
    const found = sites.flatMap(({ id }, i) => (id.endsWith(text) ? [i + 1] : []));
    expect(found, text).to.have.length(1);
    return found[0]!;
  };

  const conflict = (a: number, b: number): boolean => {
    const [x, y] = [sites[a - 1]!, sites[b - 1]!];
    return x.file === y.file && x.start < y.end && y.start < x.end;
  };

  const killed = async (calls: readonly EvmCall[], mutants: readonly number[]): Promise<Map<number, number>> =>
    killsOf(run, calls, await run(calls, []), mutants, conflict, rngOf('groups', 0));

  it('finds every place of every operator, but none in constructors and constants', () => {
    expect(sites.map(({ id, mutant }) => [id, mutant])).to.deep.equal([
      ['Shop.onlyOwner require: if (msg.sender != owner) revert NotOwner(msg.sender)', ''],
      ['Shop.sell modifier: onlyOwner', ''],
      ['Shop.sell require: if (amount > 10) revert TooMuch(amount)', ''],
      ['Shop.sell boundary: amount > 10', 'amount >= 10'],
      ['Shop.sell boundary: i < amount', 'i <= amount'],
      ['Shop.sell arithmetic: i++', 'i--'],
      ['Shop.sell event: emit Sold(amount);', ''],
      ['Shop.sell storage: ordersOf[msg.sender].push(amount);', ''],
      ['Shop.sell storage: sold += amount;', ''],
      ['Shop.sell arithmetic: sold += amount', 'sold -= amount'],
      ['Shop.sell storage: delete ordersOf[address(0)];', ''],
      ['Shop.unused arithmetic: (a << 1) * (1 << 4)', '(a << 1) / (1 << 4)'],
      ['Shop.unused arithmetic: a << 1', 'a >> 1'],
      ['Price.add arithmetic: a + b', 'a - b'],
    ]);
    expect(sites.map(({ line }) => line)).to.deep.equal([18, 27, 28, 28, 29, 29, 30, 31, 32, 32, 33, 37, 37, 7]);
  });

  it('changes nothing while no mutant is chosen, not even the immutables', async () => {
    const [accepted, refused, tooMuch] = await run([sell(7n), sell(1n, stranger), sell(11n)], []);
    expect(accepted).to.include({ ok: true, data: encodeAbiParameters([{ type: 'uint256' }], [14n]) });
    expect(accepted?.logs).to.have.length(1);
    expect([refused?.ok, refused?.data.slice(0, 10)]).to.deep.equal([false, '0x245aecd3']);
    expect([tooMuch?.ok, BigInt(tooMuch!.lens!.data)]).to.deep.equal([false, 7n]);
  });

  const telling: readonly (readonly [mutant: string, calls: () => readonly EvmCall[], at: number])[] = [
    ['modifier: onlyOwner', () => [sell(1n), sell(1n, stranger)], 1],
    ['require: if (msg.sender != owner) revert NotOwner(msg.sender)', () => [sell(1n, stranger)], 0],
    ['require: if (amount > 10) revert TooMuch(amount)', () => [sell(10n), sell(11n)], 1],
    ['boundary: amount > 10', () => [sell(9n), sell(11n), sell(10n)], 2],
    ['boundary: i < amount', () => [sell(1n)], 0],
    ['arithmetic: i++', () => [sell(0n), sell(2n)], 1],
    ['event: emit Sold(amount);', () => [sell(1n), sell(7n)], 1],
    ['storage: sold += amount;', () => [sell(0n), sell(1n)], 1],
    ['arithmetic: sold += amount', () => [sell(1n)], 0],
    ['Price.add arithmetic: a + b', () => [sell(1n)], 0],
  ];
  for (const [mutant, calls, at] of telling) {
    it(`sees what "${mutant}" does, at the call that shows it`, async () => {
      const number = numberOf(mutant);
      expect([...(await killed(calls(), [number]))]).to.deep.equal([[number, at]]);
    });
  }

  it('tells the killed from those that survive, all at once', async () => {
    const calls = [sell(7n), sell(1n, stranger), sell(11n), sell(10n)];
    const all = sites.map((_, i) => i + 1);
    const kills = await killed(calls, all);
    const survivors = sites.filter((_, i) => !kills.has(i + 1)).map(({ id }) => id);
    expect(survivors).to.deep.equal([
      'Shop.sell storage: ordersOf[msg.sender].push(amount);',
      'Shop.sell storage: delete ordersOf[address(0)];',
      'Shop.unused arithmetic: (a << 1) * (1 << 4)',
      'Shop.unused arithmetic: a << 1',
    ]);
    for (const [number, at] of kills) {
      const alone = await run(calls, [number]);
      expect(firstDifference(await run(calls, []), alone), sites[number - 1]?.id).to.equal(at);
    }
  });

  it('never judges two mutants together of which one stands in the other, and leaves none out', () => {
    const all = sites.map((_, i) => i + 1);
    for (let draw = 0; draw < 20; draw++) {
      const groups = groupsOf(all, conflict, rngOf('groups', draw));
      expect(groups.flat().sort((a, b) => a - b)).to.deep.equal(all);
      for (const group of groups) {
        for (const a of group)
          for (const b of group) expect(a !== b && conflict(a, b), `${a} and ${b}`).to.equal(false);
      }
    }
  });

  it('puts texts around nested ranges from the inside out', () => {
    const edit = (start: number, end: number, before: string, after: string) => ({
      file: '',
      start,
      end,
      before,
      after,
    });
    const edits = [edit(0, 3, '(', ')'), edit(0, 7, '[', ']'), edit(4, 7, '{', '}'), edit(7, 7, '!', '')];
    expect(applied('a+b-c+d', edits)).to.equal('[(a+b)-{c+d}]!');
  });

  it('asks only for mutants that were numbered', () => {
    expect(selection([1, 3], 4)).to.equal('0x0001000100');
    expect(selection([], 2)).to.equal('0x000000');
  });
});
