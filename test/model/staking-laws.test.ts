/** Laws of the four ledgers, over random lives of one operator's stake: from one unit to 2^95, and at worn factors. */
import { expect } from 'chai';
import fc from 'fast-check';
import { quickSign } from '../../src/campaign/world.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { signable } from '../../src/codec/typed-data.ts';
import { BPS, ONE, valueOf } from '../../src/model/ledger.ts';
import {
  delegationOf,
  exitKey,
  exitValue,
  type Lock,
  type Split,
  selfBondOf,
  stakeOf,
} from '../../src/model/staking.ts';
import { ExitKind, type ExitName, type Ledger, type Stake, type State } from '../../src/model/state.ts';
import {
  actor,
  address,
  CHAIN,
  call,
  directory,
  done,
  holder,
  refusal,
  start,
  T0,
  withOperator,
  withParameters,
} from './fixture.ts';
import { Chain } from './harness.ts';

const owner = address(0x0a);
const delegators = [address(0xd1), address(0xd2), address(0xd3)] as const;
const giver = address(0x6f);
const reporter = address(0x4e);
const MAX = 2n ** 256n - 1n;
const RATIO = 100;
/** What the owner has, and what everybody else has: together nearly all that a ledger counts to. */
const FORTUNE = 2n ** 95n;
const PURSE = 2n ** 92n;
const NOTHING_LEFT: Split = { rewardBps: 0, burnBps: 0, rewardTo: reporter };

interface HeldLock extends Lock {
  readonly name: number;
}

/** One operator's stake with everybody who has a part in it. */
class Life {
  readonly chain: Chain;
  readonly id: Hex;
  locks: readonly HeldLock[] = [];
  made = 0;
  acts = 0;
  /** took out of the ledgers by fault */
  lost = 0n;

  constructor() {
    const begun = start({ supply: 2n ** 96n - 1n });
    const { state, id } = withOperator(withParameters(begun, { delegationRatio: RATIO }), owner, actor('laws'), 0n);
    this.chain = new Chain(state, T0);
    this.id = id;
    for (const account of [owner, giver, ...delegators]) {
      this.chain.do('agrs', 'transfer', [account, account === owner ? FORTUNE : PURSE], holder);
      this.chain.do('agrs', 'approve', [directory.staking, MAX], account);
    }
  }

  get state(): State {
    return this.chain.state;
  }

  get stake(): Stake {
    return stakeOf(this.state, this.id);
  }

  exits(kind?: number): ExitName[] {
    return [...this.state.staking.exits.values()].filter((exit) => kind === undefined || exit.kind === kind);
  }

  lockValue({ amount, factorAtLock, generation }: Lock): bigint {
    const { factor, generation: now } = this.stake.selfBond;
    return generation === now ? (amount * factor) / factorAtLock : 0n;
  }

  delegated(account: Hex): bigint {
    return valueOf(this.stake.pool, delegationOf(this.state, this.id, account));
  }

  /** What everybody's parts are worth now, by name. */
  values(): Map<string, bigint> {
    const exits = [...this.state.staking.exits.values()].map((e) => [exitKey(e), exitValue(this.state, e)] as const);
    return new Map([
      ['self-bond', this.stake.selfBond.total],
      ...delegators.map((account) => [account, this.delegated(account)] as const),
      ...this.locks.map((lock) => [`lock ${lock.name}`, this.lockValue(lock)] as const),
      ...exits,
    ]);
  }

  lock(amount: bigint): void {
    const { returns } = this.chain.do('staking', 'lock', [this.id, amount, 0n], directory.gate);
    const [factorAtLock, generation] = returns as unknown as readonly [bigint, number];
    this.made += 1;
    this.locks = [...this.locks, { name: this.made, amount, factorAtLock, generation }];
  }

  release(lock: HeldLock): void {
    this.lost += lock.amount - this.lockValue(lock);
    const { amount, factorAtLock, generation } = lock;
    const args = [this.id, amount, factorAtLock, generation, 2_500] as const;
    this.chain.do('staking', 'release', args, directory.gate);
    this.locks = this.locks.filter((one) => one !== lock);
  }

