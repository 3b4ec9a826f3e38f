/** Whoever offends loses, together with everybody who plays along: delegators, sybils that report it, and accomplices. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { SystemEvent } from '../../src/abi/system.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Claim, nonceOf } from '../../src/codec/ids.ts';
import { Excuse } from '../../src/model/claims.ts';
import { type Head, HeadKind } from '../../src/model/court.ts';
import { BPS } from '../../src/model/ledger.ts';
import { delegationOf, selfBondOf, stakeOf } from '../../src/model/staking.ts';
import { CaseStatus } from '../../src/model/state.ts';
import { refused, type Step } from '../../src/model/step.ts';
import { AGRS, address, directory, done, hash, members, SELECTOR, withParameters } from './fixture.ts';
import {
  attest,
  BOND,
  type Chain,
  claimIn,
  contradiction,
  type Evidence,
  FEE,
  heads,
  type Operator,
  open,
  operators,
  ready,
  SALT,
  SCOPE,
  signHead,
  sourceOf,
  tryClaim,
  tryExecute,
  tryFinish,
  tryTakeOver,
  wordOf,
} from './harness.ts';
import { type Move, moveOf, nth } from './moves.ts';

const [offender, accomplice, honest] = operators;
const sybil = address(0x5b11);
const insider = address(0x1d);
const stranger = address(0x57);
const [m1, m2, m3] = members as readonly Hex[] as readonly [Hex, Hex, Hex];
/** Of the accuser's part of an audit, 1/10 000, as the court has it. */
const AUDIT_REWARD = 1_000n;
const AFTER_ALL = 2_000n;

/** The inequalities leave room for these splits; the extremes are what a coalition would wish for. */
const splits = fc.constantFrom(
  { challengerBps: 5_000, burnBps: 1_000 },
  { challengerBps: 5_000, burnBps: 5_000 },
  { challengerBps: 2_500, burnBps: 2_500 },
  { challengerBps: 0, burnBps: 10_000 },
  { challengerBps: 0, burnBps: 1_000 },
);

interface Beginning {
  /** self-bond of the offender, base units */
  readonly bond: bigint;
  readonly ratio: number;
  /** of what the ratio allows, in percent: delegated by somebody of the coalition, and by somebody who isn't */
  readonly inside: bigint;
  readonly outside: bigint;
  readonly split: { readonly challengerBps: number; readonly burnBps: number };
  readonly auditBps: number;
}

const beginnings: fc.Arbitrary<Beginning> = fc.record({
  bond: fc.oneof(fc.constantFrom(100n * AGRS, 100n * AGRS + 1n, BOND), fc.bigInt(100n * AGRS, 10n * BOND)),
  ratio: fc.integer({ min: 0, max: 16 }),
  inside: fc.bigInt(0n, 50n),
  outside: fc.bigInt(0n, 50n),
  split: splits,
  auditBps: fc.constantFrom(1, 333, 1_000),
});

/** The chain with these stakes, an attested state, and tokens for whoever may need some. */
function begin({ bond, ratio, inside, outside, split, auditBps }: Beginning): Chain {
  const chain = ready();
  chain.state = withParameters(chain.state, { ...split, delegationRatio: ratio, auditBps, disputeWindow: 10 });
  // The harness bonds 1 000 AGRS; the owner leaves and comes back with what this coalition has.
  chain.do('staking', 'requestExit', [offender.id, BOND], offender.owner);
  chain.pass(400).do('staking', 'claimExit', [0, offender.id, offender.owner, 0], stranger);
  chain.fund(offender.owner, bond);
  chain.do('staking', 'bond', [offender.id, bond], offender.owner);
  for (const [account, part] of [
    [insider, inside],
    [stranger, outside],
  ] as const) {
    const amount = (bond * BigInt(ratio) * part) / 100n;
    chain.fund(account, amount + 1n);
    if (amount > 0n) chain.do('staking', 'delegate', [offender.id, amount], account);
  }
  chain.fund(sybil, 10_000n * AGRS, directory.court);
  attest(chain);
  return chain.pass(1);
}

