/**
 * What differs between two persistent maps, in time proportional to the differences: maps made from one another share
 * all nodes of their tries but those on the way to what was changed, and what is shared is skipped. And a faster look
 * into small ones.
 *
 * immutable.js offers no such comparison, so this reads its nodes. Its version is fixed in package.json, and tests
 * compare the outcomes with those of the public interface.
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

/**
 * What a map has under a key, as its own `get` says, but faster in a map of up to eight entries: a list, whose keys
 * `get` asks one by one whether they are value objects. Most maps of the state are that small.
 */
export function valueIn<K extends string | bigint, V>(map: Map<K, V>, key: K): V | undefined {
  const entries = rootOf(map)?.entries;
  return entries === undefined ? map.get(key) : find(entries, key, 0)?.[1];
}

/** Undefined for an empty map. */
const rootOf = <K, V>(map: Map<K, V> | undefined): Node<K, V> | undefined =>
  (map as { readonly _root?: Node<K, V> } | undefined)?._root;

function compare<K, V>(before: Node<K, V> | undefined, after: Node<K, V> | undefined, tell: Tell<K, V>): void {
  const was = before?.nodes;
  const is = after?.nodes;
  if (was === undefined || is === undefined) {
    if (before !== after) compareEntries(entriesOf(before), entriesOf(after), tell);
  } else if (before?.bitmap === after?.bitmap) {
    for (let i = 0; i < is.length; i++) if (was[i] !== is[i]) compare(was[i], is[i], tell);
  } else {
    for (let place = 0; place < PLACES; place++) {
      compare(childAt(before as Node<K, V>, place), childAt(after as Node<K, V>, place), tell);
    }
  }
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

/** Nodes that are no branches have few entries; what stays is the same object, at the same place mostly. */
function compareEntries<K, V>(before: readonly Entry<K, V>[], after: readonly Entry<K, V>[], tell: Tell<K, V>): void {
  let kept = 0;
  for (let i = 0; i < after.length; i++) {
    const entry = after[i] as Entry<K, V>;
    const former = entry === before[i] ? entry : find(before, entry[0], i);
    if (former) kept++;
    if (former?.[1] !== entry[1]) tell(entry[0], former?.[1], entry[1]);
  }
  if (kept === before.length) return;
  for (let i = 0; i < before.length; i++) {
    const entry = before[i] as Entry<K, V>;
    if (find(after, entry[0], i) === undefined) tell(entry[0], entry[1], undefined);
  }
}

/** The entry of a key, which stands at this place most likely. */
function find<K, V>(entries: readonly Entry<K, V>[], key: K, place: number): Entry<K, V> | undefined {
  if (entries[place]?.[0] === key) return entries[place];
  for (let i = 0; i < entries.length; i++) if ((entries[i] as Entry<K, V>)[0] === key) return entries[i];
  return undefined;
}
