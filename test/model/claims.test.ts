import { expect } from 'chai';
import fc from 'fast-check';
import type { Hex } from '../../src/codec/hash.ts';
import { type Claim, type Entry, entryKey, missedHash, nonceOf } from '../../src/codec/ids.ts';
import { Excuse, MAX_MISSES } from '../../src/model/claims.ts';
import { escrowOf } from '../../src/model/fees.ts';
import { recordOf } from '../../src/model/nonces.ts';
import { MAX_LOCKS } from '../../src/model/parameters.ts';
import { selfBondOf, stakeOf } from '../../src/model/staking.ts';
import {
  AGRS,
  actor,
  address,
  CHAIN,
  directory,
  done,
  eventsOf,
  members,
  outsider,
  parameterSet,
  possession,
  refusal,
  SELECTOR,
  withParameters,
} from './fixture.ts';
import {
  account,
  attest,
  BOND,
  type Chain,
  claim,
  claimIn,
  configure,
  contradiction,
  convict,
  ENTRY_KEY,
  entry,
  execution,
  FEE,
  MAX_STALENESS,
  missedBy,
  type Operator,
  operators,
  payee,
  ready,
  SCOPE,
  SOURCE,
  settle,
  sourceOf,
  takeOver,
  tryClaim,
  tryExecute,
  tryFinish,
  tryTakeOver,
} from './harness.ts';

const [first, second, third, fourth, fifth] = operators;
const m1 = members[0] as Hex;
const TTL = entry.claimTtl;
const CLAIM_BOND = parameterSet.claimBond;
const NONCE = nonceOf(1n, 0n);
const reporter = address(0x4e9);

/** A chain on which the first operator holds the nonce. */
function claimed(): { chain: Chain; held: Claim } {
  const chain = ready();
  return { chain, held: claim(chain, first) };
}

/** Lets the claim lapse. */
function lapsed(): { chain: Chain; held: Claim } {
  const { chain, held } = claimed();
  chain.pass(TTL + 1n);
  return { chain, held };
}

/** The entry as the council may change it: the next epoch, as soon as it is allowed. */
function replaceEntry(chain: Chain, changed: Entry): void {
  chain.govern('registry', 'stageEntry', [changed]);
  chain.govern('registry', 'advanceEpoch', []);
}