/*--------------------------------------------------------------------------------------------- what they are worth */

const COALITION: readonly Hex[] = [
  offender.owner,
  offender.signer.address,
  accomplice.owner,
  accomplice.signer.address,
  sybil,
  insider,
];

/** Tokens and stake of the coalition, when nothing of it is in a lock, an exit, a case or an unpaid reward. */
function wealth(chain: Chain): bigint {
  const tokens = COALITION.reduce((sum, account) => sum + chain.balance(account), 0n);
  const bonds = selfBondOf(chain.state, offender.id) + selfBondOf(chain.state, accomplice.id);
  return tokens + bonds + delegated(chain);
}

function delegated({ state }: Chain): bigint {
  const { pool } = stakeOf(state, offender.id);
  const { shares } = delegationOf(state, offender.id, insider);
  return (shares * pool.factor) / 10n ** 27n;
}

/** Everything ends in the way that is best for the coalition: its sybil settles, its exits and rewards are paid. */
function end(chain: Chain, claims: readonly Claim[], told: (step: Step<unknown>) => void): void {
  chain.pass(AFTER_ALL);
  for (const claim of claims) told(chain.attempt('gate', 'settle', [claim], sybil));
  for (const { scope, nonce, status } of chain.state.court.cases.values()) {
    if (status === CaseStatus.Open) told(chain.attempt('court', 'closeCase', [scope, nonce], sybil));
  }
  for (const offence of chain.state.court.offences.keys()) chain.attempt('court', 'payReward', [offence], sybil);
  for (const { kind, operatorId, account, index } of chain.state.staking.exits.values()) {
    chain.do('staking', 'claimExit', [kind, operatorId, account, index], sybil);
  }
}

/** What was taken from the coalition's operators, by the events and by the claims that the coalition made. */
class Taken {
  /** by equivocation and missed claims, and out of locks that were slashed */
  faults = 0n;
  /** by verdicts */
  audits = 0n;
  readonly claims: Claim[] = [];

  readonly note = (step: Step<unknown>): void => {
    if (refused(step)) return;
    const convicted = step.events.some(({ event }) => event === 'Convicted');
    for (const event of step.events) this.count(event, convicted);
  };

  private count(event: SystemEvent, convicted: boolean): void {
    if (event.event === 'Slashed') {
      const { fromSelfBond, fromExits } = event.args;
      if (convicted) this.faults += fromSelfBond + fromExits;
      else this.audits += fromSelfBond + fromExits;
    }
    if (event.event === 'LockReleased') this.faults += event.args.lost;
    if (event.event === 'ClaimSettled' && event.args.excuse === Excuse.None) {
      const { nonce, operatorId } = event.args;
      const claim = this.claims.findLast((one) => one.nonce === nonce && one.operatorId === operatorId);
      this.faults += claim?.bond ?? 0n;
    }
  }
}

/*----------------------------------------------------------------------------------------------------- the offences */

const kinds = ['StateAttestation', 'LogHead', 'RegistryCheckpoint'] as const;
type Kind = (typeof kinds)[number];

function evidenceOf(chain: Chain, kind: Kind, who: Operator, height = 1n): Evidence {
  if (kind === 'StateAttestation') {
    return contradiction(chain, who.signer, { stateEpoch: 50n + height });
  }
  const head = HeadKind[kind];
  const a: Head = { operatorId: who.id, height, root: wordOf(1n), blockHash: hash('block') };
  const b = { ...a, root: wordOf(2n) };
  return heads(head, a, b, signHead(head, a, who.signer), signHead(head, b, who.signer));
}

const part = (amount: bigint, percent: bigint) => (amount * percent) / 100n;
const percent = fc.bigInt(0n, 100n);

function leave(chain: Chain, own: bigint, inside: bigint): void {
  const bond = part(selfBondOf(chain.state, offender.id), own);
  if (bond > 0n) chain.do('staking', 'requestExit', [offender.id, bond], offender.owner);
  const shares = part(delegationOf(chain.state, offender.id, insider).shares, inside);
  if (shares > 0n) chain.do('staking', 'undelegate', [offender.id, shares], insider);
}

