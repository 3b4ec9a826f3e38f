/** The digest of a state, and what differs between persistent maps. */
import { sha256 } from '@noble/hashes/sha2.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { Map as ImmutableMap, List } from 'immutable';
import { stage } from '../../src/campaign/vectors.ts';
import { type Hex, toHex, utf8 } from '../../src/codec/hash.ts';
import { changes, valueIn } from '../../src/model/changes.ts';
import { type Digest, digestAfter, digestHex, stateDigest as digestOfState } from '../../src/model/digest.ts';
import { type Json, stateFromJson, stateToJson } from '../../src/model/json.ts';
import type { State } from '../../src/model/state.ts';

const { begun, draw } = stage();
const stateDigest = (state: State): Hex => digestHex(digestOfState(state));
const follow = (digest: Digest, before: State, after: State): Hex => digestHex(digestAfter(digest, before, after));
type Members = Readonly<Record<string, Json>>;

/** The states that a random trace of the campaign leads through. */
function* states(index: number): Generator<State> {
  let state = begun.initial;
  yield state;
  for (const { call, evm } of draw('digest', index).records) {
    ({ state } = begun.apply(state, call, { time: evm.time, block: evm.block, chainId: 31_337n }));
    yield state;
  }
}

/** A value of a state: the names on the way to it, the keys and positions there, and what it is. */
type Value = readonly [path: string, keys: readonly string[], value: string];

/** The values of a state as docs/trace-format.md defines them, from its JSON alone. */
function* values(json: Json, path = '', keys: readonly string[] = []): Generator<Value> {
  if (typeof json !== 'object') yield [path, keys, `${json}`];
  else if (Array.isArray(json)) {
    for (const [i, item] of (json as readonly Json[]).entries()) yield* values(item, `${path}/*`, [...keys, `${i}`]);
  } else {
    for (const [name, value] of Object.entries(json as Members)) {
      if (!/^\d/.test(name)) yield* values(value, `${path}/${name}`, keys);
      else if (value !== '0' || path === '/council/tiers') yield* values(value, `${path}/*`, [...keys, name]);
    }
  }
}

const hashed = (text: string): bigint => BigInt(toHex(sha256(utf8(text))));
/** The word of a hash that is a lane's weight. */
const weight = (text: string, lane: number): bigint =>
  ((hashed(`mprd-state/3${text}`) >> BigInt(224 - 32 * lane)) & MOST) | 1n;
const MOST = 2n ** 32n - 1n;

/** 64 digits of 16 bits, the lowest first, and the kind. */
function digitsOf(value: string): bigint[] {
  const isNumber = /^\d+$/.test(value);
  const ofText = value.length > 128 ? hashed(value) : BigInt(toHex(utf8(`${value}\0`).reverse()));
  const number = isNumber ? BigInt(value) : ofText;
  const kind = isNumber ? 1n : BigInt(2 + value.length);
  return [...Array.from({ length: 64 }, (_, j) => (number >> BigInt(16 * j)) & 0xffffn), kind];
}

/** What a value, or a key, has in a lane. */
const hashOf = (value: string, lane: number): bigint =>
  digitsOf(value).reduce((sum, digit, j) => sum + (digit === 0n ? 0n : digit * weight(`#${j}`, lane)), 0n);

function digestOf(json: Json): Hex {
  const lanes = [0n, 0n, 0n, 0n].map((_, lane) => {
    let sum = 0n;
    for (const [path, keys, value] of values(json)) {
      const factors = keys.map((key, i) => (weight(`*${i}`, lane) + hashOf(key, lane)) | 1n);
      sum += factors.reduce((product, factor) => product * factor, weight(path, lane) * hashOf(value, lane));
    }
    return sum & MOST;
  });
  return `0x${lanes.map((word) => word.toString(16).padStart(8, '0')).join('')}`;
}

/** Every state that differs from this one in one plain value, or lacks one member of a map or list; of many, some. */
function* neighbours(json: Json, path = ''): Generator<readonly [path: string, Json]> {
  const SOME = 2;
  if (typeof json === 'boolean') yield [path, !json];
  else if (typeof json === 'string') {
    const digit = json.at(-1) === '1' ? '2' : '1';
    if (json !== '0x') yield [path, json.slice(0, -1) + digit];
  } else if (Array.isArray(json)) {
    const list = json as readonly Json[];
    for (const [i, item] of list.slice(0, SOME).entries()) {
      yield [`${path}/${i} removed`, list.filter((_, at) => at !== i)];
      for (const [where, other] of neighbours(item, `${path}/${i}`)) yield [where, list.with(i, other)];
    }
  } else {
    let entries = 0;
    for (const [name, value] of Object.entries(json as Members)) {
      const isKey = /^\d/.test(name);
      if (isKey && entries++ >= SOME) continue;
      if (name === 'kind' && !/^\d/.test(value as string)) continue; // another kind has other fields beside it
      const { [name]: _, ...rest } = json as Members;
      if (isKey && value !== '0') yield [`${path}/${name} removed`, rest];
      for (const [where, other] of neighbours(value, `${path}/${name}`)) yield [where, { ...json, [name]: other }];
    }
  }
}

