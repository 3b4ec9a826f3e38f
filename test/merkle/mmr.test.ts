import { expect } from 'chai';
import { type Hex, keccak256, utf8 } from '../../src/codec/hash.ts';
import { tag } from '../../src/codec/tags.ts';
import {
  appendLeaf,
  emptyLog,
  logRoot,
  type Mmr,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from '../../src/merkle/mmr.ts';

const leaf = (i: number): Hex => keccak256(utf8(`leaf ${i}`));
/** Logs of 0 to 64 leaves. */
const logs: Mmr[] = [emptyLog];
for (let i = 0; i < 64; i++) logs.push(appendLeaf(logs[i]!, leaf(i)));
const at = (size: number) => logs[size] as Mmr;

const bytes = (...parts: Hex[]): Hex => `0x${parts.map((part) => part.slice(2)).join('')}`;
const node = (left: Hex, right: Hex) => keccak256(bytes('0x01', left, right));
const word = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`;
const root = (size: number, bag: Hex) => keccak256(bytes(tag('log-root'), word(size), bag));
const flipped = (hash: Hex): Hex => `0x${hash.slice(2, -1)}${hash.endsWith('0') ? '1' : '0'}`;

describe('the log', () => {
  it('has the root of its definition for 0 to 7 leaves', () => {
    const [a, b, c, d, e, f, g] = [0, 1, 2, 3, 4, 5, 6].map(leaf) as [Hex, Hex, Hex, Hex, Hex, Hex, Hex];
    const four = node(node(a, b), node(c, d));
    const expected = [
      root(0, word(0)),
      root(1, a),
      root(2, node(a, b)),
      root(3, node(node(a, b), c)),
      root(4, four),
      root(5, node(four, e)),
      root(6, node(four, node(e, f))),
      root(7, node(four, node(node(e, f), g))),
    ];
    expect(expected.map((_, size) => logRoot(at(size)))).to.deep.equal(expected);
  });

  it('is a value: appending leaves the former log as it was', () => {
    const before = logRoot(at(5));
    appendLeaf(at(5), leaf(99));
    expect(logRoot(at(5))).to.equal(before);
    expect(at(5).leaves.size).to.equal(5);
  });

  it('has another root for every size', () => {
    expect(new Set(logs.map(logRoot)).size).to.equal(65);
  });
});

describe('a proof of inclusion', () => {
  it('verifies for every leaf of every log of up to 64 leaves, with few hashes', function () {
    this.timeout(20_000);
    for (let size = 1; size <= 64; size++) {
      for (let index = 0; index < size; index++) {
        const proof = proveInclusion(at(size), index);
        expect(verifyInclusion(logRoot(at(size)), leaf(index), proof), `${index} of ${size}`).to.equal(true);
        expect(proof.siblings.length + proof.otherPeaks.length).to.be.at.most(2 * Math.ceil(Math.log2(size + 1)));
      }
    }
  });

  it('shows nothing but its own leaf at its own index in its own log', function () {
    this.timeout(20_000);
    for (let size = 1; size <= 33; size++) {
      for (let index = 0; index < size; index++) {
        const proof = proveInclusion(at(size), index);
        const holds = (change: object, of = leaf(index), under = logRoot(at(size))) =>
          verifyInclusion(under, of, { ...proof, ...change });
        for (let wrong = 0; wrong < size; wrong++) if (wrong !== index) expect(holds({ index: wrong })).to.equal(false);
        for (const wrong of [index, size - 1, size + 1, 2 * size]) {
          if (wrong !== size) expect(holds({ size: wrong })).to.equal(false);
        }
        expect(holds({}, leaf(99))).to.equal(false);
        expect(holds({}, leaf(index), logRoot(at(size + 1)))).to.equal(false);
        for (const part of ['siblings', 'otherPeaks'] as const) {
          proof[part].forEach((hash, i) => {
            expect(holds({ [part]: proof[part].with(i, flipped(hash)) })).to.equal(false);
          });
          expect(holds({ [part]: [...proof[part], leaf(0)] })).to.equal(false);
          if (proof[part].length > 0) expect(holds({ [part]: proof[part].slice(1) })).to.equal(false);
        }
      }
    }
  });

  it('shows no inner node as a leaf', () => {
    const [a, b, c, d] = [0, 1, 2, 3].map(leaf) as [Hex, Hex, Hex, Hex];
    const shorter = { index: 0, size: 4, siblings: [node(c, d)], otherPeaks: [] };
    expect(verifyInclusion(logRoot(at(4)), node(a, b), shorter)).to.equal(false);
  });

  it("doesn't take the bytes of a node apart in another place than between its children", () => {
    const proof = proveInclusion(at(2), 0);
    const [left, right] = [leaf(0), leaf(1)];
    const shifted = { ...proof, siblings: [`0x${left.slice(-2)}${right.slice(2)}` as Hex] };
    expect(verifyInclusion(logRoot(at(2)), left.slice(0, -2) as Hex, shifted)).to.equal(false);
    expect(verifyInclusion(logRoot(at(2)), left, { ...proof, siblings: [right.toUpperCase() as Hex] })).to.equal(false);
  });

  it('refuses indices and sizes that are no counts', () => {
    const proof = proveInclusion(at(4), 1);
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(verifyInclusion(logRoot(at(4)), leaf(1), { ...proof, index: wrong })).to.equal(false);
      expect(verifyInclusion(logRoot(at(4)), leaf(1), { ...proof, size: wrong })).to.equal(false);
    }
  });

  it("isn't made for an index outside the log", () => {
    for (const index of [-1, 3, 1.5]) expect(() => proveInclusion(at(3), index)).to.throw(RangeError, 'below the log');
  });
});

describe('a proof of consistency', () => {
  it('verifies for every pair of sizes up to 40', function () {
    this.timeout(20_000);
    for (let newSize = 0; newSize <= 40; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const proof = proveConsistency(at(newSize), oldSize);
        const holds = verifyConsistency(logRoot(at(oldSize)), logRoot(at(newSize)), proof);
        expect(holds, `${oldSize} in ${newSize}`).to.equal(true);
      }
    }
  });

  it('shows nothing about other logs, sizes or nodes', function () {
    this.timeout(20_000);
    for (let newSize = 1; newSize <= 20; newSize++) {
      for (let oldSize = 0; oldSize < newSize; oldSize++) {
        const proof = proveConsistency(at(newSize), oldSize);
        const [before, after] = [logRoot(at(oldSize)), logRoot(at(newSize))];
        expect(verifyConsistency(after, before, proof)).to.equal(false);
        expect(verifyConsistency(before, logRoot(at(newSize + 1)), proof)).to.equal(false);
        expect(verifyConsistency(before, after, { ...proof, oldSize: oldSize + 1 })).to.equal(false);
        expect(verifyConsistency(before, after, { ...proof, newSize: newSize + 1 })).to.equal(false);
        for (const part of ['oldPeaks', 'added'] as const) {
          proof[part].forEach((hash, i) => {
            expect(verifyConsistency(before, after, { ...proof, [part]: proof[part].with(i, flipped(hash)) })).to.equal(
              false,
            );
          });
          expect(verifyConsistency(before, after, { ...proof, [part]: [...proof[part], leaf(0)] })).to.equal(false);
        }
      }
    }
  });

  it("doesn't hold for a log that was rewritten", () => {
    let forged = appendLeaf(emptyLog, leaf(7));
    for (let i = 1; i < 12; i++) forged = appendLeaf(forged, leaf(i));
    for (let oldSize = 1; oldSize <= 11; oldSize++) {
      const proof = proveConsistency(forged, oldSize);
      expect(verifyConsistency(logRoot(at(oldSize)), logRoot(forged), proof)).to.equal(false);
      const honest = { ...proof, oldPeaks: proveConsistency(at(12), oldSize).oldPeaks };
      expect(verifyConsistency(logRoot(at(oldSize)), logRoot(forged), honest)).to.equal(false);
    }
  });

  it("isn't made for a size that the log never had", () => {
    for (const size of [-1, 4, 0.5]) expect(() => proveConsistency(at(3), size)).to.throw(RangeError, 'old size');
  });
});
