import { expect } from 'chai';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { signaturesNeeded, Tier } from '../../src/model/quorum.ts';
import { ProposalStatus, type State } from '../../src/model/state.ts';
import {
  address,
  call,
  directory,
  done,
  eventsOf,
  hash,
  members,
  otherContract,
  outsider,
  parameterSet,
  refusal,
  start,
  T0,
  withParameters,
  ZERO_HASH,
} from './fixture.ts';

const open = encodeCall('operators', 'openAdmission', []);
const [m1, m2, m3, m4, m5] = members as [Hex, Hex, Hex, Hex, Hex];

interface Proposed {
  readonly state: State;
  readonly id: Hex;
}

function propose(state: State, target: Hex = directory.operators, data = open, tier: number = Tier.Critical): Proposed {
  const step = done(call(state, 'council', 'propose', [target, data, tier, ZERO_HASH], { sender: m1 }));
  return { state: step.state, id: step.returns[0] as Hex };
}

const approve = (state: State, id: Hex, sender: Hex, time = T0) =>
  call(state, 'council', 'approve', [id], { sender, time });

/** Proposed and approved by as many members as the tier asks for, at T0. */
function agreed(state: State, target?: Hex, data?: Hex, tier: number = Tier.Critical): Proposed {
  const made = propose(state, target, data, tier);
  const others = members.slice(1, signaturesNeeded(tier, members.length));
  return { id: made.id, state: others.reduce((s, member) => done(approve(s, made.id, member)).state, made.state) };
}

function execute(
  state: State,
  time: bigint,
  target: Hex = directory.operators,
  data = open,
  tier: number = Tier.Critical,
) {
  return call(state, 'council', 'execute', [target, data, tier, ZERO_HASH], { sender: outsider, time });
}

const sealed = () => done(call(start(), 'council', 'sealGenesis', [], { sender: m3 })).state;

/** The state with this rule, as if the council had decided it. */
function withTier(state: State, target: Hex, selector: Hex, tier: number): State {
  return done(call(state, 'council', 'setTiers', [[{ target, selector, tier }]], { sender: directory.council })).state;
}

describe('the quorum', () => {
  // n: elevated, critical
  const table = [
    [1, 1],
    [2, 2],
    [2, 2],
    [3, 3],
    [3, 4],
    [4, 4],
    [4, 5],
    [5, 6],
    [5, 6],
    [6, 7],
    [6, 8],
    [7, 8],
    [7, 9],
    [8, 10],
    [8, 10],
    [9, 11],
    [9, 12],
    [10, 12],
    [10, 13],
    [11, 14],
    [11, 14],
    [12, 15],
    [12, 16],
    [13, 16],
    [13, 17],
    [14, 18],
    [14, 18],
    [15, 19],
    [15, 20],
    [16, 20],
    [16, 21],
    [17, 22],
  ] as const;

  it('follows the table for 1 to 32 members', () => {
    for (const [i, [elevated, critical]] of table.entries()) {
      const needed = [Tier.Routine, Tier.Elevated, Tier.Critical].map((tier) => signaturesNeeded(tier, i + 1));
      expect(needed, `n = ${i + 1}`).to.deep.equal([1, elevated, critical]);
    }
  });

  it('survives one lost key from three members on, and any two quorums share a member', () => {
    for (let n = 1; n <= 32; n++) {
      for (const tier of [Tier.Elevated, Tier.Critical]) {
        const k = signaturesNeeded(tier, n);
        expect(2 * k > n && k <= (n >= 3 ? n - 1 : n), `n = ${n}`).to.equal(true);
      }
    }
  });
});