describe('The digest of a state', () => {
  it('follows the calls of random traces to what is computed from nothing', () => {
    for (const index of [0, 1, 2, 3]) {
      let before: State | undefined;
      let digest = digestOfState(begun.initial);
      for (const state of states(index)) {
        if (before) digest = digestAfter(digest, before, state);
        expect(digestHex(digest)).to.equal(stateDigest(state));
        before = state;
      }
      // And back, over all calls at once.
      expect(follow(digest, before as State, begun.initial)).to.equal(stateDigest(begun.initial));
    }
  });

  it('is the one that its definition gives', () => {
    for (const index of [4, 5]) {
      const { state } = draw('digest', index);
      expect(stateDigest(state)).to.equal(digestOf(stateToJson(state)));
    }
  });

  it('is that of every equal state, however it came about', () => {
    for (const state of states(6)) {
      const read = stateFromJson(stateToJson(state));
      expect(stateDigest(read)).to.equal(stateDigest(state));
      expect(follow(digestOfState(state), state, read)).to.equal(stateDigest(state));
    }
  });

  it('does not depend on the order in which maps were filled, but on that of lists', () => {
    const { initial } = begun;
    const { balances } = initial.agrs;
    const turned = ImmutableMap([...balances].reverse());
    expect(stateDigest({ ...initial, agrs: { ...initial.agrs, balances: turned } })).to.equal(stateDigest(initial));
    const members = List([...initial.council.members].reverse());
    expect(stateDigest({ ...initial, council: { ...initial.council, members } })).not.to.equal(stateDigest(initial));
  });

  it('takes an amount of zero for none, as the contracts do', () => {
    const { initial } = begun;
    const balances = initial.agrs.balances.set(`0x${'12'.repeat(20)}`, 0n);
    const tiers = initial.council.tiers.set('0x12', 0);
    expect(stateDigest({ ...initial, agrs: { ...initial.agrs, balances } })).to.equal(stateDigest(initial));
    expect(stateDigest({ ...initial, council: { ...initial.council, tiers } })).not.to.equal(stateDigest(initial));
  });

  it('is defined for texts of any length', () => {
    const { initial } = begun;
    for (const digits of [1, 125, 126, 127, 128, 1000]) {
      const tiers = initial.council.tiers.set(`0x${'7'.repeat(digits)}`, 1);
      const state = { ...initial, council: { ...initial.council, tiers } };
      expect(stateDigest(state), `${digits} digits`).to.equal(digestOf(stateToJson(state)));
    }
  });

  it('changes with every single value, wherever it stands', function () {
    this.timeout(60_000);
    const rich = [...states(7)].reduce((best, state) => (richness(state) > richness(best) ? state : best));
    const json = stateToJson(rich);
    const digest = stateDigest(rich);
    const begin = digestOfState(rich);
    let count = 0;
    for (const [where, changed] of neighbours(json)) {
      const other = stateFromJson(changed);
      expect(stateDigest(other), where).not.to.equal(digest);
      expect(follow(begin, rich, other), where).to.equal(stateDigest(other));
      count++;
    }
    expect(count).to.be.greaterThan(250);
  });
});

/** Parts of the state that random calls fill and empty again. */
function richness({ gate, court, staking, registry, council, oracle }: State): number {
  const kinds = new Set(gate.records.valueSeq().flatMap((records) => records.valueSeq().map(({ kind }) => kind)));
  const parts = [court.openings, court.offences, court.cases, staking.exits, registry.staged, council.proposals];
  return (
    kinds.size +
    parts.filter(({ size }) => size > 0).length +
    (oracle.sources.some(({ previous }) => previous !== undefined) ? 1 : 0)
  );
}

describe('What differs between two persistent maps', () => {
  const key = fc.oneof(fc.constantFrom('Aa', 'BB', 'AaAa', 'BBBB', 'AaBB', 'BBAa'), fc.nat(400).map(String));
  const edits = fc.array(fc.tuple(key, fc.option(fc.nat(3))), { maxLength: 120 });
  type Edits = readonly (readonly [string, number | null])[];
  const edited = (map: ImmutableMap<string, number>, list: Edits): ImmutableMap<string, number> =>
    list.reduce((now, [name, value]) => (value === null ? now.remove(name) : now.set(name, value)), map);

  function expected(before: ImmutableMap<string, number>, after: ImmutableMap<string, number>): unknown[] {
    const names = new Set([...before.keys(), ...after.keys()]);
    return [...names].map((name) => [name, before.get(name), after.get(name)]).filter(([, was, is]) => was !== is);
  }

  it('is told once per key, whether they were made from one another or not', () => {
    fc.assert(
      fc.property(edits, edits, edits, (common, left, right) => {
        const shared = edited(ImmutableMap(), common);
        const before = edited(shared, left);
        for (const after of [edited(shared, right), edited(before, right), edited(ImmutableMap(), right), shared]) {
          const told: unknown[] = [];
          changes(before, after, (...change) => told.push(change));
          expect(told).to.have.deep.members(expected(before, after));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is looked up under a key as the map itself does', () => {
    fc.assert(
      fc.property(edits, key, (list, name) => {
        const map = edited(ImmutableMap(), list);
        for (const one of [name, ...list.map(([other]) => other)]) expect(valueIn(map, one)).to.equal(map.get(one));
      }),
    );
    const epochs = ImmutableMap([
      [1n, 'a'],
      [2n ** 64n, 'b'],
    ]);
    expect([
      valueIn(epochs, 2n ** 64n),
      valueIn(epochs, 2n),
      valueIn(ImmutableMap<bigint, string>(), 1n),
    ]).to.deep.equal(['b', undefined, undefined]);
  });

  it('skips what they share', () => {
    const big = ImmutableMap(Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, i] as const));
    const touched: string[] = [];
    const watched = big.map((value) => value);
    changes(watched, watched.set('key 7', -1).remove('key 8'), (name) => touched.push(name));
    expect(touched.sort()).to.deep.equal(['key 7', 'key 8']);
  });

  it('is everything where there was no map', () => {
    const told: unknown[] = [];
    changes(undefined, ImmutableMap([['a', 1]]), (...change) => told.push(change));
    changes(ImmutableMap([['b', 2]]), undefined, (...change) => told.push(change));
    expect(told).to.deep.equal([
      ['a', undefined, 1],
      ['b', 2, undefined],
    ]);
  });
});