  forfeit(lock: HeldLock): void {
    this.lost += lock.amount;
    this.chain.do('staking', 'forfeit', [this.id, lock.amount, NOTHING_LEFT], directory.gate);
    this.locks = this.locks.filter((one) => one !== lock);
  }

  slash(ownBps: bigint, delegatedBps: bigint): void {
    const before = total(this.stake);
    this.chain.do('staking', 'slash', [this.id, ownBps, delegatedBps, NOTHING_LEFT], directory.court);
    this.lost += before - total(this.stake);
  }

  claim({ kind, operatorId, account, index }: ExitName): void {
    this.chain.do('staking', 'claimExit', [kind, operatorId, account, index], giver);
  }
}

function ledgersOf({ selfBond, ownerExits, pool, delegatorExits }: Stake): readonly Ledger[] {
  return [selfBond, ownerExits, pool, delegatorExits];
}

function total(stake: Stake): bigint {
  return ledgersOf(stake).reduce((sum, ledger) => sum + ledger.total, 0n);
}

const least = (...values: bigint[]) => values.reduce((a, b) => (a < b ? a : b));
const sum = (values: Iterable<bigint>) => [...values].reduce((all, value) => all + value, 0n);

/*----------------------------------------------------------------------------------------------------------- acts */

const part = fc.constantFrom(1n, 2n, 3n, 7n);
const amount = fc.oneof(
  fc.bigInt(1n, 12n),
  fc.bigInt(1n, 10n ** 24n),
  fc.bigInt(1n, FORTUNE),
  fc.constantFrom(1n, PURSE, FORTUNE),
);
const rate = fc.oneof(fc.constantFrom(0n, 1n, 1_000n, 9_999n, 10_000n), fc.bigInt(1n, 9_999n));
const someone = fc.constantFrom<Hex>(...delegators);
const pick = fc.nat(9);

/** What the law is about: who may lose nothing, and who is slashed. */
type Kind = 'move' | 'slash' | 'fault';
interface Act {
  readonly kind: Kind;
  /** returns the names of the parts that moved, or nothing when there was nothing to do */
  readonly run: (life: Life) => readonly string[] | undefined;
}

const move = <T extends unknown[]>(
  arbitraries: { readonly [I in keyof T]: fc.Arbitrary<T[I]> },
  run: (life: Life, ...values: T) => readonly string[] | undefined,
): fc.Arbitrary<Act> =>
  fc.tuple<T>(...arbitraries).map((values) => ({ kind: 'move', run: (life) => run(life, ...values) }));

const bond = move([amount, fc.constantFrom<Hex>(owner, giver)], (life, value, from) => {
  if (life.chain.balance(from) < value) return undefined;
  life.chain.do('staking', 'bond', [life.id, value], from);
  return ['self-bond'];
});

const delegate = move([amount, someone], (life, value, from) => {
  const room = selfBondOf(life.state, life.id) * BigInt(RATIO) - life.stake.pool.total;
  const wanted = least(value, room, life.chain.balance(from));
  if (wanted <= 0n) return undefined;
  life.chain.do('staking', 'delegate', [life.id, wanted], from);
  return [from];
});

const undelegate = move([someone, part], (life, from, share) => {
  const { shares, exits } = delegationOf(life.state, life.id, from);
  if (shares / share === 0n) return undefined;
  life.chain.do('staking', 'undelegate', [life.id, shares / share], from);
  return [from, exitKey({ kind: ExitKind.Delegator, operatorId: life.id, account: from, index: exits })];
});

const requestExit = move([part], (life, share) => {
  const value = selfBondOf(life.state, life.id) / share;
  if (value === 0n) return undefined;
  const { exits: index } = life.stake;
  life.chain.do('staking', 'requestExit', [life.id, value], owner);
  return ['self-bond', exitKey({ kind: ExitKind.Owner, operatorId: life.id, account: owner, index })];
});