describe('a proposal', () => {
  it('is refused in the order: member, tier, calldata, minimum tier, seen before', () => {
    const { state } = propose(withTier(start(), directory.operators, open, Tier.Elevated));
    const step = (sender: Hex, tier: number, data: Hex) =>
      refusal(call(state, 'council', 'propose', [directory.operators, data, tier, ZERO_HASH], { sender }));
    expect(step(outsider, 0, '0x')).to.deep.equal({ error: 'NotMember', args: [outsider] });
    for (const tier of [0, 4]) expect(step(m2, tier, '0x')).to.deep.equal({ error: 'TierInvalid', args: [tier] });
    expect(step(m2, Tier.Routine, '0x010203')).to.deep.equal({ error: 'CalldataLengthInvalid', args: [3n] });
    const long: Hex = `0x${'00'.repeat(16_385)}`;
    expect(step(m2, Tier.Routine, long)).to.deep.equal({ error: 'CalldataLengthInvalid', args: [16_385n] });
    expect(step(m2, Tier.Routine, open)).to.deep.equal({ error: 'TierTooLow', args: [2, 1] });
    expect(step(m2, Tier.Critical, open).error).to.equal('ProposalExists');
  });

  it('takes calldata of 4 and of 16 384 bytes', () => {
    for (const bytes of [4, 16_384]) propose(start(), otherContract, `0x${'ab'.repeat(bytes)}`);
  });

  it('needs the critical tier when its call has no rule', () => {
    const args = [directory.operators, open, Tier.Elevated, ZERO_HASH] as const;
    const step = call(start(), 'council', 'propose', args, { sender: m1 });
    expect(refusal(step)).to.deep.equal({ error: 'TierTooLow', args: [3, 2] });
  });

  it('counts its proposer, once', () => {
    const { state, id } = propose(start());
    expect(refusal(approve(state, id, m1))).to.deep.equal({ error: 'AlreadyApproved', args: [id, m1] });
    expect(refusal(execute(state, T0))).to.deep.equal({ error: 'QuorumMissing', args: [id, 1n, 4n] });
  });

  it('reaches a routine quorum in the same step', () => {
    const state = withTier(start(), directory.operators, open, Tier.Routine);
    const args = [directory.operators, open, Tier.Routine, ZERO_HASH] as const;
    expect(eventsOf(call(state, 'council', 'propose', args, { sender: m1 }))).to.deep.equal([
      'Seen',
      'Proposed',
      'Approved',
      'QuorumReached',
    ]);
  });

  it('announces its quorum once, however many approve after', () => {
    const { state, id } = agreed(start());
    const last = approve(state, id, m5, T0 + 9n);
    expect(eventsOf(last)).to.deep.equal(['Seen', 'Approved']);
    expect(done(last).state.council.proposals.get(id)?.eta).to.equal(T0);
  });

  it('loses its quorum with an approval, and waits from the new quorum on', () => {
    const { state, id } = agreed(sealed());
    const withdrawn = call(state, 'council', 'withdrawApproval', [id], { sender: m2, time: T0 + 300n });
    expect(eventsOf(withdrawn)).to.deep.equal(['Seen', 'ApprovalWithdrawn', 'QuorumLost']);
    expect(refusal(execute(done(withdrawn).state, T0 + 310n)).error).to.equal('QuorumMissing');
    const again = done(approve(done(withdrawn).state, id, m5, T0 + 301n)).state;
    const eta = T0 + 301n + 310n;
    expect(refusal(execute(again, eta - 1n))).to.deep.equal({ error: 'ProposalNotReady', args: [id, eta, eta - 1n] });
    done(execute(again, eta));
  });

  it('loses an elevated quorum alike', () => {
    const { state, id } = agreed(
      withTier(sealed(), directory.operators, open, Tier.Elevated),
      directory.operators,
      open,
      Tier.Elevated,
    );
    expect(state.council.proposals.get(id)?.eta).not.to.equal(0n);
    const withdrawn = call(state, 'council', 'withdrawApproval', [id], { sender: m2, time: T0 + 1n });
    expect(eventsOf(withdrawn)).to.include('QuorumLost');
    expect(done(withdrawn).state.council.proposals.get(id)).to.include({ eta: 0n, until: 0n });
  });

  it('keeps its quorum when a surplus approval is withdrawn', () => {
    const { state, id } = agreed(start());
    const five = done(approve(state, id, m5)).state;
    const step = call(five, 'council', 'withdrawApproval', [id], { sender: m5 });
    expect(eventsOf(step)).to.deep.equal(['Seen', 'ApprovalWithdrawn']);
    const none = call(done(step).state, 'council', 'withdrawApproval', [id], { sender: m5 });
    expect(refusal(none)).to.deep.equal({ error: 'NotApproved', args: [id, m5] });
  });

  it('is cancelled by its proposer alone', () => {
    const { state, id } = agreed(start());
    const step = call(state, 'council', 'object', [id], { sender: m1 });
    expect(eventsOf(step)).to.deep.equal(['Seen', 'Objected', 'ProposalCancelled']);
    const { Cancelled } = ProposalStatus;
    expect(refusal(execute(done(step).state, T0))).to.deep.equal({ error: 'ProposalClosed', args: [id, Cancelled] });
  });

  it('is cancelled by n - k + 1 objections and not by one less', () => {
    const { state, id } = agreed(start());
    const one = call(state, 'council', 'object', [id], { sender: m2 });
    expect(eventsOf(one)).to.deep.equal(['Seen', 'Objected']);
    const twice = call(done(one).state, 'council', 'object', [id], { sender: m2 });
    expect(refusal(twice)).to.deep.equal({ error: 'AlreadyObjected', args: [id, m2] });
    const two = call(done(one).state, 'council', 'object', [id], { sender: m5 });
    expect(eventsOf(two)).to.deep.equal(['Seen', 'Objected', 'ProposalCancelled']);
  });

  it('dies with the members and with the tiers under which it was made', () => {
    const { state, id } = agreed(start());
    const council = directory.council;
    const changes = [
      done(call(state, 'council', 'setMembers', [[m1, m2, m3, m4, m5]], { sender: council })).state,
      done(call(state, 'council', 'setTiers', [[]], { sender: council })).state,
    ];
    for (const changed of changes) {
      expect(refusal(approve(changed, id, m5))).to.deep.equal({ error: 'ProposalUnknown', args: [id] });
      expect(refusal(execute(changed, T0)).error).to.equal('ProposalUnknown');
      expect(propose(changed).id).not.to.equal(id);
    }
  });

  it('is unknown under another id, whatever a member wants to do with it', () => {
    const id = hash('nothing');
    for (const name of ['approve', 'withdrawApproval', 'object'] as const) {
      expect(refusal(call(start(), 'council', name, [id], { sender: m1 }))).to.deep.equal({
        error: 'ProposalUnknown',
        args: [id],
      });
      expect(refusal(call(start(), 'council', name, [id], { sender: outsider })).error).to.equal('NotMember');
    }
  });
});

