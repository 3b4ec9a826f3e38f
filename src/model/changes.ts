/**
 * What differs between two persistent maps, in time proportional to the differences: maps made from one another share
 * all nodes of their tries but those on the way to what was changed, and what is shared is skipped.
 *
 * immutable.js offers no such comparison, so this reads its nodes. Its version is fixed in package.json, and a test
 * compares the outcome with that of the public interface.
 * @module
 */
import type { Map } from 'immutable';

type Entry<K, V> = readonly [K, V];

/** A node of a trie: a branch with children by five bits of the hash, or a leaf with one or a few entries. */
interface Node<K, V> {
  readonly entry?: Entry<K, V>;
  readonly entries?: readonly Entry<K, V>[];
  /** all 32 places, or those whose bit is set in `bitmap` */
  readonly nodes?: readonly (Node<K, V> | undefined)[];
  readonly bitmap?: number;
}

/** Told a key whose value differs; undefined stands for an entry that isn't there. */
export type Tell<K, V> = (key: K, before: V | undefined, after: V | undefined) => void;

const PLACES = 32;

/**
 * Tells each key whose values differ (by ===) once, in no order that means anything. Keys are strings or integers; no
 * map is like an empty one.
 */
export function changes<K extends string | bigint, V>(
  before: Map<K, V> | undefined,
  after: Map<K, V> | undefined,
  tell: Tell<K, V>,
): void {
  compare(rootOf(before), rootOf(after), tell);
}

/** Undefined for an empty map. */
const rootOf = <K, V>(map: Map<K, V> | undefined): Node<K, V> | undefined =>
  (map as { readonly _root?: Node<K, V> } | undefined)?._root;

function compare<K, V>(before: Node<K, V> | undefined, after: Node<K, V> | undefined, tell: Tell<K, V>): void {
  if (before === after) return;
  if (before?.nodes === undefined || after?.nodes === undefined) {
    compareEntries(entriesOf(before), entriesOf(after), tell);
    return;
  }
  for (let place = 0; place < PLACES; place++) compare(childAt(before, place), childAt(after, place), tell);
}

function childAt<K, V>({ nodes = [], bitmap }: Node<K, V>, place: number): Node<K, V> | undefined {
  if (bitmap === undefined) return nodes[place];
  const bit = 1 << place;
  return (bitmap & bit) === 0 ? undefined : nodes[bitsOf(bitmap & (bit - 1))];
}

/** Number of bits set in 32. */
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function entriesOf<K, V>(node: Node<K, V> | undefined): readonly Entry<K, V>[] {
  if (node === undefined) return [];
  const { entry, entries, nodes = [] } = node;
  return entries ?? (entry ? [entry] : nodes.flatMap(entriesOf));
}

/** Nodes that are no branches have few entries, and the same ones at the same places mostly. */
function compareEntries<K, V>(before: readonly Entry<K, V>[], after: readonly Entry<K, V>[], tell: Tell<K, V>): void {
  const find = (entries: readonly Entry<K, V>[], key: K, place: number): Entry<K, V> | undefined => {
    const there = entries[place];
    return there?.[0] === key ? there : entries.find((entry) => entry[0] === key);
  };
  for (let i = 0; i < after.length; i++) {
    const [key, value] = after[i] as Entry<K, V>;
    const former = find(before, key, i)?.[1];
    if (former !== value) tell(key, former, value);
  }
  for (let i = 0; i < before.length; i++) {
    const [key, value] = before[i] as Entry<K, V>;
    if (find(after, key, i) === undefined) tell(key, value, undefined);
  }
}
