import { expect } from 'chai';
import fc from 'fast-check';
import { type Hex, ZERO_HASH } from '../../src/codec/hash.ts';
import { type Claim, type Entry, entryHash } from '../../src/codec/ids.ts';
import { hashWords } from '../../src/codec/words.ts';
import { Excuse } from '../../src/model/claims.ts';
import { HeadKind } from '../../src/model/court.ts';
import { ONE } from '../../src/model/ledger.ts';
import { stakeOf } from '../../src/model/staking.ts';
import { CaseStatus, OperatorStatus, type State } from '../../src/model/state.ts';
import { refused } from '../../src/model/step.ts';
import { AGRS, address, CHAIN, directory, hash, members, SELECTOR, withParameters } from './fixture.ts';
import {
  account,
  attest,
  attestations,
  type Chain,
  claimIn,
  configure,
  contradiction,
  ENTRY_KEY,
  type Evidence,
  entry,
  FEE,
  heads,
  type Operator,
  open,
  operators,
  ready,
  SCOPE,
  signAttestation,
  signers,
  tryClaim,
  tryExecute,
  tryFinish,
  tryTakeOver,
  wordOf,
} from './harness.ts';
import { type Habits, HonestOperator, type Signed } from './honest-operator.ts';
import { type Move, moveOf, nth } from './moves.ts';

const honest = operators[1];
const hostile = operators.filter((one) => one !== honest);
const adversary = address(0xad7e);
const [m1, m2, m3, m4, m5] = members as readonly Hex[] as readonly [Hex, Hex, Hex, Hex, Hex];
const REGISTRY = { chainId: CHAIN, contract: directory.registry };
/** Contents that the council may give the entry. */
const contents: readonly Entry[] = [entry, { ...entry, quotaPerState: 4n }, { ...entry, claimTtl: 40n }];
/** It signs heads of every so many blocks. */
const HEADS_EVERY = 5n;

interface Block {
  readonly state: State;
  readonly time: bigint;
  readonly hash: Hex;
}

/** What happened to the operator, so that a run that shows nothing is seen. */
interface Tally {
  finished: number;
  claimed: number;
  excused: number;
  refusedToSign: number;
  reorganised: number;
  /** after a reorganisation it held a claim again, or still */
  reopened: number;
  tried: number;
  convictedOthers: number;
}

/** A chain of blocks that can be reorganised, with one operator that follows the script among hostile ones. */
class World {
  readonly chain: Chain;
  readonly me: HonestOperator;
  readonly tally: Tally;
  #blocks: readonly Block[] = [];
  #made = 0n;
  readonly #openings: { readonly evidence: Evidence; readonly salt: Hex }[] = [];

  constructor(habits: Habits, tally: Tally) {
    this.chain = ready();
    this.tally = tally;
    for (const member of [adversary, m1]) this.chain.fund(member, 10_000n * AGRS, directory.court);
    this.chain.fund(adversary, 1_000n * AGRS);
    this.me = new HonestOperator(honest, () => this.entry(), habits);
    this.seal();
  }

  entry(): Entry {
    const applied = this.chain.state.registry.applied.get(ENTRY_KEY)?.entryHash;
    return contents.find((one) => entryHash(REGISTRY, one) === applied) ?? entry;
  }

