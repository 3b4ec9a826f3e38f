import { expect } from 'chai';
import { type Hex, keccak256, utf8 } from '../../src/codec/hash.ts';
import { type Leaf, proveEntry, registryRoot, verifyEntry } from '../../src/merkle/standard-tree.ts';

const hash = (text: string): Hex => keccak256(utf8(text));
const leaves = (n: number): Leaf[] => Array.from({ length: n }, (_, i) => [hash(`key ${i}`), hash(`entry ${i}`)]);
const bytes = (...parts: readonly Hex[]): Hex => `0x${parts.map((part) => part.slice(2)).join('')}`;
const leafHash = (leaf: Leaf) => keccak256(keccak256(bytes(...leaf)));
const nodeHash = (...pair: Hex[]) => keccak256(bytes(...pair.toSorted()));

describe("the registry's tree", () => {
  it('has the root of its definition: leaves hashed twice, in ascending order, pairs sorted', () => {
    const [one, two, three] = [leaves(1), leaves(2), leaves(3)];
    expect(registryRoot([])).to.equal(`0x${'0'.repeat(64)}`);
    expect(registryRoot(one)).to.equal(leafHash(one[0]!));
    expect(registryRoot(two)).to.equal(nodeHash(...two.map(leafHash)));
    // The array of the tree is filled from its end: the two smallest leaves are the deepest pair.
    const [a, b, c] = three.map(leafHash).toSorted() as [Hex, Hex, Hex];
    expect(registryRoot(three)).to.equal(nodeHash(nodeHash(a, b), c));
  });

  it("doesn't depend on the order of the entries", () => {
    for (const n of [2, 5, 64]) expect(registryRoot(leaves(n).toReversed())).to.equal(registryRoot(leaves(n)));
  });

  it('proves every entry of up to 9, of 16 and of 33, and nothing else', function () {
    this.timeout(20_000);
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 33]) {
      const all = leaves(n);
      const root = registryRoot(all);
      for (const [i, leaf] of all.entries()) {
        const proof = proveEntry(all, leaf);
        expect(verifyEntry(root, leaf, proof)).to.equal(true);
        expect(verifyEntry(root, [leaf[0], hash('other')], proof)).to.equal(false);
        expect(verifyEntry(root, [leaf[1], leaf[0]], proof)).to.equal(false);
        expect(verifyEntry(hash('root'), leaf, proof)).to.equal(false);
        if (n > 1) expect(verifyEntry(root, all[(i + 1) % n]!, proof)).to.equal(false);
      }
    }
  });

  it("doesn't prove an entry that isn't there", () => {
    expect(() => proveEntry(leaves(3), leaves(4)[3]!)).to.throw();
  });
});