const cancelExit = move([pick], (life, n) => {
  const all = life.exits(ExitKind.Owner);
  const exit = all[n % Math.max(1, all.length)];
  if (!exit) return undefined;
  life.chain.do('staking', 'cancelExit', [life.id, exit.index], owner);
  return ['self-bond', exitKey(exit)];
});

const claimExit = move([pick], (life, n) => {
  const all = life.exits();
  const exit = all[n % Math.max(1, all.length)];
  if (!exit) return undefined;
  life.chain.pass(400);
  life.claim(exit);
  return [exitKey(exit)];
});

const lock = move([part], (life, share) => {
  const value = selfBondOf(life.state, life.id) / share;
  if (value === 0n || life.locks.length >= 16) return undefined;
  life.lock(value);
  return ['self-bond', `lock ${life.made}`];
});

const release = move([pick], (life, n) => {
  const held = life.locks[n % Math.max(1, life.locks.length)];
  if (!held) return undefined;
  life.release(held);
  return ['self-bond', `lock ${held.name}`];
});

const forfeit: fc.Arbitrary<Act> = pick.map((n) => ({
  kind: 'fault',
  run: (life) => {
    const held = life.locks[n % Math.max(1, life.locks.length)];
    if (!held) return undefined;
    life.forfeit(held);
    return [`lock ${held.name}`];
  },
}));

const slash: fc.Arbitrary<Act> = fc.tuple(rate, rate).map(([own, delegated]) => ({
  kind: 'slash',
  run: (life) => {
    const before = { values: life.values(), stake: life.stake };
    life.slash(own, delegated);
    expectSlashed(life, before.values, before.stake, own, delegated);
    return [];
  },
}));

const acts = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.oneof(bond, delegate) },
    { weight: 4, arbitrary: fc.oneof(requestExit, undelegate, lock) },
    { weight: 3, arbitrary: fc.oneof(cancelExit, claimExit, release, forfeit) },
    { weight: 2, arbitrary: slash },
  ),
  { minLength: 5, maxLength: 35, size: 'max' },
);

/*----------------------------------------------------------------------------------------------------------- laws */

function expectCovered(life: Life): void {
  const { stake, state } = life;
  const locked = sum(life.locks.map((held) => held.amount));
  expect(life.chain.balance(directory.staking), 'conservation').to.equal(total(stake) + locked);
  const exitsOf = (kind: number) =>
    sum([...state.staking.exits.values()].filter((e) => e.kind === kind).map((e) => exitValue(state, e)));
  expect(exitsOf(ExitKind.Owner) <= stake.ownerExits.total, "owner's exits are covered").to.equal(true);
  expect(exitsOf(ExitKind.Delegator) <= stake.delegatorExits.total, "delegators' exits are covered").to.equal(true);
  const delegated = sum(delegators.map((account) => life.delegated(account)));
  expect(delegated <= stake.pool.total, 'delegations are covered').to.equal(true);
  const lockedValue = sum(life.locks.map((held) => life.lockValue(held)));
  expect(lockedValue <= locked, 'locks never grow').to.equal(true);
  expect(stake.locks).to.equal(life.locks.length);
}

/** Whoever didn't move has what it had; what moved is the same to one unit for each place that it went to. */
function expectMoved(before: Map<string, bigint>, after: Map<string, bigint>, moved: readonly string[]): void {
  for (const [name, value] of before) {
    if (!moved.includes(name)) expect(after.get(name), name).to.equal(value);
  }
}

