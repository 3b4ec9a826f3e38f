/**
 * The court: evidence opened and revealed, rewards, accusations, answers, votes, draws.
 * @module
 */

import { attestationEvidence, headEvidence } from '../codec/evidence.ts';
import { type Hex, keccak256, utf8, ZERO_HASH } from '../codec/hash.ts';
import { openingCommitment } from '../codec/ids.ts';
import { type Signable, signable } from '../codec/typed-data.ts';
import type { Call, Step } from '../mirror/types.ts';
import { HeadKind } from '../model/court.ts';
import type { StateAttestation } from '../model/oracle.ts';
import { type Case, CaseStatus, type ExecutionRecord } from '../model/state.ts';
import { executions } from './claims.ts';
import { type Context, callOf, known, pickOr, strayHash } from './context.ts';
import type { Found } from './derived.ts';
import { type Actor, everybody, holders, members, outsiders, quickSign } from './world.ts';

/** A call that reveals, and what was opened for it. */
export interface Prepared {
  readonly commitment: Hex;
  readonly challenger: Hex;
  readonly reveal: Call;
  /** whose key signed, if that was chosen */
  readonly signer?: Hex;
}

/** What this trace opened, by its history: contents decide, so that a trace replays alike. */
const prepared = new WeakMap<readonly Step[], Prepared[]>();

export function preparedIn({ history }: Context): Prepared[] {
  const list = prepared.get(history) ?? [];
  prepared.set(history, list);
  return list;
}

/** A key that signs, or signed, for an operator. */
function someKey(ctx: Context): Actor | undefined {
  const { rng, state } = ctx;
  const keys = [...state.operators.keys];
  const former = keys.filter(([, { rotatedAt }]) => rotatedAt !== 0n);
  const found = pickOr(rng, former.length > 0 && rng.chance(4, 5) ? former : keys);
  return found && known(found[0]);
}

/** Two attestations that contradict, or seem to. */
function attestations(ctx: Context, faulty: boolean): Prepared | undefined {
  const { rng, state, chainId, directory } = ctx;
  const sourceId = rng.pick(ctx.sourceIds);
  const source = state.oracle.sources.get(sourceId);
  const signer = someKey(ctx);
  if (!source || !signer) return undefined;
  const accepted = [...state.oracle.acceptedAts.keys()];
  const a: StateAttestation = {
    sourceId,
    configVersion: source.configVersion,
    stateEpoch: (source.latest?.stateEpoch ?? 0n) + rng.pick([0n, 1n, 2n]),
    prevHash: rng.pick([ZERO_HASH, source.latest?.hash ?? ZERO_HASH, pickOr(rng, accepted) ?? strayHash(rng)]),
    stateHash: strayHash(rng),
    fieldsHash: strayHash(rng),
    createdAt: ctx.time,
  };
  const fault = faulty
    ? rng.pick(['same', 'parent', 'height', 'stranger', 'stranger', 'other', 'none'] as const)
    : undefined;
  const contrary = rng.pick([
    { stateHash: strayHash(rng) },
    { fieldsHash: strayHash(rng) },
    { createdAt: a.createdAt + 1n },
  ]);
  const b: StateAttestation = {
    ...a,
    ...(fault === 'same' ? {} : contrary),
    ...(fault === 'parent' ? { prevHash: strayHash(rng) } : {}),
    ...(fault === 'height' ? { stateEpoch: a.stateEpoch + 1n } : {}),
  };
  const domain = { chainId, verifyingContract: directory.oracle };
  const second = fault === 'stranger' ? rng.pick(outsiders) : fault === 'other' ? (someKey(ctx) ?? signer) : signer;
  const signatureA = quickSign(signable('StateAttestation', a, domain), signer);
  const signatureB = quickSign(signable('StateAttestation', b, domain), second);
  const evidence = attestationEvidence(a, b, signatureA, signatureB);
  return prepare(ctx, evidence, (challenger, salt) =>
    callOf('court', 'revealAttestations', challenger, [a, b, signatureA, signatureB, salt]),
  );
}

/**
 * Two heads of the log, or checkpoints of the registry, that contradict, or seem to.
 * @param by whose key signs checkpoints of the first epoch; else any key whatever
 */
