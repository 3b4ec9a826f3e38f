import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { expect } from 'chai';
import { FIELD_MODULUS } from '../../src/codec/field.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Entry, entryHash, entryKey } from '../../src/codec/ids.ts';
import { EntryField, requireAuthorised } from '../../src/model/registry.ts';
import type { State } from '../../src/model/state.ts';
import {
  address,
  CHAIN,
  call,
  directory,
  done,
  entry,
  env,
  eventsOf,
  hash,
  MAX_ENTRIES,
  members,
  outsider,
  parameterSet,
  refusal,
  start,
  T0,
  withParameters,
  ZERO,
  ZERO_HASH,
} from './fixture.ts';

const council = { sender: directory.council };
const place = { chainId: CHAIN, contract: directory.registry };
const [m1, m2] = members as [Hex, Hex];
const INTERVAL = BigInt(parameterSet.epochMinInterval);
const GRACE = BigInt(parameterSet.registryGrace);

const keyOf = (e: Entry) => entryKey(place, e.policyHash, e.adapter, e.account);
const other = (n: number): Entry => ({ ...entry, account: address(0x1000 + n) });
const stage = (state: State, e: Entry) => call(state, 'registry', 'stageEntry', [e], council);
const advance = (state: State, time: bigint) => call(state, 'registry', 'advanceEpoch', [], { ...council, time });
const authorised = (state: State, e: Entry, epoch: bigint, time: bigint) =>
  requireAuthorised(state, keyOf(e), entryHash(place, e), epoch, GRACE, env({ sender: outsider, time }));

/** Epoch n + 1 with these entries staged. */
function withEntries(state: State, entries: readonly Entry[], time: bigint): State {
  return done(
    advance(
      entries.reduce((s, e) => done(stage(s, e)).state, state),
      time,
    ),
  ).state;
}