describe('a claim', () => {
  it('reserves the nonce for its claimant until and including the deadline', () => {
    const { chain, held } = claimed();
    expect(held.deadline).to.equal(chain.time + TTL);
    for (const passed of [0n, TTL]) {
      const now = chain.fork().pass(passed);
      expect(refusal(tryExecute(now, second))).to.deep.equal({ error: 'NonceClaimed', args: [SCOPE, NONCE] });
      expect(refusal(tryExecute(now, first))).to.deep.equal({ error: 'NonceClaimed', args: [SCOPE, NONCE] });
      expect(refusal(tryClaim(now, second))).to.deep.equal({ error: 'NonceClaimed', args: [SCOPE, NONCE] });
      const foreign = refusal(tryFinish(now, second, held));
      expect(foreign).to.deep.equal({ error: 'NotClaimant', args: [second.id, first.id] });
      const early = now.refuse('gate', 'settle', [held], payee);
      expect(early).to.deep.equal({ error: 'ClaimOpen', args: [held.deadline, now.time] });
      done(tryFinish(now, first, held));
    }
  });

  it('moves the bond out of the self-bond and sets the fee aside, and the execution gives the bond back', () => {
    const { chain, held } = claimed();
    expect(stakeOf(chain.state, first.id)).to.deep.include({ locks: 1 });
    expect(selfBondOf(chain.state, first.id)).to.equal(BOND - CLAIM_BOND);
    expect(escrowOf(chain.state, SCOPE)).to.deep.equal({ available: 98n * AGRS, owed: FEE });
    expect(eventsOf(tryFinish(chain, first, held))).to.deep.equal(['LockReleased', 'Paid', 'Transfer', 'Executed']);
    expect(stakeOf(chain.state, first.id)).to.deep.include({ locks: 0 });
    expect(selfBondOf(chain.state, first.id)).to.equal(BOND);
    const again = refusal(tryFinish(chain, first, held));
    expect(again).to.deep.equal({ error: 'ClaimUnknown', args: [SCOPE, NONCE] });
  });

  it('is made by the current key of an operator that is listed, admitted, out of jail and bonded', () => {
    const args = [entry, 1n, 0n, first.id, missedBy()] as const;
    const byOwner = ready().refuse('gate', 'claim', args, first.owner);
    expect(byOwner).to.deep.equal({ error: 'NotSigner', args: [first.owner, first.signer.address] });

    const listing = ready().pass(parameterSet.epochMinInterval);
    const listed = { ...entry, operators: [second.id] };
    replaceEntry(listing, listed);
    const unlisted = refusal(tryClaim(listing, first, { entry: listed }));
    expect(unlisted).to.deep.equal({ error: 'OperatorNotListed', args: [first.id] });

    const jailed = ready();
    for (let n = 0; n < parameterSet.missLimit; n++) jailed.do('operators', 'countMiss', [first.id], directory.gate);
    expect(refusal(tryClaim(jailed, first)).error).to.equal('OperatorJailed');

    const ejected = ready();
    ejected.do('operators', 'eject', [first.id], directory.court);
    expect(refusal(tryClaim(ejected, first)).error).to.equal('OperatorNotAdmitted');

    const leaving = ready();
    const left = parameterSet.minSelfBond - 1n;
    leaving.do('staking', 'requestExit', [first.id, BOND - left], first.owner);
    const low = refusal(tryClaim(leaving, first));
    expect(low).to.deep.equal({ error: 'SelfBondTooLow', args: [first.id, left, parameterSet.minSelfBond] });
  });

  it('needs an entry in force, no freeze, a usable state, and a slot within its quota', () => {
    const changed = { ...entry, quotaPerState: 9n };
    expect(refusal(tryClaim(ready(), first, { entry: changed })).error).to.equal('EntryMismatch');
    const foreign = { ...entry, account: outsider };
    expect(refusal(tryClaim(ready(), first, { entry: foreign })).error).to.equal('EntryUnknown');
    expect(refusal(tryClaim(ready(), first, { stateEpoch: 2n })).error).to.equal('StateNotUsable');
    const slot = entry.quotaPerState;
    expect(refusal(tryClaim(ready(), first, { slot }))).to.deep.equal({ error: 'QuotaExceeded', args: [slot, slot] });
    const frozen = ready();
    frozen.do('registry', 'freeze', [], m1);
    expect(refusal(tryClaim(frozen, first)).error).to.equal('RegistryFrozen');
    const used = ready();
    done(tryExecute(used, second));
    expect(refusal(tryClaim(used, first))).to.deep.equal({ error: 'NonceUsed', args: [SCOPE, NONCE] });
  });

  it('or an execution of a nonce that was executed is refused for ever, whoever tries and whatever else it says', () => {
    const used = { error: 'NonceUsed', args: [SCOPE, NONCE] };
    const { chain, held } = claimed();
    done(tryFinish(chain, first, held));
    chain.do('treasury', 'withdraw', [chain.state.treasury.funds.get(account, 0n)], account);
    done(tryExecute(chain, first, { slot: 1n }));
    const records = [0n, 1n].map((slot) => recordOf(chain.state, SCOPE, nonceOf(1n, slot)));
    expect(records.map((record) => record?.kind === 'executed' && record.succeeded)).to.deep.equal([true, false]);
    for (const passed of [0n, 1n, BigInt(parameterSet.finalityDelay)]) {
      chain.pass(passed);
      for (const operator of [first, second]) {
        expect(refusal(tryExecute(chain, operator))).to.deep.equal(used);
        expect(refusal(tryExecute(chain, operator, { amount: 5n })).error).to.equal('NonceUsed');
        expect(refusal(tryExecute(chain, operator, { slot: 1n })).error).to.equal('NonceUsed');
        expect(refusal(tryClaim(chain, operator))).to.deep.equal(used);
        expect(refusal(tryFinish(chain, operator, held)).error).to.equal('ClaimUnknown');
      }
    }
    const now = [0n, 1n].map((slot) => recordOf(chain.state, SCOPE, nonceOf(1n, slot)));
    expect(now).to.deep.equal(records);
  });

  it('is one of at most sixteen that an operator holds', () => {
    const chain = ready().pass(parameterSet.epochMinInterval);
    const wide = { ...entry, quotaPerState: 20n };
    replaceEntry(chain, wide);
    for (let slot = 0n; slot < MAX_LOCKS; slot++) claim(chain, first, { entry: wide, slot });
    const more = refusal(tryClaim(chain, first, { entry: wide, slot: MAX_LOCKS }));
    expect(more).to.deep.equal({ error: 'TooManyLocks', args: [first.id, MAX_LOCKS] });
    claim(chain, second, { entry: wide, slot: MAX_LOCKS });
  });

  it('ends no later than the last fresh second of its state, and is refused after it', () => {
    const { createdAt } = sourceOf(ready()).latest ?? { createdAt: 0n };
    const expiresAt = createdAt + BigInt(MAX_STALENESS);
    const late = ready();
    late.time = expiresAt - 5n;
    expect(claim(late, first).deadline).to.equal(expiresAt);
    const stale = ready();
    stale.time = expiresAt + 1n;
    expect(refusal(tryClaim(stale, first)).error).to.equal('StateStale');
  });

  it('keeps its state usable whatever is attested meanwhile', () => {
    const { chain, held } = claimed();
    attest(chain);
    attest(chain.pass(1));
    const direct = refusal(tryExecute(chain, second, { stateEpoch: 1n, slot: 1n }));
    expect(direct).to.deep.equal({ error: 'StateNotUsable', args: [1n, 3n] });
    done(tryFinish(chain, first, held));
  });

  it('made right before an epoch is executed to its deadline, with what was decided before that epoch', () => {
    const chain = ready().pass(parameterSet.epochMinInterval);
    const longest = { ...entry, claimTtl: BigInt(parameterSet.registryGrace - parameterSet.proofTime) };
    replaceEntry(chain, longest);
    chain.pass(parameterSet.epochMinInterval);
    attest(chain);
    const held = claim(chain, first, { entry: longest });
    expect(held.deadline).to.equal(chain.time + longest.claimTtl);
    const before = execution(chain, first, { entry: longest, claim: held, validUntil: held.deadline });
    replaceEntry(chain, { ...entry, account: address(0xacd) });
    chain.time = held.deadline;
    const now = execution(chain, first, { entry: longest, claim: held });
    expect(now.policyEpoch).to.equal(before.policyEpoch + 1n);
    for (const x of [before, now]) chain.fork().do('gate', 'executeClaimed', [x, held], payee);
  });

  it('is finished under the entry, the nonce and the state that were claimed, and no other', () => {
    const { chain, held } = claimed();
    const args = (wish: object) => [execution(chain, first, { claim: held, ...wish }), held] as const;
    const [x] = args({});
    const otherSlot = chain.refuse('gate', 'executeClaimed', [{ ...x, slot: 1n }, held], payee);
    expect(otherSlot).to.deep.equal({ error: 'ClaimMismatch', args: [SCOPE, NONCE] });
    const otherState = { ...held, stateHash: entry.imageId };
    const unknown = chain.refuse('gate', 'executeClaimed', [x, otherState], payee);
    expect(unknown).to.deep.equal({ error: 'ClaimUnknown', args: [SCOPE, NONCE] });
    const long = chain.refuse('gate', 'executeClaimed', args({ validUntil: held.deadline + 1n }), payee);
    expect(long).to.deep.equal({ error: 'ValidUntilTooLate', args: [held.deadline + 1n, held.deadline] });
    chain.do('gate', 'executeClaimed', args({ validUntil: held.deadline }), payee);
  });

  it('can be finished in jail and with less self-bond than the minimum: only opening asks for more', () => {
    const { chain, held } = claimed();
    for (let n = 0; n < parameterSet.missLimit; n++) chain.do('operators', 'countMiss', [first.id], directory.gate);
    chain.do('staking', 'requestExit', [first.id, selfBondOf(chain.state, first.id)], first.owner);
    expect(refusal(tryExecute(chain.fork(), first, { slot: 1n })).error).to.equal('OperatorJailed');
    done(tryFinish(chain, first, held));
    expect(selfBondOf(chain.state, first.id)).to.equal(CLAIM_BOND);
  });

  it("can't be finished after an ejection, and its bond is gone", () => {
    const { chain, held } = claimed();
    convict(chain, contradiction(chain, first.signer), payee);
    expect(refusal(tryFinish(chain, first, held))).to.deep.equal({ error: 'OperatorEjected', args: [first.id] });
    chain.pass(TTL);
    expect(settle(chain, held)).to.equal(Excuse.None);
    expect(selfBondOf(chain.state, first.id)).to.equal(0n);
    expect(stakeOf(chain.state, first.id).locks).to.equal(0);
  });

  it('is finished with the key that is current then, not with the one that claimed', () => {
    const { chain, held } = claimed();
    const next = actor('the next key');
    const rotation = [first.id, next.address, possession(first.owner, next)] as const;
    chain.do('operators', 'rotateSigner', rotation, first.owner);
    expect(refusal(tryFinish(chain, first, held)).error).to.equal('OperatorSignatureInvalid');
    done(tryFinish(chain, { ...first, signer: next }, held));
  });

  it('keeps bond, deadline and fee whatever the council decides meanwhile', () => {
    const { chain, held } = claimed();
    chain.state = withParameters(chain.state, { claimBond: 1n, minSelfBond: 2_000n * AGRS });
    chain.time = held.deadline;
    done(tryFinish(chain, first, held));
    expect(selfBondOf(chain.state, first.id)).to.equal(BOND);
  });
});