function heads(ctx: Context, faulty: boolean, by?: Actor): Prepared | undefined {
  const { rng, state, chainId, directory } = ctx;
  const signer = by ?? someKey(ctx);
  if (!signer) return undefined;
  const kind = by ? HeadKind.RegistryCheckpoint : rng.pick([HeadKind.LogHead, HeadKind.RegistryCheckpoint]);
  const owner = state.operators.keys.get(signer.address)?.operatorId ?? ZERO_HASH;
  const fault = faulty ? rng.pick(['same', 'block', 'foreign', 'other', 'none'] as const) : undefined;
  const done = pickOr(rng, executions(ctx));
  const reached = done ? { scope: done.scope, nonce: done.nonce } : { scope: ZERO_HASH, nonce: 0n };
  const logged = done ? done.record.logIndex + 1n : 0n;
  const epoch = by ? 1n : rng.pick([state.registry.epoch, 0n, 99n]);
  const height = kind === HeadKind.LogHead ? rng.pick([logged, logged, 0n]) : epoch;
  const operatorId = fault === 'foreign' ? rng.pick([...state.operators.operators.keys()]) : owner;
  const a = { operatorId, height, root: strayHash(rng), blockHash: strayHash(rng) };
  const b = {
    ...a,
    ...(fault === 'same' ? {} : { root: strayHash(rng) }),
    ...(fault === 'block' ? { blockHash: strayHash(rng) } : {}),
  };
  const second = fault === 'other' ? (someKey(ctx) ?? signer) : signer;
  const message = (head: typeof a): Signable =>
    kind === HeadKind.LogHead
      ? signable('LogHead', { ...head, size: head.height }, { chainId, verifyingContract: directory.gate })
      : signable(
          'RegistryCheckpoint',
          { ...head, epoch: head.height },
          { chainId, verifyingContract: directory.registry },
        );
  const signatureA = quickSign(message(a), signer);
  const signatureB = quickSign(message(b), second);
  const evidence = headEvidence(kind, a, b, signatureA, signatureB, reached);
  return prepare(ctx, evidence, (challenger, salt) =>
    callOf('court', 'revealHeads', challenger, [kind, a, b, signatureA, signatureB, reached, salt]),
  );
}

function prepare(ctx: Context, evidence: Hex, reveal: (challenger: Hex, salt: Hex) => Call): Prepared {
  const { rng, chainId, directory } = ctx;
  const challenger = rng.pick(holders).address;
  const salt = strayHash(rng);
  const commitment = openingCommitment({ chainId, contract: directory.court }, evidence, challenger, salt);
  return { commitment, challenger, reveal: reveal(challenger, salt) };
}

/** Somebody else who has the same evidence: an earlier or later opening of what was opened before. */
export function rival(ctx: Context, first: Prepared): Call {
  const { reveal } = first;
  const parts = reveal.args.slice(0, -1);
  const evidence =
    reveal.function === 'revealHeads'
      ? headEvidence(...(parts as unknown as Parameters<typeof headEvidence>))
      : attestationEvidence(...(parts as unknown as Parameters<typeof attestationEvidence>));
  return opening(
    ctx,
    prepare(ctx, evidence, (challenger, salt) => ({ ...reveal, sender: challenger, args: [...parts, salt] })),
  );
}

export function openIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state } = ctx;
  const list = preparedIn(ctx);
  const before = pickOr(rng, list);
  if (faulty && before && rng.chance(1, 2)) {
    return callOf('court', 'open', rng.pick(everybody).address, [before.commitment]);
  }
  const copied = before && rng.chance(1, 2) && state.court.openings.get(before.commitment)?.used === false;
  if (copied) return rival(ctx, before);
  const made = rng.chance(1, 2) ? attestations(ctx, faulty) : heads(ctx, faulty);
  return made && opening(ctx, made);
}

/** Evidence of checkpoints that this key signed. */
export function openAgainst(ctx: Context, signer: Actor): Call | undefined {
  const made = heads(ctx, false, signer);
  return made && opening(ctx, { ...made, signer: signer.address });
}

function opening(ctx: Context, made: Prepared): Call {
  preparedIn(ctx).push(made);
  return callOf('court', 'open', made.challenger, [made.commitment]);
}

export function revealIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, time } = ctx;
  const open = preparedIn(ctx).filter(({ commitment }) => state.court.openings.get(commitment)?.used === false);
  const due = open.filter(({ commitment }) => {
    const opening = state.court.openings.get(commitment);
    return opening !== undefined && time >= opening.from && time <= opening.until;
  });
  const found = pickOr(rng, faulty && rng.chance(1, 2) ? preparedIn(ctx) : due);
  if (!found) return undefined;
  if (faulty && rng.chance(1, 4)) return { ...found.reveal, sender: rng.pick(everybody).address };
  return found.reveal;
}

export function rewardIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, time } = ctx;
  const unpaid = [...state.court.offences].filter(([, { reward }]) => reward > 0n);
  const due = unpaid.filter(([, { rewardOpensAt }]) => time >= rewardOpensAt);
  const early = unpaid.filter(([, { rewardOpensAt }]) => time < rewardOpensAt);
  const hasty = early.length > 0 && (faulty || rng.chance(1, 4));
  const found = pickOr(rng, hasty ? early : faulty ? [...state.court.offences] : due);
  const id = found?.[0] ?? (faulty ? strayHash(rng) : undefined);
  return id && callOf('court', 'payReward', rng.pick(everybody).address, [id]);
}

