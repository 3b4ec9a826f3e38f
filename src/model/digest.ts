/**
 * A digest of the whole state, and how a call changes it in time proportional to what the call changed.
 *
 * It is an additive hash of a set (AdHash of Bellare and Micciancio, EUROCRYPT 1997): the sum, modulo 2^256, of the
 * SHA-256 of each leaf of the state. A leaf is a text that says where something stands and what it is;
 * docs/trace-format.md defines it. Leaves that stay cancel out, so that a change costs one hash for each leaf that
 * goes or comes.
 *
 * The digest tells states apart that differ by accident. It is no commitment: whoever may choose thousands of leaves
 * can make two states with one digest (Wagner's generalised birthday), in far fewer than 2^128 steps.
 * @module
 */
import type { Map } from 'immutable';
import { type Hex, sha256OfText } from '../codec/hash.ts';
import { changes } from './changes.ts';
import { type Shape, stateShape } from './json.ts';
import type { State } from './state.ts';

/** What every leaf begins with: the version of this definition. */
const PREFIX = 'mprd-state/1';

/** The digest, computed from nothing. */
export function stateDigest(state: State): Hex {
  sum.fill(0);
  compareStates('', undefined, state);
  return total();
}

/**
 * The digest of a state, computed from that of another one.
 * @param digest of `before`
 * @param after made from `before` by calls; the more they share, the faster
 */
export function digestAfter(digest: Hex, before: State, after: State): Hex {
  bytes.write(digest.slice(2), 'hex');
  for (let i = 0; i < WORDS; i++) sum[i] = bytes.readUInt32BE(4 * i);
  compareStates('', before, after);
  return total();
}

/*/////////////////////////////////////////////////////////////// ADDING */

/** The sum in words of 32 bits, the highest first; between two carries a word is any whole number below 2^53. */
const WORDS = 8;
const sum = new Float64Array(WORDS);
const bytes = Buffer.alloc(4 * WORDS);
/** Leaves whose words add up without loss. */
const MAX_ADDED = 2 ** 20;
let added = 0;
/** Adds the hash of a leaf to the sum, or takes it out. */
function count(path: string, content: string, sign: 1 | -1): void {
  const hash = sha256OfText(`${PREFIX}${path}?${content}`);
  for (let i = 0; i < WORDS; i++) sum[i]! += sign * wordAt(hash, 4 * i);
  if (++added === MAX_ADDED) carry();
}

/** Four bytes of a hash as a natural number, the highest first. */
const wordAt = (bytes: string, at: number): number =>
  ((bytes.charCodeAt(at) << 24) |
    (bytes.charCodeAt(at + 1) << 16) |
    (bytes.charCodeAt(at + 2) << 8) |
    bytes.charCodeAt(at + 3)) >>>
  0;

/** Brings every word back below 2^32; what the highest one carries is dropped. */
function carry(): void {
  let carried = 0;
  for (let i = WORDS - 1; i >= 0; i--) {
    const word = sum[i]! + carried;
    carried = Math.floor(word / 2 ** 32);
    sum[i] = word - carried * 2 ** 32;
  }
  added = 0;
}

function total(): Hex {
  carry();
  for (let i = 0; i < WORDS; i++) bytes.writeUInt32BE(sum[i]!, 4 * i);
  return `0x${bytes.toString('hex')}`;
}

/*//////////////////////////////////////////////////////////// COMPARING */

/** Takes out what was at a place, and adds what is, given that they differ. Undefined stands for nothing. */
type Compare = (path: string, before: unknown, after: unknown) => void;

type Fields = Readonly<Record<string, unknown>>;

function comparerOf(shape: Shape): Compare {
  switch (shape.kind) {
    case 'plain':
      return comparePlain;
    case 'record':
      return recordComparer(shape.fields);
    case 'map':
      return mapComparer(comparerOf(shape.values));
    case 'list':
      return listComparer(comparerOf(shape.items), shape.toArray as (value: unknown) => readonly unknown[]);
  }
}

const comparePlain: Compare = (path, before, after) => {
  if (before !== undefined) count(path, String(before), -1);
  if (after !== undefined) count(path, String(after), 1);
};

/** The plain fields of a record are one leaf; what else it holds has its own. */
function recordComparer(fields: Readonly<Record<string, Shape>>): Compare {
  const names = Object.keys(fields).sort();
  const plain = names.filter((name) => fields[name]?.kind === 'plain');
  const others = names
    .filter((name) => fields[name]?.kind !== 'plain')
    .map((name) => ({ name, step: `/${name}`, compare: comparerOf(fields[name] as Shape) }));
  const differ = (was: Fields, is: Fields): boolean => {
    for (const name of plain) if (was[name] !== is[name]) return true;
    return false;
  };
  const content = (record: Fields): string => {
    let text = '';
    for (const name of plain) if (record[name] !== undefined) text += `&${name}=${record[name]}`;
    return text.slice(1);
  };
  return (path, before, after) => {
    const was = before as Fields | undefined;
    const is = after as Fields | undefined;
    if (plain.length > 0 && (!was || !is || differ(was, is))) {
      if (was) count(path, content(was), -1);
      if (is) count(path, content(is), 1);
    }
    for (const { name, step, compare } of others) {
      const former = was?.[name];
      const present = is?.[name];
      if (former !== present) compare(path + step, former, present);
    }
  };
}

/** The contracts don't tell an amount of zero from none. */
const nothing = (value: unknown): unknown => (value === 0n ? undefined : value);

function mapComparer(compare: Compare): Compare {
  return (path, before, after) =>
    changes(before as Map<string, unknown> | undefined, after as Map<string, unknown> | undefined, (key, was, is) =>
      compare(`${path}/${key}`, nothing(was), nothing(is)),
    );
}

/** Lists are short, and their order counts. */
function listComparer(compare: Compare, toArray: (value: unknown) => readonly unknown[]): Compare {
  return (path, before, after) => {
    const former = before === undefined ? [] : toArray(before);
    const present = after === undefined ? [] : toArray(after);
    for (let i = 0; i < former.length || i < present.length; i++) {
      if (former[i] !== present[i]) compare(`${path}/${i}`, former[i], present[i]);
    }
  };
}

const compareStates = comparerOf(stateShape);
