/**
 * Merkle mountain range: an append-only log whose root binds its size, with inclusion and consistency proofs. The same
 * as contracts/lib/MerkleMountainRange.sol.
 *
 * A node is keccak-256(0x01 | left | right). The peak of height h is live exactly when bit h of the size is set. Peaks
 * are bagged from the lowest up, and the root is keccak-256(tag, size, bag).
 * @module
 */
import { List } from 'immutable';
import { type Hex, keccakOfParts, ZERO_HASH } from '../codec/hash.ts';
import { tag } from '../codec/tags.ts';
import { hashWords } from '../codec/words.ts';

const LOG_ROOT = tag('log-root');

/** A log as a value: appending gives a new one. */
export interface Mmr {
  readonly size: number;
  /** peaks by height; those whose bit of the size isn't set are left over */
  readonly peaks: List<Hex>;
  /** all leaf hashes, in order */
  readonly leaves: List<Hex>;
}

export const emptyLog: Mmr = { size: 0, peaks: List(), leaves: List() };

function hashNode(left: Hex, right: Hex): Hex {
  return keccakOfParts('0x01', left, right);
}

export function appendLeaf(log: Mmr, leaf: Hex): Mmr {
  let node = leaf;
  let height = 0;
  for (; isSet(log.size, height); height++) node = hashNode(log.peaks.get(height) as Hex, node);
  return { size: log.size + 1, peaks: log.peaks.set(height, node), leaves: log.leaves.push(leaf) };
}

/** Bit h of a size below 2^53. */
function isSet(size: number, height: number): boolean {
  return Math.floor(size / 2 ** height) % 2 === 1;
}

/** Heights of the peaks of a log of this size, highest first. */
function peakHeights(size: number): number[] {
  const heights: number[] = [];
  for (let height = 0; 2 ** height <= size; height++) if (isSet(size, height)) heights.unshift(height);
  return heights;
}

/** Root from the peaks, highest first. */
function rootOfPeaks(size: number, peaks: readonly Hex[]): Hex {
  const bag = peaks.length === 0 ? ZERO_HASH : peaks.reduceRight((acc, peak) => hashNode(peak, acc));
  return hashWords([LOG_ROOT, BigInt(size), bag]);
}

/** Live peaks, highest first. */
function peaksOf(log: Mmr): Hex[] {
  return peakHeights(log.size).map((height) => log.peaks.get(height) as Hex);
}

export function logRoot(log: Mmr): Hex {
  return rootOfPeaks(log.size, peaksOf(log));
}

/** Root of a perfect tree over 2^height leaves. */
function subtree(leaves: List<Hex>, start: number, height: number): Hex {
  if (height === 0) return leaves.get(start) as Hex;
  const half = 2 ** (height - 1);
  return hashNode(subtree(leaves, start, height - 1), subtree(leaves, start + half, height - 1));
}

/** Peaks of the first `size` leaves, highest first. */
function peaksAt(leaves: List<Hex>, size: number): Hex[] {
  let start = 0;
  return peakHeights(size).map((height) => {
    const peak = subtree(leaves, start, height);
    start += 2 ** height;
    return peak;
  });
}

/** Shows that a leaf stands at `index` of a log of `size` leaves. */
export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  /** from the leaf up to its peak */
  readonly siblings: readonly Hex[];
  /** all other peaks, highest first */
  readonly otherPeaks: readonly Hex[];
}

/** Which peak holds the leaf: its place among the peaks, its height and its first leaf. */
function peakOf(index: number, size: number): { place: number; height: number; start: number } | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return undefined;
  let start = 0;
  for (const [place, height] of peakHeights(size).entries()) {
    if (index < start + 2 ** height) return { place, height, start };
    start += 2 ** height;
  }
  return undefined;
}

/** Proofs come from anybody: parts of other lengths would let two preimages look alike. */
function areHashes(parts: readonly Hex[]): boolean {
  return parts.every((part) => /^0x[0-9a-f]{64}$/.test(part));
}

