import { expect } from 'chai';
import fc from 'fast-check';
import type { Hex } from '../../src/codec/hash.ts';
import { exitLedgerOf, exitValue, selfBondOf, selfLedgerOf, slashLedger } from '../../src/model/staking.ts';
import type { State } from '../../src/model/state.ts';
import { refused } from '../../src/model/step.ts';
import {
  AGRS,
  actor,
  address,
  call,
  directory,
  done,
  eventsOf,
  hash,
  holder,
  outsider,
  parameterSet,
  refusal,
  start,
  T0,
  withOperator,
} from './fixture.ts';

const owner = address(0x0a);
const signer = actor('signer');
const BOND = 1_000n * AGRS;
const ONE = 10n ** 27n;

const bonded = (amount = BOND) => withOperator(start(), owner, signer, amount);
const slash = (state: State, id: Hex, bps: bigint) =>
  call(state, 'staking', 'slash', [id, bps], { sender: directory.court });

function exit(state: State, id: Hex, amount: bigint, time = T0): { state: State; exitId: Hex } {
  const step = done(call(state, 'staking', 'requestExit', [id, amount], { sender: owner, time }));
  return { state: step.state, exitId: step.returns[0] as Hex };
}

function valueOf(state: State, exitId: Hex): bigint {
  const found = state.staking.exits.get(exitId);
  return found ? exitValue(state, found) : 0n;
}