describe('an execution by the council', () => {
  const delays = [
    [Tier.Routine, 0],
    [Tier.Elevated, parameterSet.elevatedDelay],
    [Tier.Critical, parameterSet.criticalDelay],
  ] as const;

  it('waits for the delay of its tier once genesis is sealed, to the second', () => {
    for (const [tier, delay] of delays) {
      const { state, id } = agreed(withTier(sealed(), directory.operators, open, tier), undefined, undefined, tier);
      const eta = T0 + BigInt(delay);
      const early = refusal(execute(state, eta - 1n, undefined, undefined, tier));
      expect(early).to.deep.equal({ error: 'ProposalNotReady', args: [id, eta, eta - 1n] });
      for (const time of [eta, eta + 1n]) done(execute(state, time, undefined, undefined, tier));
    }
  });

  it('has no delay before genesis is sealed, and dies when it is sealed after the quorum', () => {
    const { state } = agreed(start());
    done(execute(state, T0));
    const late = done(call(state, 'council', 'sealGenesis', [], { sender: m5 })).state;
    expect(refusal(execute(late, T0)).error).to.equal('ProposalUnknown');
  });

  it('waits as long as the delay was when the quorum was reached, whatever the delays are since', () => {
    const { state, id } = agreed(sealed());
    const shorter = withParameters(state, { unbondingPeriod: 270, criticalDelay: 280, elevatedDelay: 10 });
    const eta = T0 + BigInt(parameterSet.criticalDelay);
    const early = refusal(execute(shorter, eta - 1n));
    expect(early).to.deep.equal({ error: 'ProposalNotReady', args: [id, eta, eta - 1n] });
    done(execute(shorter, eta));
  });

  it('is possible to the last second of the grace', () => {
    const { state, id } = agreed(sealed());
    const until = T0 + BigInt(parameterSet.criticalDelay + parameterSet.proposalGrace);
    for (const time of [until - 1n, until]) done(execute(state, time));
    const late = refusal(execute(state, until + 1n));
    expect(late).to.deep.equal({ error: 'ProposalExpired', args: [id, until, until + 1n] });
  });

  it('has its last second fixed by the quorum: a longer grace revives nothing, a shorter one ends nothing', () => {
    const { state, id } = agreed(sealed());
    const until = T0 + BigInt(parameterSet.criticalDelay + parameterSet.proposalGrace);
    const longer = withParameters(state, { proposalGrace: 2 * parameterSet.proposalGrace });
    expect(refusal(execute(longer, until + 1n))).to.deep.equal({
      error: 'ProposalExpired',
      args: [id, until, until + 1n],
    });
    done(execute(withParameters(state, { proposalGrace: 4 }), until));
  });

  it('calls as the council, after its own event, and happens once', () => {
    const { state, id } = agreed(start());
    const step = execute(state, T0);
    expect(eventsOf(step)).to.deep.equal(['ProposalExecuted', 'AdmissionOpened']);
    expect(done(step).state.operators.admissionOpen).to.equal(true);
    expect(refusal(execute(done(step).state, T0))).to.deep.equal({
      error: 'ProposalClosed',
      args: [id, ProposalStatus.Executed],
    });
  });

  it("passes the target's own refusal on and stays open", () => {
    const data = encodeCall('registry', 'endFreeze', []);
    const { state, id } = agreed(start(), directory.registry, data);
    expect(refusal(execute(state, T0, directory.registry, data))).to.deep.equal({ error: 'NotFrozen', args: [] });
    expect(state.council.proposals.get(id)?.status).to.equal(ProposalStatus.Open);
  });

  it('says when the target has no code or reverts without a word', () => {
    const nowhere = agreed(start(), address(0x999));
    expect(refusal(execute(nowhere.state, T0, address(0x999)))).to.deep.equal({
      error: 'TargetNotContract',
      args: [address(0x999)],
    });
    const silent = agreed(start(), directory.operators, '0xdeadbeef');
    expect(refusal(execute(silent.state, T0, directory.operators, '0xdeadbeef'))).to.deep.equal({
      error: 'CallReverted',
      args: [silent.id],
    });
  });

  it('changes the members through itself, and with them what its own other proposals are', () => {
    const data = encodeCall('council', 'setMembers', [[m1, m2]]);
    const { state } = agreed(start(), directory.council, data);
    const next = done(execute(state, T0, directory.council, data)).state;
    expect(next.council.members.toArray()).to.deep.equal([m1, m2]);
    expect(next.council.version).to.equal(state.council.version + 1n);
    expect(refusal(call(next, 'council', 'sealGenesis', [], { sender: m3 }))).to.deep.equal({
      error: 'NotMember',
      args: [m3],
    });
  });
});