/** As many claims as the offender can make, one slot each. */
function claims(chain: Chain, count: number): Claim[] {
  const made = Array.from({ length: count }, (_, slot) => tryClaim(chain, offender, { slot: BigInt(slot) }));
  return made.flatMap((step) => (refused(step) ? [] : [claimIn(step)]));
}

describe('a coalition with the offender', () => {
  it('that proves its own equivocation loses all but the reward, exactly, and its delegations', () => {
    const property = fc.property(
      beginnings,
      fc.constantFrom(...kinds),
      fc.record({ before: percent, between: percent, inside: percent, locks: fc.nat(4), last: fc.boolean() }),
      (beginning, kind, { before, between, inside, locks, last }) => {
        const chain = begin(beginning);
        const { proveWindow, revealDelay, challengerBps } = chain.state.parameters.set;
        const [worth, stake] = [wealth(chain), delegated(chain)];
        const held = claims(chain, locks);
        leave(chain, before, inside);
        const evidence = evidenceOf(chain, kind, offender);
        open(chain, evidence, sybil);
        leave(chain, between, inside);
        done(evidence.reveal(chain.pass(last ? proveWindow : revealDelay), sybil, SALT));
        const taken = new Taken();
        end(chain, held, taken.note);
        const locked = held.reduce((sum, { bond }) => sum + bond, 0n);
        const kept = (own: bigint) => (own * BigInt(challengerBps)) / BPS;
        const back = kept(beginning.bond - locked) + held.reduce((sum, { bond }) => sum + kept(bond), 0n);
        expect(wealth(chain) - worth).to.equal(back - beginning.bond - stake);
        expect((worth - wealth(chain)) * 2n >= beginning.bond).to.equal(true);
      },
    );
    fc.assert(property, { numRuns: 150, seed: 51 });
  });

  it('that settles its own missed claims loses all but the reward of each, exactly, whatever it took over', () => {
    const property = fc.property(beginnings, fc.nat(6), fc.nat(3), percent, (beginning, count, rounds, before) => {
      const chain = begin(beginning);
      const worth = wealth(chain);
      const { challengerBps } = chain.state.parameters.set;
      let held = claims(chain, count);
      leave(chain, before, 0n);
      let expected = 0n;
      const lose = ({ bond }: Claim) => {
        expected += bond - (bond * BigInt(challengerBps)) / BPS;
      };
      for (let round = 0; round < rounds && held.length > 0; round++) {
        const [next, ...others] = held as [Claim, ...Claim[]];
        chain.time = next.deadline + 1n;
        const taker = next.operatorId === offender.id ? accomplice : honest;
        const step = tryTakeOver(chain, taker, next);
        if (refused(step)) break;
        lose(next);
        // What the honest operator takes over is nobody's loss but its claimant's; the rest of the reward is its.
        if (taker === honest) {
          expected += (next.bond * BigInt(challengerBps)) / BPS;
          done(tryFinish(chain, honest, claimIn(step)));
        }
        held = taker === honest ? others : [claimIn(step), ...others];
      }
      held.forEach(lose);
      end(chain, held, () => undefined);
      expect(wealth(chain) - worth).to.equal(-expected);
    });
    fc.assert(property, { numRuns: 150, seed: 52 });
  });

  it('that accuses itself loses nine tenths of what the verdict takes of its own, and more with each delegator', () => {
    const property = fc.property(
      beginnings,
      fc.record({
        before: percent,
        between: percent,
        inside: percent,
        guilty: fc.constantFrom(true, false, undefined),
      }),
      (beginning, { before, between, inside, guilty }) => {
        const chain = begin(beginning);
        const worth = wealth(chain);
        const taken = new Taken();
        done(tryExecute(chain, offender));
        leave(chain, before, inside);
        const nonce = nonceOf(sourceOf(chain).latest?.stateEpoch ?? 0n, 0n);
        chain.do('court', 'accuse', [SCOPE, nonce, offender.id, FEE, hash('self')], sybil);
        leave(chain, between, inside);
        chain.pass(chain.state.parameters.set.disputeWindow);
        for (const member of [m1, m2, m3]) {
          if (guilty !== undefined) taken.note(chain.attempt('court', 'vote', [SCOPE, nonce, guilty], member));
        }
        end(chain, [], taken.note);
        const delta = wealth(chain) - worth;
        const { accuserBond } = chain.state.parameters.set;
        if (guilty) {
          expect(taken.audits > 0n).to.equal(true);
          expect(delta <= (taken.audits * AUDIT_REWARD) / BPS - taken.audits).to.equal(true);
        } else {
          expect(delta).to.equal(guilty === false ? -accuserBond / 2n : -accuserBond / 10n);
        }
      },
    );
    fc.assert(property, { numRuns: 150, seed: 53 });
  });
});