describe('staking in the model', () => {
  it('bonds by transfer, token event first', () => {
    const { state, id } = bonded();
    const approved = done(call(state, 'agrs', 'approve', [directory.staking, 5n], { sender: owner })).state;
    const funded = done(call(approved, 'agrs', 'transfer', [owner, 5n], { sender: holder })).state;
    const step = call(funded, 'staking', 'bond', [id, 5n], { sender: owner });
    expect(eventsOf(step)).to.deep.equal(['Transfer', 'Bonded']);
    expect(selfBondOf(done(step).state, id)).to.equal(BOND + 5n);
  });

  it('refuses a bond in the order: unknown, owner, ejected, amount, token', () => {
    const { state, id } = bonded();
    const ejected = done(call(state, 'operators', 'eject', [id], { sender: directory.court })).state;
    const bond = (on: State, operator: Hex, amount: bigint, sender: Hex) =>
      refusal(call(on, 'staking', 'bond', [operator, amount], { sender }));
    expect(bond(ejected, hash('nobody'), 0n, outsider).error).to.equal('OperatorUnknown');
    expect(bond(ejected, id, 0n, outsider)).to.deep.equal({ error: 'NotOwner', args: [outsider, owner] });
    expect(bond(ejected, id, 0n, owner)).to.deep.equal({ error: 'OperatorEjected', args: [id] });
    expect(bond(state, id, 0n, owner)).to.deep.equal({ error: 'AmountZero', args: [] });
    expect(bond(state, id, 1n, owner).error).to.equal('ERC20InsufficientAllowance');
  });

  it('refuses an exit above the self-bond and lets an ejected owner leave with all of it', () => {
    const { state, id } = bonded();
    const ejected = done(call(state, 'operators', 'eject', [id], { sender: directory.court })).state;
    const over = call(ejected, 'staking', 'requestExit', [id, BOND + 1n], { sender: owner });
    expect(refusal(over)).to.deep.equal({ error: 'SelfBondInsufficient', args: [id, BOND, BOND + 1n] });
    expect(refusal(call(ejected, 'staking', 'requestExit', [id, 0n], { sender: owner })).error).to.equal('AmountZero');
    const { state: left, exitId } = exit(ejected, id, BOND);
    expect(selfBondOf(left, id)).to.equal(0n);
    expect(valueOf(left, exitId)).to.equal(BOND);
  });

  it('pays an exit strictly after the unbonding period, to its recipient, whoever calls', () => {
    const { state, id } = bonded();
    const { state: left, exitId } = exit(state, id, 10n);
    const end = T0 + BigInt(parameterSet.unbondingPeriod);
    const claim = (time: bigint) => call(left, 'staking', 'claimExit', [exitId], { sender: outsider, time });
    for (const time of [end - 1n, end]) {
      expect(refusal(claim(time))).to.deep.equal({ error: 'ExitNotMature', args: [end + 1n, time] });
    }
    const paid = done(claim(end + 1n));
    expect(eventsOf(paid)).to.deep.equal(['ExitClaimed', 'Transfer']);
    expect(paid.returns).to.deep.equal([10n]);
    expect(paid.state.agrs.balances.get(owner)).to.equal(10n);
    const again = call(paid.state, 'staking', 'claimExit', [exitId], { sender: owner, time: end + 2n });
    expect(refusal(again)).to.deep.equal({ error: 'ExitUnknown', args: [exitId] });
  });

  it('keeps the deadline that an exit began with when the period changes', () => {
    const { state, id } = bonded();
    const { state: left, exitId } = exit(state, id, 10n);
    const set = { ...parameterSet, unbondingPeriod: 1 };
    const changed = done(call(left, 'parameters', 'setParameters', [0, set], { sender: directory.council })).state;
    const time = T0 + BigInt(parameterSet.unbondingPeriod);
    const early = call(changed, 'staking', 'claimExit', [exitId], { sender: owner, time });
    expect(refusal(early).error).to.equal('ExitNotMature');
  });

  it('gives every exit its own id', () => {
    const { state, id } = bonded();
    const one = exit(state, id, 10n);
    const two = exit(one.state, id, 10n);
    expect(one.exitId).not.to.equal(two.exitId);
    expect(two.state.staking.exits.size).to.equal(2);
  });

  it('puts the present value of a cancelled exit back, for its recipient while it is the owner and not ejected', () => {
    const { state, id } = bonded();
    const { state: left, exitId } = exit(state, id, 100n);
    const slashed = done(slash(left, id, 1_000n)).state;
    const cancelled = done(call(slashed, 'staking', 'cancelExit', [exitId], { sender: owner }));
    expect(cancelled.returns).to.deep.equal([90n]);
    expect(selfBondOf(cancelled.state, id)).to.equal(selfBondOf(slashed, id) + 90n);
    expect(exitLedgerOf(cancelled.state, id).total).to.equal(0n);

    const stranger = call(left, 'staking', 'cancelExit', [exitId], { sender: outsider });
    expect(refusal(stranger)).to.deep.equal({ error: 'NotOwner', args: [outsider, owner] });
    const ejected = done(call(left, 'operators', 'eject', [id], { sender: directory.court })).state;
    const late = call(ejected, 'staking', 'cancelExit', [exitId], { sender: owner });
    expect(refusal(late)).to.deep.equal({ error: 'OperatorEjected', args: [id] });
  });

  it('leaves an exit with the former owner, who can claim but not cancel it', () => {
    const { state, id } = bonded();
    const { state: left, exitId } = exit(state, id, 100n);
    const heir = address(0x0b);
    const later = T0 + 1_000n;
    const proposed = done(call(left, 'operators', 'proposeOwner', [id, heir], { sender: owner })).state;
    const sold = done(call(proposed, 'operators', 'acceptOwner', [id], { sender: heir, time: later })).state;
    const cancel = (sender: Hex) => refusal(call(sold, 'staking', 'cancelExit', [exitId], { sender, time: later }));
    expect(cancel(heir)).to.deep.equal({ error: 'NotOwner', args: [heir, owner] });
    expect(cancel(owner)).to.deep.equal({ error: 'NotOwner', args: [owner, heir] });
    const claimed = done(call(sold, 'staking', 'claimExit', [exitId], { sender: heir, time: later })).state;
    expect(claimed.agrs.balances.get(owner)).to.equal(100n);
  });

  it('slashes self-bond and exits at the same rate and hands both to the court', () => {
    const { state, id } = bonded();
    const { state: left } = exit(state, id, 101n);
    const step = done(slash(left, id, 5_000n));
    const fromSelfBond = (BOND - 101n + 1n) / 2n;
    expect(step.events[0]?.args).to.deep.equal({ operatorId: id, bps: 5_000n, fromSelfBond, fromExits: 51n });
    expect(step.returns).to.deep.equal([fromSelfBond + 51n]);
    expect(step.state.agrs.balances.get(directory.court)).to.equal(fromSelfBond + 51n);
  });

  it('never refuses a slash for lack of stake or of an operator', () => {
    const step = done(slash(start(), hash('nobody'), 10_000n));
    expect(step.returns).to.deep.equal([0n]);
    expect(eventsOf(step)).to.deep.equal(['Slashed', 'Transfer']);
  });

  it('refuses a slash of none, of more than all, and by anyone but the court', () => {
    const { state, id } = bonded();
    for (const bps of [0n, 10_001n]) {
      expect(refusal(slash(state, id, bps))).to.deep.equal({ error: 'BpsInvalid', args: [bps] });
    }
    const other = call(state, 'staking', 'slash', [id, 0n], { sender: owner });
    expect(refusal(other)).to.deep.equal({ error: 'NotCourt', args: [owner] });
  });

  it('ends a generation with a slash of everything: its exits are worth nothing for ever, later ones their amount', () => {
    const { state, id } = bonded();
    const old = exit(state, id, 100n);
    const slashed = done(slash(old.state, id, 10_000n)).state;
    expect(valueOf(slashed, old.exitId)).to.equal(0n);
    expect(exitLedgerOf(slashed, id)).to.deep.equal({ total: 0n, factor: ONE, generation: 1 });

    const approved = done(call(slashed, 'agrs', 'approve', [directory.staking, 50n], { sender: owner })).state;
    const funded = done(call(approved, 'agrs', 'transfer', [owner, 50n], { sender: holder })).state;
    const rebonded = done(call(funded, 'staking', 'bond', [id, 50n], { sender: owner })).state;
    const fresh = exit(rebonded, id, 50n);
    expect(valueOf(fresh.state, fresh.exitId)).to.equal(50n);
    expect(valueOf(fresh.state, old.exitId)).to.equal(0n);
    const time = T0 + 1_000n;
    const nothing = done(call(fresh.state, 'staking', 'claimExit', [old.exitId], { sender: outsider, time }));
    expect(nothing.returns).to.deep.equal([0n]);
    expect(valueOf(nothing.state, fresh.exitId)).to.equal(50n);
  });
});