describe('the council itself', () => {
  it('is changed by nobody but itself, members included', () => {
    for (const sender of [m1, outsider]) {
      const expected = { error: 'NotCouncil', args: [sender] };
      expect(refusal(call(start(), 'council', 'setMembers', [[]], { sender }))).to.deep.equal(expected);
      expect(refusal(call(start(), 'council', 'setTiers', [[]], { sender }))).to.deep.equal(expected);
    }
  });

  it('has 1 to 32 members in strictly increasing order, none of them zero', () => {
    const set = (list: Hex[]) => call(start(), 'council', 'setMembers', [list], { sender: directory.council });
    const many = Array.from({ length: 33 }, (_, i) => address(i + 1));
    expect(refusal(set([]))).to.deep.equal({ error: 'MemberCountInvalid', args: [0n] });
    expect(refusal(set(many))).to.deep.equal({ error: 'MemberCountInvalid', args: [33n] });
    expect(done(set(many.slice(0, 32))).state.council.members.size).to.equal(32);
    for (const [list, index] of [
      [[address(0)], 0n],
      [[m1, m1], 1n],
      [[m1, m3, m2], 2n],
    ] as const) {
      expect(refusal(set([...list]))).to.deep.equal({ error: 'MembersNotIncreasing', args: [index] });
    }
  });

  it('takes no tier outside 1 to 3, and none of a list with one', () => {
    const selector = '0x01020304';
    const rules = [
      { target: otherContract, selector, tier: Tier.Routine },
      { target: otherContract, selector, tier: 4 },
    ] as const;
    const step = call(start(), 'council', 'setTiers', [rules], { sender: directory.council });
    expect(refusal(step)).to.deep.equal({ error: 'TierInvalid', args: [4] });
  });

  it('is sealed once, by any member', () => {
    const again = call(sealed(), 'council', 'sealGenesis', [], { sender: m4 });
    expect(refusal(again)).to.deep.equal({ error: 'GenesisSealedAlready', args: [] });
  });
});

