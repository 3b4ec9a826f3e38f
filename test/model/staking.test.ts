import { expect } from 'chai';
import fc from 'fast-check';
import type { Hex } from '../../src/codec/hash.ts';
import { ONE, slashLedger } from '../../src/model/ledger.ts';
import { exitKey, exitValue, type Split, selfBondOf, stakeOf } from '../../src/model/staking.ts';
import { ExitKind, type ExitName, type State } from '../../src/model/state.ts';
import { refused } from '../../src/model/step.ts';
import {
  AGRS,
  actor,
  address,
  call,
  directory,
  done,
  eventsOf,
  funded,
  hash,
  outsider,
  parameterSet,
  refusal,
  SUPPLY,
  start,
  T0,
  withOperator,
  withParameters,
} from './fixture.ts';

const owner = address(0x0a);
const heir = address(0x0b);
const delegator = address(0x0c);
const reporter = address(0x0d);
const signer = actor('signer');
const BOND = 1_000n * AGRS;
const MATURE = T0 + BigInt(parameterSet.unbondingPeriod) + 1n;
const SPLIT: Split = { rewardBps: 2_500, burnBps: 2_500, rewardTo: reporter };

const bonded = (amount = BOND) => withOperator(start(), owner, signer, amount);
const slash = (state: State, id: Hex, ownBps: bigint, delegatedBps = 0n, split = SPLIT) =>
  call(state, 'staking', 'slash', [id, ownBps, delegatedBps, split], { sender: directory.court });

function exit(state: State, id: Hex, amount: bigint, time = T0): { state: State; name: ExitName } {
  const step = done(call(state, 'staking', 'requestExit', [id, amount], { sender: owner, time }));
  const index = step.returns[0] as number;
  return { state: step.state, name: { kind: ExitKind.Owner, operatorId: id, account: owner, index } };
}

const claim = (state: State, { kind, operatorId, account, index }: ExitName, time = MATURE, sender = outsider) =>
  call(state, 'staking', 'claimExit', [kind, operatorId, account, index], { sender, time });
const cancel = (state: State, { operatorId, index }: ExitName, sender: Hex, time = T0) =>
  call(state, 'staking', 'cancelExit', [operatorId, index], { sender, time });
const balance = (state: State, account: Hex) => state.agrs.balances.get(account, 0n);
const exitLedgerOf = (state: State, id: Hex) => stakeOf(state, id).ownerExits;

function valueOf(state: State, name: ExitName): bigint {
  const found = state.staking.exits.get(exitKey(name));
  return found ? exitValue(state, found) : 0n;
}

