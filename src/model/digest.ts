/**
 * A digest of the whole state, and how a call changes it in time proportional to what the call changed.
 *
 * It is linear in the digits of the state's values: each digit has a weight, and the digest is the sum of digits times
 * weights, four times over with other weights, each modulo 2^64 (multilinear hashing: Carter and Wegman, J. Comput.
 * Syst. Sci. 18, 1979; digits of half a word as in Lemire and Kaser, Comput. J. 57, 2014). Weights are SHA-256 of what
 * they stand for: as good as drawn at random, and the same everywhere. What stays cancels out, and the arithmetic is
 * that of machine words. docs/trace-format.md defines all of it.
 *
 * The digest tells states apart that differ by accident; two of them have the same one with a chance of about 2^-128.
 * It is no commitment: whoever may choose a state can solve equations for another one with its digest.
 * @module
 */
import type { Map as ImmutableMap } from 'immutable';
import { type Hex, sha256Digits } from '../codec/hash.ts';
import { changes } from './changes.ts';
import { type Shape, stateShape } from './json.ts';
import type { State } from './state.ts';

/** Four words of 64 bits. */
export type Digest = Readonly<BigUint64Array>;

/** What every hashed text begins with: the version of this definition. */
const PREFIX = 'mprd-state/2';
const LANES = 4;

/** The digest, computed from nothing. */
export const stateDigest = (state: State): Digest => digestAfter(new BigUint64Array(LANES), undefined, state);

/**
 * The digest of a state, computed from that of another one.
 * @param digest of `before`; four zeros if there is none
 * @param after made from `before` by calls; the more they share, the faster
 */
export function digestAfter(digest: Digest, before: State | undefined, after: State): Digest {
  if (places >= MAX_PLACES) forgetPlaces();
  sum = new BigUint64Array(LANES);
  for (let lane = 0; lane < LANES; lane++) sum[lane] = digest[lane]!;
  compareStates(root, before, after);
  return sum;
}

/** As 64 hex digits, the first word first. */
export function digestHex(digest: Digest): Hex {
  return `0x${Array.from(digest, (word) => word.toString(16).padStart(16, '0')).join('')}`;
}

/*////////////////////////////////////////////////////////////// WEIGHTS */

/** Weights as machine words, one for each lane of each thing that has some. */
class Weights {
  #words = new BigUint64Array(LANES * 64);
  #end = 0;

  get words(): BigUint64Array {
    return this.#words;
  }

