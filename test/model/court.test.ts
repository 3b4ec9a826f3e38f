import { expect } from 'chai';
import type { Hex } from '../../src/codec/hash.ts';
import { ZERO_HASH } from '../../src/codec/hash.ts';
import { nonceOf, openingCommitment, scopeId } from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { typedDigest } from '../../src/codec/typed-data.ts';
import { caseKey, type Head, HeadKind } from '../../src/model/court.ts';
import { selfBondOf, stakeOf } from '../../src/model/staking.ts';
import { CaseStatus, ExitKind, OperatorStatus } from '../../src/model/state.ts';
import {
  type Actor,
  AGRS,
  actor,
  address,
  CHAIN,
  directory,
  done,
  hash,
  members,
  outsider,
  parameterSet,
  possession,
  refusal,
  withParameters,
} from './fixture.ts';
import {
  attest,
  attestations,
  BOND,
  type Chain,
  COURT,
  claim,
  configure,
  contradiction,
  convict,
  type Evidence,
  entry,
  execution,
  FEE,
  heads,
  nextAttestation,
  type Operator,
  open,
  operators,
  ready,
  SALT,
  SCOPE,
  signAttestation,
  signHead,
  tryExecute,
  wordOf,
} from './harness.ts';

const [first, second] = operators;
const [m1, m2, m3, m4, m5] = members as readonly Hex[] as readonly [Hex, Hex, Hex, Hex, Hex];
const alice = address(0xa11ce);
const bob = address(0xb0b);
const delegator = address(0xde1);
const U = BigInt(parameterSet.unbondingPeriod);
const { revealDelay, proveWindow } = parameterSet;

const statusOf = ({ state }: Chain, { id }: Operator) => state.operators.operators.get(id)?.status;

/** The operator's next key, which nobody used before. */
function rotate(chain: Chain, operator: Operator, name: string): Operator {
  const signer = actor(name);
  const args = [operator.id, signer.address, possession(operator.owner, signer)] as const;
  chain.do('operators', 'rotateSigner', args, operator.owner);
  return { ...operator, signer };
}

function delegated(chain: Chain, amount: bigint): void {
  chain.fund(delegator, amount);
  chain.do('staking', 'delegate', [first.id, amount], delegator);
}

/** Heads of the first operator, alike but for the root. */
function headPair(kind: number, changed: Partial<Head> = {}, signer: Actor = first.signer): Evidence {
  const a: Head = { operatorId: first.id, height: 1n, root: wordOf(1n), blockHash: hash('block'), ...changed };
  const b = { ...a, root: wordOf(2n) };
  return heads(kind, a, b, signHead(kind, a, signer), signHead(kind, b, signer));
}

const kinds: readonly (readonly [string, (chain: Chain, signer: Actor) => Evidence])[] = [
  ['attestations', (chain, signer) => contradiction(chain, signer)],
  ['log heads', (_chain, signer) => headPair(HeadKind.LogHead, {}, signer)],
  ['registry checkpoints', (_chain, signer) => headPair(HeadKind.RegistryCheckpoint, {}, signer)],
];

/** Opens, waits and tries to reveal; the refusal. */
function refused(chain: Chain, evidence: Evidence, challenger = alice): string {
  const now = chain.fork();
  open(now, evidence, challenger);
  return refusal(evidence.reveal(now.pass(revealDelay), challenger, SALT)).error;
}