describe('a missed claim', () => {
  it('pays the one who settles it, burns a part and leaves the rest to the treasury, to the unit', () => {
    const { chain, held } = lapsed();
    const { supply } = chain.state.agrs;
    const step = chain.do('gate', 'settle', [held], reporter);
    expect(step.returns).to.deep.equal([Excuse.None]);
    const [reward, burned] = [CLAIM_BOND / 4n, CLAIM_BOND / 4n];
    expect(chain.balance(reporter)).to.equal(reward);
    expect(chain.state.agrs.supply).to.equal(supply - burned);
    expect(chain.balance(directory.council)).to.equal(CLAIM_BOND - reward - burned);
    expect(selfBondOf(chain.state, first.id)).to.equal(BOND - CLAIM_BOND);
    expect(escrowOf(chain.state, SCOPE)).to.deep.equal({ available: 100n * AGRS, owed: 0n });
    const again = chain.refuse('gate', 'settle', [held], reporter);
    expect(again).to.deep.equal({ error: 'ClaimUnknown', args: [SCOPE, NONCE] });
  });

  it('bars the operator that missed from claiming that nonce again, and no other', () => {
    const { chain, held } = lapsed();
    settle(chain, held);
    const again = refusal(tryClaim(chain, first, { missed: missedBy(first) }));
    expect(again).to.deep.equal({ error: 'MissedBefore', args: [first.id] });
    claim(chain, first, { slot: 1n });
    for (const missed of [missedBy(), missedBy(second), missedBy(second, first)]) {
      const wrong = refusal(tryClaim(chain, third, { missed }));
      expect(wrong).to.deep.equal({ error: 'MissedListInvalid', args: [SCOPE, NONCE] });
    }
    claim(chain, third, { missed: missedBy(first) });
  });

  it('is settled by a takeover in the same call, for which the bond doubles', () => {
    const { chain, held } = lapsed();
    const supply = chain.state.agrs.supply;
    const next = takeOver(chain, second, held);
    expect(next).to.include({ operatorId: second.id, bond: 2n * CLAIM_BOND, missedHash: missedHash([first.id]) });
    expect(chain.balance(second.signer.address)).to.equal(CLAIM_BOND / 4n);
    expect(chain.state.agrs.supply).to.equal(supply - CLAIM_BOND / 4n);
    expect(stakeOf(chain.state, first.id).locks).to.equal(0);
    done(tryFinish(chain, second, next));
  });

  it('is taken over by nobody before its end, by who missed it, or without naming who missed; then nothing is settled', () => {
    const early = claimed();
    expect(refusal(tryTakeOver(early.chain, second, early.held)).error).to.equal('ClaimOpen');
    const { chain, held } = lapsed();
    expect(refusal(tryTakeOver(chain, first, held))).to.deep.equal({ error: 'MissedBefore', args: [first.id] });
    const wrong = refusal(tryTakeOver(chain, second, held, { missed: missedBy(second) }));
    expect(wrong).to.deep.equal({ error: 'MissedListInvalid', args: [SCOPE, NONCE] });
    expect(recordOf(chain.state, SCOPE, NONCE)?.kind).to.equal('claimed');
  });

  it('costs twice as much each time, and after four misses the nonce is executed directly or not at all', () => {
    const { chain, held } = lapsed();
    let last = held;
    for (const [misses, operator] of [second, third, fourth].entries()) {
      last = takeOver(chain, operator, last);
      expect(last.bond).to.equal(CLAIM_BOND << BigInt(misses + 1));
      chain.pass(TTL + 1n);
    }
    // Whoever would be the fifth is refused; the fourth is settled by anyone.
    const fifthClaim = refusal(tryTakeOver(chain, fifth, last));
    expect(fifthClaim).to.deep.equal({ error: 'MissedTooOften', args: [SCOPE, NONCE] });
    settle(chain, last);
    expect(recordOf(chain.state, SCOPE, NONCE)).to.deep.equal({
      kind: 'missed',
      missed: [first, second, third, fourth].map(({ id }) => id),
    });
    const again = refusal(tryClaim(chain, fifth, { missed: missedBy(first, second, third) }));
    expect(again).to.deep.equal({ error: 'MissedTooOften', args: [SCOPE, NONCE] });
    const left = [first, second, third, fourth].map(({ id }) => selfBondOf(chain.state, id));
    expect(left).to.deep.equal([1n, 2n, 4n, 8n].map((bonds) => BOND - bonds * CLAIM_BOND));
    // Also by one of those that missed it.
    done(tryExecute(chain, first));
  });

  it('counts as missed even when its claimant executes after the deadline', () => {
    const { chain, held } = lapsed();
    const step = done(tryFinish(chain, first, held));
    expect(step.events.map(({ event }) => event)).to.include.members(['MissCounted', 'Executed']);
    expect(chain.state.operators.operators.get(first.id)?.misses).to.equal(1);
    expect(selfBondOf(chain.state, first.id)).to.equal(BOND - CLAIM_BOND);
  });

  it('can be executed by anyone in the call that settles it', () => {
    const { chain, held } = lapsed();
    done(chain.attempt('gate', 'executeClaimed', [execution(chain, second), held], reporter));
    expect(chain.balance(reporter)).to.equal(CLAIM_BOND / 4n);
    expect(recordOf(chain.state, SCOPE, NONCE)).to.deep.include({ kind: 'executed', operatorId: second.id });
  });

  it('is no miss when the call that settles it executes nothing', () => {
    const { chain, held } = lapsed();
    const x = { ...execution(chain, second), operatorSignature: '0x' as const };
    const step = chain.refuse('gate', 'executeClaimed', [x, held], reporter);
    expect(step.error).to.equal('OperatorSignatureInvalid');
    expect(recordOf(chain.state, SCOPE, NONCE)?.kind).to.equal('claimed');
  });

  it('jails after the third within the period; the operator finishes what it holds and returns by itself', () => {
    const chain = ready();
    chain.state = withParameters(chain.state, { missLimit: 3 });
    const misses = [0n, 1n, 2n].map((slot) => claim(chain, first, { slot }));
    const open = claim(chain.pass(30), first, { slot: 3n });
    chain.pass(TTL - 29n);
    for (const one of misses) settle(chain, one);
    const until = chain.time + BigInt(parameterSet.jailTerm);
    expect(chain.state.operators.operators.get(first.id)).to.include({ misses: 0, jailedUntil: until });
    expect(refusal(tryClaim(chain, first, { slot: 4n })).error).to.equal('OperatorJailed');
    expect(refusal(tryExecute(chain, first, { slot: 4n })).error).to.equal('OperatorJailed');
    done(tryFinish(chain, first, open));
    chain.time = until;
    attest(chain);
    expect(refusal(tryClaim(chain, first)).error).to.equal('OperatorJailed');
    claim(chain.pass(1), first);
  });
});