describe('staking in the model', () => {
  it('bonds by transfer, token event first', () => {
    const { state, id } = bonded();
    const step = call(funded(state, owner, 5n), 'staking', 'bond', [id, 5n], { sender: owner });
    expect(eventsOf(step)).to.deep.equal(['Approval', 'Transfer', 'Bonded']);
    expect(selfBondOf(done(step).state, id)).to.equal(BOND + 5n);
  });

  it('takes a bond as a gift from anyone, which gives the giver no right', () => {
    const { state, id } = bonded();
    const given = done(call(funded(state, outsider, 5n), 'staking', 'bond', [id, 5n], { sender: outsider })).state;
    expect(selfBondOf(given, id)).to.equal(BOND + 5n);
    const back = call(given, 'staking', 'requestExit', [id, 5n], { sender: outsider });
    expect(refusal(back)).to.deep.equal({ error: 'NotOwner', args: [outsider, owner] });
    done(call(given, 'staking', 'requestExit', [id, BOND + 5n], { sender: owner }));
  });

  it('refuses a bond in the order: amount, unknown, ejected, token', () => {
    const { state, id } = bonded(0n);
    const ejected = done(call(state, 'operators', 'eject', [id], { sender: directory.court })).state;
    const bond = (on: State, operator: Hex, amount: bigint) =>
      refusal(call(on, 'staking', 'bond', [operator, amount], { sender: outsider }));
    expect(bond(ejected, hash('nobody'), 0n)).to.deep.equal({ error: 'AmountZero', args: [] });
    expect(bond(ejected, hash('nobody'), 1n)).to.deep.equal({ error: 'OperatorUnknown', args: [hash('nobody')] });
    expect(bond(ejected, id, 1n)).to.deep.equal({ error: 'OperatorEjected', args: [id] });
    expect(bond(state, id, 1n).error).to.equal('ERC20InsufficientAllowance');
  });

  it('refuses an exit above the self-bond and lets an ejected owner leave with all of it', () => {
    const { state, id } = bonded();
    const ejected = done(call(state, 'operators', 'eject', [id], { sender: directory.court })).state;
    const over = call(ejected, 'staking', 'requestExit', [id, BOND + 1n], { sender: owner });
    expect(refusal(over)).to.deep.equal({ error: 'SelfBondInsufficient', args: [id, BOND, BOND + 1n] });
    expect(refusal(call(ejected, 'staking', 'requestExit', [id, 0n], { sender: owner })).error).to.equal('AmountZero');
    const { state: left, name } = exit(ejected, id, BOND);
    expect(selfBondOf(left, id)).to.equal(0n);
    expect(valueOf(left, name)).to.equal(BOND);
  });

  it('pays an exit strictly after the unbonding period, to its recipient, whoever calls', () => {
    const { state, id } = bonded();
    const { state: left, name } = exit(state, id, 10n);
    for (const time of [MATURE - 2n, MATURE - 1n]) {
      expect(refusal(claim(left, name, time))).to.deep.equal({ error: 'ExitNotMature', args: [MATURE, time] });
    }
    const paid = done(claim(left, name, MATURE, outsider));
    expect(eventsOf(paid)).to.deep.equal(['ExitClaimed', 'Transfer']);
    expect(paid.returns).to.deep.equal([10n]);
    expect(balance(paid.state, owner)).to.equal(10n);
    expect(balance(paid.state, outsider)).to.equal(0n);
    const again = refusal(claim(paid.state, name, MATURE + 1n));
    expect(again).to.deep.equal({ error: 'ExitUnknown', args: [ExitKind.Owner, id, owner, 0] });
  });

  it('keeps the deadline that an exit began with when the period changes', () => {
    const { state, id } = bonded();
    const { state: left, name } = exit(state, id, 10n);
    const changed = withParameters(left, { unbondingPeriod: 280 });
    expect(refusal(claim(changed, name, MATURE - 1n)).error).to.equal('ExitNotMature');
    done(claim(changed, name, MATURE));
  });

  it('gives every exit its own name', () => {
    const { state, id } = bonded();
    const one = exit(state, id, 10n);
    const two = exit(one.state, id, 10n);
    expect([one.name.index, two.name.index]).to.deep.equal([0, 1]);
    const other = withOperator(two.state, heir, actor('other'), 10n);
    const theirs = done(call(other.state, 'staking', 'requestExit', [other.id, 10n], { sender: heir }));
    expect(theirs.returns).to.deep.equal([0]);
    expect(theirs.state.staking.exits.size).to.equal(3);
  });

  it('keeps the exits of an owner that delegates to itself in two queues', () => {
    const { state, id } = bonded();
    const rich = funded(state, owner, 50n);
    const delegated = done(call(rich, 'staking', 'delegate', [id, 50n], { sender: owner })).state;
    const { state: left, name: own } = exit(delegated, id, 100n);
    const step = done(call(left, 'staking', 'undelegate', [id, 50n], { sender: owner }));
    const theirs: ExitName = { kind: ExitKind.Delegator, operatorId: id, account: owner, index: 0 };
    expect([own.index, step.returns[0]]).to.deep.equal([0, 0]);
    const slashed = done(slash(step.state, id, 5_000n, 1_000n)).state;
    expect([valueOf(slashed, own), valueOf(slashed, theirs)]).to.deep.equal([50n, 45n]);
    // Only the own one can be cancelled, under a name that both have.
    const cancelled = done(cancel(slashed, own, owner)).state;
    expect([valueOf(cancelled, own), valueOf(cancelled, theirs)]).to.deep.equal([0n, 45n]);
    expect(refusal(cancel(cancelled, theirs, owner)).error).to.equal('ExitUnknown');
    expect(done(claim(slashed, theirs)).returns).to.deep.equal([45n]);
    expect(done(claim(done(claim(slashed, theirs)).state, own)).returns).to.deep.equal([50n]);
  });

  it('never gives the name of a closed exit to another', () => {
    const { state, id } = bonded();
    const one = exit(state, id, 10n);
    const closed = done(cancel(one.state, one.name, owner)).state;
    expect(exit(closed, id, 10n).name.index).to.equal(1);
  });

  it('puts the present value of a cancelled exit back, for its recipient while it is the owner and not ejected', () => {
    const { state, id } = bonded();
    const { state: left, name } = exit(state, id, 100n);
    const slashed = done(slash(left, id, 1_000n)).state;
    const cancelled = done(cancel(slashed, name, owner));
    expect(cancelled.returns).to.deep.equal([90n]);
    expect(selfBondOf(cancelled.state, id)).to.equal(selfBondOf(slashed, id) + 90n);
    expect(exitLedgerOf(cancelled.state, id).total).to.equal(0n);

    const stranger = refusal(cancel(left, name, outsider));
    expect(stranger).to.deep.equal({ error: 'ExitUnknown', args: [ExitKind.Owner, id, outsider, 0] });
    const ejected = done(call(left, 'operators', 'eject', [id], { sender: directory.court })).state;
    expect(refusal(cancel(ejected, name, owner))).to.deep.equal({ error: 'OperatorEjected', args: [id] });
  });

  it('leaves an exit with the former owner, who can claim but not cancel it', () => {
    const { state, id } = bonded();
    const { state: left, name } = exit(state, id, 100n);
    const proposed = done(call(left, 'operators', 'proposeOwner', [id, heir], { sender: owner })).state;
    const later = MATURE + 1_000n;
    const sold = done(call(proposed, 'operators', 'acceptOwner', [id], { sender: heir, time: later })).state;
    expect(refusal(cancel(sold, name, heir, later)).error).to.equal('ExitUnknown');
    expect(refusal(cancel(sold, name, owner, later))).to.deep.equal({ error: 'NotOwner', args: [owner, heir] });
    const claimed = done(claim(sold, name, later, heir)).state;
    expect(balance(claimed, owner)).to.equal(100n);
  });

  it('slashes self-bond and exits at the same rate, and splits both', () => {
    const { state, id } = bonded();
    const { state: left } = exit(state, id, 101n);
    const step = done(slash(left, id, 5_000n));
    const fromSelfBond = (BOND - 101n + 1n) / 2n;
    const taken = fromSelfBond + 51n;
    expect(step.events[0]?.args).to.deep.equal({
      operatorId: id,
      ownBps: 5_000n,
      delegatedBps: 0n,
      fromSelfBond,
      fromExits: 51n,
      fromDelegation: 0n,
      fromDelegatorExits: 0n,
    });
    const reward = taken / 4n;
    expect(step.returns).to.deep.equal([reward]);
    expect(balance(step.state, reporter)).to.equal(reward);
    expect(step.state.agrs.supply).to.equal(SUPPLY - reward);
    expect(balance(step.state, directory.council)).to.equal(taken - 2n * reward);
  });

  it("rewards the reporter out of the operator's own stake, never out of its delegators'", () => {
    const { state, id } = bonded(80n);
    const rich = funded(state, delegator, 16n * 80n);
    const delegated = done(call(rich, 'staking', 'delegate', [id, 16n * 80n], { sender: delegator })).state;
    const step = done(slash(delegated, id, 10_000n, 10_000n));
    expect(step.returns).to.deep.equal([20n]);
    expect(balance(step.state, reporter)).to.equal(20n);
    expect(step.state.agrs.supply).to.equal(SUPPLY - (17n * 80n) / 4n);
    const nothing = done(slash(delegated, id, 0n, 10_000n));
    expect(nothing.returns).to.deep.equal([0n]);
  });

  it('never refuses a slash for lack of stake or of an operator', () => {
    const step = done(slash(start(), hash('nobody'), 10_000n, 10_000n));
    expect(step.returns).to.deep.equal([0n]);
    expect(eventsOf(step)).to.deep.equal(['Slashed']);
  });

  it('is slashed by nobody but the court, and locked by nobody but the gate', () => {
    const { state, id } = bonded();
    for (const sender of [owner, directory.council, directory.operators, outsider]) {
      const slashed = call(state, 'staking', 'slash', [id, 1n, 1n, SPLIT], { sender });
      expect(refusal(slashed)).to.deep.equal({ error: 'NotCourt', args: [sender] });
    }
    for (const sender of [owner, directory.council, directory.court]) {
      const steps = [
        call(state, 'staking', 'lock', [id, 1n, 1n], { sender }),
        call(state, 'staking', 'release', [id, 1n, ONE, 0, 0], { sender }),
        call(state, 'staking', 'forfeit', [id, 1n, SPLIT], { sender }),
      ];
      for (const step of steps) expect(refusal(step)).to.deep.equal({ error: 'NotGate', args: [sender] });
    }
  });

  it('ends a generation with a slash of everything: its exits are worth nothing for ever, later ones their amount', () => {
    const { state, id } = bonded();
    const old = exit(state, id, 100n);
    const slashed = done(slash(old.state, id, 10_000n)).state;
    expect(valueOf(slashed, old.name)).to.equal(0n);
    expect(exitLedgerOf(slashed, id)).to.deep.equal({ total: 0n, factor: ONE, generation: 1 });

    const rebonded = done(call(funded(slashed, owner, 50n), 'staking', 'bond', [id, 50n], { sender: owner })).state;
    const fresh = exit(rebonded, id, 50n);
    expect(valueOf(fresh.state, fresh.name)).to.equal(50n);
    expect(valueOf(fresh.state, old.name)).to.equal(0n);
    const nothing = done(claim(fresh.state, old.name, T0 + 1_000n));
    expect(nothing.returns).to.deep.equal([0n]);
    expect(valueOf(nothing.state, fresh.name)).to.equal(50n);
  });
});