describe('equivocation', () => {
  for (const [name, evidenceOf] of kinds) {
    it(`by two ${name} for one place takes all stake, exits and delegations included, and ejects`, () => {
      const chain = ready();
      delegated(chain, 100n * AGRS);
      chain.do('staking', 'requestExit', [first.id, 400n * AGRS], first.owner);
      chain.do('staking', 'undelegate', [first.id, 30n * AGRS], delegator);
      const { supply } = chain.state.agrs;
      const offence = convict(chain, evidenceOf(chain, first.signer), alice);
      expect(statusOf(chain, first)).to.equal(OperatorStatus.Ejected);
      const stake = stakeOf(chain.state, first.id);
      const ledgers = [stake.selfBond, stake.ownerExits, stake.pool, stake.delegatorExits];
      expect(ledgers.map(({ total }) => total)).to.deep.equal([0n, 0n, 0n, 0n]);
      const reward = BOND / 4n;
      expect(chain.state.court.offences.get(offence)).to.deep.include({ challenger: alice, reward });
      const burned = (BOND + 100n * AGRS) / 4n;
      expect(chain.state.agrs.supply).to.equal(supply - burned);
      expect(chain.balance(directory.council)).to.equal(BOND + 100n * AGRS - reward - burned);
      expect(chain.balance(directory.court)).to.equal(reward);
      // Nobody else is touched.
      expect(selfBondOf(chain.state, second.id)).to.equal(BOND);
    });
  }

  it('is punished once for ever; what is proven again takes nothing and fails nobody', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    open(chain, evidence, alice);
    open(chain, evidence, bob);
    chain.pass(revealDelay);
    const offence = done(evidence.reveal(chain, alice, SALT)).returns[0] as Hex;
    const before = chain.state;
    expect(done(evidence.reveal(chain, bob, SALT)).returns).to.deep.equal([offence]);
    expect(chain.state.staking).to.equal(before.staking);
    expect(chain.state.operators).to.equal(before.operators);
    expect(chain.state.agrs).to.equal(before.agrs);
    // Another offence of the ejected operator finds nothing to take.
    const other = convict(chain, headPair(HeadKind.LogHead), bob);
    expect(chain.state.court.offences.get(other)?.reward).to.equal(0n);
    expect(chain.pass(proveWindow).refuse('court', 'payReward', [other], bob)).to.deep.equal({
      error: 'RewardUnknown',
      args: [other],
    });
  });

  it("isn't two times the same content, however often, whenever and in whatever form it was signed", () => {
    const chain = ready();
    const a = nextAttestation(chain);
    const one = signAttestation(a, first.signer);
    const domain = { chainId: CHAIN, verifyingContract: directory.oracle };
    const another = signDigest(typedDigest('StateAttestation', a, domain), first.signer.key);
    expect(another).not.to.equal(one);
    expect(refused(chain, attestations(a, a, one, one))).to.equal('NoContradiction');
    expect(refused(chain, attestations(a, a, one, another))).to.equal('NoContradiction');
    expect(refused(chain, attestations(a, { ...a }, another, one))).to.equal('NoContradiction');
    const head: Head = { operatorId: first.id, height: 1n, root: wordOf(1n), blockHash: hash('block') };
    const signed = signHead(HeadKind.LogHead, head, first.signer);
    expect(refused(chain, heads(HeadKind.LogHead, head, head, signed, signed))).to.equal('NoContradiction');
  });

  it("isn't two attestations of another source, configuration, epoch or parent", () => {
    const chain = ready();
    const a = nextAttestation(chain);
    const others = [
      { sourceId: hash('another source') },
      { configVersion: a.configVersion + 1 },
      { stateEpoch: a.stateEpoch + 1n },
      { prevHash: ZERO_HASH },
    ];
    for (const changed of others) {
      const b = { ...a, stateHash: wordOf(0xbadn), ...changed };
      const [one, two] = [a, b].map((x) => signAttestation(x, first.signer)) as [Hex, Hex];
      expect(refused(chain, attestations(a, b, one, two)), JSON.stringify(Object.keys(changed))).to.equal(
        'NoContradiction',
      );
    }
    // Each field that is left makes a contradiction.
    for (const changed of [{ stateHash: wordOf(9n) }, { fieldsHash: wordOf(9n) }, { createdAt: a.createdAt - 1n }]) {
      const b = { ...a, ...changed };
      const evidence = attestations(a, b, signAttestation(a, first.signer), signAttestation(b, first.signer));
      convict(chain.fork(), evidence, alice);
    }
  });

  it("isn't two heads of another height, block or operator, nor of two kinds", () => {
    const chain = ready();
    for (const kind of Object.values(HeadKind)) {
      const a: Head = { operatorId: first.id, height: 1n, root: wordOf(1n), blockHash: hash('block') };
      for (const changed of [{ height: 2n }, { blockHash: hash('other') }, { operatorId: second.id }]) {
        const b = { ...a, root: wordOf(2n), ...changed };
        const [one, two] = [a, b].map((x) => signHead(kind, x, first.signer)) as [Hex, Hex];
        expect(refused(chain, heads(kind, a, b, one, two))).to.equal('NoContradiction');
      }
      const b = { ...a, root: wordOf(2n) };
      const mixed = heads(kind, a, b, signHead(kind, a, first.signer), signHead(1 - kind, b, first.signer));
      expect(refused(chain, mixed)).to.equal('SignerUnknown');
    }
  });

  it('must be signed twice for one operator, which for heads is the one that they name', () => {
    const chain = ready();
    const a = nextAttestation(chain);
    const b = { ...a, stateHash: wordOf(0xbadn) };
    const [mine, theirs] = [signAttestation(a, first.signer), signAttestation(b, second.signer)];
    expect(refused(chain, attestations(a, b, mine, theirs))).to.equal('SignersDiffer');
    const stranger = signAttestation(b, actor('stranger'));
    expect(refused(chain, attestations(a, b, mine, stranger))).to.equal('SignerUnknown');
    expect(refused(chain, attestations(b, a, stranger, mine))).to.equal('SignerUnknown');
    expect(refused(chain, attestations(a, b, mine, mine))).to.equal('SignerUnknown');
    expect(refused(chain, attestations(a, b, mine, '0x'))).to.equal('SignerUnknown');
    expect(refused(chain, headPair(HeadKind.LogHead, {}, second.signer))).to.equal('SignersDiffer');
  });

  it("isn't made of decisions: nothing that executes is ever evidence", () => {
    // A decision signed again under another registry epoch is another content for the same nonce.
    const chain = ready().pass(parameterSet.epochMinInterval);
    const before = execution(chain, first);
    chain.govern('registry', 'stageEntry', [{ ...entry, account: address(0xacd) }]);
    chain.govern('registry', 'advanceEpoch', []);
    const after = execution(chain, first);
    expect(after.operatorSignature).not.to.equal(before.operatorSignature);
    const a = nextAttestation(chain);
    const b = { ...a, stateHash: wordOf(0xbadn) };
    const evidence = attestations(a, b, before.operatorSignature, after.operatorSignature);
    expect(refused(chain, evidence)).to.equal('SignerUnknown');
    done(tryExecute(chain, first));
  });

  it("isn't an attestation, a reset of the source, and an attestation of the same epoch again", () => {
    const chain = ready();
    configure(chain);
    const a = attest(chain, { stateEpoch: 1n });
    configure(chain);
    const b = attest(chain, { stateEpoch: 1n, stateHash: wordOf(77n) });
    expect([a.prevHash, b.prevHash]).to.deep.equal([ZERO_HASH, ZERO_HASH]);
    const [one, two] = [a, b].map((x) => signAttestation(x, first.signer)) as [Hex, Hex];
    expect(refused(chain, attestations(a, b, one, two))).to.equal('NoContradiction');
  });

  it("isn't a head signed again after a reorganisation: the block is another", () => {
    for (const kind of Object.values(HeadKind)) {
      const a: Head = { operatorId: first.id, height: 1n, root: wordOf(1n), blockHash: hash('block') };
      const b: Head = { ...a, root: wordOf(2n), blockHash: hash('block on the other branch') };
      const [one, two] = [a, b].map((x) => signHead(kind, x, first.signer)) as [Hex, Hex];
      expect(refused(ready(), heads(kind, a, b, one, two))).to.equal('NoContradiction');
    }
  });

  it('is nothing that was signed for another chain or another contract', () => {
    const chain = ready();
    const a = nextAttestation(chain);
    const b = { ...a, stateHash: wordOf(0xbadn) };
    for (const domain of [
      { chainId: CHAIN + 1n, verifyingContract: directory.oracle },
      { chainId: CHAIN, verifyingContract: directory.gate },
    ]) {
      const [one, two] = [a, b].map((x) =>
        signDigest(typedDigest('StateAttestation', x, domain), first.signer.key),
      ) as [Hex, Hex];
      expect(refused(chain, attestations(a, b, one, two))).to.equal('SignerUnknown');
    }
  });
});