describe('an excuse', () => {
  const place = { chainId: CHAIN, contract: directory.registry };
  const otherEntry: Entry = { ...entry, account: address(0xacd) };
  const otherKey = entryKey(place, otherEntry.policyHash, otherEntry.adapter, otherEntry.account);

  /** Epochs can begin, another entry is in force, and the first operator will hold the nonce from `claimedAt` on. */
  function prepared(): Chain {
    const chain = ready().pass(parameterSet.epochMinInterval);
    replaceEntry(chain, otherEntry);
    chain.pass(parameterSet.epochMinInterval);
    attest(chain);
    return chain.pass(1);
  }

  const disruptions: readonly (readonly [string, number, (chain: Chain) => void])[] = [
    ['a freeze', Excuse.Halt, (chain) => chain.do('registry', 'freeze', [], m1)],
    ['a verifier that is stopped', Excuse.Halt, (chain) => chain.govern('router', 'stopVerifier', [SELECTOR])],
    ['a verifier that is removed', Excuse.Halt, (chain) => chain.govern('router', 'removeVerifier', [SELECTOR])],
    ['a change of the entry', Excuse.EntryChanged, (chain) => replaceEntry(chain, { ...entry, quotaPerState: 7n })],
    [
      'a removal of the entry',
      Excuse.EntryChanged,
      (chain) => {
        chain.govern('registry', 'stageRemoval', [ENTRY_KEY]);
        chain.govern('registry', 'advanceEpoch', []);
      },
    ],
    ['a reset of the source', Excuse.SourceReset, (chain) => configure(chain)],
  ];

  /** What disturbs nobody who holds this claim. */
  const harmless: readonly (readonly [string, (chain: Chain) => void])[] = [
    ['a new configuration of the source that keeps its states', (chain) => configure(chain, true)],
    ['two newer states', (chain) => [attest(chain), attest(chain)]],
    ['an epoch without a change of the entry', (chain) => replaceEntry(chain, { ...otherEntry, quotaPerState: 2n })],
    [
      'the removal of another entry',
      (chain) => {
        chain.govern('registry', 'stageRemoval', [otherKey]);
        chain.govern('registry', 'advanceEpoch', []);
      },
    ],
    [
      'another source',
      (chain) => {
        const ids = operators.map(({ id }) => id).sort();
        chain.govern('oracle', 'configureSource', [entry.imageId, ids, 3, 900, 5, true]);
        chain.govern('oracle', 'configureSource', [entry.imageId, ids, 3, 900, 5, false]);
      },
    ],
    ['other parameters', (chain) => (chain.state = withParameters(chain.state, { claimBond: 1n }))],
  ];

  for (const [name, excuse, disrupt] of disruptions) {
    it(`is ${name} from the second of the claim to the second of the deadline, whenever it is settled`, () => {
      for (const at of [0n, 1n, TTL]) {
        const chain = prepared();
        const held = claim(chain, first);
        disrupt(chain.pass(at));
        chain.time = held.deadline + 1n;
        expect(settle(chain.fork(), held), `at ${at}`).to.equal(excuse);
        // Much later, and after much else: the excuse is the same.
        chain.pass(parameterSet.freezeCooldown);
        configure(chain);
        attest(chain);
        const before = selfBondOf(chain.state, first.id);
        expect(settle(chain, held), `at ${at}, settled later`).to.equal(excuse);
        expect(selfBondOf(chain.state, first.id)).to.equal(before + CLAIM_BOND);
        expect(chain.state.operators.operators.get(first.id)?.misses).to.equal(0);
        expect(recordOf(chain.state, SCOPE, held.nonce)).to.equal(undefined);
      }
    });

    it(`isn't ${name} a second after the deadline, however late the claim is settled`, () => {
      const chain = prepared();
      const held = claim(chain, first);
      disrupt(chain.pass(TTL + 1n));
      expect(settle(chain.fork(), held)).to.equal(Excuse.None);
      expect(settle(chain.pass(5_000), held)).to.equal(Excuse.None);
    });
  }

  for (const [name, happen] of harmless) {
    it(`isn't ${name}`, () => {
      const chain = prepared();
      const held = claim(chain, first);
      happen(chain.pass(1));
      const able = chain.fork();
      done(tryFinish(able, first, held));
      chain.time = held.deadline + 1n;
      expect(settle(chain, held)).to.equal(Excuse.None);
    });
  }

  it("isn't what was over before the claim: a freeze, a stopped verifier, a reset", () => {
    const frozen = ready();
    frozen.do('registry', 'freeze', [], m1);
    frozen.govern('registry', 'endFreeze', []);
    const stopped = ready();
    stopped.govern('router', 'stopVerifier', [SELECTOR]);
    const reset = ready();
    configure(reset);
    attest(reset);
    for (const chain of [frozen, stopped, reset]) {
      const held = claim(chain.pass(1), first);
      chain.pass(TTL + 1n);
      expect(settle(chain, held)).to.equal(Excuse.None);
    }
  });

  it('leaves the count of misses as it was, so the claimant may claim again and the bond is the same', () => {
    const { chain, held } = lapsed();
    const next = takeOver(chain, second, held);
    chain.do('registry', 'freeze', [], m1);
    chain.pass(parameterSet.freezeDuration + 1);
    expect(settle(chain, next)).to.equal(Excuse.Halt);
    const record = recordOf(chain.state, SCOPE, NONCE);
    expect(record).to.deep.equal({ kind: 'missed', missed: [first.id] });
    const again = claim(chain, second, { missed: missedBy(first) });
    expect(again.bond).to.equal(2n * CLAIM_BOND);
    done(tryFinish(chain, second, again));
  });

  it('is the first that applies: everybody, then the entry, then the source', () => {
    const chain = prepared();
    const held = claim(chain, first);
    configure(chain.pass(1));
    expect(settle(chain.fork().pass(TTL), held)).to.equal(Excuse.SourceReset);
    replaceEntry(chain.pass(1), { ...entry, quotaPerState: 7n });
    expect(settle(chain.fork().pass(TTL), held)).to.equal(Excuse.EntryChanged);
    chain.do('registry', 'freeze', [], m1);
    expect(settle(chain.pass(TTL), held)).to.equal(Excuse.Halt);
  });

  it("doesn't end the claim: whoever can still execute does, but never on a state that was withdrawn", () => {
    const { chain, held } = claimed();
    chain.do('registry', 'freeze', [], m1);
    expect(refusal(tryFinish(chain, first, held)).error).to.equal('RegistryFrozen');
    chain.govern('registry', 'endFreeze', []);
    done(tryFinish(chain.fork(), first, held));
    configure(chain);
    attest(chain);
    const withdrawn = refusal(tryFinish(chain, first, held));
    expect(withdrawn).to.deep.equal({ error: 'ClaimedStateWithdrawn', args: [SOURCE] });
  });

  it('gives back what the lock is worth by then: what the operator was slashed meanwhile is taken', () => {
    const { chain, held } = claimed();
    const split = { rewardBps: 1_000, burnBps: 0, rewardTo: reporter };
    chain.do('staking', 'slash', [first.id, 1_000n, 500n, split], directory.court);
    chain.do('registry', 'freeze', [], m1);
    const before = { bond: selfBondOf(chain.state, first.id), reward: chain.balance(reporter) };
    settle(chain.pass(TTL + 1n), held);
    expect(selfBondOf(chain.state, first.id)).to.equal(before.bond + (CLAIM_BOND * 9n) / 10n);
    expect(chain.balance(reporter)).to.equal(before.reward);
  });
});