describe('a buyer of an operator', () => {
  it("gains nothing by an offence, whatever the seller has in exits: the seller's last exit is out before", () => {
    const wait = fc.bigInt(0n, 320n);
    const property = fc.property(beginnings, percent, wait, fc.nat(2), percent, (beginning, left, at, late, bought) => {
      const chain = begin(beginning);
      const [seller, buyer] = [offender.owner, accomplice.owner];
      chain.do('operators', 'proposeOwner', [offender.id, buyer], seller);
      const amount = part(beginning.bond, left);
      if (amount > 0n) chain.pass(at).do('staking', 'requestExit', [offender.id, amount], seller);
      // The buyer takes over as soon as it may; the seller claims what it can in the three blocks before.
      const exits = [...chain.state.staking.exits.values()];
      chain.pass(1_000);
      for (const { opensAt } of exits) chain.time = opensAt + 3n * BigInt(chain.state.parameters.set.blockInterval);
      const early = chain.fork().pass(-1n).attempt('operators', 'acceptOwner', [offender.id], buyer);
      if (exits.length > 0) expect(refused(early)).to.equal(true);
      for (const { kind, operatorId, account, index } of exits) {
        chain.do('staking', 'claimExit', [kind, operatorId, account, index], seller);
      }
      chain.do('operators', 'acceptOwner', [offender.id], buyer);
      // What it takes over is what it paid for; it may add, and leave with a part.
      chain.fund(buyer, beginning.bond + 1n);
      chain.do('staking', 'bond', [offender.id, part(beginning.bond, bought) + 1n], buyer);
      const own = selfBondOf(chain.state, offender.id);
      const worth = own + chain.balance(buyer) + chain.balance(sybil);
      const evidence = evidenceOf(chain, kinds[late] ?? 'LogHead', offender);
      open(chain, evidence, sybil);
      const exit = part(own, left);
      if (exit > 0n) chain.do('staking', 'requestExit', [offender.id, exit], buyer);
      done(evidence.reveal(chain.pass(chain.state.parameters.set.revealDelay), sybil, SALT));
      end(chain, [], () => undefined);
      const { challengerBps } = chain.state.parameters.set;
      const delta = chain.balance(buyer) + chain.balance(sybil) - worth;
      expect(delta).to.equal((own * BigInt(challengerBps)) / BPS - own);
    });
    fc.assert(property, { numRuns: 80, seed: 55 });
  });
});

/*----------------------------------------------------------------------------------------------- any way of playing */

/** What a coalition has in its hands while it plays. */
interface Game {
  readonly chain: Chain;
  readonly taken: Taken;
  claims: Claim[];
  evidence: { readonly evidence: Evidence; readonly salt: Hex; readonly by: Hex }[];
  executed: { readonly nonce: bigint; readonly by: Operator }[];
  counter: bigint;
}

type Play = Move<Game>;
const play = <T extends unknown[]>(...drawn: Parameters<typeof moveOf<Game, T>>) => moveOf<Game, T>(...drawn);

