import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect } from 'chai';
import { quickSign } from '../../src/campaign/world.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { signable } from '../../src/codec/typed-data.ts';
import type { State } from '../../src/model/state.ts';
import {
  type Actor,
  actor,
  address,
  CHAIN,
  call,
  directory,
  done,
  eventsOf,
  holder,
  outsider,
  refusal,
  SUPPLY,
  start,
  T0,
  ZERO,
} from './fixture.ts';

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

  it('spends an allowance with an approval event for the rest, to the last unit and no further', () => {
    const approved = done(call(start(), 'agrs', 'approve', [friend, 10n], { sender: holder })).state;
    const moved = call(approved, 'agrs', 'transferFrom', [holder, payee, 10n], { sender: friend });
    expect(eventsOf(moved)).to.deep.equal(['Approval', 'Transfer']);
    expect(done(moved).events[0]?.args).to.deep.equal({ owner: holder, spender: friend, value: 0n });
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

describe('a permit', () => {
  const owner = actor('permit owner');
  const thief = actor('thief');

  interface Changes {
    readonly key?: Actor;
    readonly spender?: Hex;
    readonly nonce?: bigint;
    readonly deadline?: bigint;
  }

  function sign({ key = owner, spender = friend, nonce = 0n, deadline = T0 }: Changes = {}) {
    const domain = { chainId: CHAIN, verifyingContract: directory.agrs, name: 'AGRS' };
    const message = { owner: owner.address, spender, value: 7n, nonce, deadline };
    const signature = quickSign(signable('Permit', message, domain), key);
    const [r, s] = [signature.slice(0, 66), `0x${signature.slice(66, 130)}`] as [Hex, Hex];
    return [owner.address, spender, 7n, deadline, Number(`0x${signature.slice(130)}`), r, s] as const;
  }

  const use = (state: State, args: ReturnType<typeof sign>, time = T0) =>
    call(state, 'agrs', 'permit', args, { sender: outsider, time });

  it('gives an allowance once, whoever brings it, and says that it was used', () => {
    const step = use(start(), sign());
    expect(eventsOf(step)).to.deep.equal(['PermitUsed', 'Approval']);
    const { state } = done(step);
    expect(state.agrs.allowances.get(owner.address + friend)).to.equal(7n);
    expect(refusal(use(state, sign())).error).to.equal('ERC2612InvalidSigner');
    done(use(state, sign({ nonce: 1n })));
  });

  it('is valid until and including its deadline', () => {
    done(use(start(), sign(), T0));
    expect(refusal(use(start(), sign(), T0 + 1n))).to.deep.equal({ error: 'ERC2612ExpiredSignature', args: [T0] });
  });

  it('counts for nobody but its owner, and for nothing but what it says', () => {
    const stolen = refusal(use(start(), sign({ key: thief })));
    expect(stolen).to.deep.equal({ error: 'ERC2612InvalidSigner', args: [thief.address, owner.address] });
    const [from, , ...rest] = sign();
    expect(refusal(use(start(), [from, payee, ...rest])).error).to.equal('ERC2612InvalidSigner');
    expect(refusal(use(start(), sign({ nonce: 1n }))).error).to.equal('ERC2612InvalidSigner');
  });

  it('has one form only: the mirrored high s, and any other v, is no signature', () => {
    const [from, to, value, deadline, v, r, s] = sign();
    const high: Hex = `0x${(secp256k1.Point.Fn.ORDER - BigInt(s)).toString(16).padStart(64, '0')}`;
    const mirrored = refusal(use(start(), [from, to, value, deadline, v === 27 ? 28 : 27, r, high]));
    expect(mirrored).to.deep.equal({ error: 'ECDSAInvalidSignatureS', args: [high] });
    for (const other of [0, 26, 29, 255]) {
      const step = use(start(), [from, to, value, deadline, other, r, s]);
      expect(refusal(step)).to.deep.equal({ error: 'ECDSAInvalidSignature', args: [] });
    }
  });

  it('may not give anything to the zero address', () => {
    expect(refusal(use(start(), sign({ spender: ZERO })))).to.deep.equal({
      error: 'ERC20InvalidSpender',
      args: [ZERO],
    });
  });
});