describe('staging an entry', () => {
  const increasing = (count: number, from = 1) => Array.from({ length: count }, (_, i) => address(from + i));
  const words = (count: number) =>
    Array.from({ length: count }, (_, i) => `0x${(i + 1).toString(16).padStart(64, '0')}` as Hex);
  const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

  const wrong: readonly (readonly [keyof typeof EntryField, Partial<Entry>])[] = [
    ['PolicyHash', { policyHash: ZERO_HASH }],
    ['PolicyHash', { policyHash: word(FIELD_MODULUS) }],
    ['ImageId', { imageId: ZERO_HASH }],
    ['StateSchema', { stateSchema: word(2n ** 248n) }],
    ['Adapter', { adapter: outsider }],
    ['Adapter', { adapter: members[0] as Hex }],
    ['Account', { account: ZERO }],
    ['Operators', { operators: words(17) }],
    ['Operators', { operators: [ZERO_HASH] }],
    ['Operators', { operators: [...words(2), ...words(2)] }],
    ['Proposers', { proposerMode: 1, proposers: [] }],
    ['Proposers', { proposers: increasing(17) }],
    ['Proposers', { proposers: [address(2), address(1)] }],
    ['Tier', { tier: 0 }],
    ['Tier', { tier: 4 }],
    ['CoSigners', { tier: 2, coSigners: [] }],
    ['CoSigners', { coSigners: [ZERO] }],
    ['QuotaPerState', { quotaPerState: 0n }],
    ['ClaimTtl', { claimTtl: 10n }],
    // a proof begun at the last moment must fit into the registry's grace of 120 seconds
    ['ClaimTtl', { claimTtl: 116n }],
    ['ResourceCap', { resourceCap: 99_999n }],
    ['ResourceCap', { resourceCap: 14_000_001n }],
  ];

  it('refuses each field outside its range', () => {
    for (const [field, change] of wrong) {
      const step = stage(start(), { ...entry, ...change });
      expect(refusal(step), field).to.deep.equal({ error: 'EntryInvalid', args: [EntryField[field]] });
    }
  });

  it('names the first wrong field in the order of the enum', () => {
    const fields = Object.keys(EntryField) as (keyof typeof EntryField)[];
    let broken: Entry = entry;
    for (const field of fields.toReversed()) {
      const change = wrong.find(([name]) => name === field)?.[1];
      broken = { ...broken, ...change };
      expect(refusal(stage(start(), broken)).args).to.deep.equal([EntryField[field]]);
    }
  });

  it('takes each field at the end of its range', () => {
    const edges: readonly Partial<Entry>[] = [
      { policyHash: word(FIELD_MODULUS - 1n) },
      { stateSchema: word(2n ** 248n - 1n) },
      { operators: words(16) },
      { proposerMode: 1, proposers: increasing(16) },
      { tier: 3, coSigners: increasing(16) },
      { claimTtl: 11n },
      { claimTtl: 115n },
      { resourceCap: 100_000n },
      { resourceCap: 14_000_000n },
      { quotaPerState: 2n ** 64n - 1n },
    ];
    for (const change of edges) done(stage(start(), { ...entry, ...change }));
  });

  it('bounds a claim by the longest validity of a decision too', () => {
    const shorter = withParameters(start(), { maxValidity: 100 });
    const step = stage(shorter, { ...entry, claimTtl: 101n });
    expect(refusal(step)).to.deep.equal({ error: 'EntryInvalid', args: [EntryField.ClaimTtl] });
    done(stage(shorter, { ...entry, claimTtl: 100n }));
  });

  it('is for the council alone, before anything is looked at', () => {
    const step = call(start(), 'registry', 'stageEntry', [{ ...entry, imageId: ZERO_HASH }], { sender: m1 });
    expect(refusal(step)).to.deep.equal({ error: 'NotCouncil', args: [m1] });
  });

  it('replaces what is staged under the same key, in its old place', () => {
    const changed = { ...entry, quotaPerState: 9n };
    const two = done(stage(done(stage(start(), entry)).state, other(1))).state;
    const { state } = done(stage(two, changed));
    expect(state.registry.staged.toArray()).to.deep.equal([
      { key: keyOf(entry), entryHash: entryHash(place, changed) },
      { key: keyOf(other(1)), entryHash: entryHash(place, other(1)) },
    ]);
  });

  it('refuses exactly the entry in force, and holds at most maxEntries changes', () => {
    const inForce = withEntries(start(), [entry], T0);
    expect(refusal(stage(inForce, entry))).to.deep.equal({ error: 'EntryUnchanged', args: [keyOf(entry)] });
    const full = Array.from({ length: MAX_ENTRIES }, (_, i) => other(i)).reduce(
      (s, e) => done(stage(s, e)).state,
      inForce,
    );
    const expected = { error: 'TooManyStaged', args: [BigInt(MAX_ENTRIES)] };
    expect(refusal(stage(full, other(99)))).to.deep.equal(expected);
    expect(refusal(call(full, 'registry', 'stageRemoval', [keyOf(entry)], council))).to.deep.equal(expected);
    done(stage(full, { ...other(0), quotaPerState: 2n }));
  });

  it('takes a change back and keeps the order of the others', () => {
    const three = [1, 2, 3].reduce((s, n) => done(stage(s, other(n))).state, start());
    const { state } = done(call(three, 'registry', 'unstage', [keyOf(other(2))], council));
    expect(state.registry.staged.map(({ key }) => key).toArray()).to.deep.equal([keyOf(other(1)), keyOf(other(3))]);
    const again = call(state, 'registry', 'unstage', [keyOf(other(2))], council);
    expect(refusal(again)).to.deep.equal({ error: 'NotStaged', args: [keyOf(other(2))] });
  });

  it('removes only what is in force', () => {
    const staged = done(stage(start(), entry)).state;
    const step = call(staged, 'registry', 'stageRemoval', [keyOf(entry)], council);
    expect(refusal(step)).to.deep.equal({ error: 'EntryUnknown', args: [keyOf(entry)] });
  });
});