describe('evidence by a former key', () => {
  it('counts until and including the unbonding period after its change, and not after it', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    rotate(chain.pass(1), first, 'next');
    const rotatedAt = chain.time;
    const late = chain.fork();
    chain.time = rotatedAt + U - BigInt(revealDelay);
    convict(chain, evidence, alice);
    expect(statusOf(chain, first)).to.equal(OperatorStatus.Ejected);
    late.time = rotatedAt + U + 1n - BigInt(revealDelay);
    expect(refused(late, evidence)).to.equal('FormerKey');
  });

  it('counts for one whose predecessor had been accepted before the change, and for no later one', () => {
    const chain = ready();
    rotate(chain, first, 'next');
    attest(chain.pass(1));
    expect(refused(chain, contradiction(chain, first.signer))).to.equal('FormerKey');
    const unknown = contradiction(chain, first.signer, { prevHash: hash('never accepted') });
    expect(refused(chain, unknown)).to.equal('FormerKey');
    // In the same second as the change isn't before it.
    const same = ready();
    attest(same);
    const evidence = contradiction(same, first.signer);
    rotate(same, first, 'next');
    expect(refused(same, evidence)).to.equal('FormerKey');
    // The current key is answerable for everything.
    const current = rotate(ready(), first, 'next');
    const now = ready();
    rotate(now, first, 'next');
    attest(now.pass(1));
    convict(now, contradiction(now, current.signer), alice);
  });

  it('counts together with the current key of the same operator', () => {
    const chain = ready();
    const a = nextAttestation(chain);
    const b = { ...a, stateHash: wordOf(0xbadn) };
    const former = signAttestation(a, first.signer);
    const next = rotate(chain.pass(1), first, 'next');
    convict(chain, attestations(a, b, former, signAttestation(b, next.signer)), alice);
    expect(statusOf(chain, first)).to.equal(OperatorStatus.Ejected);
  });

  it('counts for a head whose height the chain had reached before the change', () => {
    const chain = ready();
    done(tryExecute(chain, second));
    const executed = { scope: SCOPE, nonce: nonceOf(1n, 0n) };
    rotate(chain.pass(1), first, 'next');
    done(tryExecute(chain, second, { slot: 1n }));
    const later = { scope: SCOPE, nonce: nonceOf(1n, 1n) };
    const logHeads = (height: bigint, reached: { scope: Hex; nonce: bigint }) => {
      const a: Head = { operatorId: first.id, height, root: wordOf(1n), blockHash: hash('block') };
      const b = { ...a, root: wordOf(2n) };
      const [one, two] = [a, b].map((x) => signHead(HeadKind.LogHead, x, first.signer)) as [Hex, Hex];
      return heads(HeadKind.LogHead, a, b, one, two, reached);
    };
    convict(chain.fork(), logHeads(1n, executed), alice);
    expect(refused(chain, logHeads(0n, { scope: ZERO_HASH, nonce: 0n })), 'no past needed').to.equal('FormerKey');
    expect(refused(chain, logHeads(1n, later)), 'another execution').to.equal('FormerKey');
    expect(refused(chain, logHeads(2n, later)), 'after the change').to.equal('FormerKey');
    expect(refused(chain, logHeads(2n, executed)), 'another height').to.equal('FormerKey');
    const unknown = scopeId({ chainId: CHAIN, contract: directory.gate }, outsider, outsider);
    expect(refused(chain, logHeads(1n, { scope: unknown, nonce: 0n })), 'nothing').to.equal('FormerKey');
    convict(chain.fork(), headPair(HeadKind.RegistryCheckpoint), alice);
    expect(refused(chain, headPair(HeadKind.RegistryCheckpoint, { height: 2n }))).to.equal('FormerKey');
  });
});

