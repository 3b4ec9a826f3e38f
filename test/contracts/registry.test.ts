import { expect } from 'chai';
import { decodeFunctionResult, encodeFunctionData } from 'viem';
import { systemAbis } from '../../src/abi/system.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Entry, entryHash, entryKey } from '../../src/codec/ids.ts';
import { type Leaf, proveEntry, registryRoot, verifyEntry } from '../../src/merkle/standard-tree.ts';
import { rngOf } from '../../src/mirror/random.ts';
import {
  asCouncil,
  deployFixture,
  type Fixture,
  parameters,
  RELAYER,
  refusalText,
  type Sent,
  send,
  word,
  ZERO_HASH,
} from './fixture.ts';

describe('policy registry: the root is the one that @openzeppelin/merkle-tree computes', function () {
  this.timeout(60_000);
  let f: Fixture;
  before(async () => {
    f = await deployFixture();
  });
  after(() => f?.anvil.stop());

  const staged = (entry: Entry): Sent => asCouncil(f.at, 'registry', encodeCall('registry', 'stageEntry', [entry]));
  const removed = (key: Hex): Sent => asCouncil(f.at, 'registry', encodeCall('registry', 'stageRemoval', [key]));
  const advanced = (): Sent => asCouncil(f.at, 'registry', encodeCall('registry', 'advanceEpoch', []));
  const rootRead = (epoch: bigint): Sent => ({
    from: RELAYER,
    to: f.at.registry,
    data: encodeFunctionData({ abi: systemAbis.registry, functionName: 'rootOf', args: [epoch] }),
  });
  const leafOf = (entry: Entry): Leaf => {
    const place = { chainId: f.chainId, contract: f.at.registry };
    return [entryKey(place, entry.policyHash, entry.adapter, entry.account), entryHash(place, entry)];
  };
  const readAdvance = (data: Hex) =>
    decodeFunctionResult({ abi: systemAbis.registry, functionName: 'advanceEpoch', data });

  /** Begins an epoch with these changes after each other; the calls of one epoch stand in consecutive seconds. */
  async function epochs(changes: readonly (readonly Sent[])[]) {
    const calls: Sent[] = [];
    let at = f.time + BigInt(parameters.epochMinInterval);
    for (const [i, list] of changes.entries()) {
      const group = [...list, advanced(), rootRead(BigInt(3 + i))];
      calls.push(...group.map((call, j) => ({ ...call, at: at + BigInt(j) })));
      at += BigInt(parameters.epochMinInterval + group.length);
    }
    const results = await send(f, calls);
    for (const result of results) expect(result.ok, refusalText(result)).to.equal(true);
    let end = 0;
    return changes.map((list) => {
      end += list.length + 2;
      const [epoch, root] = readAdvance(results[end - 2]!.data);
      expect(results[end - 1]!.data).to.equal(root);
      return { epoch, root };
    });
  }

  it('for 0 to 16 random entries, in any order of staging, each of which has a proof', async () => {
    const rng = rngOf('registry roots', 0);
    const initial = Object.values(f.entries).map(leafOf);
    const clear = initial.map(([key]) => removed(key));
    const [empty] = await epochs([clear]);
    expect(empty).to.deep.equal({ epoch: 3n, root: ZERO_HASH });
    for (let count = 1; count <= 16; count++) {
      const entries = Array.from(
        { length: count },
        (_, i): Entry => ({
          ...f.entries.pay,
          policyHash: word(`random ${count} ${i} ${rng.int(0, 1_000_000)}`),
          account: `0x${rng
            .bigint(1n, 2n ** 160n - 1n)
            .toString(16)
            .padStart(40, '0')}`,
          operators: [],
          quotaPerState: rng.bigint(1n, 2n ** 64n - 1n),
        }),
      );
      const leaves = entries.map(leafOf);
      const [first] = await epochs([[...clear, ...entries.map(staged)]]);
      const expected = registryRoot(leaves);
      expect(first).to.deep.equal({ epoch: 3n, root: expected });
      for (const leaf of leaves) expect(verifyEntry(expected, leaf, proveEntry(leaves, leaf))).to.equal(true);
      expect(verifyEntry(expected, [leaves[0]![0], word('another')], proveEntry(leaves, leaves[0]!))).to.equal(false);
    }
  });

  it('after removals and changes, wherever the removed entries stood', async () => {
    const rng = rngOf('registry removals', 0);
    const inForce = new Map(Object.values(f.entries).map((entry) => [leafOf(entry)[0], entry]));
    const rounds: Sent[][] = [];
    const expected: Hex[] = [];
    for (let round = 0; round < 8; round++) {
      const keys = [...inForce.keys()];
      const changes: Sent[] = [];
      for (const key of keys.filter(() => rng.chance(1, 3))) {
        changes.push(removed(key));
        inForce.delete(key);
      }
      for (const [key, entry] of [...inForce].filter(() => rng.chance(1, 3))) {
        const changed = { ...entry, claimTtl: entry.claimTtl + 1n };
        changes.push(staged(changed));
        inForce.set(key, changed);
      }
      for (let i = rng.int(1, 3); i > 0; i--) {
        const entry = { ...f.entries.pay, policyHash: word(`round ${round} ${i}`) };
        changes.push(staged(entry));
        inForce.set(leafOf(entry)[0], entry);
      }
      rounds.push(changes);
      expected.push(registryRoot([...inForce.values()].map(leafOf)));
    }
    expect((await epochs(rounds)).map(({ root }) => root)).to.deep.equal(expected);
  });

  it('an entry that is added and removed before the epoch leaves no trace in it', async () => {
    const entry = { ...f.entries.pay, policyHash: word('short-lived') };
    const [key] = leafOf(entry);
    const unstaged = asCouncil(f.at, 'registry', encodeCall('registry', 'unstage', [key]));
    const other = { ...f.entries.pay, policyHash: word('stays') };
    const [next] = await epochs([[staged(entry), staged(other), unstaged]]);
    expect(next!.root).to.equal(registryRoot([...Object.values(f.entries), other].map(leafOf)));
  });
});