describe('an epoch', () => {
  it('needs a staged change, then the interval, to the second', () => {
    expect(refusal(advance(start(), 0n))).to.deep.equal({ error: 'NothingStaged', args: [] });
    const staged = done(stage(withEntries(start(), [entry], T0), other(1))).state;
    const opensAt = T0 + INTERVAL;
    expect(refusal(advance(staged, opensAt - 1n))).to.deep.equal({
      error: 'EpochTooSoon',
      args: [opensAt, opensAt - 1n],
    });
    for (const time of [opensAt, opensAt + 1n]) expect(done(advance(staged, time)).returns[0]).to.equal(2n);
  });

  it('applies in the order of staging and says so before its own event', () => {
    const first = withEntries(start(), [entry, other(1)], T0);
    const removal = done(call(first, 'registry', 'stageRemoval', [keyOf(other(1))], council)).state;
    const step = advance(done(stage(removal, other(2))).state, T0 + INTERVAL);
    expect(eventsOf(step)).to.deep.equal(['Disrupted', 'EntryRemoved', 'EntryApplied', 'EpochAdvanced']);
    expect(done(step).state.registry.applied.get(keyOf(entry))?.since).to.equal(1n);
    expect(done(step).state.registry.applied.get(keyOf(other(2)))?.since).to.equal(2n);
    expect(done(step).state.registry.staged.size).to.equal(0);
  });

  it('holds at most maxEntries, counted after all changes', () => {
    const full = withEntries(start(), [other(1), other(2), other(3)], T0);
    const over = advance(done(stage(full, other(4))).state, T0 + INTERVAL);
    expect(refusal(over)).to.deep.equal({ error: 'TooManyEntries', args: [4n, 3n] });
    const swapped = done(
      call(done(stage(full, other(4))).state, 'registry', 'stageRemoval', [keyOf(other(1))], council),
    );
    done(advance(swapped.state, T0 + INTERVAL));
  });

  it('has the root of the standard tree over its entries, whatever their order; zero without any', () => {
    const list = [entry, other(1), other(2)];
    const rows = list.map((e) => [keyOf(e), entryHash(place, e)]);
    const { root } = StandardMerkleTree.of(rows, ['bytes32', 'bytes32']);
    for (const order of [list, list.toReversed()]) {
      expect(withEntries(start(), order, T0).registry.roots.get(1n)).to.equal(root);
    }
    const one = withEntries(start(), [entry], T0);
    const emptied = done(call(one, 'registry', 'stageRemoval', [keyOf(entry)], council)).state;
    expect(done(advance(emptied, T0 + INTERVAL)).returns).to.deep.equal([2n, ZERO_HASH]);
  });
});

describe('authorisation by the registry', () => {
  it('holds in the current epoch and says what is wrong in the order: key, content, epoch', () => {
    const state = withEntries(start(), [entry], T0);
    expect(authorised(state, entry, 1n, T0)).to.deep.equal({ root: state.registry.roots.get(1n) });
    const changed = { ...entry, quotaPerState: 2n };
    expect(authorised(state, other(1), 9n, T0)).to.deep.equal({ error: 'EntryUnknown', args: [keyOf(other(1))] });
    expect(authorised(state, changed, 9n, T0)).to.deep.equal({
      error: 'EntryMismatch',
      args: [keyOf(entry), entryHash(place, entry), entryHash(place, changed)],
    });
    for (const epoch of [0n, 2n]) {
      expect(authorised(state, entry, epoch, T0)).to.deep.equal({ error: 'EpochNotAuthorised', args: [epoch, 1n] });
    }
  });

  it('holds in the previous epoch to the last second of the grace, for what is unchanged in both', () => {
    const first = withEntries(start(), [entry], T0);
    const at = T0 + INTERVAL;
    const second = withEntries(first, [other(1)], at);
    for (const time of [at, at + GRACE - 1n, at + GRACE]) {
      expect(authorised(second, entry, 1n, time)).to.deep.equal({ root: first.registry.roots.get(1n) });
    }
    const expected = { error: 'EpochNotAuthorised', args: [1n, 2n] };
    expect(authorised(second, entry, 1n, at + GRACE + 1n)).to.deep.equal(expected);
    expect(authorised(second, other(1), 1n, at)).to.deep.equal(expected);
  });

  it('ends at once for what is changed, and for what is removed and comes back', () => {
    const first = withEntries(start(), [entry, other(1)], T0);
    const changed = { ...entry, quotaPerState: 2n };
    const second = withEntries(first, [changed], T0 + INTERVAL);
    expect(authorised(second, entry, 1n, T0 + INTERVAL)).to.have.property('error', 'EntryMismatch');
    expect(authorised(second, changed, 1n, T0 + INTERVAL)).to.have.property('error', 'EpochNotAuthorised');

    const removal = done(call(first, 'registry', 'stageRemoval', [keyOf(entry)], council)).state;
    const without = done(advance(removal, T0 + INTERVAL)).state;
    expect(authorised(without, entry, 1n, T0 + INTERVAL)).to.have.property('error', 'EntryUnknown');
    const back = withEntries(without, [entry], T0 + 2n * INTERVAL);
    expect(authorised(back, entry, 2n, T0 + 2n * INTERVAL)).to.have.property('error', 'EpochNotAuthorised');
    expect(authorised(back, entry, 3n, T0 + 2n * INTERVAL)).to.have.property('root');
  });

  it('never reaches back two epochs', () => {
    const third = withEntries(
      withEntries(withEntries(start(), [entry], T0), [other(1)], T0 + INTERVAL),
      [other(2)],
      T0 + 2n * INTERVAL,
    );
    expect(authorised(third, entry, 1n, T0 + 2n * INTERVAL)).to.have.property('error', 'EpochNotAuthorised');
    expect(authorised(third, entry, 2n, T0 + 2n * INTERVAL)).to.have.property('root');
  });
});

