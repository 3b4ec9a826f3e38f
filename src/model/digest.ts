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
import { type Map as ImmutableMap, List } from 'immutable';
import { type Hex, sha256Words } from '../codec/hash.ts';
import { Memo } from '../codec/remember.ts';
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

const hashOf = (text: string): BigUint64Array => sha256Words(PREFIX + text);

/** Of what a text stands for, one for each lane. They are odd, so that no factor is lost in a product of them. */
function weightsOf(text: string): BigUint64Array {
  const weights = hashOf(text);
  for (let lane = 0; lane < LANES; lane++) weights[lane] = weights[lane]! | 1n;
  return weights;
}

/** With more than these, all are forgotten before the next digest. */
const MAX_PLACES = 2 ** 15;
let places = 0;
/** Close together, since what they cost is to find them in memory. */
let placeWeights = new BigUint64Array(0);

/** Where something stands. Places are kept, since the same ones change in call after call. */
class Place {
  readonly #parent: Place | undefined;
  readonly #step: unknown;
  readonly #at = LANES * places++;
  #isWeighed = false;
  #inside: (Place | undefined)[] | undefined;
  #byKey: Map<unknown, Place> | undefined;

  constructor(parent?: Place, step?: unknown) {
    this.#parent = parent;
    this.#step = step;
  }

