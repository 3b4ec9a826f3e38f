import { expect } from 'chai';
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
  ZERO,
  ZERO_HASH,
} from './fixture.ts';

const owner = address(0x0a);
const heir = address(0x0b);
const first = actor('first');
const second = actor('second');

function register(state: State, signer = first, payout = owner, proof = possession(owner, signer)) {
  return call(state, 'operators', 'register', [signer.address, payout, ZERO_HASH, proof], { sender: owner });
}

describe('operators in the model', () => {
  it('registers as pending, and as admitted once admission is open', () => {
    const id = done(register(start())).returns[0] as `0x${string}`;
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

  it('jails until and including the last second, and never shortens a term', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    const until = T0 + 100n;
    const jailed = done(call(state, 'operators', 'jail', [id, until], { sender: directory.court })).state;
    const at = (time: bigint) => requireAdmitted(jailed, id, env({ sender: owner, time }));
    for (const time of [until - 1n, until]) {
      expect(at(time)).to.deep.equal({ error: 'OperatorJailed', args: [id, until] });
    }
    expect(at(until + 1n)).to.deep.equal({ signer: first.address });
    const shorter = done(call(jailed, 'operators', 'jail', [id, until - 50n], { sender: directory.court }));
    expect(shorter.events[0]?.args).to.deep.equal({ operatorId: id, until });
    expect(shorter.state.operators.operators.get(id)?.jailedUntil).to.equal(until);
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
    expect(refusal(call(ejected, 'operators', 'eject', [id], { sender: directory.court }))).to.deep.equal({
      error: 'OperatorEjected',
      args: [id],
    });
    expect(refusal(register(ejected)).error).to.equal('SignerTaken');
  });

  it('lets only the court jail and eject', () => {
    const { state, id } = withOperator(start(), owner, first, 0n);
    for (const sender of [owner, directory.council, outsider]) {
      const expected = { error: 'NotCourt', args: [sender] };
      expect(refusal(call(state, 'operators', 'jail', [id, T0], { sender }))).to.deep.equal(expected);
      expect(refusal(call(state, 'operators', 'eject', [id], { sender }))).to.deep.equal(expected);
    }
  });
});