describe('a freeze', () => {
  const freeze = (state: State, sender: Hex, time: bigint) => call(state, 'registry', 'freeze', [], { sender, time });
  const end = T0 + BigInt(parameterSet.freezeDuration);
  const frozen = () => done(freeze(withEntries(start(), [entry], T0), m1, T0)).state;

  it('stops authorisation until and including its last second, after every other check', () => {
    for (const time of [end - 1n, end]) {
      expect(authorised(frozen(), entry, 1n, time)).to.deep.equal({ error: 'RegistryFrozen', args: [end] });
    }
    expect(authorised(frozen(), entry, 1n, end + 1n)).to.have.property('root');
    expect(authorised(frozen(), entry, 7n, end)).to.have.property('error', 'EpochNotAuthorised');
  });

  it('is for members, one at a time, each after its cooldown, to the second', () => {
    expect(refusal(freeze(start(), outsider, T0))).to.deep.equal({ error: 'NotMember', args: [outsider] });
    expect(refusal(freeze(frozen(), m2, end))).to.deep.equal({ error: 'RegistryFrozen', args: [end] });
    done(freeze(frozen(), m2, end + 1n));
    const opensAt = T0 + BigInt(parameterSet.freezeCooldown);
    expect(refusal(freeze(frozen(), m1, opensAt - 1n))).to.deep.equal({ error: 'FreezeTooSoon', args: [m1, opensAt] });
    for (const time of [opensAt, opensAt + 1n]) done(freeze(frozen(), m1, time));
  });

  it('runs into its cooldown even when the council ends it early', () => {
    const ended = done(call(frozen(), 'registry', 'endFreeze', [], { ...council, time: T0 + 1n })).state;
    expect(authorised(ended, entry, 1n, T0 + 1n)).to.have.property('root');
    expect(refusal(freeze(ended, m1, T0 + 2n)).error).to.equal('FreezeTooSoon');
  });

  it('is moved by the council within its bound and only while it holds', () => {
    const move = (until: bigint, time: bigint) =>
      call(frozen(), 'registry', 'moveFreeze', [until], { ...council, time });
    const latest = T0 + BigInt(parameterSet.freezeExtension);
    expect(done(move(latest, T0)).state.registry.frozenUntil).to.equal(latest);
    expect(refusal(move(latest + 1n, T0))).to.deep.equal({ error: 'FreezeTooLong', args: [latest + 1n, latest] });
    done(move(end, end));
    expect(refusal(move(end, end + 1n))).to.deep.equal({ error: 'NotFrozen', args: [] });
    const late = call(frozen(), 'registry', 'endFreeze', [], { ...council, time: end + 1n });
    expect(refusal(late)).to.deep.equal({ error: 'NotFrozen', args: [] });
    const member = call(frozen(), 'registry', 'endFreeze', [], { sender: m1, time: T0 });
    expect(refusal(member)).to.deep.equal({ error: 'NotCouncil', args: [m1] });
  });

  it("doesn't stop staging, epochs or moving its own end", () => {
    const staged = done(stage(frozen(), other(1))).state;
    const still = call(staged, 'registry', 'moveFreeze', [T0 + 300n], { ...council, time: T0 });
    expect(done(advance(done(still).state, T0 + INTERVAL)).returns[0]).to.equal(2n);
  });

  it('knows nothing of a key that was never hashed', () => {
    const unknown = requireAuthorised(frozen(), hash('no key'), ZERO_HASH, 1n, GRACE, env({ sender: outsider }));
    expect(unknown).to.deep.equal({ error: 'EntryUnknown', args: [hash('no key')] });
  });
});
