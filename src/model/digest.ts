/**
 * A digest of the whole state, and how a call changes it in time proportional to what the call changed.
 *
 * It is a sum over the state's values of hash times weight, four times over with other weights, each modulo 2^32.
 * Where a value stands gives its weight, and the hash is linear in the value's digits (multilinear hashing: Carter and
 * Wegman, J. Comput. Syst. Sci. 18, 1979; digits of half a word as in Lemire and Kaser, Comput. J. 57, 2014). So what
 * stays cancels out, the arithmetic is that of machine integers, and nothing is looked up: in calls that are new to the
 * process, what costs the most is memory. The weights come from SHA-256: as good as drawn at random, and the same
 * everywhere. docs/trace-format.md defines all of it.
 *
 * The digest tells states apart that differ by accident; two of them have the same one with a chance of about 2^-64.
 * It is no commitment: whoever may choose a state can solve equations for another one with its digest.
 * @module
 */
import { type Map as ImmutableMap, List } from 'immutable';
import { type Hex, sha256, sha256Digits, utf8 } from '../codec/hash.ts';
import { changes } from './changes.ts';
import { type Shape, stateShape } from './json.ts';
import type { State } from './state.ts';

/** Four words of 32 bits, as signed integers. */
export type Digest = readonly [number, number, number, number];

/** What every hashed text begins with: the version of this definition. */
const PREFIX = 'mprd-state/3';

/** The digest, computed from nothing. */
export const stateDigest = (state: State): Digest => digestAfter([0, 0, 0, 0], undefined, state);

/**
 * The digest of a state, computed from that of another one.
 * @param digest of `before`; four zeros if there is none
 * @param after made from `before` by calls; the more they share, the faster
 */
export function digestAfter(digest: Digest, before: State | undefined, after: State): Digest {
  sum.set(digest);
  compareStates(before, after);
  return [sum[0]!, sum[1]!, sum[2]!, sum[3]!];
}

/** As 32 hex digits, the first word first. */
export function digestHex(digest: Digest): Hex {
  return `0x${digest.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')}`;
}

/*////////////////////////////////////////////////////////////// WEIGHTS */

/** The same thing four times: sums and products modulo 2^32 that have nothing to do with one another. */
type Lanes = Int32Array;
const LANES = 4;

/** What a text stands for counts so much. Weights are odd, so that no factor is lost in a product of them. */
const weightOf = (text: string): Lanes =>
  Int32Array.from(sha256Digits(PREFIX + text).subarray(0, LANES), (word) => word | 1);

/*/////////////////////////////////////////////////////////////// HASHES */

/** Most digits of a value, 16 bits each: two characters, or a part of an integer. */
const DIGITS = 64;
const MAX_TEXT = 2 * DIGITS;
/** The digit behind them says what kind of value it is: a number, or so many characters more than this. */
const NUMBER = 1;
const TEXT = 2;

/** Of one digit after the other. */
const digitWeights: Lanes = new Int32Array(LANES * (DIGITS + 1));
for (let j = 0; j <= DIGITS; j++) digitWeights.set(weightOf(`#${j}`), LANES * j);

/** Of the value that was hashed last. */
const hash: Lanes = new Int32Array(LANES);

/** @param value undefined if there is none */
function hashValue(value: unknown): void {
  hash[0] = hash[1] = hash[2] = hash[3] = 0;
  if (typeof value === 'bigint') hashInteger(value);
  else if (typeof value === 'number') hashInteger(BigInt(value));
  else if (value !== undefined) hashText(String(value));
}

function hashInteger(value: bigint): void {
  countParts(value);
  countDigit(DIGITS, NUMBER);
}

function hashText(text: string): void {
  if (text.length > MAX_TEXT) countParts(BigInt(sha256(utf8(text))));
  else countCharacters(text);
  countDigit(DIGITS, TEXT + text.length);
}

const WORD = 1n << 64n;
const word = new DataView(new ArrayBuffer(8));

/** @param value a natural number */
function countParts(value: bigint): void {
  let rest = value;
  for (let position = 0; ; position += 4) {
    word.setBigUint64(0, rest); // from here on V8 has a machine word
    for (let part = 0; part < 4; part++) countDigit(position + part, word.getUint16(6 - 2 * part));
    if (rest < WORD) break;
    rest >>= 64n;
  }
}

function countCharacters(text: string): void {
  const pairs = text.length >> 1;
  // Four variables instead of `hash`, since V8 keeps them in registers.
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  for (let i = 0; i < pairs; i++) {
    const digit = text.charCodeAt(2 * i) + (text.charCodeAt(2 * i + 1) << 8);
    const at = LANES * i;
    sum0 = (sum0 + Math.imul(digitWeights[at]!, digit)) | 0;
    sum1 = (sum1 + Math.imul(digitWeights[at + 1]!, digit)) | 0;
    sum2 = (sum2 + Math.imul(digitWeights[at + 2]!, digit)) | 0;
    sum3 = (sum3 + Math.imul(digitWeights[at + 3]!, digit)) | 0;
  }
  [hash[0], hash[1], hash[2], hash[3]] = [sum0, sum1, sum2, sum3];
  if (text.length % 2 === 1) countDigit(pairs, text.charCodeAt(text.length - 1));
}

function countDigit(position: number, digit: number): void {
  const at = LANES * position;
  hash[0] = hash[0]! + Math.imul(digitWeights[at]!, digit);
  hash[1] = hash[1]! + Math.imul(digitWeights[at + 1]!, digit);
  hash[2] = hash[2]! + Math.imul(digitWeights[at + 2]!, digit);
  hash[3] = hash[3]! + Math.imul(digitWeights[at + 3]!, digit);
}

/*//////////////////////////////////////////////////////////////// PLACES */

