import { expect } from 'chai';
import { attestationEvidence, headEvidence } from '../../src/codec/evidence.ts';
import { type Hex, keccak256, utf8 } from '../../src/codec/hash.ts';
import { offenceId, openingCommitment } from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { typedDigest } from '../../src/codec/typed-data.ts';
import { hashWords } from '../../src/codec/words.ts';
import type { Call } from '../../src/mirror/types.ts';
import { HeadKind } from '../../src/model/court.ts';
import type { StateAttestation } from '../../src/model/oracle.ts';
import type { Claim } from '../../src/model/state.ts';
import { ACCEPTED, type Boundary, no, ok, sceneOf, testBoundaries, useTwin } from './boundaries.ts';
import { missedBy } from './claims.ts';
import {
  type Attested,
  attestation,
  CHAIN_ID,
  callOf,
  claimAt,
  claimedPayment,
  claiming,
  payment,
  paymentOf,
  settling,
  type Timed,
  world,
} from './twin.ts';

const P = world.parameterSet;
const seconds = (duration: number): bigint => BigInt(duration);
const { AGRS } = world;
const text = (value: string): Hex => keccak256(utf8(value));

const sender = world.outsiders[0]!.address;

describe('claims: a second before, at and after each deadline, on contracts and model', function () {
  this.timeout(60_000);
  const twin = useTwin();
  const { directory, operator, nonce, shown, start } = sceneOf(twin);
  const council = (): Hex => directory().council;
  const claimed = (): Timed => ({ at: start(), call: claiming(twin(), start()) });
  const claim = (): Claim => claimAt(twin(), start());
  const second = () => ({ operatorId: operator(1).id });
  const expiresAt = (): bigint => {
    const { source } = twin();
    return (source.latest as Attested).createdAt + BigInt(source.maxStaleness);
  };

  testBoundaries(twin, {
    'the claimant executes until and including its deadline; after it, like anybody': () => ({
      before: [claimed()],
      deadline: claim().deadline,
      call: (at) => claimedPayment(twin(), at, claim()),
      outcomes: [ok, ok, ok],
    }),
    'nobody settles until and including the deadline': () => ({
      before: [claimed()],
      deadline: claim().deadline,
      call: () => settling(claim()),
      outcomes: [(at) => no('ClaimOpen', claim().deadline, at), (at) => no('ClaimOpen', claim().deadline, at), ok],
    }),
    'nobody takes the nonce over until and including the deadline': () => ({
      before: [claimed()],
      deadline: claim().deadline,
      call: (at) => {
        const { draft } = paymentOf(twin(), at, second());
        const { entry, stateEpoch, slot, operatorId } = draft;
        const from = operator(1).signer.address;
        return callOf('gate', 'takeOver', from, [
          entry,
          stateEpoch,
          slot,
          operatorId,
          missedBy([operator(0).id]),
          claim(),
        ]);
      },
      outcomes: [(at) => no('ClaimOpen', claim().deadline, at), (at) => no('ClaimOpen', claim().deadline, at), ok],
    }),
    'another operator executes the nonce only after the deadline': () => ({
      before: [claimed()],
      deadline: claim().deadline,
      call: (at) => claimedPayment(twin(), at, claim(), second()),
      outcomes: [
        () => no('NotClaimant', operator(1).id, operator(0).id),
        () => no('NotClaimant', operator(1).id, operator(0).id),
        ok,
      ],
    }),
    'a claimed nonce is executed with its claim only, lapsed or not': () => ({
      before: [claimed()],
      deadline: claim().deadline,
      call: (at) => payment(twin(), at),
      outcomes: [ok, ok, ok].map(
        () => () => no('NonceClaimed', nonce().scope, nonce().nonce),
      ) as unknown as Boundary['outcomes'],
    }),
    'a state can be claimed as long as it is fresh': () => ({
      deadline: expiresAt(),
      call: (at) => claiming(twin(), at),
      outcomes: [ok, ok, (at) => no('StateStale', expiresAt(), at)],
    }),
    'the previous state can be claimed until its grace ends': () => ({
      before: [{ at: start(), call: attestation(twin(), start()).call }],
      deadline: start() + seconds(P.attestationGrace),
      call: (at) => claiming(twin(), at),
      outcomes: [ok, ok, () => no('StateNotUsable', 1n, 2n)],
    }),
    'a claim on a state that gets stale ends with its freshness': () => {
      const at = expiresAt() - 10n;
      const capped: Claim = { ...claimAt(twin(), at), deadline: expiresAt() };
      return {
        before: [{ at, call: claiming(twin(), at) }],
        deadline: expiresAt(),
        call: () => settling(capped),
        outcomes: [(now) => no('ClaimOpen', expiresAt(), now), (now) => no('ClaimOpen', expiresAt(), now), ok],
      };
    },
    'the fee of an execution is paid when it is final': () => {
      const finalAfter = start() + seconds(P.finalityDelay);
      const { draft } = paymentOf(twin(), start());
      const { scope, nonce: of } = nonce();
      const call = callOf('gate', 'collectFee', sender, [scope, of, draft.operatorId, draft.entry.execFee]);
      return {
        before: [{ at: start(), call: payment(twin(), start()) }],
        deadline: finalAfter,
        call: () => call,
        outcomes: [(at) => no('NotFinal', finalAfter, at), (at) => no('NotFinal', finalAfter, at), ok],
      };
    },
    'whoever missed too many claims is in jail until and including the end of its term': () => {
      const settledAt = start() + paymentOf(twin(), start()).draft.entry.claimTtl + 1n;
      const until = settledAt + seconds(P.jailTerm);
      return {
        before: missedClaims(settledAt),
        deadline: until,
        call: (at) => payment(twin(), at),
        outcomes: [
          () => no('OperatorJailed', operator(0).id, until),
          () => no('OperatorJailed', operator(0).id, until),
          ok,
        ],
      };
    },
    'whoever is in jail claims nothing': () => {
      const until = start() + seconds(P.jailTerm);
      return {
        before: Array.from({ length: P.missLimit }, () => ({ at: start(), call: countMiss() })),
        deadline: until,
        call: (at) => claiming(twin(), at),
        outcomes: [
          () => no('OperatorJailed', operator(0).id, until),
          () => no('OperatorJailed', operator(0).id, until),
          ok,
        ],
      };
    },
  });

  const countMiss = (): Call => callOf('operators', 'countMiss', directory().gate, [operator(0).id]);

  /** The first operator claims as many nonces as lead to jail, at the start, and lets them lapse. */
  function missedClaims(settledAt: bigint): Timed[] {
    const slots = Array.from({ length: P.missLimit }, (_, i) => BigInt(i));
    return [
      ...slots.map((slot) => ({ at: start(), call: claiming(twin(), start(), { slot }) })),
      ...slots.map((slot) => ({ at: settledAt, call: settling(claimAt(twin(), start(), { slot })) })),
    ];
  }

  it('an execution at the deadline frees the lock, one a second later forfeits it and counts the miss', async () => {
    const before = shown(await twin().run([{ at: start(), call: neutral() }]), 0);
    for (const late of [0n, 1n]) {
      const at = claim().deadline + late;
      const ran = await twin().run([claimed(), { at, call: claimedPayment(twin(), at, claim()) }]);
      const { totals, locks, misses } = shown(ran, 0);
      expect([totals[0], locks, misses]).to.deep.equal([before.totals[0]! - late * P.claimBond, 0, Number(late)]);
      const [record] = ran.lens.nonces;
      expect([record!.status, record!.executedAt, record!.succeeded]).to.deep.equal([1, at, true]);
    }
  });

  it('a claimed state stays the claim’s, whatever is attested meanwhile and however long ago', async () => {
    const next = attestation(twin(), start());
    const { deadline } = claim();
    const ran = await twin().run([
      claimed(),
      { at: start() + 1n, call: next.call },
      { at: deadline, call: claimedPayment(twin(), deadline, claim()) },
    ]);
    expect(ran.outcomes).to.deep.equal([ACCEPTED, ACCEPTED, ACCEPTED]);
  });

  it('misses of one period are counted together, and those of the next anew', async () => {
    const found: [number, bigint, boolean][] = [];
    for (const later of [-1n, 0n, 1n]) {
      const at = start() + seconds(P.missPeriod) + later;
      const prefix = Array.from({ length: P.missLimit - 1 }, () => ({ at: start(), call: countMiss() }));
      const { misses, missesSince, jailedUntil } = shown(await twin().run([...prefix, { at, call: countMiss() }]), 0);
      found.push([misses, missesSince, jailedUntil !== 0n]);
    }
    const anew = start() + seconds(P.missPeriod) + 1n;
    expect(found).to.deep.equal([
      [0, start(), true],
      [0, start(), true],
      [1, anew, false],
    ]);
  });

  const neutral = (): Call => callOf('agrs', 'approve', sender, [council(), 1n]);

  describe('what disrupts in [claimedAt, deadline] excuses, and a second outside it does not', () => {
    const Excuse = { None: 0, Halt: 1, EntryChanged: 2, SourceReset: 3 };
    const [member] = world.members as readonly [world.Actor];
    /** A disruption at one second; what it needs before; what it leaves of the world for a claim in that second. */
    interface Disruption {
      readonly excuse: number;
      /** of a claim made after it in the same second */
      readonly atOnce?: number;
      readonly earlier?: (claimedAt: bigint) => readonly Timed[];
      readonly calls: (at: bigint) => readonly Call[];
      /** how to claim since the disruption */
      readonly since?: (at: bigint) => { readonly options: Parameters<typeof claiming>[2] };
    }
    const registry = (name: 'endFreeze' | 'advanceEpoch'): Call => callOf('registry', name, council(), []);
    const selector = () => [...twin().state.router.routes.keys()][0]!;
    const disruptions: Readonly<Record<string, () => Disruption>> = {
      'a freeze': () => ({
        excuse: Excuse.Halt,
        calls: () => [callOf('registry', 'freeze', member.address, []), registry('endFreeze')],
      }),
      'a verifier that is stopped': () => ({
        excuse: Excuse.Halt,
        calls: () => [callOf('router', 'stopVerifier', council(), [selector()])],
      }),
      'a verifier that is removed': () => ({
        excuse: Excuse.Halt,
        calls: () => [callOf('router', 'removeVerifier', council(), [selector()])],
      }),
      'a change of the entry': () => ({
        excuse: Excuse.EntryChanged,
        // The claim is under what the entry says since.
        atOnce: Excuse.None,
        earlier: () => [{ at: start(), call: callOf('registry', 'stageEntry', council(), [twin().entries[1]!]) }],
        calls: () => [registry('advanceEpoch')],
        since: () => ({ options: { entry: twin().entries[1]! } }),
      }),
      'a reset of the source': () => ({
        excuse: Excuse.SourceReset,
        calls: (at) => {
          const { source } = twin();
          const attesters = twin().operatorIds.slice(0, 3);
          const { threshold, maxStaleness, maxFutureSkew } = source;
          const configured = [world.sourceNames[0]!, attesters, threshold, maxStaleness, maxFutureSkew, false] as const;
          return [callOf('oracle', 'configureSource', council(), [...configured]), reset(at).call];
        },
        since: (at) => ({ options: { attested: reset(at).attested } }),
      }),
    };
    /** The first attestation after the source was reset. */
    const reset = (at: bigint) =>
      attestation(twin(), at, { first: true, configVersion: twin().source.configVersion + 1 });

    for (const [name, make] of Object.entries(disruptions)) {
      it(name, async () => {
        const { excuse, atOnce = excuse, earlier = () => [], calls, since = () => ({ options: {} }) } = make();
        const claimedAt = twin().state.registry.advancedAt + seconds(P.epochMinInterval) + 20n;
        const found: unknown[] = [];
        for (const [place, offset] of [
          ['before', -1n],
          ['before', 0n],
          ['after', 0n],
          ['at', 0n],
          ['at', 1n],
        ] as const) {
          const disruptedFirst = place === 'before';
          const deadlineOf = claimAt(twin(), claimedAt, disruptedFirst ? since(claimedAt).options : {}).deadline;
          const at = (place === 'at' ? deadlineOf : claimedAt) + offset;
          const { options } = disruptedFirst ? since(at) : { options: {} };
          const one = claimAt(twin(), claimedAt, options);
          const disrupted = calls(at).map((call): Timed => ({ at, call }));
          const made: Timed = { at: claimedAt, call: claiming(twin(), claimedAt, options) };
          const ordered = disruptedFirst ? [...disrupted, made] : [made, ...disrupted];
          const ran = await twin().run([
            ...earlier(claimedAt),
            ...ordered,
            { at: one.deadline + 1n, call: settling(one) },
          ]);
          expect(ran.outcomes, `${place} ${offset}`).to.deep.equal(ran.outcomes.map(() => ACCEPTED));
          const { locks, misses } = shown(ran, 0);
          expect(locks).to.equal(0);
          expect(misses, `${place} ${offset}`).to.equal(ran.returns === Excuse.None ? 1 : 0);
          found.push(ran.returns);
        }
        expect(found).to.deep.equal([Excuse.None, atOnce, excuse, excuse, Excuse.None]);
      });
    }

    it('a claimed state that was withdrawn is not executed on', async () => {
      const at = start() + 1n;
      const [configured] = disruptions['a reset of the source']!().calls(at) as readonly [Call];
      const ran = await twin().run([
        claimed(),
        { at, call: configured },
        { at, call: claimedPayment(twin(), at, claim()) },
      ]);
      expect(ran.outcomes.at(-1)).to.equal(no('ClaimedStateWithdrawn', twin().sourceId));
    });
  });
});