describe('a factor ledger', () => {
  const amounts = fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(1n, 10n ** 27n));
  const rates = fc.oneof(fc.constantFrom(1n, 9_999n, 10_000n), fc.bigInt(1n, 10_000n));

  it('loses by a slash at least one unit, at least its share, and at most everything', () => {
    fc.assert(
      fc.property(amounts, rates, fc.bigInt(10n ** 18n, ONE), (total, bps, factor) => {
        const before = { total, factor, generation: 3 };
        const { ledger, taken } = slashLedger(before, bps, true);
        expect(taken >= 1n && taken <= total && taken * 10_000n >= total * bps).to.equal(true);
        expect(ledger.total).to.equal(total - taken);
        const over = ledger.generation !== 3;
        expect(ledger.factor >= 10n ** 18n && (over || ledger.factor <= factor)).to.equal(true);
        expect(over).to.equal(ledger.generation === 4 && ledger.total === 0n && ledger.factor === ONE);
      }),
    );
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
    { maxLength: 25 },
  );

  it('always covers the values of its exits, which never grow, and pays nobody out of thin air', () => {
    fc.assert(
      fc.property(amounts, acts, (start, list) => {
        const bond = start > 10n ** 23n ? 10n ** 23n : start;
        const { state: first, id } = bonded(bond);
        let state = first;
        const exits: Hex[] = [];
        for (const step of list) {
          const before = state;
          if (step.act === 'exit') {
            const amount = selfBondOf(state, id) / step.share;
            if (amount > 0n) {
              const made = exit(state, id, amount);
              state = made.state;
              exits.push(made.exitId);
            }
          } else if (step.act === 'slash') {
            state = done(slash(state, id, step.bps)).state;
          } else {
            const exitId = exits[step.pick % Math.max(1, exits.length)];
            if (exitId === undefined) continue;
            const name = step.act === 'claim' ? 'claimExit' : 'cancelExit';
            const closed = call(state, 'staking', name, [exitId], { sender: owner, time: T0 + 400n });
            if (!refused(closed)) state = closed.state;
          }
          const leaving = exitLedgerOf(state, id).total;
          expect(exits.reduce((sum, exitId) => sum + valueOf(state, exitId), 0n) <= leaving).to.equal(true);
          expect(state.agrs.balances.get(directory.staking)).to.equal(selfLedgerOf(state, id).total + leaving);
          const old = exits.filter((exitId) => before.staking.exits.has(exitId));
          expect(old.every((exitId) => valueOf(state, exitId) <= valueOf(before, exitId))).to.equal(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