describe('open and reveal', () => {
  it('allows the reveal from its delay on, until and including the last second of its window', () => {
    for (const [after, allowed] of [
      [revealDelay - 1, false],
      [revealDelay, true],
      [proveWindow, true],
      [proveWindow + 1, false],
    ] as const) {
      const chain = ready();
      const evidence = contradiction(chain, first.signer);
      open(chain, evidence, alice);
      const [from, until] = [chain.time + BigInt(revealDelay), chain.time + BigInt(proveWindow)];
      const step = evidence.reveal(chain.pass(after), alice, SALT);
      if (allowed) done(step);
      else expect(refusal(step)).to.deep.equal({ error: 'RevealOutsideWindow', args: [from, until, chain.time] });
    }
  });

  it('binds evidence to its opener and its salt, once', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    open(chain, evidence, alice);
    const commitment = openingCommitment(COURT, evidence.hash, alice, SALT);
    const again = chain.refuse('court', 'open', [commitment], bob);
    expect(again).to.deep.equal({ error: 'OpenedBefore', args: [commitment] });
    chain.pass(revealDelay);
    const copied = refusal(evidence.reveal(chain, bob, SALT));
    expect(copied).to.deep.equal({
      error: 'OpeningUnknown',
      args: [openingCommitment(COURT, evidence.hash, bob, SALT)],
    });
    expect(refusal(evidence.reveal(chain, alice, wordOf(1n))).error).to.equal('OpeningUnknown');
    done(evidence.reveal(chain, alice, SALT));
    expect(refusal(evidence.reveal(chain, alice, SALT))).to.deep.equal({ error: 'OpeningUnknown', args: [commitment] });
  });

  it('keeps an opening when its reveal is refused', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    open(chain, evidence, alice);
    expect(refusal(evidence.reveal(chain, alice, SALT)).error).to.equal('RevealOutsideWindow');
    done(evidence.reveal(chain.pass(revealDelay), alice, SALT));
  });

  const offenceOf = ({ state }: Chain) => [...state.court.offences.values()][0];

  it('gives the reward to who opened first among those who reveal in time, in whatever order they do', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    open(chain, evidence, alice);
    open(chain.pass(1), evidence, bob);
    chain.pass(revealDelay);
    for (const order of [
      [alice, bob],
      [bob, alice],
    ]) {
      const now = chain.fork();
      for (const challenger of order) done(evidence.reveal(now, challenger, SALT));
      expect(offenceOf(now)).to.include({ challenger: alice });
      now.pass(proveWindow);
      const offence = [...now.state.court.offences.keys()][0] as Hex;
      now.do('court', 'payReward', [offence], outsider);
      expect([now.balance(alice), now.balance(bob)]).to.deep.equal([BOND / 4n, 0n]);
    }
  });

  it('lets the first opener take the reward over up to its last second, also when the operator is convicted', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    const openedAt = chain.time;
    open(chain, evidence, alice);
    open(chain.pass(1), evidence, bob);
    const offence = done(evidence.reveal(chain.pass(revealDelay), bob, SALT)).returns[0] as Hex;
    expect(statusOf(chain, first)).to.equal(OperatorStatus.Ejected);
    const due = offenceOf(chain)?.rewardOpensAt as bigint;
    expect(due).to.equal(openedAt + 1n + BigInt(proveWindow) + 1n);
    chain.time = openedAt + BigInt(proveWindow);
    const early = chain.refuse('court', 'payReward', [offence], bob);
    expect(early).to.deep.equal({ error: 'RewardNotDue', args: [due, chain.time] });
    done(evidence.reveal(chain, alice, SALT));
    chain.time = due;
    chain.do('court', 'payReward', [offence], outsider);
    expect([chain.balance(alice), chain.balance(bob)]).to.deep.equal([BOND / 4n, 0n]);
    expect(chain.refuse('court', 'payReward', [offence], bob).error).to.equal('RewardUnknown');
  });

  it('gives nothing to who copies evidence that was revealed', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    open(chain, evidence, alice);
    chain.pass(revealDelay);
    // The copier sees the reveal before it is included, and opens in front of it.
    open(chain, evidence, bob, wordOf(2n));
    const offence = done(evidence.reveal(chain, alice, SALT)).returns[0] as Hex;
    done(evidence.reveal(chain.pass(revealDelay), bob, wordOf(2n)));
    chain.pass(proveWindow).do('court', 'payReward', [offence], bob);
    expect([chain.balance(alice), chain.balance(bob)]).to.deep.equal([BOND / 4n, 0n]);
  });

  it('gives nothing to the offender that opened earlier but lets its window lapse', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    open(chain, evidence, first.owner);
    chain.pass(proveWindow);
    open(chain, evidence, alice);
    chain.pass(revealDelay);
    expect(refusal(evidence.reveal(chain, first.owner, SALT)).error).to.equal('RevealOutsideWindow');
    const offence = done(evidence.reveal(chain, alice, SALT)).returns[0] as Hex;
    chain.pass(proveWindow).do('court', 'payReward', [offence], alice);
    expect(chain.balance(alice)).to.equal(BOND / 4n);
  });

  it('keeps the window that it began with, whatever the parameters are since', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    open(chain, evidence, alice);
    const from = chain.time + BigInt(revealDelay);
    const until = chain.time + BigInt(proveWindow);
    for (const changed of [
      { revealDelay: revealDelay + 2, proveWindow: proveWindow - 10 },
      { revealDelay: revealDelay - 4, proveWindow: proveWindow + 10 },
    ]) {
      chain.state = withParameters(chain.state, changed);
      for (const [time, allowed] of [
        [from - 1n, false],
        [from, true],
        [until, true],
        [until + 1n, false],
      ] as const) {
        const now = chain.fork();
        now.time = time;
        const step = evidence.reveal(now, alice, SALT);
        if (allowed) done(step);
        else expect(refusal(step)).to.deep.equal({ error: 'RevealOutsideWindow', args: [from, until, time] });
      }
    }
  });

  it('pays the rewards of several offences once each, the same in any order', () => {
    const chain = ready();
    const pieces = [
      headPair(HeadKind.LogHead),
      headPair(HeadKind.RegistryCheckpoint),
      contradiction(chain, second.signer),
    ];
    for (const evidence of pieces) open(chain, evidence, alice);
    chain.pass(revealDelay);
    const offences = pieces.map((evidence) => done(evidence.reveal(chain, alice, SALT)).returns[0] as Hex);
    chain.pass(proveWindow);
    for (const order of [offences, offences.toReversed()]) {
      const now = chain.fork();
      const paid = order.filter((offence) => 'state' in now.attempt('court', 'payReward', [offence], outsider));
      // The second offence of who had lost all has no reward.
      expect(paid.length).to.equal(2);
      for (const offence of order) {
        expect(now.refuse('court', 'payReward', [offence], outsider).error).to.equal('RewardUnknown');
      }
      expect([now.balance(alice), now.balance(directory.court)]).to.deep.equal([BOND / 2n, 0n]);
    }
  });

  it('reaches whoever begins to leave when the evidence is opened', () => {
    const chain = ready();
    const evidence = contradiction(chain, first.signer);
    open(chain, evidence, alice);
    chain.do('staking', 'requestExit', [first.id, BOND], first.owner);
    done(evidence.reveal(chain.pass(proveWindow), alice, SALT));
    const args = [ExitKind.Owner, first.id, first.owner, 0] as const;
    expect(chain.pass(U).do('staking', 'claimExit', args, first.owner).returns).to.deep.equal([0n]);
  });
});