describe('a fee', () => {
  const withdraw = (chain: Chain, amount: bigint) =>
    chain.attempt('gate', 'withdrawEscrow', [directory.treasury, amount], account);
  const collect = (chain: Chain, operator: Operator, fee = FEE) =>
    chain.attempt('gate', 'collectFee', [SCOPE, NONCE, operator.id, fee], outsider);
  const finality = BigInt(parameterSet.finalityDelay);

  it("that a claim set aside can't be withdrawn by the account, and is paid after the account took all it could", () => {
    const { chain, held } = claimed();
    const over = refusal(withdraw(chain, 98n * AGRS + 1n));
    expect(over).to.deep.equal({ error: 'EscrowInsufficient', args: [SCOPE, 98n * AGRS, 98n * AGRS + 1n] });
    done(withdraw(chain, 98n * AGRS));
    done(tryFinish(chain, first, held));
    expect(refusal(withdraw(chain, 1n)).error).to.equal('EscrowInsufficient');
    done(collect(chain.pass(finality + 1n), first));
    expect(chain.balance(first.owner)).to.equal(FEE);
    expect(escrowOf(chain.state, SCOPE)).to.deep.equal({ available: 0n, owed: 0n });
  });

  it('is paid strictly after finality, once, to the payout address of that moment, whoever calls', () => {
    const chain = ready();
    done(tryExecute(chain, first));
    chain.pass(finality);
    expect(refusal(collect(chain, first))).to.deep.equal({ error: 'NotFinal', args: [chain.time, chain.time] });
    const payout = address(0xfa7);
    chain.do('operators', 'setPayout', [first.id, payout], first.owner);
    done(collect(chain.pass(1), first));
    expect(chain.balance(payout)).to.equal(FEE);
    expect(chain.balance(outsider)).to.equal(0n);
    expect(refusal(collect(chain, first))).to.deep.equal({ error: 'FeeNotOwed', args: [SCOPE, NONCE] });
  });

  it('is paid the same in whatever order fees are collected', () => {
    const chain = ready();
    const executors = [first, second, first] as const;
    for (const [slot, by] of executors.entries()) done(tryExecute(chain, by, { slot: BigInt(slot) }));
    chain.pass(finality + 1n);
    const ends = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ].map((order) => {
      const now = chain.fork();
      for (const slot of order) {
        const { id } = executors[slot] as Operator;
        const args = [SCOPE, nonceOf(1n, BigInt(slot)), id, FEE] as const;
        now.do('gate', 'collectFee', args, outsider);
        expect(now.refuse('gate', 'collectFee', args, outsider).error).to.equal('FeeNotOwed');
      }
      return [now.balance(first.owner), now.balance(second.owner), escrowOf(now.state, SCOPE).owed];
    });
    for (const end of ends) expect(end).to.deep.equal([2n * FEE, FEE, 0n]);
  });

  it('is owed to the operator that executed, for what was promised, and to nobody else', () => {
    const chain = ready();
    done(tryExecute(chain, first));
    chain.pass(finality + 1n);
    const unknown = { error: 'ExecutionUnknown', args: [SCOPE, NONCE] };
    expect(refusal(collect(chain, second))).to.deep.equal(unknown);
    expect(refusal(collect(chain, first, FEE + 1n))).to.deep.equal(unknown);
  });

  it('is not owed for an action that failed, after a claim or without one: the escrow has it back', () => {
    const { chain, held } = claimed();
    chain.do('treasury', 'withdraw', [1_000n * AGRS], account);
    expect(done(tryFinish(chain, first, held)).returns[0]).to.equal(false);
    expect(done(tryExecute(chain, second, { slot: 1n })).returns[0]).to.equal(false);
    expect(escrowOf(chain.state, SCOPE)).to.deep.equal({ available: 100n * AGRS, owed: 0n });
    expect(refusal(collect(chain.pass(finality + 1n), first))).to.deep.equal({
      error: 'FeeNotOwed',
      args: [SCOPE, NONCE],
    });
  });

  it('must be in the escrow when somebody claims or executes', () => {
    const chain = ready();
    done(withdraw(chain, 100n * AGRS - FEE + 1n));
    const short = { error: 'EscrowInsufficient', args: [SCOPE, FEE - 1n, FEE] };
    expect(refusal(tryClaim(chain, first))).to.deep.equal(short);
    expect(refusal(tryExecute(chain, first))).to.deep.equal(short);
    expect(stakeOf(chain.state, first.id).locks).to.equal(0);
    expect(recordOf(chain.state, SCOPE, NONCE)).to.equal(undefined);
  });
});