/** The digest so far. */
const sum: Lanes = new Int32Array(LANES);
/** What has changed at one place. */
const changed: Lanes = new Int32Array(LANES);

/** Adds the difference of two values times the weight of their path to what has changed. */
function countChange(w0: number, w1: number, w2: number, w3: number, before: unknown, after: unknown): void {
  hashValue(before);
  const [was0, was1, was2, was3] = [hash[0]!, hash[1]!, hash[2]!, hash[3]!];
  hashValue(after);
  changed[0] = changed[0]! + Math.imul(w0, hash[0]! - was0);
  changed[1] = changed[1]! + Math.imul(w1, hash[1]! - was1);
  changed[2] = changed[2]! + Math.imul(w2, hash[2]! - was2);
  changed[3] = changed[3]! + Math.imul(w3, hash[3]! - was3);
}

/** Adds what has changed at a place to the digest. */
function countPlace(factors: Lanes): void {
  for (let lane = 0; lane < LANES; lane++) {
    sum[lane] = sum[lane]! + Math.imul(factors[lane]!, changed[lane]!);
    changed[lane] = 0;
  }
}

/** Puts the factors of what stands under a key into `inner`. */
function descend(factors: Lanes, weight: Lanes, key: unknown, inner: Lanes): void {
  hashValue(key);
  for (let lane = 0; lane < LANES; lane++) {
    inner[lane] = Math.imul(factors[lane]!, (weight[lane]! + hash[lane]!) | 1);
  }
}

/*//////////////////////////////////////////////////////////// COMPARING */

/** Takes out what was at a place, and adds what is, given that they differ. Undefined stands for nothing. */
type Compare = (before: unknown, after: unknown) => void;

/** Where values of one form stand. */
interface Place {
  /** the names on the way there, with * for each key or position */
  readonly path: string;
  /** how many keys and positions are on the way */
  readonly keys: number;
  /** the product of their factors, while what is there is compared */
  readonly factors: Lanes;
}

function comparerOf(shape: Shape, place: Place): Compare {
  switch (shape.kind) {
    case 'plain':
      return plainComparer(place);
    case 'record':
      return recordComparer(shape.fields, place);
    case 'map':
      return mapComparer(shape.values, place);
    case 'list':
      return listComparer(shape.items, shape.toList as (value: unknown) => List<unknown>, place);
  }
}

function plainComparer({ path, factors }: Place): Compare {
  const [w0, w1, w2, w3] = weightOf(path) as Iterable<number> as Digest;
  return (before, after) => {
    countChange(w0, w1, w2, w3, before, after);
    countPlace(factors);
  };
}

const NO_FIELDS = {};

/**
 * Each kind of record gets code of its own: V8 reads a field at a fixed offset where all objects that come by are of
 * one kind, and looks its name up where they aren't.
 */
function recordComparer(fields: Readonly<Record<string, Shape>>, place: Place): Compare {
  const inside = Object.entries(fields).map(([name, shape]) => ({ name, shape, path: `${place.path}/${name}` }));
  const plain = inside.filter(({ shape }) => shape.kind === 'plain');
  const others = inside.filter(({ shape }) => shape.kind !== 'plain');
  const code = [
    'return (before = NO_FIELDS, after = NO_FIELDS) => {',
    'let isChanged = false;',
    ...plain.map(
      ({ name, path }) => `if (before.${name} !== after.${name}) {
        countChange(${weightOf(path).join(', ')}, before.${name}, after.${name});
        isChanged = true;
      }`,
    ),
    'if (isChanged) countPlace(factors);',
    ...others.map(
      ({ name }, i) => `if (before.${name} !== after.${name}) comparers[${i}](before.${name}, after.${name});`,
    ),
    '}',
  ];
  const using = {
    NO_FIELDS,
    countChange,
    countPlace,
    factors: place.factors,
    comparers: others.map(({ shape, path }) => comparerOf(shape, { ...place, path })),
  };
  return new Function(...Object.keys(using), code.join('\n'))(...Object.values(using));
}

type CompareUnder = (key: string | bigint | number, before: unknown, after: unknown) => void;

/** Compares what stands under a key or at a position of a place. */
function innerComparer(shape: Shape, { path, keys, factors }: Place): CompareUnder {
  const weight = weightOf(`*${keys}`);
  const inner = new Int32Array(LANES);
  const compare = comparerOf(shape, { path: `${path}/*`, keys: keys + 1, factors: inner });
  return (key, before, after) => {
    descend(factors, weight, key, inner);
    compare(before, after);
  };
}

/** The contracts don't tell an amount of zero from none. */
const nothing = (value: unknown): unknown => (value === 0n ? undefined : value);

function mapComparer(values: Shape, place: Place): Compare {
  const compare = innerComparer(values, place);
  const tell: CompareUnder = (key, before, after) => compare(key, nothing(before), nothing(after));
  return (before, after) =>
    changes(
      before as ImmutableMap<string, unknown> | undefined,
      after as ImmutableMap<string, unknown> | undefined,
      tell,
    );
}

const NO_ITEMS: List<unknown> = List();

/** Lists are short, and their order counts. */
function listComparer(items: Shape, toList: (value: unknown) => List<unknown>, place: Place): Compare {
  const compare = innerComparer(items, place);
  return (before, after) => {
    const former = before === undefined ? NO_ITEMS : toList(before);
    const present = after === undefined ? NO_ITEMS : toList(after);
    const size = Math.max(former.size, present.size);
    for (let i = 0; i < size; i++) {
      const [was, is] = [former.get(i), present.get(i)];
      if (was !== is) compare(i, was, is);
    }
  };
}

const compareStates = comparerOf(stateShape, { path: '', keys: 0, factors: new Int32Array(LANES).fill(1) });