const who = fc.constantFrom(offender, offender, accomplice);
const pick = fc.nat(20);
const slot = fc.bigInt(0n, 5n);
const seconds = fc.constantFrom(1n, 10n, 10n, 30n, 61n, 120n, 301n);

const stakes: readonly fc.Arbitrary<Play>[] = [
  play('leave', [percent, percent], ({ chain }, own, inside) => leave(chain, own, inside)),
  play('cancelExit', [pick], ({ chain }, n) => {
    const mine = [...chain.state.staking.exits.values()].filter(({ account }) => COALITION.includes(account));
    const exit = nth(mine, n);
    if (exit) chain.attempt('staking', 'cancelExit', [exit.operatorId, exit.index], exit.account);
  }),
  play('claimExit', [pick], ({ chain }, n) => {
    const exit = nth(chain.state.staking.exits.values(), n);
    if (exit) chain.attempt('staking', 'claimExit', [exit.kind, exit.operatorId, exit.account, exit.index], sybil);
  }),
  play('bond', [percent], ({ chain }, share) => {
    const amount = part(chain.balance(sybil), share);
    chain.do('agrs', 'approve', [directory.staking, amount], sybil);
    chain.attempt('staking', 'bond', [offender.id, amount], sybil);
  }),
];

const nonces: readonly fc.Arbitrary<Play>[] = [
  play('claim', [who, slot], (game, by, at) => claimed(game, tryClaim(game.chain, by, { slot: at }))),
  play('takeOver', [who, pick], (game, by, n) => {
    const claim = nth(game.claims, n);
    if (!claim) return;
    const step = tryTakeOver(game.chain, by, claim);
    game.taken.note(step);
    if (refused(step)) return;
    ended(game, claim);
    claimed(game, step);
  }),
  play('finish', [pick], (game, n) => {
    const claim = nth(game.claims, n);
    if (!claim) return;
    const by = claim.operatorId === offender.id ? offender : accomplice;
    const step = tryFinish(game.chain, by, claim);
    game.taken.note(step);
    if (refused(step)) return;
    ended(game, claim);
    game.executed.push({ nonce: claim.nonce, by });
  }),
  play('settle', [pick], (game, n) => {
    const claim = nth(game.claims, n);
    if (!claim) return;
    const step = game.chain.attempt('gate', 'settle', [claim], sybil);
    game.taken.note(step);
    if (!refused(step)) ended(game, claim);
  }),
  play('execute', [who, slot], execute),
];

const trials: readonly fc.Arbitrary<Play>[] = [
  play(
    'open',
    [who, fc.constantFrom(...kinds), fc.constantFrom(sybil, insider), fc.bigInt(0n, 1n)],
    (game, offends, kind, by, height) => {
      const evidence = evidenceOf(game.chain, kind, offends, height);
      game.counter += 1n;
      const salt = wordOf(game.counter);
      open(game.chain, evidence, by, salt);
      game.evidence.push({ evidence, salt, by });
    },
  ),
  play('reveal', [fc.boolean()], (game, lastFirst) => {
    const opened = lastFirst ? game.evidence.toReversed() : game.evidence;
    for (const { evidence, by, salt } of opened) game.taken.note(evidence.reveal(game.chain, by, salt));
  }),
  play('payReward', [pick], ({ chain }, n) => {
    const offence = nth(chain.state.court.offences.keys(), n);
    if (offence) chain.attempt('court', 'payReward', [offence], sybil);
  }),
  play('accuse', [who, slot], (game, by, at) => {
    const { chain, executed } = game;
    execute(game, by, at);
    const last = executed.at(-1);
    if (last) chain.attempt('court', 'accuse', [SCOPE, last.nonce, last.by.id, FEE, hash('self')], sybil);
  }),
  play('vote', [pick, fc.boolean(), fc.constantFrom(m1, m2, m3)], ({ chain, taken }, n, guilty, member) => {
    const open = nth(chain.state.court.cases.values(), n);
    if (open) taken.note(chain.attempt('court', 'vote', [open.scope, open.nonce, guilty], member));
  }),
  play('judge', [pick, fc.boolean()], ({ chain, taken }, n, guilty) => {
    const open = nth(chain.state.court.cases.values(), n);
    if (!open) return;
    // The coalition may wait for the vote.
    if (open.status === CaseStatus.Open && open.voteFrom > chain.time) chain.time = open.voteFrom;
    for (const member of [m1, m2, m3]) {
      taken.note(chain.attempt('court', 'vote', [open.scope, open.nonce, guilty], member));
    }
  }),
  play('rebut', [pick], ({ chain }, n) => {
    const open = nth(chain.state.court.cases.values(), n);
    if (open) chain.attempt('court', 'rebut', [open.scope, open.nonce, hash('answer')], offender.owner);
  }),
  play('closeCase', [pick], ({ chain }, n) => {
    const open = nth(chain.state.court.cases.values(), n);
    if (open) chain.attempt('court', 'closeCase', [open.scope, open.nonce], sybil);
  }),
];