  /** Ends a block: the operator signs what it sees, the adversary settles what it can. */
  seal(): void {
    this.settleAll();
    this.#made += 1n;
    const parent = this.#blocks.at(-1)?.hash ?? ZERO_HASH;
    const block = { state: this.chain.state, time: this.chain.time, hash: hashWords([parent, this.#made]) };
    this.#blocks = [...this.#blocks, block];
    if (this.#made % HEADS_EVERY === 0n) this.me.heads(this.chain, block.hash);
    expectUnharmed(this.chain);
  }

  /** The operator's transactions, then the end of the block. */
  turn(): void {
    this.me.act(this.chain);
    this.seal();
  }

  /** A long time in which the operator claims nothing. What it holds it finishes in time: it is never away. */
  pause(seconds: bigint): void {
    this.me.finish(this.chain);
    this.seal();
    this.chain.pass(seconds);
    this.turn();
  }

  /** Other blocks take the place of the last ones. What was signed stays known to everybody. */
  reorganise(depth: number): void {
    const fork = this.#blocks.at(-1 - Math.min(depth, this.#blocks.length - 1)) as Block;
    this.#blocks = this.#blocks.slice(0, this.#blocks.indexOf(fork) + 1);
    this.chain.state = fork.state;
    this.chain.time = fork.time + 1n;
    this.tally.reorganised++;
    if (this.me.held(this.chain).length > 0) this.tally.reopened++;
  }

  claims(): Claim[] {
    const records = [...(this.chain.state.gate.records.get(SCOPE)?.values() ?? [])];
    return records.flatMap((record) => (record.kind === 'claimed' ? [record.claim] : []));
  }

  settleAll(): void {
    for (const claim of this.claims()) {
      const step = this.chain.attempt('gate', 'settle', [claim], adversary);
      if (refused(step) || claim.operatorId !== honest.id) continue;
      if (step.returns[0] !== Excuse.None) this.tally.excused++;
    }
  }

  /** Opens evidence out of two things that the operator signed, and reveals what was opened earlier. */
  accuseOf(a: Signed, b: Signed): void {
    const evidence = evidenceOf(a, b);
    if (!evidence) return;
    const salt = wordOf(BigInt(this.#openings.length) + this.#made * 1_000n);
    open(this.chain, evidence, adversary, salt);
    this.#openings.push({ evidence, salt });
    for (const opened of this.#openings) this.#reveal(opened);
  }

  #reveal({ evidence, salt }: { readonly evidence: Evidence; readonly salt: Hex }): void {
    const step = evidence.reveal(this.chain, adversary, salt);
    this.tally.tried++;
    if (!refused(step)) throw new Error('the operator was convicted');
  }

  /** Every pair of what the operator ever signed, as evidence; and some of it in every wrong form. */
  accuseOfEverything(): void {
    const { signed } = this.me.guard;
    const { revealDelay } = this.chain.state.parameters.set;
    const all = signed.flatMap((a, i) => signed.slice(i).map((b) => evidenceOf(a, b)));
    const malformed = signed.filter((_, i) => i % 4 === 0).flatMap(malformedOf);
    for (const evidence of [...all, ...malformed]) {
      if (!evidence) continue;
      const now = this.chain.fork();
      open(now, evidence, adversary, ZERO_HASH);
      this.tally.tried++;
      const step = evidence.reveal(now.pass(revealDelay), adversary, ZERO_HASH);
      if (!refused(step)) throw new Error('the operator was convicted');
    }
  }

  finish(): void {
    this.me.finish(this.chain);
    for (const claim of this.me.held(this.chain)) this.chain.time = claim.deadline + 1n;
    this.settleAll();
    expectUnharmed(this.chain);
    this.accuseOfEverything();
    this.tally.finished += this.me.finished;
    this.tally.claimed += this.me.claimed;
    this.tally.refusedToSign += this.me.guard.refusals;
  }
}

function evidenceOf(a: Signed, b: Signed): Evidence | undefined {
  if (a.kind === 'StateAttestation') {
    return b.kind === a.kind ? attestations(a.message, b.message, a.signature, b.signature) : undefined;
  }
  if (b.kind === 'StateAttestation') return undefined;
  // Heads of two kinds too: as evidence they are of the first one's.
  return heads(HeadKind[a.kind], a.message, b.message, a.signature, b.signature);
}

/** The message against itself with one thing changed, under its own signature, another's, or none. */
function malformedOf(one: Signed): Evidence[] {
  const stranger = (hostile[0] as Operator).signer;
  if (one.kind === 'StateAttestation') {
    const { message, signature } = one;
    const forged = { ...message, stateHash: wordOf(0xbadn) };
    const signatures = [signature, signAttestation(forged, stranger), '0x', `${signature}00`] as const;
    return signatures.map((other) => attestations(message, forged, signature, other));
  }
  const { message, signature } = one;
  const forged = { ...message, root: wordOf(0xbadn) };
  return Object.values(HeadKind).flatMap((kind) =>
    ([signature, '0x'] as const).map((other) => heads(kind, message, forged, signature, other)),
  );
}

/** Never slashed, jailed or ejected, and nothing of its was forfeited. */
function expectUnharmed({ state }: Chain): void {
  const { status, misses, jailedUntil } = state.operators.operators.get(honest.id) ?? {};
  expect({ status, misses, jailedUntil }).to.deep.equal({
    status: OperatorStatus.Admitted,
    misses: 0,
    jailedUntil: 0n,
  });
  const { selfBond, ownerExits } = stakeOf(state, honest.id);
  for (const { factor, generation } of [selfBond, ownerExits]) {
    expect({ factor, generation }).to.deep.equal({ factor: ONE, generation: 0 });
  }
}

/*-------------------------------------------------------------------------------------------------- the surroundings */

const move = <T extends unknown[]>(...drawn: Parameters<typeof moveOf<World, T>>) => moveOf<World, T>(...drawn);

const pick = fc.nat(40);
const slot = fc.bigInt(0n, 5n);
const enemy = fc.constantFrom(...hostile);
const member = fc.constantFrom(m1, m2, m3, m4, m5);

/** What others do with nonces, and with what the operator signed. */
const rivals: readonly fc.Arbitrary<Move<World>>[] = [
  move('claim', [enemy, slot], (world, by, at) => {
    tryClaim(world.chain, by, { slot: at, entry: world.entry() });
  }),
  move('takeOver', [enemy, pick], (world, by, n) => {
    const lapsed = nth(world.claims(), n);
    if (!lapsed) return;
    const step = tryTakeOver(world.chain, by, lapsed, { entry: world.entry() });
    if (!refused(step)) claimIn(step);
  }),
  move('execute', [enemy, slot], (world, by, at) => {
    tryExecute(world.chain, by, { slot: at, entry: world.entry() });
  }),
  move('finish', [pick], (world, n) => {
    const claim = nth(world.claims(), n);
    const by = hostile.find(({ id }) => id === claim?.operatorId);
    if (claim && by) tryFinish(world.chain, by, claim, { entry: world.entry() });
  }),
  move('submit', [pick, fc.boolean()], ({ chain, me }, n, direct) => {
    const decision = nth(me.decisions, n);
    if (!decision) return;
    if (direct) chain.attempt('gate', 'execute', [decision[0]], adversary);
    else chain.attempt('gate', 'executeClaimed', [...decision], adversary);
  }),
];

/** What the council and its members do; two of five are hostile. */
const rulers: readonly fc.Arbitrary<Move<World>>[] = [
  move('freeze', [member], ({ chain }, by) => chain.attempt('registry', 'freeze', [], by)),
  move('endFreeze', [], ({ chain }) => chain.attempt('registry', 'endFreeze', [], directory.council)),
  move('stop', [], ({ chain }) => chain.attempt('router', 'stopVerifier', [SELECTOR], directory.council)),
  move('resume', [], ({ chain }) => chain.attempt('router', 'resumeVerifier', [SELECTOR], directory.council)),
  move('stage', [pick], ({ chain }, n) => {
    const changed = nth(contents, n) as Entry;
    chain.attempt('registry', 'stageEntry', [changed], directory.council);
  }),
  move('remove', [], ({ chain }) => chain.attempt('registry', 'stageRemoval', [ENTRY_KEY], directory.council)),
  move('advance', [], ({ chain }) => chain.attempt('registry', 'advanceEpoch', [], directory.council)),
  move('reset', [], ({ chain }) => configure(chain)),
  move('reconfigure', [], ({ chain }) => configure(chain, true)),
  move(
    'parameters',
    [fc.constantFrom({ claimBond: 1n }, { maxValidity: 100 }, { finalityDelay: 1 })],
    ({ chain }, set) => {
      chain.state = withParameters(chain.state, set);
    },
  ),
  move('withdraw', [fc.bigInt(1n, 100n)], ({ chain }, amount) => {
    chain.attempt('gate', 'withdrawEscrow', [directory.treasury, amount * AGRS], account);
    chain.attempt('treasury', 'withdraw', [amount * AGRS], account);
  }),
  move('fundEscrow', [], ({ chain }) => {
    chain.fund(account, 50n * AGRS, directory.gate).do('gate', 'fundEscrow', [SCOPE, 50n * AGRS], account);
  }),
];

/** What the others make of the oracle and the court. */
const trials: readonly fc.Arbitrary<Move<World>>[] = [
  move('attest', [], ({ chain }) => {
    const others = hostile.filter(({ id }) => chain.state.operators.operators.get(id)?.status === 2);
    if (others.length >= 3)
      attest(
        chain,
        {},
        others.map(({ signer }) => signer),
      );
  }),
  move('equivocate', [enemy], ({ chain, tally }, by) => {
    // At most one of them: the source needs three attesters.
    if (hostile.some(({ id }) => chain.state.operators.operators.get(id)?.status === 3)) return;
    const evidence = contradiction(chain, by.signer, { stateEpoch: 999n });
    const salt = wordOf(BigInt(chain.time));
    open(chain, evidence, adversary, salt);
    chain.pass(10);
    if (!refused(evidence.reveal(chain, adversary, salt))) tally.convictedOthers++;
  }),
  move('pair', [pick, pick], (world, n, m) => {
    const { signed } = world.me.guard;
    const [a, b] = [nth(signed, n), nth(signed.toReversed(), m)];
    if (a && b) world.accuseOf(a, b);
  }),
  move('accuse', [pick], ({ chain }, n) => {
    const executed = [...(chain.state.gate.records.get(SCOPE) ?? [])].filter(
      ([, record]) => record.kind === 'executed' && record.operatorId === honest.id,
    );
    const nonce = nth(executed, n)?.[0];
    if (nonce === undefined) return;
    chain.attempt('court', 'accuse', [SCOPE, nonce, honest.id, FEE, hash('slander')], adversary);
  }),
  move('judge', [pick], ({ chain }, n) => {
    const open = nth(
      [...chain.state.court.cases.values()].filter(({ status }) => status === CaseStatus.Open),
      n,
    );
    if (!open) return;
    chain.attempt('court', 'rebut', [open.scope, open.nonce, hash('answer')], honest.signer.address);
    for (const by of [m1, m2]) chain.attempt('court', 'vote', [open.scope, open.nonce, true], by);
    for (const by of [m3, m4, m5]) chain.attempt('court', 'vote', [open.scope, open.nonce, false], by);
  }),
  move('gift', [], ({ chain }) => chain.attempt('staking', 'bond', [honest.id, 1n], adversary)),
  move('delegate', [], ({ chain }) => chain.attempt('staking', 'delegate', [honest.id, AGRS], adversary)),
];

/** The operator's own part of the oracle: what it signs is accepted together with two others' signatures, or isn't. */
const own: readonly fc.Arbitrary<Move<World>>[] = [
  move('sign', [fc.boolean()], ({ chain, me }, published) => {
    const message = me.attestation(chain, hashWords([chain.time, BigInt(chain.state.gate.log.size)]));
    const others = signers.filter((one) => {
      const operatorId = chain.state.operators.keys.get(one.address)?.operatorId;
      return operatorId && chain.state.operators.operators.get(operatorId)?.status === OperatorStatus.Admitted;
    });
    const signatures = others.map((signer) => signAttestation(message, signer));
    if (published) chain.attempt('oracle', 'attest', [message, signatures], adversary);
  }),
];

const time: readonly fc.Arbitrary<Move<World>>[] = [
  move('block', [fc.constantFrom(1n, 2n, 4n, 9n)], (world, seconds) => {
    world.chain.pass(seconds);
    world.turn();
  }),
  move('block', [fc.constantFrom(1n, 2n, 4n, 9n)], (world, seconds) => {
    world.chain.pass(seconds);
    world.turn();
  }),
  move('pause', [fc.constantFrom(50n, 61n, 130n, 600n)], (world, seconds) => world.pause(seconds)),
];

const reorganisation = move('reorganise', [fc.integer({ min: 1, max: 8 })], (world, depth) => {
  world.reorganise(depth);
});

const life = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.oneof(...time) },
    { weight: 4, arbitrary: fc.oneof(...rivals) },
    { weight: 4, arbitrary: fc.oneof(...rulers) },
    { weight: 3, arbitrary: fc.oneof(...trials) },
    { weight: 5, arbitrary: fc.oneof(...own) },
    { weight: 3, arbitrary: reorganisation },
  ),
  { minLength: 15, maxLength: 60, size: 'max' },
);

/** Lives through all of it; throws when the operator is punished. */
function live(moves: readonly Move<World>[], habits: Habits, tally: Tally): void {
  const world = new World(habits, tally);
  for (const { run } of moves) run(world);
  world.finish();
}

const tallied = (): Tally => ({
  finished: 0,
  claimed: 0,
  excused: 0,
  refusedToSign: 0,
  reorganised: 0,
  reopened: 0,
  tried: 0,
  convictedOthers: 0,
});

describe('an operator that follows the script', () => {
  it('is never slashed, jailed or ejected and forfeits nothing, whatever others do and however the chain reorganises', function () {
    this.timeout(30_000);
    const tally = tallied();
    const property = fc.property(life, (moves) => live(moves, {}, tally));
    fc.assert(property, { numRuns: 40, seed: 61 });

    expect(tally.finished).to.be.above(100);
    expect(tally.excused).to.be.above(10);
    expect(tally.refusedToSign).to.be.above(10);
    expect(tally.reorganised).to.be.above(100);
    expect(tally.tried).to.be.above(1_000);
    expect(tally.convictedOthers).to.be.above(1);
  });

  const failure = (habits: Habits) =>
    fc.check(
      fc.property(life, (moves) => live(moves, habits, tallied())),
      { numRuns: 100, seed: 62, endOnFailure: true },
    );

  it('would be convicted if it forgot what it signed: after a reorganisation it signs for the same place again', () => {
    const { failed, errorInstance } = failure({ forgetsWhatItSigned: true });
    expect(failed).to.equal(true);
    expect(String(errorInstance)).to.contain('convicted');
  });

  it('would forfeit its bond if it claimed and slept', () => {
    const { failed, errorInstance } = failure({ sleepsAfterClaiming: true });
    expect(failed).to.equal(true);
    expect(String(errorInstance)).to.contain('misses');
  });
});