function expectSlashed(life: Life, before: Map<string, bigint>, stake: Stake, own: bigint, delegated: bigint): void {
  const rates = [own, own, delegated, delegated] as const;
  for (const [i, ledger] of ledgersOf(stake).entries()) {
    const bps = rates[i] as bigint;
    const taken = ledger.total - (ledgersOf(life.stake)[i] as Ledger).total;
    const some = bps > 0n && ledger.total > 0n;
    expect(taken >= 0n && taken <= ledger.total, 'at most all').to.equal(true);
    expect(!some || taken >= 1n, 'at least one unit').to.equal(true);
    expect(taken * BPS >= ledger.total * bps, 'at least the share').to.equal(true);
  }
  const after = life.values();
  for (const [name, value] of before) {
    const ofDelegators = name.startsWith(String(ExitKind.Delegator)) || delegators.some((one) => one === name);
    const bps = ofDelegators ? delegated : own;
    const now = after.get(name) ?? 0n;
    expect(now <= (value * (BPS - bps)) / BPS + 1n, `${name} bears its share`).to.equal(true);
    if (bps === BPS) expect(now, `nothing is left of ${name}`).to.equal(0n);
    if (bps === 0n) expect(now, `${name} is untouched`).to.equal(value);
  }
}

/** Everybody leaves with everything, in the given order: nothing of it is refused. */
function expectAllLeave(life: Life, order: readonly Hex[]): void {
  for (const held of life.locks) life.release(held);
  for (const account of order) {
    const { shares } = delegationOf(life.state, life.id, account);
    if (shares > 0n) life.chain.do('staking', 'undelegate', [life.id, shares], account);
  }
  const left = selfBondOf(life.state, life.id);
  if (left > 0n) life.chain.do('staking', 'requestExit', [life.id, left], owner);
  life.chain.pass(400);
  for (const exit of life.exits()) life.claim(exit);
  expectCovered(life);
  expect(life.state.staking.exits.size).to.equal(0);
}

