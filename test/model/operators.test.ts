import { expect } from 'chai';
import type { Hex } from '../../src/codec/hash.ts';
import { currentOperatorOf, requireAdmitted } from '../../src/model/operators.ts';
import { OperatorStatus, type State } from '../../src/model/state.ts';
import {
  actor,
  address,
  call,
  directory,
  done,
  env,
  hash,
  outsider,
  parameterSet,
  possession,
  refusal,
  start,
  T0,
  withOperator,
  withParameters,
  ZERO,
  ZERO_HASH,
} from './fixture.ts';

const owner = address(0x0a);
const heir = address(0x0b);
const first = actor('first');
const second = actor('second');
const third = actor('third');

function register(state: State, signer = first, payout = owner, proof = possession(owner, signer)) {
  return call(state, 'operators', 'register', [signer.address, payout, ZERO_HASH, proof], { sender: owner });
}

describe('operators in the model', () => {
  it('registers as pending, and as admitted once admission is open', () => {
    const id = done(register(start())).returns[0] as Hex;
    expect(done(register(start())).state.operators.operators.get(id)?.status).to.equal(OperatorStatus.Pending);
    const open = done(call(start(), 'operators', 'openAdmission', [], { sender: directory.council })).state;
    expect(done(register(open)).state.operators.operators.get(id)?.status).to.equal(OperatorStatus.Admitted);
    const again = call(open, 'operators', 'openAdmission', [], { sender: directory.council });
    expect(refusal(again).error).to.equal('AdmissionOpenAlready');
  });

  it('checks the payout, then whether the key is taken, then its possession', () => {
    const taken = done(register(start())).state;
    expect(refusal(register(taken, first, ZERO, '0x')).error).to.equal('PayoutZero');
    expect(refusal(register(taken, first, owner, '0x'))).to.deep.equal({ error: 'SignerTaken', args: [first.address] });
    expect(refusal(register(start(), first, owner, '0x')).error).to.equal('PossessionInvalid');
  });

  it("doesn't accept a possession signed for another owner, another key or the zero key", () => {
    for (const [signer, proof] of [
      [first, possession(heir, first)],
      [first, possession(owner, second)],
      [{ ...first, address: ZERO }, '0x'],
    ] as const) {
      expect(refusal(register(start(), signer, owner, proof)).error).to.equal('PossessionInvalid');
    }
  });

  it('admits only what is pending, and only for the council', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    const twice = call(state, 'operators', 'admit', [id], { sender: directory.council });
    expect(refusal(twice)).to.deep.equal({ error: 'OperatorNotPending', args: [id] });
    const unknown = call(state, 'operators', 'admit', [hash('nobody')], { sender: directory.council });
    expect(refusal(unknown)).to.deep.equal({ error: 'OperatorNotPending', args: [hash('nobody')] });
    const other = call(state, 'operators', 'admit', [id], { sender: outsider });
    expect(refusal(other)).to.deep.equal({ error: 'NotCouncil', args: [outsider] });
  });

  it('gives a rotated key no authority from the same second on, and never a second life', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    const args = [id, second.address, possession(owner, second)] as const;
    const rotated = done(call(state, 'operators', 'rotateSigner', args, { sender: owner, time: T0 + 5n })).state;
    expect(currentOperatorOf(rotated, first.address)).to.equal(undefined);
    expect(currentOperatorOf(rotated, second.address)).to.equal(id);
    expect(requireAdmitted(rotated, id, env({ sender: owner }))).to.deep.equal({ signer: second.address });
    expect(rotated.operators.keys.get(first.address)).to.deep.equal({ operatorId: id, rotatedAt: T0 + 5n });
    const backArgs = [id, first.address, possession(owner, first)] as const;
    expect(refusal(call(rotated, 'operators', 'rotateSigner', backArgs, { sender: owner })).error).to.equal(
      'SignerTaken',
    );
    expect(refusal(register(rotated)).error).to.equal('SignerTaken');
    const onArgs = [id, third.address, possession(owner, third)] as const;
    const again = done(call(rotated, 'operators', 'rotateSigner', onArgs, { sender: owner, time: T0 + 6n })).state;
    const current = [first, second, third].map(({ address }) => currentOperatorOf(again, address));
    expect(current).to.deep.equal([undefined, undefined, id]);
  });

  it('lets nobody but the owner change anything of an operator', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    const steps = [
      call(state, 'operators', 'rotateSigner', [id, second.address, possession(outsider, second)], {
        sender: outsider,
      }),
      call(state, 'operators', 'setPayout', [id, outsider], { sender: outsider }),
      call(state, 'operators', 'setMetadata', [id, ZERO_HASH], { sender: outsider }),
      call(state, 'operators', 'proposeOwner', [id, outsider], { sender: outsider }),
    ];
    for (const step of steps) expect(refusal(step)).to.deep.equal({ error: 'NotOwner', args: [outsider, owner] });
    const unknown = call(state, 'operators', 'setPayout', [hash('nobody'), owner], { sender: owner });
    expect(refusal(unknown)).to.deep.equal({ error: 'OperatorUnknown', args: [hash('nobody')] });
  });

  it('opens the change of owner strictly after the unbonding period', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    const proposed = done(call(state, 'operators', 'proposeOwner', [id, heir], { sender: owner })).state;
    const end = T0 + BigInt(parameterSet.unbondingPeriod);
    const accept = (time: bigint) => call(proposed, 'operators', 'acceptOwner', [id], { sender: heir, time });
    for (const time of [end - 1n, end]) {
      expect(refusal(accept(time))).to.deep.equal({ error: 'OwnerChangeTooEarly', args: [end + 1n, time] });
    }
    const accepted = done(accept(end + 1n)).state;
    expect(accepted.operators.operators.get(id)?.owner).to.equal(heir);
    expect(refusal(call(accepted, 'operators', 'acceptOwner', [id], { sender: heir, time: end + 2n }))).to.deep.equal({
      error: 'NotProposedOwner',
      args: [heir, ZERO],
    });
  });

  it("opens it no earlier than three blocks after the former owner's last exit can be claimed", () => {
    const { state, id } = withOperator(start(), owner, first, 1_000n);
    const proposed = done(call(state, 'operators', 'proposeOwner', [id, heir], { sender: owner })).state;
    const period = BigInt(parameterSet.unbondingPeriod);
    const exit = (on: State, time: bigint) =>
      done(call(on, 'staking', 'requestExit', [id, 100n], { sender: owner, time })).state;
    // The earlier exit is the later one to be claimed when the period got shorter in between.
    const twice = exit(withParameters(exit(proposed, T0 + 50n), { unbondingPeriod: 280 }), T0 + 60n);
    for (const [left, last] of [
      [exit(proposed, T0), T0],
      [exit(proposed, T0 + period), T0 + period],
      [twice, T0 + 50n],
    ] as const) {
      const opensAt = last + period + 1n + 3n * BigInt(parameterSet.blockInterval);
      const accept = (time: bigint) => call(left, 'operators', 'acceptOwner', [id], { sender: heir, time });
      expect(refusal(accept(opensAt - 1n))).to.deep.equal({
        error: 'OwnerChangeTooEarly',
        args: [opensAt, opensAt - 1n],
      });
      expect(done(accept(opensAt)).state.operators.operators.get(id)?.owner).to.equal(heir);
    }
  });

  it('withdraws a proposed owner by proposing the zero address, and starts the wait again with each proposal', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    const proposed = done(call(state, 'operators', 'proposeOwner', [id, heir], { sender: owner })).state;
    const late = T0 + 10_000n;
    const withdrawn = done(call(proposed, 'operators', 'proposeOwner', [id, ZERO], { sender: owner })).state;
    const denied = call(withdrawn, 'operators', 'acceptOwner', [id], { sender: heir, time: late });
    expect(refusal(denied).error).to.equal('NotProposedOwner');
    const again = done(call(proposed, 'operators', 'proposeOwner', [id, heir], { sender: owner, time: late })).state;
    const early = call(again, 'operators', 'acceptOwner', [id], { sender: heir, time: late });
    expect(refusal(early).error).to.equal('OwnerChangeTooEarly');
  });

  const miss = (state: State, id: Hex, time = T0) =>
    done(call(state, 'operators', 'countMiss', [id], { sender: directory.gate, time })).state;
  const { missLimit, missPeriod, jailTerm } = parameterSet;

  it('jails for the last miss of the limit, until and including the last second, and counts anew', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    let missed = state;
    for (let n = 1; n < missLimit; n++) missed = miss(missed, id);
    expect(requireAdmitted(missed, id, env({ sender: owner }))).to.deep.equal({ signer: first.address });
    const jailed = miss(missed, id, T0 + 5n);
    const until = T0 + 5n + BigInt(jailTerm);
    expect(jailed.operators.operators.get(id)).to.include({ misses: 0, jailedUntil: until });
    const at = (time: bigint) => requireAdmitted(jailed, id, env({ sender: owner, time }));
    for (const time of [until - 1n, until]) {
      expect(at(time)).to.deep.equal({ error: 'OperatorJailed', args: [id, until] });
    }
    expect(at(until + 1n)).to.deep.equal({ signer: first.address });
    expect(miss(jailed, id, T0 + 6n).operators.operators.get(id)).to.include({ misses: 1, jailedUntil: until });
  });

  it('counts misses from the first of them to the last second of the period', () => {
    const { state, id } = withOperator(withParameters(start(), { missLimit: 3 }), owner, first, 0n);
    const one = miss(state, id);
    const last = T0 + BigInt(missPeriod);
    expect(miss(one, id, last).operators.operators.get(id)).to.include({ misses: 2, missesSince: T0 });
    expect(miss(one, id, last + 1n).operators.operators.get(id)).to.include({ misses: 1, missesSince: last + 1n });
  });

  it('ejects for ever: the key stops counting and nothing admits the operator again', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    const ejected = done(call(state, 'operators', 'eject', [id], { sender: directory.court })).state;
    expect(currentOperatorOf(ejected, first.address)).to.equal(undefined);
    const { Ejected } = OperatorStatus;
    expect(requireAdmitted(ejected, id, env({ sender: owner }))).to.deep.equal({
      error: 'OperatorNotAdmitted',
      args: [id, Ejected],
    });
    expect(refusal(call(ejected, 'operators', 'admit', [id], { sender: directory.council })).error).to.equal(
      'OperatorNotPending',
    );
    const again = done(call(ejected, 'operators', 'eject', [id], { sender: directory.court }));
    expect(again.events).to.deep.equal([]);
    expect(again.state).to.equal(ejected);
    expect(refusal(register(ejected)).error).to.equal('SignerTaken');
  });

  it('lets only the court eject, and only the gate count misses', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    for (const sender of [owner, directory.council, directory.gate, directory.staking, outsider]) {
      const step = call(state, 'operators', 'eject', [id], { sender });
      expect(refusal(step)).to.deep.equal({ error: 'NotCourt', args: [sender] });
    }
    for (const sender of [owner, directory.council, directory.court, directory.staking, outsider]) {
      const step = call(state, 'operators', 'countMiss', [id], { sender });
      expect(refusal(step)).to.deep.equal({ error: 'NotGate', args: [sender] });
    }
  });
});