const surroundings: readonly fc.Arbitrary<Play>[] = [
  play('freeze', [], ({ chain }) => chain.attempt('registry', 'freeze', [], m1)),
  play('stop', [], ({ chain }) => chain.attempt('router', 'stopVerifier', [SELECTOR], directory.council)),
  play('resume', [], ({ chain }) => chain.attempt('router', 'resumeVerifier', [SELECTOR], directory.council)),
  play('attest', [], ({ chain }) => attest(chain)),
];

const plays = fc.oneof(
  { weight: 5, arbitrary: play('pass', [seconds], ({ chain }, passed) => chain.pass(passed)) },
  { weight: 4, arbitrary: fc.oneof(...stakes) },
  { weight: 6, arbitrary: fc.oneof(...nonces) },
  { weight: 8, arbitrary: fc.oneof(...trials) },
  { weight: 2, arbitrary: fc.oneof(...surroundings) },
);

function execute(game: Game, by: Operator, at: bigint): void {
  const stateEpoch = sourceOf(game.chain).latest?.stateEpoch ?? 0n;
  const step = tryExecute(game.chain, by, { slot: at });
  if (!refused(step)) game.executed.push({ nonce: nonceOf(stateEpoch, at), by });
}

function claimed(game: Game, step: Step<unknown>): void {
  if (refused(step)) return;
  const claim = claimIn(step);
  game.claims.push(claim);
  game.taken.claims.push(claim);
}

function ended(game: Game, claim: Claim): void {
  game.claims = game.claims.filter((one) => one !== claim);
}

describe('a coalition that plays any way it likes', () => {
  it("never gains, and loses whenever an operator of it is punished: at least what isn't the reporter's", () => {
    let punishments = 0;
    let quiet = 0;
    let audited = 0;
    const property = fc.property(
      beginnings,
      fc.array(plays, { minLength: 10, maxLength: 60, size: 'max' }),
      (beginning, list) => {
        const chain = begin(beginning);
        const worth = wealth(chain);
        const game: Game = { chain, taken: new Taken(), claims: [], evidence: [], executed: [], counter: 0n };
        for (const { run } of list) run(game);
        end(chain, game.claims, game.taken.note);
        const { challengerBps } = chain.state.parameters.set;
        const { faults, audits } = game.taken;
        const delta = wealth(chain) - worth;
        expect(delta <= 0n, `gains ${delta}`).to.equal(true);
        if (faults + audits === 0n) {
          quiet++;
          return;
        }
        punishments++;
        if (audits > 0n) audited++;
        const back = (faults * BigInt(challengerBps)) / BPS + (audits * AUDIT_REWARD) / BPS;
        expect(delta < 0n, 'a punished coalition loses').to.equal(true);
        expect(delta <= back - faults - audits, `${delta} of ${faults} and ${audits}`).to.equal(true);
      },
    );
    fc.assert(property, { numRuns: 300, seed: 54 });
    expect(punishments).to.be.above(100);
    expect(quiet).to.be.above(30);
    expect(audited).to.be.above(10);
  });
});