describe('a factor ledger', () => {
  const amounts = fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(1n, 10n ** 27n));
  const rates = fc.oneof(fc.constantFrom(1n, 9_999n, 10_000n), fc.bigInt(1n, 10_000n));

  it('loses by a slash at least one unit, at least its share, and at most everything', () => {
    const property = fc.property(amounts, rates, fc.bigInt(10n ** 18n, ONE), (total, bps, factor) => {
      const before = { total, factor, generation: 3 };
      const { ledger, taken } = slashLedger(before, bps, true);
      expect(taken >= 1n && taken <= total && taken * 10_000n >= total * bps).to.equal(true);
      expect(ledger.total).to.equal(total - taken);
      const over = ledger.generation !== 3;
      expect(ledger.factor >= 10n ** 18n && (over || ledger.factor <= factor)).to.equal(true);
      expect(over).to.equal(ledger.generation === 4 && ledger.total === 0n && ledger.factor === ONE);
    });
    fc.assert(property, { numRuns: 500, seed: 11 });
  });

  it('is taken whole exactly when a billionth of the start is no longer left', () => {
    const at = { total: 10n ** 30n, factor: 2n * 10n ** 18n, generation: 0 };
    expect(slashLedger(at, 5_000n, true).ledger).to.deep.equal({
      total: 5n * 10n ** 29n,
      factor: 10n ** 18n,
      generation: 0,
    });
    expect(slashLedger(at, 5_001n, true).ledger).to.deep.equal({ total: 0n, factor: ONE, generation: 1 });
    expect(slashLedger(at, 5_001n, true).taken).to.equal(10n ** 30n);
  });

  it('keeps what its owner holds beyond the cut when a worn generation ends', () => {
    const at = { total: 10n ** 30n, factor: 2n * 10n ** 18n, generation: 0 };
    const { ledger, taken } = slashLedger(at, 5_001n, false);
    expect(taken).to.equal((10n ** 30n * 5_001n) / 10_000n);
    expect(ledger).to.deep.equal({ total: 10n ** 30n - taken, factor: ONE, generation: 1 });
  });

  const acts = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ act: fc.constant('exit' as const), share: fc.bigInt(1n, 4n) }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('slash' as const), bps: rates }) },
      {
        weight: 2,
        arbitrary: fc.record({ act: fc.constantFrom('claim' as const, 'cancel' as const), pick: fc.nat(9) }),
      },
    ),
    { maxLength: 25, size: 'max' },
  );

  it('always covers the values of its exits, which never grow, and pays nobody out of thin air', () => {
    const property = fc.property(amounts, acts, (first, list) => {
      const bond = first > 10n ** 23n ? 10n ** 23n : first;
      let { state, id } = bonded(bond);
      const exits: ExitName[] = [];
      for (const step of list) {
        const before = state;
        if (step.act === 'exit') {
          const amount = selfBondOf(state, id) / step.share;
          if (amount > 0n) {
            const made = exit(state, id, amount);
            state = made.state;
            exits.push(made.name);
          }
        } else if (step.act === 'slash') {
          state = done(slash(state, id, step.bps)).state;
        } else {
          const name = exits[step.pick % Math.max(1, exits.length)];
          if (name === undefined) continue;
          const closed = step.act === 'claim' ? claim(state, name) : cancel(state, name, owner, MATURE);
          if (!refused(closed)) state = closed.state;
        }
        const leaving = exitLedgerOf(state, id).total;
        expect(exits.reduce((sum, name) => sum + valueOf(state, name), 0n) <= leaving).to.equal(true);
        expect(balance(state, directory.staking)).to.equal(selfBondOf(state, id) + leaving);
        const old = exits.filter((name) => before.staking.exits.has(exitKey(name)));
        expect(old.every((name) => valueOf(state, name) <= valueOf(before, name))).to.equal(true);
      }
    });
    fc.assert(property, { numRuns: 150, seed: 12 });
  });
});