describe('a member that lost its key', () => {
  const silence = T0 + BigInt(parameterSet.silencePeriod);
  const notice = BigInt(parameterSet.noticePeriod);
  const putOn = (state: State, member: Hex, sender: Hex, time: bigint) =>
    call(state, 'council', 'putOnNotice', [member], { sender, time });
  const remove = (state: State, member: Hex, time: bigint) =>
    call(state, 'council', 'removeSilent', [member], { sender: outsider, time });
  const beat = (state: State, sender: Hex, time: bigint) => call(state, 'council', 'heartbeat', [], { sender, time });
  const noticed = (member = m5, time = silence + 1n) => done(putOn(start(), member, m1, time)).state;

  it('is put on notice by a member once it was silent for longer than the period, to the second', () => {
    for (const time of [silence - 1n, silence]) {
      expect(refusal(putOn(start(), m5, m1, time))).to.deep.equal({
        error: 'MemberNotSilent',
        args: [m5, T0, silence + 1n],
      });
    }
    const step = putOn(start(), m5, m1, silence + 1n);
    expect(eventsOf(step)).to.deep.equal(['Seen', 'PutOnNotice']);
    expect(done(step).state.council.presence.get(m5)).to.deep.equal({ lastSeen: T0, noticeAt: silence + 1n });
    expect(refusal(putOn(done(step).state, m5, m2, silence + 2n))).to.deep.equal({
      error: 'OnNoticeAlready',
      args: [m5],
    });
    expect(refusal(putOn(start(), m5, outsider, silence + 1n))).to.deep.equal({ error: 'NotMember', args: [outsider] });
    expect(refusal(putOn(start(), outsider, m1, silence + 1n)).args).to.deep.equal([outsider]);
  });

  it('never puts itself on notice: calling is a sign of life', () => {
    expect(refusal(putOn(start(), m5, m5, silence + 1n)).error).to.equal('MemberNotSilent');
  });

  it('is removed by anyone once the notice is over, to the second, and not before', () => {
    const end = silence + 1n + notice;
    expect(refusal(remove(start(), m5, end))).to.deep.equal({ error: 'NotOnNotice', args: [m5] });
    for (const time of [end - 1n, end]) {
      expect(refusal(remove(noticed(), m5, time))).to.deep.equal({ error: 'NoticeRunning', args: [m5, end + 1n] });
    }
    const gone = done(remove(noticed(), m5, end + 1n));
    expect(gone.state.council.members.toArray()).to.deep.equal([m1, m2, m3, m4]);
    expect(refusal(beat(gone.state, m5, end + 2n))).to.deep.equal({ error: 'NotMember', args: [m5] });
    expect(refusal(remove(gone.state, m5, end + 2n))).to.deep.equal({ error: 'NotMember', args: [m5] });
  });

  it('stays when it shows itself, by a heartbeat or any other call of the council, to the last second', () => {
    const late = silence + 1n + notice + 9n;
    const shown = [
      beat(noticed(), m5, late),
      call(noticed(), 'council', 'propose', [directory.operators, open, Tier.Critical, ZERO_HASH], {
        sender: m5,
        time: late,
      }),
    ];
    for (const step of shown) {
      const { state } = done(step);
      expect(state.council.presence.get(m5)).to.deep.equal({ lastSeen: late, noticeAt: 0n });
      expect(refusal(remove(state, m5, late + 1n))).to.deep.equal({ error: 'NotOnNotice', args: [m5] });
      expect(refusal(putOn(state, m5, m1, late + 1n)).error).to.equal('MemberNotSilent');
    }
  });

  it('is not seen by a call that is refused', () => {
    const step = call(noticed(), 'council', 'approve', [hash('nothing')], { sender: m5, time: silence + 2n });
    expect(refusal(step).error).to.equal('ProposalUnknown');
    done(remove(noticed(), m5, silence + 2n + notice));
  });

  it('takes its proposals and approvals with it, and the quorum is that of those who stay', () => {
    const { state, id } = agreed(noticed());
    const end = silence + 2n + notice;
    const gone = done(remove(state, m5, end)).state;
    expect(refusal(approve(gone, id, m1, end))).to.deep.equal({ error: 'ProposalUnknown', args: [id] });
    expect(refusal(execute(gone, end)).error).to.equal('ProposalUnknown');
    // Four members are left: three make the critical quorum, where five needed four.
    const again = propose(gone);
    const two = done(approve(again.state, again.id, m2, end)).state;
    expect(refusal(execute(two, end))).to.deep.equal({ error: 'QuorumMissing', args: [again.id, 2n, 3n] });
    done(execute(done(approve(two, again.id, m3, end)).state, end));
  });

  it('leaves the others with the signs of life and the notices that they had', () => {
    const both = done(putOn(noticed(), m4, m2, silence + 3n)).state;
    const { presence } = done(remove(both, m5, silence + 2n + notice)).state.council;
    expect(presence.toObject()).to.deep.equal({
      [m1]: { lastSeen: silence + 1n, noticeAt: 0n },
      [m2]: { lastSeen: silence + 3n, noticeAt: 0n },
      [m3]: { lastSeen: T0, noticeAt: 0n },
      [m4]: { lastSeen: T0, noticeAt: silence + 3n },
    });
  });

  it("doesn't stop the council while one member is left, and the last one stays", () => {
    const silent = [m2, m3, m4, m5];
    let state = start();
    for (const member of silent) state = done(putOn(state, member, m1, silence + 1n)).state;
    const end = silence + 2n + notice;
    for (const member of silent) state = done(remove(state, member, end)).state;
    expect(state.council.members.toArray()).to.deep.equal([m1]);
    const alone = propose(state);
    done(execute(alone.state, end));
    // Even on notice: nobody else is there to put it on one, so the state is made by hand.
    const presence = state.council.presence.set(m1, { lastSeen: T0, noticeAt: T0 });
    const last = refusal(remove({ ...state, council: { ...state.council, presence } }, m1, end));
    expect(last).to.deep.equal({ error: 'LastMember', args: [m1] });
  });

  it('that is seated anew begins as seen now, and keeps nothing of its earlier seat', () => {
    const seat = (state: State, list: Hex[], time: bigint) =>
      done(call(state, 'council', 'setMembers', [list], { sender: directory.council, time })).state;
    const without = seat(noticed(), [m1, m2], silence + 5n);
    const back = seat(without, [m1, m2, m5], silence + 6n);
    expect(back.council.presence.get(m5)).to.deep.equal({ lastSeen: silence + 6n, noticeAt: 0n });
    expect(back.council.presence.get(m2)).to.deep.equal({ lastSeen: T0, noticeAt: 0n });
  });
});