  /**
   * Adds those of what a text stands for. They are odd, so that no factor is lost in a product of them.
   * @returns where they begin
   */
  add(text: string): number {
    if (this.#end === this.#words.length) {
      const longer = new BigUint64Array(2 * this.#end);
      longer.set(this.#words);
      this.#words = longer;
    }
    const hashed = sha256Digits(PREFIX + text);
    for (let i = 0; i < 2 * LANES; i += 2) {
      this.#words[this.#end++] = (BigInt(hashed[i]!) << 32n) | BigInt(hashed[i + 1]!) | 1n;
    }
    return this.#end - LANES;
  }
}

/** Of texts one after the other. */
function weightsOf(texts: readonly string[]): BigUint64Array {
  const weights = new Weights();
  for (const text of texts) weights.add(text);
  return weights.words;
}

/**
 * Where something stands. Places are kept, since the same ones change in call after call: small and close together,
 * since what they cost is to find them in memory.
 */
class Place {
  readonly #parent: Place | undefined;
  readonly #step: unknown;
  /** -1 until it is asked for */
  #at = -1;
  #inside: (Place | undefined)[] | undefined;
  #byKey: Map<unknown, Place> | undefined;

  constructor(parent?: Place, step?: unknown) {
    this.#parent = parent;
    this.#step = step;
    places++;
  }

  /** Where its weights begin in `placeWeights`. */
  get at(): number {
    if (this.#at < 0) this.#at = placeWeights.add(this.#path());
    return this.#at;
  }

  #path(): string {
    return this.#parent === undefined ? '' : `${this.#parent.#path()}/${this.#step}`;
  }

  /** The place of the field or item with this position and this name. */
  inside(position: number, name: string | number): Place {
    this.#inside ??= [];
    const known = this.#inside[position];
    if (known) return known;
    const place = new Place(this, name);
    this.#inside[position] = place;
    return place;
  }

  /** The place of what a map has under this key. */
  under(key: unknown): Place {
    this.#byKey ??= new Map();
    const known = this.#byKey.get(key);
    if (known) return known;
    const place = new Place(this, key);
    this.#byKey.set(key, place);
    return place;
  }
}

/** With more than these, all are forgotten before the next digest. */
const MAX_PLACES = 2 ** 15;
let places = 0;
let placeWeights = new Weights();
let root = new Place();

function forgetPlaces(): void {
  places = 0;
  placeWeights = new Weights();
  root = new Place();
}

/*//////////////////////////////////////////////////////////////// DIGITS */

/** Of 32 bits, the lowest first, and behind eight of them what kind of value it is. */
type Digits = BigInt64Array;
const KIND = 8;
const NUMBER = 1n;
/** Less the number of bytes. */
const BYTES = 2n;
const OTHER = 1n << 31n;
const digitWeights = weightsOf(Array.from({ length: KIND + 1 }, (_, j) => `#${j}`));

const HALF = 0xffff_ffffn;
const WORD = 1n << 64n;
const word = new BigUint64Array(1);

/** @param value a natural number below 2^256 */
function putInteger(target: Digits, value: bigint): void {
  let rest = value;
  for (let j = 0; ; j += 2) {
    word[0] = rest;
    target[j] = word[0] & HALF;
    target[j + 1] = word[0] >> 32n;
    if (rest < WORD) break;
    rest >>= 64n;
  }
  target[KIND] = NUMBER;
}

/** What each character up to U+00FF stands for as a hex digit; 16 for none. */
const NIBBLES = Uint8Array.from({ length: 256 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return digit < 0 ? 16 : digit;
});
/** Hex of 32 bytes. */
const MAX_HEX = 66;

/** @returns false if it isn't lower-case hex of at most 32 bytes */
function putHex(target: Digits, text: string): boolean {
  if (text.length > MAX_HEX || text.length % 2 === 1 || !text.startsWith('0x')) return false;
  let nibbles = 0;
  for (let end = text.length, j = 0; end > 2; end -= 8, j++) {
    let digit = 0;
    for (let i = Math.max(2, end - 8); i < end; i++) {
      const nibble = NIBBLES[text.charCodeAt(i)] ?? 16;
      nibbles |= nibble;
      digit = (digit << 4) | nibble;
    }
    target[j] = BigInt(digit >>> 0);
  }
  target[KIND] = BYTES + BigInt(text.length / 2 - 1);
  return nibbles < 16;
}

function putDigits(target: Digits, value: unknown): void {
  for (let j = 0; j <= KIND; j++) target[j] = 0n;
  if (typeof value === 'bigint') putInteger(target, value);
  else if (typeof value === 'number') putInteger(target, BigInt(value));
  else if (value !== undefined) {
    const text = String(value);
    if (putHex(target, text)) return;
    const hashed = sha256Digits(`${PREFIX}=${text}`);
    for (let j = 0; j < KIND; j++) target[j] = BigInt(hashed[KIND - 1 - j]!);
    target[KIND] = OTHER;
  }
}

const former: Digits = new BigInt64Array(KIND + 1);
const present: Digits = new BigInt64Array(KIND + 1);
/** What has changed at one place. */
const inner = new BigUint64Array(LANES);
/** The sum so far. */
let sum = new BigUint64Array(LANES);

/** Adds the difference of two values to what has changed, times the weights that begin at a position of `weights`. */
function countChange(weights: BigUint64Array, at: number, before: unknown, after: unknown): void {
  putDigits(former, before);
  putDigits(present, after);
  for (let j = 0; j <= KIND; j++) {
    const digit = present[j]! - former[j]!;
    const from = LANES * j;
    inner[0] = inner[0]! + weights[at]! * digitWeights[from]! * digit;
    inner[1] = inner[1]! + weights[at + 1]! * digitWeights[from + 1]! * digit;
    inner[2] = inner[2]! + weights[at + 2]! * digitWeights[from + 2]! * digit;
    inner[3] = inner[3]! + weights[at + 3]! * digitWeights[from + 3]! * digit;
  }
}

/** Adds what has changed at a place to the sum, and begins anew. */
function countPlace({ at }: Place): void {
  const { words } = placeWeights;
  for (let lane = 0; lane < LANES; lane++) {
    sum[lane] = sum[lane]! + words[at + lane]! * inner[lane]!;
    inner[lane] = 0n;
  }
}

/*//////////////////////////////////////////////////////////// COMPARING */

/** Takes out what was at a place, and adds what is, given that they differ. Undefined stands for nothing. */
type Compare = (place: Place, before: unknown, after: unknown) => void;

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

/** The weights of a value that is no field. */
const NO_NAME = weightsOf(['.']);

const comparePlain: Compare = (place, before, after) => {
  countChange(NO_NAME, 0, before, after);
  countPlace(place);
};

const NO_FIELDS: Fields = {};

/** Plain fields count at the record's place, each with the weights of its name; what else it holds has its own place. */
function recordComparer(fields: Readonly<Record<string, Shape>>): Compare {
  const names = Object.keys(fields);
  const plain = names.filter((name) => fields[name]?.kind === 'plain');
  const weights = weightsOf(plain.map((name) => `.${name}`));
  const others = names.filter((name) => fields[name]?.kind !== 'plain');
  const comparers = others.map((name) => comparerOf(fields[name] as Shape));
  return (place, before = NO_FIELDS, after = NO_FIELDS) => {
    const was = before as Fields;
    const is = after as Fields;
    let changed = false;
    for (let i = 0; i < plain.length; i++) {
      const former = was[plain[i]!];
      const present = is[plain[i]!];
      if (former === present) continue;
      countChange(weights, LANES * i, former, present);
      changed = true;
    }
    if (changed) countPlace(place);
    for (let i = 0; i < others.length; i++) {
      const former = was[others[i]!];
      const present = is[others[i]!];
      if (former !== present) comparers[i]!(place.inside(i, others[i]!), former, present);
    }
  };
}

/** The contracts don't tell an amount of zero from none. */
const nothing = (value: unknown): unknown => (value === 0n ? undefined : value);

function mapComparer(compare: Compare): Compare {
  return (place, before, after) =>
    changes(
      before as ImmutableMap<string, unknown> | undefined,
      after as ImmutableMap<string, unknown> | undefined,
      (key, was, is) => compare(place.under(key), nothing(was), nothing(is)),
    );
}

/** Lists are short, and their order counts. */
function listComparer(compare: Compare, toArray: (value: unknown) => readonly unknown[]): Compare {
  return (place, before, after) => {
    const former = before === undefined ? [] : toArray(before);
    const present = after === undefined ? [] : toArray(after);
    for (let i = 0; i < former.length || i < present.length; i++) {
      if (former[i] !== present[i]) compare(place.inside(i, i), former[i], present[i]);
    }
  };
}

const compareStates = comparerOf(stateShape);