describe('with at most f crashed operators', () => {
  /** Time from the moment at which the action is allowed to its execution, when these claim one after the other. */
  function delay(crashed: readonly Operator[], ttl: bigint, alive: Operator): bigint {
    const chain = ready().pass(parameterSet.epochMinInterval);
    const used = { ...entry, claimTtl: ttl, quotaPerState: 7n };
    replaceEntry(chain, used);
    attest(chain);
    const begin = chain.time;
    let last: Claim | undefined;
    for (const operator of crashed) {
      last =
        last === undefined
          ? claim(chain, operator, { entry: used })
          : claimIn(done(tryTakeOver(chain, operator, last, { entry: used })));
      chain.time = last.deadline + 1n;
    }
    if (last === undefined) {
      done(tryExecute(chain, alive, { entry: used }));
    } else if (crashed.length < MAX_MISSES) {
      const mine = claimIn(done(tryTakeOver(chain, alive, last, { entry: used })));
      done(tryFinish(chain, alive, mine, { entry: used }));
    } else {
      done(chain.attempt('gate', 'executeClaimed', [execution(chain, alive, { entry: used }), last], payee));
    }
    expect(recordOf(chain.state, SCOPE, nonceOf(2n, 0n))).to.deep.include({ succeeded: true, operatorId: alive.id });
    return chain.time - begin;
  }

  it('an allowed action executes within (f + 1) times claimTtl, whoever crashes in whatever order', () => {
    const orders = fc.shuffledSubarray([...operators], { minLength: 1, maxLength: 5 });
    const property = fc.property(orders, fc.bigInt(11n, 115n), (order, ttl) => {
      const crashed = order.slice(0, -1);
      expect(delay(crashed, ttl, order.at(-1) as Operator) <= BigInt(crashed.length + 1) * ttl).to.equal(true);
    });
    fc.assert(property, { numRuns: 60, seed: 31 });
  });
});