describe('stake', () => {
  it('is conserved and covered along any life, and everybody gets out at its end', () => {
    const kinds = { move: 0, slash: 0, fault: 0 };
    let generations = 0;
    const order = fc.shuffledSubarray([...delegators], { minLength: 3 });
    const property = fc.property(amount, amount, acts, order, (first, second, list, leaving) => {
      const life = new Life();
      life.chain.do('staking', 'bond', [life.id, first], owner);
      const most = first * BigInt(RATIO);
      life.chain.do('staking', 'delegate', [life.id, least(second, most, PURSE)], delegators[0]);
      const deposited = total(life.stake);
      const begun = deposited + sum([owner, giver, ...delegators].map((account) => life.chain.balance(account)));
      let dead = new Map<string, bigint>();
      for (const { kind, run } of list) {
        const before = life.values();
        const { pool } = life.stake;
        const moved = run(life);
        if (moved === undefined) continue;
        kinds[kind]++;
        life.acts++;
        const after = life.values();
        if (kind !== 'slash') expectMoved(before, after, moved);
        if (kind === 'move') expectNoGain(before, after, moved);
        expectCovered(life);
        if (life.stake.pool.generation > pool.generation) generations++;
        dead = expectDead(life, dead);
      }
      expectAllLeave(life, leaving);
      const ended = sum([owner, giver, ...delegators].map((account) => life.chain.balance(account)));
      // What rounding left in the ledgers: a unit for each act, and what one unit of a factor is worth.
      const dust = total(life.stake);
      expect(begun - life.lost - ended).to.equal(dust);
      expect(dust <= BigInt(2 * life.acts + 20) + (BigInt(life.acts) * begun) / 10n ** 18n, `dust ${dust}`).to.equal(
        true,
      );
    });
    fc.assert(property, { numRuns: 150, seed: 41 });
    expect(kinds.move).to.be.above(1_000);
    expect(kinds.slash).to.be.above(200);
    expect(kinds.fault).to.be.above(20);
    expect(generations).to.be.above(40);
  });

  /** What moves becomes no more, and at most a unit less for each place that it comes from and goes to. */
  function expectNoGain(before: Map<string, bigint>, after: Map<string, bigint>, moved: readonly string[]): void {
    const [was, is] = [before, after].map((values) => sum(moved.map((name) => values.get(name) ?? 0n)));
    const [from, to] = [moved.filter((name) => before.has(name)), moved.filter((name) => after.has(name))];
    if (from.length === moved.length && to.length === moved.length && moved.length === 1) return; // came from outside
    expect((is as bigint) <= (was as bigint), `${moved} gains nothing`).to.equal(true);
  }

  /** Exits of an ended generation are worth nothing, for ever. */
  function expectDead(life: Life, before: Map<string, bigint>): Map<string, bigint> {
    const { ownerExits, delegatorExits } = life.stake;
    const dead = new Map<string, bigint>();
    for (const exit of life.state.staking.exits.values()) {
      const { generation } = exit.kind === ExitKind.Owner ? ownerExits : delegatorExits;
      if (exit.generation < generation) dead.set(exitKey(exit), exitValue(life.state, exit));
    }
    expect([...dead.values()].every((value) => value === 0n)).to.equal(true);
    for (const name of before.keys()) {
      const stillThere = life.state.staking.exits.has(name);
      expect(!stillThere || dead.has(name), 'the dead stay dead').to.equal(true);
    }
    return dead;
  }

  it('of a depositor is worth what it gave, to one unit, at every factor, and nobody else notices', () => {
    const slashes = fc.array(fc.bigInt(1n, 9_000n), { maxLength: 9 });
    const property = fc.property(amount, slashes, amount, amount, (first, rates, second, third) => {
      const life = new Life();
      life.chain.do('staking', 'bond', [life.id, PURSE], owner);
      const [a, b] = delegators;
      life.chain.do('staking', 'delegate', [life.id, least(first, PURSE)], a);
      for (const bps of rates) life.slash(0n, bps);
      const before = life.delegated(a);
      const given = least(second, PURSE);
      life.chain.do('staking', 'delegate', [life.id, given], b);
      expect(life.delegated(a)).to.equal(before);
      expect([given - 1n, given]).to.include(life.delegated(b));
      const more = least(third, life.chain.balance(a));
      if (more === 0n) return;
      const [mine, others] = [life.delegated(a), life.delegated(b)];
      life.chain.do('staking', 'delegate', [life.id, more], a);
      expect([mine + more - 1n, mine + more]).to.include(life.delegated(a));
      expect(life.delegated(b)).to.equal(others);
    });
    fc.assert(property, { numRuns: 200, seed: 42 });
  });

  it('of the second depositor is no less for a first one of a single unit, whatever was given to the contract', () => {
    const property = fc.property(amount, amount, fc.bigInt(0n, 9_999n), (gift, second, bps) => {
      const life = new Life();
      const [first, victim] = delegators;
      life.chain.do('staking', 'bond', [life.id, PURSE], owner);
      life.chain.do('staking', 'delegate', [life.id, 1n], first);
      life.chain.do('agrs', 'transfer', [directory.staking, least(gift, FORTUNE - PURSE)], owner);
      const given = least(second, PURSE);
      life.chain.do('staking', 'delegate', [life.id, given], victim);
      expect([life.delegated(first), life.delegated(victim)]).to.deep.equal([1n, given]);
      life.slash(0n, bps);
      const inexact = 2n + given / ONE;
      expect(life.delegated(victim) >= (given * (BPS - bps)) / BPS - inexact, 'loses its rate alone').to.equal(true);
      expect(life.delegated(first) <= 1n, 'the first gains nothing').to.equal(true);
    });
    fc.assert(property, { numRuns: 100, seed: 46 });
  });

  it('leaves in parts or whole, first or last, for the same value, to one unit for each rounding', () => {
    const weights = fc.array(fc.bigInt(1n, 100n), { minLength: 1, maxLength: 6 });
    const smaller = fc.oneof(fc.bigInt(1n, 30n), fc.bigInt(1n, 10n ** 25n));
    const property = fc.property(smaller, smaller, fc.bigInt(1n, 9_999n), weights, rate, (x, y, bps, parts, late) => {
      const [a, b] = delegators;
      const begin = () => {
        const life = new Life();
        life.chain.do('staking', 'bond', [life.id, PURSE], owner);
        life.chain.do('staking', 'delegate', [life.id, x], a);
        life.chain.do('staking', 'delegate', [life.id, y], b);
        life.slash(0n, bps);
        return life;
      };
      const leave = (life: Life, account: Hex, pieces: readonly bigint[]) => {
        const { shares } = delegationOf(life.state, life.id, account);
        const whole = sum(pieces);
        let rest = shares;
        for (const [i, piece] of pieces.entries()) {
          const wanted = i === pieces.length - 1 ? rest : (shares * piece) / whole;
          if (wanted > 0n) life.chain.do('staking', 'undelegate', [life.id, wanted], account);
          rest -= wanted;
        }
      };
      const paid = (order: readonly (readonly [Hex, readonly bigint[]])[]) => {
        const life = begin();
        for (const [account, pieces] of order) leave(life, account, pieces);
        life.slash(0n, late);
        life.chain.pass(400);
        for (const exit of life.exits()) life.claim(exit);
        return [a, b].map((account) => life.chain.balance(account));
      };
      const reference = paid([
        [a, [1n]],
        [b, [1n]],
      ]);
      const orders = [
        paid([
          [a, parts],
          [b, [1n]],
        ]),
        paid([
          [b, [1n]],
          [a, parts],
        ]),
      ];
      // A part is rounded when it leaves the pool, enters the exits and is paid; a slash between rounds the price.
      const tolerance = BigInt(3 * parts.length + 4);
      for (const result of orders) {
        for (const [i, value] of result.entries()) {
          const difference = value - (reference[i] as bigint);
          expect(difference <= tolerance && -difference <= tolerance, `${difference}`).to.equal(true);
        }
      }
    });
    fc.assert(property, { numRuns: 150, seed: 43 });
  });

  it('parked in locks dodges no slash and loses no more than its rate, whatever is left of the self-bond', () => {
    const property = fc.property(
      amount,
      fc.array(part, { minLength: 1, maxLength: 16 }),
      fc.boolean(),
      fc.array(rate, { minLength: 1, maxLength: 4 }),
      (value, parts, rest, rates) => {
        const life = new Life();
        life.chain.do('staking', 'bond', [life.id, value], owner);
        for (const share of parts) {
          const available = selfBondOf(life.state, life.id);
          if (available / share > 0n) life.lock(available / share);
        }
        const available = selfBondOf(life.state, life.id);
        if (!rest && available > 0n) life.chain.do('staking', 'requestExit', [life.id, available], owner);
        for (const bps of rates) life.slash(bps, 0n);
        for (const held of life.locks) {
          const worth = life.lockValue(held);
          const most = rates.reduce((value, bps) => (value * (BPS - bps)) / BPS + 1n, held.amount);
          expect(worth <= most, 'at most what the rates leave').to.equal(true);
          if (rates.includes(BPS)) expect(worth).to.equal(0n);
          if (held.generation !== life.stake.selfBond.generation) continue;
          // A factor is exact to 10^-18 of itself or better.
          const inexact = 1n + held.amount / 10n ** 18n;
          const fewest = rates.reduce((value, bps) => (value * (BPS - bps)) / BPS - inexact, held.amount);
          expect(worth >= fewest, 'and no less').to.equal(true);
        }
        for (const held of life.locks) life.release(held);
        expectCovered(life);
      },
    );
    fc.assert(property, { numRuns: 200, seed: 44 });
  });

  it('that was all locked loses the rate of a slash, and nothing when there was none', () => {
    const life = new Life();
    life.chain.do('staking', 'bond', [life.id, 1_000n], owner);
    life.lock(600n);
    life.lock(400n);
    expect(selfBondOf(life.state, life.id)).to.equal(0n);
    life.slash(1_000n, 0n);
    const [a, b] = life.locks as readonly [HeldLock, HeldLock];
    life.release(a);
    expect(selfBondOf(life.state, life.id)).to.equal(540n);
    life.lock(540n);
    life.release(life.locks[1] as HeldLock);
    life.release(b);
    expect(selfBondOf(life.state, life.id)).to.equal(900n);
  });

  it('that is locked loses the rate of a slash and no more when somebody gives the empty self-bond a unit', () => {
    const life = new Life();
    life.chain.do('staking', 'bond', [life.id, 1_000n], owner);
    life.lock(1_000n);
    life.chain.do('staking', 'bond', [life.id, 1n], giver);
    life.slash(1_000n, 500n);
    life.release(life.locks[0] as HeldLock);
    expect(selfBondOf(life.state, life.id)).to.equal(900n);
  });

  it('is forfeited at face value, whatever was slashed meanwhile', () => {
    const life = new Life();
    life.chain.do('staking', 'bond', [life.id, 1_000n], owner);
    life.lock(400n);
    life.slash(5_000n, 0n);
    const args = [life.id, 400n, { rewardBps: 2_500, burnBps: 2_500, rewardTo: reporter }] as const;
    life.chain.do('staking', 'forfeit', args, directory.gate);
    expect(life.chain.balance(reporter)).to.equal(100n);
    expect(selfBondOf(life.state, life.id)).to.equal(300n);
  });

  it('of delegators is bounded by the self-bond when it comes, and never keeps the owner from leaving', () => {
    const property = fc.property(fc.bigInt(1n, 10n ** 24n), fc.integer({ min: 0, max: RATIO }), (own, ratio) => {
      const life = new Life();
      life.chain.state = withParameters(life.state, { delegationRatio: ratio });
      life.chain.do('staking', 'bond', [life.id, own], owner);
      const most = own * BigInt(ratio);
      const [a, b] = delegators;
      const over = refusal(life.chain.attempt('staking', 'delegate', [life.id, most + 1n], a));
      expect(over).to.deep.equal({ error: 'DelegationRatioExceeded', args: [life.id, most + 1n, most] });
      if (most > 0n) life.chain.do('staking', 'delegate', [life.id, most], a);
      expect(refusal(life.chain.attempt('staking', 'delegate', [life.id, 1n], b)).error).to.equal(
        'DelegationRatioExceeded',
      );
      // The owner leaves whole; then no new delegation is possible, and the old one leaves too.
      life.chain.do('staking', 'requestExit', [life.id, own], owner);
      expect(refusal(life.chain.attempt('staking', 'delegate', [life.id, 1n], b)).error).to.equal(
        'DelegationRatioExceeded',
      );
      expect(life.delegated(a)).to.equal(most);
      expectAllLeave(life, [a]);
      expect(life.chain.balance(owner)).to.equal(FORTUNE);
    });
    fc.assert(property, { numRuns: 60, seed: 45 });
  });

  it('of a delegator in two generations is what it gave to the second: the first is gone for ever', () => {
    const life = new Life();
    const [a, b] = delegators;
    life.chain.do('staking', 'bond', [life.id, 1_000n], owner);
    life.chain.do('staking', 'delegate', [life.id, 500n], a);
    life.chain.do('staking', 'undelegate', [life.id, 100n], a);
    life.slash(0n, BPS);
    expect(life.delegated(a)).to.equal(0n);
    const gone = refusal(life.chain.attempt('staking', 'undelegate', [life.id, 1n], a));
    expect(gone).to.deep.equal({ error: 'SharesInsufficient', args: [life.id, a, 0n, 1n] });

    life.chain.do('staking', 'delegate', [life.id, 70n], b);
    life.chain.do('staking', 'delegate', [life.id, 30n], a);
    expect([life.delegated(a), life.delegated(b)]).to.deep.equal([30n, 70n]);
    expect(delegationOf(life.state, life.id, a)).to.deep.equal({ shares: 30n, generation: 1, exits: 1 });
    // Its exits keep counting, so that no name is used twice; the one of the first generation pays nothing.
    expect(life.chain.do('staking', 'undelegate', [life.id, 30n], a).returns).to.deep.equal([1]);
    life.chain.pass(400);
    const left = life.chain.balance(a);
    for (const exit of life.exits()) life.claim(exit);
    expect(life.chain.balance(a)).to.equal(left + 30n);
    expect(life.delegated(b)).to.equal(70n);
  });

  it('at a price worn to the edge: the next slash takes all, and a new generation begins with fresh prices', () => {
    const life = new Life();
    const [a, b] = delegators;
    life.chain.do('staking', 'bond', [life.id, PURSE], owner);
    life.chain.do('staking', 'delegate', [life.id, 10n ** 27n], a);
    for (let n = 0; n < 9; n++) life.slash(0n, 9_000n);
    expect(life.stake.pool).to.deep.include({ total: 10n ** 18n, factor: 10n ** 18n, generation: 0 });
    life.chain.do('staking', 'delegate', [life.id, 5n], b);
    expect(life.delegated(b)).to.equal(5n);
    life.slash(0n, 1n);
    expect(life.stake.pool).to.deep.equal({ total: 0n, factor: ONE, generation: 1 });
    expect([life.delegated(a), life.delegated(b)]).to.deep.equal([0n, 0n]);
  });

  it('that left a worn pool empty does not wear who comes after', () => {
    const life = new Life();
    const [a, b] = delegators;
    life.chain.do('staking', 'bond', [life.id, PURSE], owner);
    life.chain.do('staking', 'delegate', [life.id, 10n ** 27n], a);
    for (let n = 0; n < 9; n++) life.slash(0n, 9_000n);
    life.chain.do('staking', 'undelegate', [life.id, 10n ** 27n], a);
    expect(life.stake.pool.total).to.equal(0n);
    life.chain.do('staking', 'delegate', [life.id, 1_000n], b);
    expect(life.stake.pool).to.deep.equal({ total: 1_000n, factor: ONE, generation: 1 });
    life.slash(0n, 1_000n);
    expect(life.delegated(b)).to.equal(900n);
  });
});