describe('stakes and members: a second before, at and after each deadline, on contracts and model', function () {
  this.timeout(60_000);
  const twin = useTwin();
  const { operator, start } = sceneOf(twin);
  const [first, , third] = world.members as readonly [world.Actor, world.Actor, world.Actor];
  const delegator = world.payees[0]!.address;
  const matures = (): bigint => start() + seconds(P.unbondingPeriod) + 1n;

  testBoundaries(twin, {
    "an owner's exit is claimable after the unbonding period": () => {
      const { id, owner } = operator(0);
      return {
        before: [{ at: start(), call: callOf('staking', 'requestExit', owner, [id, 5n]) }],
        deadline: matures() - 1n,
        call: () => callOf('staking', 'claimExit', sender, [0, id, owner, 0]),
        outcomes: [(at) => no('ExitNotMature', matures(), at), (at) => no('ExitNotMature', matures(), at), ok],
      };
    },
    "a delegator's exit is claimable after the unbonding period": () => {
      const { id } = operator(0);
      return {
        before: [
          { at: start(), call: callOf('staking', 'delegate', delegator, [id, 9n * AGRS]) },
          { at: start(), call: callOf('staking', 'undelegate', delegator, [id, 4n * AGRS]) },
        ],
        deadline: matures() - 1n,
        call: () => callOf('staking', 'claimExit', sender, [1, id, delegator, 0]),
        outcomes: [(at) => no('ExitNotMature', matures(), at), (at) => no('ExitNotMature', matures(), at), ok],
      };
    },
    'a member is put on notice after a silence': () => {
      const opensAt = start() + seconds(P.silencePeriod) + 1n;
      const early = () => no('MemberNotSilent', third.address, start(), opensAt);
      return {
        before: [{ at: start(), call: callOf('council', 'heartbeat', third.address, []) }],
        deadline: opensAt - 1n,
        call: () => callOf('council', 'putOnNotice', first.address, [third.address]),
        outcomes: [early, early, ok],
      };
    },
    'a member that stays silent on notice is removed after it': () => {
      const noticeAt = start() + seconds(P.silencePeriod) + 1n;
      const opensAt = noticeAt + seconds(P.noticePeriod) + 1n;
      return {
        before: notice(noticeAt),
        deadline: opensAt - 1n,
        call: () => callOf('council', 'removeSilent', sender, [third.address]),
        outcomes: [
          () => no('NoticeRunning', third.address, opensAt),
          () => no('NoticeRunning', third.address, opensAt),
          ok,
        ],
      };
    },
  });

  const notice = (noticeAt: bigint): Timed[] => [
    { at: start(), call: callOf('council', 'heartbeat', third.address, []) },
    { at: noticeAt, call: callOf('council', 'putOnNotice', first.address, [third.address]) },
  ];

  it('a sign of life in the last second of a notice ends it', async () => {
    const noticeAt = start() + seconds(P.silencePeriod) + 1n;
    const last = noticeAt + seconds(P.noticePeriod);
    const { outcomes } = await twin().run([
      ...notice(noticeAt),
      { at: last, call: callOf('council', 'heartbeat', third.address, []) },
      { at: last + 1n, call: callOf('council', 'removeSilent', sender, [third.address]) },
    ]);
    expect(outcomes.at(-1)).to.equal(no('NotOnNotice', third.address));
  });
});