describe('the parameters', () => {
  const set = (change: object, version = 0, sender: Hex = directory.council) =>
    call(start(), 'parameters', 'setParameters', [version, { ...parameterSet, ...change }], { sender });

  it('are replaced by the council, for the version it means', () => {
    const step = done(set({ maxValidity: 700 }));
    expect(step.state.parameters).to.deep.equal({ version: 1, set: { ...parameterSet, maxValidity: 700 } });
    expect(refusal(set({}, 1))).to.deep.equal({ error: 'ParametersVersionMismatch', args: [1, 0] });
    expect(refusal(set({}, 1, outsider))).to.deep.equal({ error: 'NotCouncil', args: [outsider] });
  });

  // The set of the fixture has blockInterval 2 and proofTime 5, so the shortest claim takes 11 seconds.
  const { minSelfBond } = parameterSet;
  const rules = [
    [1, { minSelfBond: 0n }, { minSelfBond: 16n, claimBond: 1n }],
    [2, { blockInterval: 0 }, { blockInterval: 1 }],
    [2, { proofTime: 0 }, { proofTime: 1 }],
    [3, { unbondingPeriod: 304 }, { unbondingPeriod: 303 }],
    [3, { criticalDelay: 306 }, { criticalDelay: 307 }],
    [4, { elevatedDelay: 311 }, { elevatedDelay: 310 }],
    [5, { maxValidity: 10 }, { maxValidity: 11 }],
    [6, { registryGrace: 15 }, { registryGrace: 16 }],
    [7, { attestationGrace: 15 }, { attestationGrace: 16 }],
    [8, { freezeDuration: 0 }, { freezeDuration: 1 }],
    [8, { freezeDuration: 301 }, { freezeDuration: 300 }],
    [9, { proposalGrace: 3 }, { proposalGrace: 4 }],
    [10, { epochMinInterval: 119 }, { epochMinInterval: 120 }],
    [11, { claimBond: 0n }, { claimBond: 1n }],
    [11, { claimBond: minSelfBond / 16n + 1n }, { claimBond: minSelfBond / 16n }],
    [12, { challengerBps: 5_001 }, { challengerBps: 5_000 }],
    [12, { burnBps: 999 }, { burnBps: 1_000 }],
    [12, { challengerBps: 5_000, burnBps: 5_001 }, { challengerBps: 5_000, burnBps: 5_000 }],
    [13, { missLimit: 0 }, { missLimit: 1 }],
    [13, { missPeriod: 0 }, { missPeriod: 1 }],
    [13, { jailTerm: 0 }, { jailTerm: 1 }],
    [14, { delegationRatio: 101 }, { delegationRatio: 100 }],
    [15, { lookBack: 154 }, { lookBack: 153 }],
    [15, { disputeWindow: 94 }, { disputeWindow: 93 }],
    [15, { rulingWindow: 114 }, { rulingWindow: 113 }],
    [16, { proveWindow: 294 }, { proveWindow: 293 }],
    [17, { lookBack: 0 }, { lookBack: 1 }],
    [17, { disputeWindow: 5 }, { disputeWindow: 6 }],
    [17, { rulingWindow: 5 }, { rulingWindow: 6 }],
    [18, { proveWindow: 49 }, { proveWindow: 50 }],
    [18, { blockInterval: 3, proveWindow: 59 }, { blockInterval: 3, proveWindow: 60 }],
    [19, { revealDelay: 3 }, { revealDelay: 4 }],
    [19, { revealDelay: 15 }, { revealDelay: 14 }],
    [20, { auditBps: 0 }, { auditBps: 1 }],
    [20, { auditBps: 1_001 }, { auditBps: 1_000 }],
    [20, { accuserBond: 0n }, { accuserBond: 1n }],
    [21, { silencePeriod: 230 }, { silencePeriod: 231 }],
    [21, { silencePeriod: 400, noticePeriod: 5 }, { silencePeriod: 400, noticePeriod: 6 }],
  ] as const;

  it('obey each inequality, to the unit', () => {
    for (const [rule, unsafe, safe] of rules) {
      expect(refusal(set(unsafe)), `rule ${rule}`).to.deep.equal({ error: 'ParametersUnsafe', args: [rule] });
      done(set(safe));
    }
  });

  it('name the first inequality that is broken', () => {
    expect(refusal(set({ minSelfBond: 0n, maxValidity: 0, proposalGrace: 0 }))).to.deep.equal({
      error: 'ParametersUnsafe',
      args: [1],
    });
    expect(refusal(set({ maxValidity: 0, proposalGrace: 0 })).args).to.deep.equal([5]);
  });
});