/** Throws a RangeError for an index outside the log. */
export function proveInclusion(log: Mmr, index: number): InclusionProof {
  const peak = peakOf(index, log.size);
  if (!peak) throw new RangeError(`mmr: expected an index below the log's size ${log.size}, got ${index}`);
  const offset = index - peak.start;
  const siblings = Array.from({ length: peak.height }, (_, level) => {
    const sibling = isSet(offset, level) ? Math.floor(offset / 2 ** level) - 1 : Math.floor(offset / 2 ** level) + 1;
    return subtree(log.leaves, peak.start + sibling * 2 ** level, level);
  });
  return { index, size: log.size, siblings, otherPeaks: peaksOf(log).filter((_, place) => place !== peak.place) };
}

/** True when the proof shows `leaf` at proof.index under a root that binds proof.size. */
export function verifyInclusion(root: Hex, leaf: Hex, proof: InclusionProof): boolean {
  const peak = peakOf(proof.index, proof.size);
  if (!peak || proof.siblings.length !== peak.height) return false;
  if (proof.otherPeaks.length !== peakHeights(proof.size).length - 1) return false;
  if (!areHashes([leaf, ...proof.siblings, ...proof.otherPeaks])) return false;
  const offset = proof.index - peak.start;
  const node = proof.siblings.reduce(
    (acc, sibling, level) => (isSet(offset, level) ? hashNode(sibling, acc) : hashNode(acc, sibling)),
    leaf,
  );
  const peaks = [...proof.otherPeaks.slice(0, peak.place), node, ...proof.otherPeaks.slice(peak.place)];
  return rootOfPeaks(proof.size, peaks) === root;
}

/** Shows that a log of `newSize` leaves begins with the log of `oldSize` leaves. */
export interface ConsistencyProof {
  readonly oldSize: number;
  readonly newSize: number;
  /** peaks of the old log, highest first */
  readonly oldPeaks: readonly Hex[];
  /** roots of the perfect trees that fill the new log after the old one, from left to right */
  readonly added: readonly Hex[];
}

/** Heights of the perfect trees that lead from `oldSize` to `newSize` leaves, each aligned to its size. */
function addedHeights(oldSize: number, newSize: number): number[] {
  const heights: number[] = [];
  for (let at = oldSize; at < newSize; at += 2 ** (heights.at(-1) as number)) {
    let height = 0;
    while (at % 2 ** (height + 1) === 0 && at + 2 ** (height + 1) <= newSize) height++;
    heights.push(height);
  }
  return heights;
}

/** Throws a RangeError unless 0 <= oldSize <= log.size. */
export function proveConsistency(log: Mmr, oldSize: number): ConsistencyProof {
  if (!Number.isSafeInteger(oldSize) || oldSize < 0 || oldSize > log.size) {
    throw new RangeError(`mmr: expected an old size up to ${log.size}, got ${oldSize}`);
  }
  let at = oldSize;
  const added = addedHeights(oldSize, log.size).map((height) => {
    const node = subtree(log.leaves, at, height);
    at += 2 ** height;
    return node;
  });
  return { oldSize, newSize: log.size, oldPeaks: peaksAt(log.leaves, oldSize), added };
}

/** True when the proof shows that the log under `newRoot` begins with the one under `oldRoot`. */
export function verifyConsistency(oldRoot: Hex, newRoot: Hex, proof: ConsistencyProof): boolean {
  const { oldSize, newSize, oldPeaks, added } = proof;
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(newSize) || oldSize < 0 || oldSize > newSize)
    return false;
  const oldHeights = peakHeights(oldSize);
  const newHeights = addedHeights(oldSize, newSize);
  if (oldPeaks.length !== oldHeights.length || added.length !== newHeights.length) return false;
  if (!areHashes([...oldPeaks, ...added])) return false;
  if (rootOfPeaks(oldSize, oldPeaks) !== oldRoot) return false;
  const stack = oldHeights.map((height, i) => ({ height, node: oldPeaks[i] as Hex }));
  for (const [i, height] of newHeights.entries()) {
    stack.push({ height, node: added[i] as Hex });
    while (stack.length > 1 && stack.at(-1)?.height === stack.at(-2)?.height) {
      const right = stack.pop() as { height: number; node: Hex };
      const left = stack.pop() as { height: number; node: Hex };
      stack.push({ height: left.height + 1, node: hashNode(left.node, right.node) });
    }
  }
  return (
    rootOfPeaks(
      newSize,
      stack.map(({ node }) => node),
    ) === newRoot
  );
}