describe('a permit of the staker', () => {
  it('that is refused or used up changes nothing: the allowance decides', () => {
    const { state, id } = withOperator(start(), owner, actor('laws'), 0n);
    const rich = done(call(state, 'agrs', 'transfer', [owner, 10n], { sender: holder })).state;
    const zero = `0x${'0'.repeat(64)}` as const;
    const bondWith = (on: State) =>
      call(on, 'staking', 'bondWithPermit', [id, 10n, T0, 27, zero, zero], { sender: owner });
    expect(refusal(bondWith(rich)).error).to.equal('ERC20InsufficientAllowance');
    const allowed = done(call(rich, 'agrs', 'approve', [directory.staking, 10n], { sender: owner })).state;
    expect(selfBondOf(done(bondWith(allowed)).state, id)).to.equal(10n);
  });

  it('that a stranger used up before changes nothing either', () => {
    const staker = actor('laws of permits');
    const { state, id } = withOperator(start(), staker.address, actor('laws'), 0n);
    const rich = done(call(state, 'agrs', 'transfer', [staker.address, 10n], { sender: holder })).state;
    const message = { owner: staker.address, spender: directory.staking, value: 10n, nonce: 0n, deadline: T0 };
    const domain = { chainId: CHAIN, verifyingContract: directory.agrs, name: 'AGRS' };
    const signature = quickSign(signable('Permit', message, domain), staker);
    const signed = [
      T0,
      Number.parseInt(signature.slice(130), 16),
      `0x${signature.slice(2, 66)}`,
      `0x${signature.slice(66, 130)}`,
    ] as const;
    const used = done(
      call(rich, 'agrs', 'permit', [staker.address, directory.staking, 10n, ...signed], { sender: holder }),
    ).state;
    const bonded = done(
      call(used, 'staking', 'bondWithPermit', [id, 10n, ...signed], { sender: staker.address }),
    ).state;
    expect(selfBondOf(bonded, id)).to.equal(10n);
  });
});