describe('court: a second before, at and after each deadline, on contracts and model', function () {
  this.timeout(60_000);
  const twin = useTwin();
  const { directory, operator, nonce, shown, start } = sceneOf(twin);
  const [one, two] = world.members as readonly [world.Actor, world.Actor, world.Actor];
  const challenger = world.payees[0]!.address;
  const court = () => ({ chainId: CHAIN_ID, contract: directory().court });

  /*////////////////////////////////////////////////////////// EVIDENCE */

  const salt = text('salt');
  type Reveal = { readonly evidence: Hex; readonly call: Call };
  /** Two attestations of the operator for the epoch after the latest. */
  function contradiction(index: number, prev: Attested = twin().source.latest as Attested): Reveal {
    const { signer } = operator(index);
    const { source, sourceId } = twin();
    const a: StateAttestation = {
      sourceId,
      configVersion: source.configVersion,
      stateEpoch: prev.stateEpoch + 1n,
      prevHash: prev.hash,
      stateHash: text('state'),
      fieldsHash: text('fields'),
      createdAt: prev.createdAt,
    };
    const b = { ...a, fieldsHash: text('other fields') };
    const domain = { chainId: CHAIN_ID, verifyingContract: directory().oracle };
    const [signatureA, signatureB] = [a, b].map((message) =>
      signDigest(typedDigest('StateAttestation', message, domain), signer.key),
    ) as [Hex, Hex];
    return {
      evidence: attestationEvidence(a, b, signatureA, signatureB),
      call: callOf('court', 'revealAttestations', challenger, [a, b, signatureA, signatureB, salt]),
    };
  }

  /** Two heads of the operator for the same height and block. */
  function heads(kind: number, index: number, height: bigint, reached = { scope: text(''), nonce: 0n }): Reveal {
    const { id, signer } = operator(index);
    const sign = (root: Hex) => {
      const head = { operatorId: id, root, blockHash: text('block') };
      const { gate, registry } = directory();
      const digest =
        kind === HeadKind.LogHead
          ? typedDigest('LogHead', { ...head, size: height }, { chainId: CHAIN_ID, verifyingContract: gate })
          : typedDigest(
              'RegistryCheckpoint',
              { ...head, epoch: height },
              { chainId: CHAIN_ID, verifyingContract: registry },
            );
      return [{ ...head, height }, signDigest(digest, signer.key)] as const;
    };
    const [[a, signatureA], [b, signatureB]] = [sign(text('root')), sign(text('other root'))];
    return {
      evidence: headEvidence(kind, a, b, signatureA, signatureB, reached),
      call: callOf('court', 'revealHeads', challenger, [kind, a, b, signatureA, signatureB, reached, salt]),
    };
  }

  const opening = ({ evidence }: Reveal): Call =>
    callOf('court', 'open', challenger, [openingCommitment(court(), evidence, challenger, salt)]);
  const opened = (reveal: Reveal, at = start()): Timed => ({ at, call: opening(reveal) });
  const from = (): bigint => start() + seconds(P.revealDelay);
  const until = (): bigint => start() + seconds(P.proveWindow);
  const subject = (): Hex => {
    const { source, sourceId } = twin();
    const last = source.latest as Attested;
    return hashWords([sourceId, BigInt(source.configVersion), last.stateEpoch + 1n, last.hash]);
  };
  const rotation = (index: number): Call => {
    const { id, owner } = operator(index);
    const next = world.signers.find(({ address }) => !twin().state.operators.keys.has(address))!;
    const message = { owner, signer: next.address };
    const domain = { chainId: CHAIN_ID, verifyingContract: directory().operators };
    const possession = signDigest(typedDigest('SignerPossession', message, domain), next.key);
    return callOf('operators', 'rotateSigner', owner, [id, next.address, possession]);
  };

  testBoundaries(twin, {
    'evidence can be revealed from revealDelay after it was opened on': () => ({
      before: [opened(contradiction(0))],
      deadline: from(),
      call: () => contradiction(0).call,
      outcomes: [(at) => no('RevealOutsideWindow', from(), until(), at), ok, ok],
    }),
    'evidence can be revealed until proveWindow after it was opened': () => ({
      before: [opened(contradiction(0))],
      deadline: until(),
      call: () => contradiction(0).call,
      outcomes: [ok, ok, (at) => no('RevealOutsideWindow', from(), until(), at)],
    }),
    'the reward is due when evidence opened before can no longer be revealed': () => ({
      before: [opened(contradiction(0)), { at: from(), call: contradiction(0).call }],
      deadline: until() + 1n,
      call: () =>
        callOf('court', 'payReward', sender, [offenceId(court(), 'StateAttestation', operator(0).id, subject())]),
      outcomes: [(at) => no('RewardNotDue', until() + 1n, at), ok, ok],
    }),
    'a former key counts until unbondingPeriod after its change': () => {
      const deadline = start() + seconds(P.unbondingPeriod);
      const reveal = contradiction(0);
      return {
        before: [{ at: start(), call: rotation(0) }, opened(reveal, deadline - seconds(P.revealDelay) - 1n)],
        deadline,
        call: () => reveal.call,
        outcomes: [ok, ok, () => no('FormerKey', operator(0).signer.address, start())],
      };
    },
  });

  describe('a former key counts only for what existed before its change', () => {
    /** The change comes a second before, at and after the thing; then contradictions about it are revealed. */
    async function outcomes(
      index: number,
      existsAt: bigint,
      thing: Call,
      reveal: Reveal,
      earlier: readonly Timed[] = [],
    ) {
      const found: string[] = [];
      for (const later of [-1n, 0n, 1n]) {
        const change: Timed = { at: existsAt + later, call: rotation(index) };
        const exists: Timed = { at: existsAt, call: thing };
        const openedAt = existsAt + 2n;
        const ran = await twin().run([
          ...earlier,
          ...(later < 0n ? [change, exists] : [exists, change]),
          { at: openedAt, call: opening(reveal) },
          { at: openedAt + seconds(P.revealDelay), call: reveal.call },
        ]);
        expect(ran.outcomes.slice(0, -1)).to.deep.equal(ran.outcomes.slice(1).map(() => ACCEPTED));
        found.push(ran.outcomes.at(-1)!);
      }
      return found;
    }
    const former = (index: number, rotatedAt: bigint) => no('FormerKey', operator(index).signer.address, rotatedAt);
    const expected = (index: number, at: bigint) => [former(index, at - 1n), former(index, at), ACCEPTED];

    it('an attestation that the contradicting ones build on', async () => {
      const at = start() + 5n;
      const next = attestation(twin(), at);
      // One that doesn't sign the attestation: its key is changed before.
      const index = [0, 1, 2].find((i) => !next.signers.includes(operator(i).signer.address))!;
      const evidence = contradiction(index, next.attested);
      expect(await outcomes(index, at, next.call, evidence)).to.deep.equal(expected(index, at));
    });

    it('an epoch of the registry', async () => {
      const at = twin().state.registry.advancedAt + seconds(P.epochMinInterval);
      const advance = callOf('registry', 'advanceEpoch', directory().council, []);
      const staged = callOf('registry', 'stageEntry', directory().council, [twin().entries[1]!]);
      const evidence = heads(HeadKind.RegistryCheckpoint, 0, 2n);
      const earlier = [{ at: start(), call: staged }];
      expect(await outcomes(0, at, advance, evidence, earlier)).to.deep.equal(expected(0, at));
    });

    it('an execution, of a log of its size', async () => {
      const at = start() + 5n;
      const executed = payment(twin(), at, { operatorId: operator(1).id });
      const evidence = heads(HeadKind.LogHead, 0, 1n, nonce());
      expect(await outcomes(0, at, executed, evidence)).to.deep.equal(expected(0, at));
    });
  });

  /*//////////////////////////////////////////////////////////// AUDITS */

  const executed = (slot = 0n, at = start()): Timed => ({ at, call: payment(twin(), at, { slot }) });
  const accuse = (slot = 0n): Call => {
    const { draft } = paymentOf(twin(), start(), { slot });
    const { scope, nonce: of } = nonce(slot);
    return callOf('court', 'accuse', challenger, [scope, of, draft.operatorId, draft.entry.execFee, text('reason')]);
  };
  const accused = (slot = 0n, at = start()): Timed => ({ at, call: accuse(slot) });
  const rebut = (slot = 0n): Call =>
    callOf('court', 'rebut', operator(0).owner, [nonce(slot).scope, nonce(slot).nonce, text('answer')]);
  const votes = (member: world.Actor, guilty: boolean, slot = 0n): Call =>
    callOf('court', 'vote', member.address, [nonce(slot).scope, nonce(slot).nonce, guilty]);
  const voteFrom = (): bigint => start() + seconds(P.disputeWindow);
  const voteUntil = (): bigint => voteFrom() + seconds(P.rulingWindow);

  testBoundaries(twin, {
    'an execution is accused until lookBack after it': () => {
      const latest = start() + seconds(P.lookBack);
      return {
        before: [executed()],
        deadline: latest,
        call: () => accuse(),
        outcomes: [ok, ok, (at) => no('TooLateToAccuse', latest, at)],
      };
    },
    'an accusation is answered before the dispute window ends': () => ({
      before: [executed(), accused()],
      deadline: voteFrom(),
      call: () => rebut(),
      outcomes: [ok, (at) => no('TooLateToRebut', voteFrom(), at), (at) => no('TooLateToRebut', voteFrom(), at)],
    }),
    'without an answer the members vote when the dispute window has ended': () => ({
      before: [executed(), accused()],
      deadline: voteFrom(),
      call: () => votes(one, true),
      outcomes: [(at) => no('VoteOutsideWindow', voteFrom(), voteUntil(), at), ok, ok],
    }),
    'after an answer the members vote at once': () => {
      const answered = start() + 5n;
      return {
        before: [executed(), accused(), { at: answered, call: rebut() }],
        deadline: answered + 1n,
        call: () => votes(one, true),
        outcomes: [ok, ok, ok],
      };
    },
    'the members vote until the ruling window ends': () => ({
      before: [executed(), accused()],
      deadline: voteUntil(),
      call: () => votes(one, true),
      outcomes: [ok, ok, (at) => no('VoteOutsideWindow', voteFrom(), voteUntil(), at)],
    }),
    'an answer moves the end of the ruling not at all': () => ({
      before: [executed(), accused(), { at: start() + 5n, call: rebut() }],
      deadline: voteUntil(),
      call: () => votes(one, true),
      outcomes: [ok, ok, (at) => no('VoteOutsideWindow', start() + 5n, voteUntil(), at)],
    }),
    'a case is closed after the ruling window': () => ({
      before: [executed(), accused()],
      deadline: voteUntil(),
      call: () => callOf('court', 'closeCase', sender, [nonce().scope, nonce().nonce]),
      outcomes: [(at) => no('CaseRunning', voteUntil(), at), (at) => no('CaseRunning', voteUntil(), at), ok],
    }),
  });

  it('audits take from an operator at most once in any unbondingPeriod', async () => {
    const ruledAt = start() + 3n;
    const first = [
      executed(),
      accused(),
      { at: start() + 1n, call: rebut() },
      { at: ruledAt, call: votes(one, true) },
      { at: ruledAt, call: votes(two, true) },
    ];
    const [before] = shown(await twin().run(first), 0).totals;
    const taken: bigint[] = [];
    for (const later of [-1n, 0n, 1n]) {
      const at = ruledAt + seconds(P.unbondingPeriod) + later;
      const again = ruledAt + seconds(P.unbondingPeriod) - 20n;
      const ran = await twin().run([
        ...first,
        executed(1n, again),
        accused(1n, again),
        { at: again, call: rebut(1n) },
        { at: again, call: votes(one, true, 1n) },
        { at, call: votes(two, true, 1n) },
      ]);
      expect(ran.outcomes).to.deep.equal(ran.outcomes.map(() => ACCEPTED));
      // Guilty it is either way.
      expect(ran.lens.cases.map(({ status }) => status)).to.deep.equal([3, 3]);
      taken.push(before! - shown(ran, 0).totals[0]!);
    }
    expect(taken).to.deep.equal([0n, 0n, (before! * BigInt(P.auditBps) + 9_999n) / 10_000n]);
  });
});
