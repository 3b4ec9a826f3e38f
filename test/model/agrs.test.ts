import { expect } from 'chai';
import { address, call, directory, done, eventsOf, holder, outsider, refusal, SUPPLY, start, ZERO } from './fixture.ts';

const friend = address(0xf1);
const payee = address(0xf2);
const MAX = 2n ** 256n - 1n;

function balances(state: ReturnType<typeof start>) {
  return [...state.agrs.balances.values()].reduce((sum, value) => sum + value, 0n);
}

describe('AGRS in the model', () => {
  it('moves a balance to the last unit and conserves the supply', () => {
    const { state, returns } = done(call(start(), 'agrs', 'transfer', [payee, SUPPLY], { sender: holder }));
    expect(returns).to.deep.equal([true]);
    expect(state.agrs.balances.get(payee)).to.equal(SUPPLY);
    expect(state.agrs.balances.get(holder)).to.equal(0n);
    expect(balances(state)).to.equal(state.agrs.supply);
  });

  it('refuses one unit more than the balance', () => {
    const step = call(start(), 'agrs', 'transfer', [payee, SUPPLY + 1n], { sender: holder });
    expect(refusal(step)).to.deep.equal({ error: 'ERC20InsufficientBalance', args: [holder, SUPPLY, SUPPLY + 1n] });
  });

  it('leaves a balance as it was when its owner pays itself', () => {
    const { state } = done(call(start(), 'agrs', 'transfer', [holder, 7n], { sender: holder }));
    expect(state.agrs.balances.get(holder)).to.equal(SUPPLY);
  });

  it('names a zero receiver before a missing balance', () => {
    const step = call(start(), 'agrs', 'transfer', [ZERO, 1n], { sender: outsider });
    expect(refusal(step)).to.deep.equal({ error: 'ERC20InvalidReceiver', args: [ZERO] });
  });

  it('refuses to approve the zero address', () => {
    const step = call(start(), 'agrs', 'approve', [ZERO, 1n], { sender: holder });
    expect(refusal(step)).to.deep.equal({ error: 'ERC20InvalidSpender', args: [ZERO] });
  });

  it('spends an allowance without an approval event, to the last unit and no further', () => {
    const approved = done(call(start(), 'agrs', 'approve', [friend, 10n], { sender: holder })).state;
    const moved = call(approved, 'agrs', 'transferFrom', [holder, payee, 10n], { sender: friend });
    expect(eventsOf(moved)).to.deep.equal(['Transfer']);
    const again = call(done(moved).state, 'agrs', 'transferFrom', [holder, payee, 1n], { sender: friend });
    expect(refusal(again)).to.deep.equal({ error: 'ERC20InsufficientAllowance', args: [friend, 0n, 1n] });
  });

  it('replaces an allowance instead of adding to it', () => {
    const first = done(call(start(), 'agrs', 'approve', [friend, 10n], { sender: holder })).state;
    const second = done(call(first, 'agrs', 'approve', [friend, 3n], { sender: holder })).state;
    const step = call(second, 'agrs', 'transferFrom', [holder, payee, 4n], { sender: friend });
    expect(refusal(step)).to.deep.equal({ error: 'ERC20InsufficientAllowance', args: [friend, 3n, 4n] });
  });

  it('never uses up an unlimited allowance, but does one that is a unit smaller', () => {
    for (const [allowance, left] of [
      [MAX, MAX],
      [MAX - 1n, MAX - 6n],
    ] as const) {
      const approved = done(call(start(), 'agrs', 'approve', [friend, allowance], { sender: holder })).state;
      const { state } = done(call(approved, 'agrs', 'transferFrom', [holder, payee, 5n], { sender: friend }));
      expect(state.agrs.allowances.get(holder + friend)).to.equal(left);
    }
  });

  it('names a missing allowance before a zero receiver and before a missing balance', () => {
    for (const to of [ZERO, payee]) {
      const step = call(start(), 'agrs', 'transferFrom', [outsider, to, 1n], { sender: friend });
      expect(refusal(step)).to.deep.equal({ error: 'ERC20InsufficientAllowance', args: [friend, 0n, 1n] });
    }
  });

  it('moves nothing of the zero address, not even nothing', () => {
    const expected = { error: 'ERC20InvalidApprover', args: [ZERO] };
    const moved = call(start(), 'agrs', 'transferFrom', [ZERO, payee, 0n], { sender: friend });
    expect(refusal(moved)).to.deep.equal(expected);
    expect(refusal(call(start(), 'agrs', 'burnFrom', [ZERO, 0n], { sender: friend }))).to.deep.equal(expected);
  });

  it('burns from balance and supply alike', () => {
    const { state, events } = done(call(start(), 'agrs', 'burn', [9n], { sender: holder }));
    expect(events).to.deep.equal([
      { contract: 'agrs', event: 'Transfer', args: { from: holder, to: ZERO, value: 9n } },
    ]);
    expect(state.agrs.supply).to.equal(SUPPLY - 9n);
    expect(balances(state)).to.equal(state.agrs.supply);
  });

  it('burns on an allowance and refuses beyond it', () => {
    const approved = done(call(start(), 'agrs', 'approve', [friend, 4n], { sender: holder })).state;
    const { state } = done(call(approved, 'agrs', 'burnFrom', [holder, 4n], { sender: friend }));
    expect(state.agrs.supply).to.equal(SUPPLY - 4n);
    const again = call(state, 'agrs', 'burnFrom', [holder, 1n], { sender: friend });
    expect(refusal(again)).to.deep.equal({ error: 'ERC20InsufficientAllowance', args: [friend, 0n, 1n] });
  });

  it('lets custody contracts hold tokens like anybody', () => {
    const { state } = done(call(start(), 'agrs', 'transfer', [directory.staking, 1n], { sender: holder }));
    expect(state.agrs.balances.get(directory.staking)).to.equal(1n);
  });
});
