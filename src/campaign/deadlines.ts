/**
 * The deadlines that the state knows, each with a call that it decides about: a generator that waits for one and calls
 * a second before it, in it, or a second after it, shows whether it holds to the second.
 * @module
 */
import { ZERO_ADDRESS } from '../codec/signature.ts';
import type { Call, Step } from '../mirror/types.ts';
import { acceptableFrom } from '../model/operators.ts';
import { CaseStatus, ProposalStatus } from '../model/state.ts';
import { executeClaimedIntent, executions, openClaims, owedFees } from './claims.ts';
import { type Context, callOf, pickOr } from './context.ts';
import { executeIntent } from './executions.ts';
import { executionOf } from './governance.ts';
import { accusationOf, preparedIn, voteOn } from './trials.ts';
import { everybody } from './world.ts';

interface Deadline {
  /** the last second of something, or the first, seconds */
  readonly at: bigint;
  /** what is tried when the time has come, knowing the state of then */
  readonly call: (then: Context) => Call | undefined;
}

type Deadlines = (ctx: Context) => readonly Deadline[];

const somebody = ({ rng }: Context) => rng.pick(everybody).address;

const claims: Deadlines = (ctx) =>
  openClaims(ctx).map((claim) => ({
    at: claim.deadline,
    call: (then) =>
      then.rng.chance(1, 2) ? executeClaimedIntent(then, false) : callOf('gate', 'settle', somebody(then), [claim]),
  }));

const fees: Deadlines = (ctx) =>
  owedFees(ctx).map(({ scope, nonce, record: { executedAt, finalityDelay, operatorId, fee } }) => ({
    at: executedAt + BigInt(finalityDelay),
    call: (then) => callOf('gate', 'collectFee', somebody(then), [scope, nonce, operatorId, fee]),
  }));

const proposals: Deadlines = ({ state: { council } }) =>
  [...council.proposals]
    .filter(([, { status, version }]) => status === ProposalStatus.Open && version === council.version)
    .flatMap(([id, { eta, until }]) => [eta, until].map((at) => ({ at, call: (then) => executionOf(then, id) })));

const epochs: Deadlines = ({ state: { registry, parameters }, directory }) => {
  const { epochMinInterval, registryGrace } = parameters.set;
  const advance = (): Call => callOf('registry', 'advanceEpoch', directory.council, []);
  return [
    { at: registry.advancedAt + BigInt(registryGrace), call: (then) => executeIntent(then, false) },
    ...(registry.staged.isEmpty() ? [] : [{ at: registry.advancedAt + BigInt(epochMinInterval), call: advance }]),
  ];
};

const attestations: Deadlines = ({ state: { oracle, parameters } }) =>
  [...oracle.sources.values()].flatMap(({ latest, previous }) => {
    const call = (then: Context): Call | undefined => executeIntent(then, false);
    const graced = latest && previous ? [latest.acceptedAt + BigInt(parameters.set.attestationGrace)] : [];
    return [...graced, ...(latest ? [latest.expiresAt] : [])].map((at) => ({ at, call }));
  });

const freezes: Deadlines = ({ state: { registry, parameters } }) => [
  { at: registry.frozenUntil, call: (then) => executeIntent(then, false) },
  ...[...registry.lastFreeze].map(([member, last]) => ({
    at: last + BigInt(parameters.set.freezeCooldown),
    call: () => callOf('registry', 'freeze', member, []),
  })),
];

const exits: Deadlines = ({ state }) =>
  [...state.staking.exits.values()].map(({ opensAt, kind, operatorId, account, index }) => ({
    at: opensAt,
    call: (then) => callOf('staking', 'claimExit', somebody(then), [kind, operatorId, account, index]),
  }));

const owners: Deadlines = ({ state }) =>
  [...state.operators.operators]
    .filter(([, { proposedOwner }]) => proposedOwner !== ZERO_ADDRESS)
    .map(([id, operator]) => ({
      at: acceptableFrom(state, id, operator),
      call: () => callOf('operators', 'acceptOwner', operator.proposedOwner, [id]),
    }));