  /** Where its weights begin in `placeWeights`. */
  get at(): number {
    if (!this.#isWeighed) {
      this.#isWeighed = true;
      if (placeWeights.length < LANES * places) {
        const longer = new BigUint64Array(2 * LANES * places);
        longer.set(placeWeights);
        placeWeights = longer;
      }
      placeWeights.set(weightsOf(this.#path()), this.#at);
    }
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

let root = new Place();

function forgetPlaces(): void {
  places = 0;
  root = new Place();
}

/*//////////////////////////////////////////////////////////////// DIGITS */

/** Digits of a value; behind them stands what kind of value it is. */
const DIGITS = 8;
const NUMBER = 1n;
/** To which the number of bytes is added. */
const BYTES = 2n;
const OTHER = 1n << 31n;

const HALF = 0xffff_ffffn;
const WORD = 1n << 64n;
const word = new BigUint64Array(1);

/** What each character up to U+00FF stands for as a hex digit; 16 for none. */
const NIBBLES = Uint8Array.from({ length: 256 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return digit < 0 ? 16 : digit;
});
/** Hex of 32 bytes. */
const MAX_HEX = 66;

/** Hashes of texts that are no hex: names of kinds and states, mostly the same few. */
const textHashes = new Memo<bigint>(1_000);
const NO_MORE: readonly unknown[] = [];

const textHash = (text: string): bigint =>
  textHashes.of(text, NO_MORE, () => hashOf(`=${text}`).reduce((whole, part) => whole * WORD + part));

/** The digits of one value after the other. */
class Digits {
  readonly words = new BigInt64Array(DIGITS);
  /** only so many can be other than zero */
  used = 0;
  /** zero if there is no value */
  kind = 0n;

  put(value: unknown): void {
    const before = this.used;
    this.used = 0;
    if (typeof value === 'bigint') this.#putInteger(value, NUMBER);
    else if (typeof value === 'number') this.#putInteger(BigInt(value), NUMBER);
    else if (value === undefined) this.kind = 0n;
    else this.#putText(String(value));
    for (let j = this.used; j < before; j++) this.words[j] = 0n;
  }

  /** @param value a natural number below 2^256 */
  #putInteger(value: bigint, kind: bigint): void {
    let rest = value;
    for (;;) {
      word[0] = rest; // from here on V8 has a machine word
      this.words[this.used++] = word[0] & HALF;
      this.words[this.used++] = word[0] >> 32n;
      if (rest < WORD) break;
      rest >>= 64n;
    }
    this.kind = kind;
  }

  #putText(text: string): void {
    if (this.#putHex(text)) return;
    this.used = 0;
    this.#putInteger(textHash(text), OTHER);
  }

  /** @returns false if it isn't lower-case hex of at most 32 bytes */
  #putHex(text: string): boolean {
    if (text.length > MAX_HEX || text.length % 2 === 1 || !text.startsWith('0x')) return false;
    let nibbles = 0;
    for (let end = text.length; end > 2; end -= 8) {
      let digit = 0;
      for (let i = Math.max(2, end - 8); i < end; i++) {
        const nibble = NIBBLES[text.charCodeAt(i)] ?? 16;
        nibbles |= nibble;
        digit = (digit << 4) | nibble;
      }
      this.words[this.used++] = BigInt(digit >>> 0);
    }
    this.kind = BYTES + BigInt(text.length / 2 - 1);
    return nibbles < 16;
  }
}

/** The weights of a name times those of each digit and of the kind, one after the other. */
function valueWeights(name: string): BigUint64Array {
  const weights = weightsOf(`.${name}`);
  const products = Array.from({ length: DIGITS + 1 }, (_, j) =>
    weightsOf(`#${j}`).map((w, lane) => w * weights[lane]!),
  );
  return BigUint64Array.from(products.flatMap((product) => [...product]));
}

const digitsBefore = new Digits();
const digitsAfter = new Digits();
/** What has changed at one place. */
const inner = new BigUint64Array(LANES);
/** The sum so far. */
let sum = new BigUint64Array(LANES);

/** Adds the difference of two values of one name to what has changed. */
function countChange(weights: BigUint64Array, before: unknown, after: unknown): void {
  digitsBefore.put(before);
  digitsAfter.put(after);
  const used = Math.max(digitsBefore.used, digitsAfter.used);
  for (let j = 0; j < used; j++) countDigit(weights, j, digitsAfter.words[j]! - digitsBefore.words[j]!);
  if (digitsAfter.kind !== digitsBefore.kind) countDigit(weights, DIGITS, digitsAfter.kind - digitsBefore.kind);
}

function countDigit(weights: BigUint64Array, position: number, difference: bigint): void {
  const from = LANES * position;
  inner[0] = inner[0]! + weights[from]! * difference;
  inner[1] = inner[1]! + weights[from + 1]! * difference;
  inner[2] = inner[2]! + weights[from + 2]! * difference;
  inner[3] = inner[3]! + weights[from + 3]! * difference;
}

/** Adds what has changed at a place to the sum, and begins anew. */
function countPlace({ at }: Place): void {
  for (let lane = 0; lane < LANES; lane++) {
    sum[lane] = sum[lane]! + placeWeights[at + lane]! * inner[lane]!;
    inner[lane] = 0n;
  }
}

/*//////////////////////////////////////////////////////////// COMPARING */

/** Takes out what was at a place, and adds what is, given that they differ. Undefined stands for nothing. */
type Compare = (place: Place, before: unknown, after: unknown) => void;

function comparerOf(shape: Shape): Compare {
  switch (shape.kind) {
    case 'plain':
      return comparePlain;
    case 'record':
      return recordComparer(shape.fields);
    case 'map':
      return mapComparer(comparerOf(shape.values));
    case 'list':
      return listComparer(comparerOf(shape.items), shape.toList as (value: unknown) => List<unknown>);
  }
}

/** The weights of a value that is no field. */
const NO_NAME = valueWeights('');

const comparePlain: Compare = (place, before, after) => {
  countChange(NO_NAME, before, after);
  countPlace(place);
};

const NO_FIELDS = {};

/**
 * Plain fields count at the record's place, each with the weights of its name; what else it holds has its own place.
 *
 * Each kind of record gets code of its own: V8 reads a field at a fixed offset where all objects that come by are of
 * one kind, and looks its name up where they aren't.
 */
function recordComparer(fields: Readonly<Record<string, Shape>>): Compare {
  const names = Object.keys(fields);
  const plain = names.filter((name) => fields[name]?.kind === 'plain');
  const others = names.filter((name) => fields[name]?.kind !== 'plain');
  const code = [
    'return (place, before = NO_FIELDS, after = NO_FIELDS) => {',
    'let changed = false;',
    ...plain.map(
      (name, i) => `if (before.${name} !== after.${name}) {
        countChange(weights[${i}], before.${name}, after.${name});
        changed = true;
      }`,
    ),
    'if (changed) countPlace(place);',
    ...others.map(
      (name, i) => `if (before.${name} !== after.${name}) {
        comparers[${i}](place.inside(${i}, '${name}'), before.${name}, after.${name});
      }`,
    ),
    '}',
  ];
  const using = {
    NO_FIELDS,
    countChange,
    countPlace,
    weights: plain.map(valueWeights),
    comparers: others.map((name) => comparerOf(fields[name] as Shape)),
  };
  return new Function(...Object.keys(using), code.join('\n'))(...Object.values(using));
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

const NO_ITEMS: List<unknown> = List();

/** Lists are short, and their order counts. */
function listComparer(compare: Compare, toList: (value: unknown) => List<unknown>): Compare {
  return (place, before, after) => {
    const former = before === undefined ? NO_ITEMS : toList(before);
    const present = after === undefined ? NO_ITEMS : toList(after);
    const size = Math.max(former.size, present.size);
    for (let i = 0; i < size; i++) {
      const [was, is] = [former.get(i), present.get(i)];
      if (was !== is) compare(place.inside(i, i), was, is);
    }
  };
}

const compareStates = comparerOf(stateShape);