describe('an audit', () => {
  const NONCE = nonceOf(1n, 0n);
  const { accuserBond, lookBack, disputeWindow, rulingWindow } = parameterSet;
  const REASON = hash('reason');

  /** The first operator executed. */
  function executed(): Chain {
    const chain = ready();
    done(tryExecute(chain, first));
    for (const account of [alice, bob]) chain.fund(account, 1_000n * AGRS, directory.court);
    return chain;
  }

  const accuse = (chain: Chain, by = alice, nonce = NONCE, operator = first, fee = FEE) =>
    chain.attempt('court', 'accuse', [SCOPE, nonce, operator.id, fee, REASON], by);
  const vote = (chain: Chain, member: Hex, guilty: boolean, nonce = NONCE) =>
    chain.attempt('court', 'vote', [SCOPE, nonce, guilty], member);
  const caseOf = ({ state }: Chain, nonce = NONCE) => state.court.cases.get(caseKey(SCOPE, nonce));
  const rebut = (chain: Chain, by: Hex) => chain.attempt('court', 'rebut', [SCOPE, NONCE, hash('answer')], by);

  function accused(): Chain {
    const chain = executed();
    done(accuse(chain));
    return chain;
  }

  /** Three of five vote, as soon as they may. */
  function ruled(chain: Chain, guilty: boolean, nonce = NONCE): Chain {
    chain.time = caseOf(chain, nonce)?.voteFrom as bigint;
    for (const member of [m1, m2, m3]) done(vote(chain, member, guilty, nonce));
    return chain;
  }

  it('begins until and including the look-back after the execution, against who executed it for that fee', () => {
    const chain = executed();
    const unknown = { error: 'ExecutionUnknown', args: [SCOPE, NONCE] };
    expect(refusal(accuse(chain, alice, NONCE, second))).to.deep.equal(unknown);
    expect(refusal(accuse(chain, alice, NONCE, first, FEE + 1n))).to.deep.equal(unknown);
    expect(refusal(accuse(chain, alice, NONCE + 1n)).error).to.equal('ExecutionUnknown');
    const latest = chain.time + BigInt(lookBack);
    const late = chain.fork().pass(lookBack + 1);
    expect(refusal(accuse(late))).to.deep.equal({ error: 'TooLateToAccuse', args: [latest, latest + 1n] });
    done(accuse(chain.pass(lookBack)));
    expect(chain.balance(alice)).to.equal(1_000n * AGRS - accuserBond);
    expect(caseOf(chain)).to.deep.include({
      voteFrom: latest + BigInt(disputeWindow),
      voteUntil: latest + BigInt(disputeWindow + rulingWindow),
    });
    const { Open } = CaseStatus;
    expect(refusal(accuse(chain, bob))).to.deep.equal({ error: 'CaseExists', args: [SCOPE, NONCE, Open] });
  });

  it('is answered once, by owner or key, before the vote; then the members may vote at once', () => {
    expect(refusal(rebut(accused(), outsider))).to.deep.equal({ error: 'NotAccused', args: [outsider] });
    for (const by of [first.owner, first.signer.address]) {
      const chain = accused();
      expect(refusal(vote(chain, m1, true)).error).to.equal('VoteOutsideWindow');
      const { voteUntil } = caseOf(chain) ?? {};
      done(rebut(chain.pass(1), by));
      expect(caseOf(chain)).to.deep.include({ voteFrom: chain.time, voteUntil });
      expect(refusal(rebut(chain, by)).error).to.equal('TooLateToRebut');
      done(vote(chain, m1, true));
    }
    const late = accused().pass(disputeWindow);
    expect(refusal(rebut(late, first.owner)).error).to.equal('TooLateToRebut');
    done(rebut(accused().pass(disputeWindow - 1), first.owner));
  });

  it('is voted on by members, once each, in the window, to the second', () => {
    const chain = accused();
    const { voteFrom, voteUntil } = caseOf(chain) as { voteFrom: bigint; voteUntil: bigint };
    for (const time of [voteFrom - 1n, voteUntil + 1n]) {
      chain.time = time;
      expect(refusal(vote(chain, m1, true))).to.deep.equal({
        error: 'VoteOutsideWindow',
        args: [voteFrom, voteUntil, time],
      });
    }
    chain.time = voteFrom;
    expect(refusal(vote(chain, outsider, true))).to.deep.equal({ error: 'NotMember', args: [outsider] });
    done(vote(chain, m1, true));
    expect(refusal(vote(chain, m1, false))).to.deep.equal({ error: 'VotedBefore', args: [m1] });
    chain.time = voteUntil;
    done(vote(chain, m2, true));
  });

  it('is ruled by more than half of all members, whoever is recused', () => {
    const chain = accused();
    chain.time = caseOf(chain)?.voteFrom as bigint;
    done(vote(chain, m1, true));
    done(vote(chain, m2, false));
    done(vote(chain, m3, true));
    done(vote(chain, m4, false));
    expect(caseOf(chain)).to.deep.include({ status: CaseStatus.Open, guilty: 2, notGuilty: 2 });
    const acquitted = chain.fork();
    done(vote(acquitted, m5, false));
    expect(caseOf(acquitted)?.status).to.equal(CaseStatus.Closed);
    done(vote(chain, m5, true));
    expect(caseOf(chain)?.status).to.equal(CaseStatus.Guilty);
    expect(refusal(vote(chain, m5, true)).error).to.equal('CaseUnknown');
  });

  it("is not judged by accuser or accused: the operator's owner and key; a payout address may", () => {
    const seat = (chain: Chain, list: readonly Hex[]) =>
      chain.govern('council', 'setMembers', [[...list].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))]);
    for (const party of [alice, first.owner, first.signer.address]) {
      const chain = accused();
      seat(chain, [party, m1, m2]);
      chain.time = caseOf(chain)?.voteFrom as bigint;
      expect(refusal(vote(chain, party, false))).to.deep.equal({ error: 'Recused', args: [party] });
      done(vote(chain, m1, true));
      expect(caseOf(chain)?.status).to.equal(CaseStatus.Open);
      done(vote(chain, m2, true));
      expect(caseOf(chain)?.status).to.equal(CaseStatus.Guilty);
    }
    const named = accused();
    named.do('operators', 'setPayout', [first.id, m1], first.owner);
    named.time = caseOf(named)?.voteFrom as bigint;
    done(vote(named, m1, true));
  });

  it('that finds guilty takes a tenth of the own stake, half of that rate of the delegators, and pays the accuser', () => {
    const chain = executed();
    delegated(chain, 1_000n * AGRS);
    chain.do('staking', 'requestExit', [first.id, 400n * AGRS], first.owner);
    done(accuse(chain));
    const { supply } = chain.state.agrs;
    ruled(chain, true);
    const stake = stakeOf(chain.state, first.id);
    expect([stake.selfBond, stake.ownerExits, stake.pool].map(({ total }) => total)).to.deep.equal([
      540n * AGRS,
      360n * AGRS,
      950n * AGRS,
    ]);
    // A tenth of the own part is the accuser's, which has its bond back; nothing is burned.
    expect(chain.balance(alice)).to.equal(1_010n * AGRS);
    expect(chain.balance(directory.council)).to.equal(140n * AGRS);
    expect(chain.state.agrs.supply).to.equal(supply);
    expect(chain.balance(directory.court)).to.equal(0n);
    expect(statusOf(chain, first)).to.equal(OperatorStatus.Admitted);
  });

  it('keeps the window that it began with, whatever the parameters are since', () => {
    for (const by of [-10, 10]) {
      const chain = accused();
      const { voteFrom, voteUntil } = caseOf(chain) as { voteFrom: bigint; voteUntil: bigint };
      chain.state = withParameters(chain.state, { disputeWindow: disputeWindow + by, rulingWindow: rulingWindow + by });
      for (const time of [voteFrom - 1n, voteUntil + 1n]) {
        chain.time = time;
        const early = { error: 'VoteOutsideWindow', args: [voteFrom, voteUntil, time] };
        expect(refusal(vote(chain, m1, true))).to.deep.equal(early);
      }
      chain.time = voteFrom;
      done(vote(chain, m1, true));
      chain.time = voteUntil;
      done(vote(chain, m2, false));
      const running = chain.refuse('court', 'closeCase', [SCOPE, NONCE], outsider);
      expect(running).to.deep.equal({ error: 'CaseRunning', args: [voteUntil, voteUntil] });
      chain.pass(1).do('court', 'closeCase', [SCOPE, NONCE], outsider);
    }
  });

  it('ends by anybody’s call, however late, as fees, claims, rewards and exits do', () => {
    const chain = accused();
    const held = claim(chain, second, { slot: 1n });
    const offence = convict(chain, contradiction(chain, operators[2].signer), alice);
    chain.do('staking', 'requestExit', [first.id, 100n * AGRS], first.owner);
    chain.pass(100n * 365n * 86_400n);
    chain.do('gate', 'collectFee', [SCOPE, NONCE, first.id, FEE], outsider);
    chain.do('gate', 'settle', [held], outsider);
    chain.do('court', 'closeCase', [SCOPE, NONCE], outsider);
    chain.do('court', 'payReward', [offence], outsider);
    chain.do('staking', 'claimExit', [ExitKind.Owner, first.id, first.owner, 0], outsider);
    expect(chain.balance(directory.court)).to.equal(0n);
    expect(chain.balance(first.owner)).to.equal(FEE + 100n * AGRS);
    expect(stakeOf(chain.state, second.id).locks).to.equal(0);
  });

  it('that found guilty is over for ever', () => {
    const chain = ruled(accused(), true);
    const { Guilty } = CaseStatus;
    expect(refusal(accuse(chain, bob))).to.deep.equal({ error: 'CaseExists', args: [SCOPE, NONCE, Guilty] });
    expect(refusal(vote(chain, m4, true)).error).to.equal('CaseUnknown');
    const close = chain.pass(1_000).refuse('court', 'closeCase', [SCOPE, NONCE], outsider);
    expect(close).to.deep.equal({ error: 'CaseUnknown', args: [SCOPE, NONCE] });
  });

  it('that acquits pays half of the bond to the operator, burns the rest, and doubles the next bond', () => {
    const chain = accused();
    chain.state = withParameters(chain.state, { accuserBond: 9n });
    const payout = address(0xfa7);
    chain.do('operators', 'setPayout', [first.id, payout], first.owner);
    const { supply } = chain.state.agrs;
    done(rebut(chain, first.owner));
    ruled(chain, false);
    expect(chain.balance(payout)).to.equal(accuserBond / 2n);
    expect(chain.state.agrs.supply).to.equal(supply - accuserBond / 2n);
    expect(selfBondOf(chain.state, first.id)).to.equal(BOND);
    // The bond of a case is that of its beginning; an odd one leaves the dust to the fire.
    done(accuse(chain, bob));
    expect(caseOf(chain)).to.deep.include({ bond: 18n, acquittals: 1 });
    done(rebut(chain, first.owner));
    ruled(chain, false);
    done(accuse(chain, bob));
    expect(caseOf(chain)).to.deep.include({ bond: 36n, acquittals: 2 });
    const odd = executed();
    odd.state = withParameters(odd.state, { accuserBond: 9n });
    done(accuse(odd));
    ruled(odd, false);
    expect(odd.balance(first.owner)).to.equal(4n);
  });

  it('without a majority in time is a draw: a tenth of the bond is burned, anyone ends it, anyone accuses again', () => {
    const chain = accused();
    const { voteFrom, voteUntil } = caseOf(chain) as { voteFrom: bigint; voteUntil: bigint };
    chain.time = voteFrom;
    for (const member of [m1, m2]) done(vote(chain, member, true));
    chain.time = voteUntil;
    const early = chain.refuse('court', 'closeCase', [SCOPE, NONCE], outsider);
    expect(early).to.deep.equal({ error: 'CaseRunning', args: [voteUntil, voteUntil] });
    const { supply } = chain.state.agrs;
    chain.pass(1).do('court', 'closeCase', [SCOPE, NONCE], outsider);
    expect(chain.balance(alice)).to.equal(1_000n * AGRS - accuserBond / 10n);
    expect(chain.state.agrs.supply).to.equal(supply - accuserBond / 10n);
    expect(selfBondOf(chain.state, first.id)).to.equal(BOND);
    // Accused again in time, for the same bond; the votes begin anew.
    const again = executed();
    again.state = withParameters(again.state, { lookBack: 150, disputeWindow: 50, rulingWindow: 60 });
    done(accuse(again));
    done(vote(again.pass(50), m1, true));
    again.pass(61).do('court', 'closeCase', [SCOPE, NONCE], outsider);
    done(accuse(again, bob));
    expect(caseOf(again)).to.deep.include({ bond: accuserBond, guilty: 0, accuser: bob });
    done(vote(again.pass(50), m1, true));
  });

  it('forgets the votes of a former membership, and those who stay vote again', () => {
    const chain = accused();
    chain.time = caseOf(chain)?.voteFrom as bigint;
    for (const member of [m1, m2]) done(vote(chain, member, true));
    chain.govern('council', 'setMembers', [[m1, m2, m3, m4]]);
    done(vote(chain, m3, false));
    expect(caseOf(chain)).to.deep.include({ status: CaseStatus.Open, guilty: 0, notGuilty: 1 });
    expect(refusal(vote(chain, m5, true))).to.deep.equal({ error: 'NotMember', args: [m5] });
    for (const member of [m1, m2]) done(vote(chain, member, true));
    expect(caseOf(chain)).to.deep.include({ status: CaseStatus.Open, guilty: 2 });
    expect(refusal(vote(chain, m1, true)).error).to.equal('VotedBefore');
    done(vote(chain, m4, true));
    expect(caseOf(chain)?.status).to.equal(CaseStatus.Guilty);
  });

  it('takes once in an unbonding period, whatever the members find in between', () => {
    const chain = executed();
    for (const slot of [1n, 2n, 3n]) done(tryExecute(chain, first, { slot }));
    const nonces = [0n, 1n, 2n, 3n].map((slot) => nonceOf(1n, slot)) as [bigint, bigint, bigint, bigint];
    // A look-back long enough for a second verdict after the period: the sum of the windows stays below it.
    chain.state = withParameters(chain.state, { lookBack: 200, disputeWindow: 10, rulingWindow: 80 });
    done(accuse(chain, alice, nonces[0]));
    ruled(chain, true, nonces[0]);
    const verdict = chain.time;
    expect(selfBondOf(chain.state, first.id)).to.equal(900n * AGRS);
    done(accuse(chain, alice, nonces[1]));
    ruled(chain, true, nonces[1]);
    expect(selfBondOf(chain.state, first.id)).to.equal(900n * AGRS);
    expect(caseOf(chain, nonces[1])?.status).to.equal(CaseStatus.Guilty);
    // The accuser has its bond back either way.
    expect(chain.balance(alice)).to.equal(1_010n * AGRS);

    chain.time = verdict + U - 10n;
    attest(chain);
    for (const slot of [0n, 1n]) done(tryExecute(chain, first, { slot }));
    const [last, after] = [nonceOf(2n, 0n), nonceOf(2n, 1n)];
    done(accuse(chain, alice, last));
    done(accuse(chain, alice, after));
    chain.time = verdict + U;
    for (const member of [m1, m2, m3]) done(vote(chain, member, true, last));
    expect(selfBondOf(chain.state, first.id)).to.equal(900n * AGRS);
    chain.pass(1);
    for (const member of [m1, m2, m3]) done(vote(chain, member, true, after));
    expect(selfBondOf(chain.state, first.id)).to.equal(810n * AGRS);
    expect(chain.state.court.lastAudits.get(first.id)).to.equal(verdict + U + 1n);
  });

  it('reaches whoever leaves right after the execution, up to the last verdict that is possible', () => {
    const chain = executed();
    delegated(chain, 100n * AGRS);
    chain.do('staking', 'requestExit', [first.id, BOND], first.owner);
    const shares = stakeOf(chain.state, first.id).delegations.get(delegator)?.shares ?? 0n;
    chain.do('staking', 'undelegate', [first.id, shares], delegator);
    done(accuse(chain.pass(lookBack)));
    chain.time = caseOf(chain)?.voteUntil as bigint;
    for (const member of [m1, m2, m3]) done(vote(chain, member, true));
    const own = [ExitKind.Owner, first.id, first.owner, 0] as const;
    const theirs = [ExitKind.Delegator, first.id, delegator, 0] as const;
    chain.pass(U);
    expect(chain.do('staking', 'claimExit', own, outsider).returns).to.deep.equal([900n * AGRS]);
    expect(chain.do('staking', 'claimExit', theirs, outsider).returns).to.deep.equal([95n * AGRS]);
  });

  it('stops nothing: no exit, no execution, no other case, and no conviction', () => {
    const chain = accused();
    chain.do('staking', 'requestExit', [first.id, 100n * AGRS], first.owner);
    done(tryExecute(chain, first, { slot: 1n }));
    done(accuse(chain, bob, nonceOf(1n, 1n)));
    done(tryExecute(chain, first, { slot: 2n }));
    done(accuse(chain, bob, nonceOf(1n, 2n)));
    convict(chain, contradiction(chain, first.signer), bob);
    // Guilty after the ejection: the case closes, with nothing left to take.
    const { supply } = chain.state.agrs;
    ruled(chain, true);
    expect(caseOf(chain)?.status).to.equal(CaseStatus.Guilty);
    expect(chain.balance(alice)).to.equal(1_000n * AGRS);
    expect(chain.state.agrs.supply).to.equal(supply);
  });
});