const presence: Deadlines = ({ state: { council, parameters } }) =>
  [...council.presence].map(([member, { lastSeen, noticeAt }]) => {
    const { silencePeriod, noticePeriod } = parameters.set;
    if (noticeAt !== 0n) {
      const call = (then: Context): Call => callOf('council', 'removeSilent', somebody(then), [member]);
      return { at: noticeAt + BigInt(noticePeriod) + 1n, call };
    }
    const call = (then: Context): Call | undefined => {
      const other = pickOr(then.rng, then.state.council.members.filter((one) => one !== member).toArray());
      return other && callOf('council', 'putOnNotice', other, [member]);
    };
    return { at: lastSeen + BigInt(silencePeriod) + 1n, call };
  });

const evidence: Deadlines = (ctx) =>
  preparedIn(ctx).flatMap(({ commitment, reveal }) => {
    const opening = ctx.state.court.openings.get(commitment);
    return opening && !opening.used ? [opening.from, opening.until].map((at) => ({ at, call: () => reveal })) : [];
  });

const rewards: Deadlines = ({ state }) =>
  [...state.court.offences]
    .filter(([, { reward }]) => reward > 0n)
    .map(([id, { rewardOpensAt }]) => ({
      at: rewardOpensAt,
      call: (then) => callOf('court', 'payReward', somebody(then), [id]),
    }));

const misses: Deadlines = ({ state: { operators, parameters }, directory }) =>
  [...operators.operators]
    .filter(([, { misses: counted }]) => counted > 0)
    .map(([id, { missesSince }]) => ({
      at: missesSince + BigInt(parameters.set.missPeriod),
      call: () => callOf('operators', 'countMiss', directory.gate, [id]),
    }));

const accusations: Deadlines = (ctx) =>
  executions(ctx).map((found) => ({
    at: found.record.executedAt + BigInt(ctx.state.parameters.set.lookBack),
    call: (then) => accusationOf(then, found),
  }));

const cases: Deadlines = ({ state }) =>
  [...state.court.cases.values()]
    .filter(({ status }) => status === CaseStatus.Open)
    .flatMap((running) => {
      const { scope, nonce, operatorId, voteFrom, voteUntil } = running;
      const owner = state.operators.operators.get(operatorId)?.owner;
      return [
        {
          at: voteFrom,
          call: (then: Context) =>
            owner && then.rng.chance(1, 2)
              ? callOf('court', 'rebut', owner, [scope, nonce, scope])
              : voteOn(then, running, true),
        },
        {
          at: voteUntil,
          call: (then: Context) =>
            then.rng.chance(1, 2)
              ? callOf('court', 'closeCase', somebody(then), [scope, nonce])
              : voteOn(then, running, true),
        },
      ];
    });

const kinds: readonly Deadlines[] = [
  claims,
  claims,
  claims,
  fees,
  proposals,
  epochs,
  epochs,
  attestations,
  freezes,
  exits,
  owners,
  presence,
  evidence,
  rewards,
  misses,
  accusations,
  cases,
];

/** The call that a trace waits for, and where in its history it is due. */
const awaited = new WeakMap<readonly Step[], { readonly place: number; readonly call: Deadline['call'] }>();

/** Seconds until around a deadline, whose call `dueCall` then makes; undefined when none was found. */
export function waitForDeadline(ctx: Context): Step | undefined {
  const { rng, time, history } = ctx;
  const first = rng.int(0, kinds.length - 1);
  for (let i = 0; i < kinds.length; i++) {
    const ahead = kinds[(first + i) % kinds.length]!(ctx).filter(({ at }) => at > time + 1n);
    const found = pickOr(rng, ahead);
    if (!found) continue;
    awaited.set(history, { place: history.length + 1, call: found.call });
    return { kind: 'time', seconds: found.at - time + BigInt(rng.int(-1, 1)) };
  }
  return undefined;
}

/** The call that the trace has waited for right before. */
export function dueCall(ctx: Context): Call | undefined {
  const waited = awaited.get(ctx.history);
  return waited?.place === ctx.history.length ? waited.call(ctx) : undefined;
}