export function caseIntent(ctx: Context, faulty: boolean): Call | undefined {
  const open = [...ctx.state.court.cases.values()].filter(({ status }) => status === CaseStatus.Open);
  const { lastAudits } = ctx.state.court;
  const relapse = executions(ctx).some(({ record }) => lastAudits.has(record.operatorId));
  if (open.length === 0 || ctx.rng.chance(1, relapse ? 2 : 4)) return accuse(ctx, faulty);
  const answered = open.filter(({ voteFrom, voteUntil }) => ctx.time >= voteFrom && ctx.time <= voteUntil);
  return pursueCase(ctx, faulty, ctx.rng.pick(answered.length > 0 && ctx.rng.chance(3, 4) ? answered : open));
}

function accuse(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, time } = ctx;
  const all = executions(ctx);
  const lookBack = BigInt(state.parameters.set.lookBack);
  const recent = all.filter(({ record }) => time <= record.executedAt + lookBack);
  // Whoever was found guilty once is accused again: then nothing more may be taken.
  const again = recent.filter(({ record }) => state.court.lastAudits.has(record.operatorId));
  const found = pickOr(rng, faulty ? all : again.length > 0 && rng.chance(5, 6) ? again : recent);
  return found && accusationOf(ctx, found, faulty);
}

/** An accusation of the operator of this execution. */
export function accusationOf(ctx: Context, found: Found<ExecutionRecord>, faulty = false): Call {
  const { rng } = ctx;
  const { operatorId, fee } = found.record;
  const wrong = faulty && rng.chance(1, 4) ? 1n : 0n;
  // A member that accuses can't judge.
  const accuser = rng.pick([...holders, ...members.slice(0, 1), ...members.slice(0, 1)]).address;
  const reason = keccak256(utf8('why'));
  return callOf('court', 'accuse', accuser, [found.scope, found.nonce, operatorId, fee + wrong, reason]);
}

/** The vote of a member that has not voted yet and isn't the accuser. */
export function voteOn(ctx: Context, { scope, nonce, accuser, voted }: Case, guilty: boolean): Call | undefined {
  const { members: seats, version } = ctx.state.council;
  const silent = seats.filter((member) => member !== accuser && !voted.has(`${version}${member}`)).toArray();
  const member = pickOr(ctx.rng, silent);
  return member && callOf('court', 'vote', member, [scope, nonce, guilty]);
}

function pursueCase(ctx: Context, faulty: boolean, running: Case): Call | undefined {
  const { rng, state, time } = ctx;
  const { scope, operatorId, voteFrom, voteUntil, rebutted, accuser, voted } = running;
  const nonce = running.nonce + (faulty && rng.chance(1, 8) ? 1n : 0n);
  const operator = state.operators.operators.get(operatorId);
  const { members: seats, version } = state.council;
  const silent = seats.filter((member) => member !== accuser && !voted.has(`${version}${member}`)).toArray();
  // Members mostly agree, else no majority would ever be found.
  const inclined = state.court.lastAudits.has(operatorId) || BigInt(operatorId) % 3n !== 0n;
  const leaning = running.guilty === running.notGuilty ? inclined : running.guilty > running.notGuilty;
  const vote = (sender: Hex | undefined): Call | undefined =>
    sender && callOf('court', 'vote', sender, [scope, nonce, rng.chance(1, 6) ? !leaning : leaning]);
  const close = (): Call => callOf('court', 'closeCase', rng.pick(everybody).address, [scope, nonce]);
  const rebut = (sender: Hex | undefined): Call | undefined =>
    sender && callOf('court', 'rebut', sender, [scope, nonce, strayHash(rng)]);
  const accused = operator && rng.pick([operator.owner, operator.signer]);
  if (faulty) {
    return rng.pick([
      () =>
        vote(
          pickOr(rng, seats.filter((member) => voted.has(`${version}${member}`)).toArray()) ??
            rng.pick(seats.toArray()),
        ),
      () => vote(pickOr(rng, seats.filter((member) => voted.has(`${version}${member}`)).toArray())),
      () => vote(pickOr(rng, seats.filter((member) => voted.has(`${version}${member}`)).toArray())),
      () => vote(seats.includes(accuser) ? accuser : rng.pick(everybody).address),
      close,
      () => rebut(rng.chance(1, 2) ? rng.pick(everybody).address : accused),
    ])();
  }
  if (time > voteUntil) return close();
  if (time < voteFrom) return rebutted ? undefined : rebut(accused);
  return vote(pickOr(rng, seats.includes(accuser) && rng.chance(1, 3) ? [accuser] : silent));
}
