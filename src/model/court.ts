/**
 * Court: what is proven is punished at once, what must be judged is judged within fixed windows. Mirrors
 * contracts/court/Court.sol.
 * @module
 */
import { Set } from 'immutable';
import type { SystemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import { attestationEvidence, headEvidence } from '../codec/evidence.ts';
import type { Hex } from '../codec/hash.ts';
import { offenceId as idOfOffence, type OffenceKind, openingCommitment } from '../codec/ids.ts';
import { type Signable, signable, signerOf } from '../codec/typed-data.ts';
import { hashWords } from '../codec/words.ts';
import { burnTokens, transferTokens, transferTokensFrom } from './agrs.ts';
import { BPS } from './ledger.ts';
import { executedBy, recordOf } from './nonces.ts';
import { operatorOf, operators } from './operators.ts';
import type { StateAttestation } from './oracle.ts';
import { parametersOf } from './parameters.ts';
import { signaturesNeeded, Tier } from './quorum.ts';
import { slashOperator } from './staking.ts';
import { type Case, CaseStatus, type CourtState, type State } from './state.ts';
import {
  type Env,
  type Refusal,
  refused,
  type Step,
  type Success,
  type SystemEvent,
  type Transitions,
} from './step.ts';

/** The accuser's part of what a guilty verdict takes from the operator's own stake, 1/10 000. */
const AUDIT_REWARD_BPS = 1_000;
/** Burned of the accuser's bond when nobody rules, 1/10 000. */
const DRAW_BURN_BPS = 1_000n;

export const HeadKind = { LogHead: 0, RegistryCheckpoint: 1 } as const;

export type Head = Inputs<SystemAbis['court'], 'revealHeads'>[1];

type Court = Transitions<'court'>;

const equivocation: Pick<Court, 'open' | 'revealAttestations' | 'revealHeads' | 'payReward'> = {
  open(state, [commitment], env) {
    if (state.court.openings.has(commitment)) return { error: 'OpenedBefore', args: [commitment] };
    const { revealDelay, proveWindow } = parametersOf(state);
    const sequence = BigInt(state.court.openings.size) + 1n;
    const from = env.time + BigInt(revealDelay);
    const until = env.time + BigInt(proveWindow);
    return {
      state: withCourt(state, {
        openings: state.court.openings.set(commitment, { sequence, from, until, used: false }),
      }),
      events: [
        { contract: 'court', event: 'Opened', args: { commitment, challenger: env.sender, sequence, from, until } },
      ],
      returns: [sequence],
    };
  },

  revealAttestations(state, [a, b, signatureA, signatureB, salt], env) {
    const commitment = opened(state, attestationEvidence(a, b, signatureA, signatureB), salt, env);
    if (typeof commitment !== 'string') return commitment;
    const alike =
      a.sourceId === b.sourceId &&
      a.configVersion === b.configVersion &&
      a.stateEpoch === b.stateEpoch &&
      a.prevHash === b.prevHash;
    const differ = a.stateHash !== b.stateHash || a.fieldsHash !== b.fieldsHash || a.createdAt !== b.createdAt;
    if (!alike || !differ) return { error: 'NoContradiction', args: [] };
    const existedAt = state.oracle.acceptedAts.get(a.prevHash, 0n);
    const first = signingOperator(state, signedAttestation(state, a, env), signatureA, existedAt, env);
    if ('error' in first) return first;
    const second = signingOperator(state, signedAttestation(state, b, env), signatureB, existedAt, env);
    if ('error' in second) return second;
    const differing = notSame(first.operatorId, second.operatorId);
    if (differing) return differing;
    const subject = hashWords([a.sourceId, a.configVersion, a.stateEpoch, a.prevHash]);
    return convict(state, 'StateAttestation', first.operatorId, subject, commitment, env);
  },

  revealHeads(state, [kind, a, b, signatureA, signatureB, reached, salt], env) {
    const commitment = opened(state, headEvidence(kind, a, b, signatureA, signatureB, reached), salt, env);
    if (typeof commitment !== 'string') return commitment;
    const alike = a.operatorId === b.operatorId && a.height === b.height && a.blockHash === b.blockHash;
    if (!alike || a.root === b.root) return { error: 'NoContradiction', args: [] };
    const existedAt = headExistedAt(state, kind, a.height, reached);
    const first = signingOperator(state, signedHead(state, kind, a, env), signatureA, existedAt, env);
    if ('error' in first) return first;
    const foreign = notSame(first.operatorId, a.operatorId);
    if (foreign) return foreign;
    const second = signingOperator(state, signedHead(state, kind, b, env), signatureB, existedAt, env);
    if ('error' in second) return second;
    const differing = notSame(first.operatorId, second.operatorId);
    if (differing) return differing;
    const name = kind === HeadKind.LogHead ? 'LogHead' : 'RegistryCheckpoint';
    return convict(state, name, first.operatorId, hashWords([a.height, a.blockHash]), commitment, env);
  },

  payReward(state, [offenceId], env) {
    const offence = state.court.offences.get(offenceId);
    if (!offence || offence.reward === 0n) return { error: 'RewardUnknown', args: [offenceId] };
    const { challenger, reward, rewardOpensAt } = offence;
    if (env.time < rewardOpensAt) return { error: 'RewardNotDue', args: [rewardOpensAt, env.time] };
    const settled = withCourt(state, { offences: state.court.offences.set(offenceId, { ...offence, reward: 0n }) });
    const event: SystemEvent = { contract: 'court', event: 'RewardPaid', args: { offenceId, challenger, reward } };
    return payments(settled, [event], [{ to: challenger, amount: reward }]);
  },
};

const audits: Pick<Court, 'accuse' | 'rebut' | 'vote' | 'closeCase'> = {
  accuse(state, [scope, nonce, operatorId, fee, reasonHash], env) {
    const record = executedBy(state, scope, nonce, operatorId, fee);
    if ('error' in record) return record;
    const { lookBack, accuserBond, disputeWindow, rulingWindow } = parametersOf(state);
    const latest = record.executedAt + BigInt(lookBack);
    if (env.time > latest) return { error: 'TooLateToAccuse', args: [latest, env.time] };
    const before = state.court.cases.get(caseKey(scope, nonce));
    if (before?.status === CaseStatus.Open || before?.status === CaseStatus.Guilty) {
      return { error: 'CaseExists', args: [scope, nonce, before.status] };
    }
    const acquittals = before?.acquittals ?? 0;
    const bond = accuserBond << BigInt(acquittals);
    const { court } = state.deployment.directory;
    const accuser = env.sender;
    const paid = transferTokensFrom(state, court, accuser, court, bond);
    if (refused(paid)) return paid;
    const voteFrom = env.time + BigInt(disputeWindow);
    const voteUntil = voteFrom + BigInt(rulingWindow);
    const opened: Case = {
      scope,
      nonce,
      status: CaseStatus.Open,
      operatorId,
      accuser,
      bond,
      rebutted: false,
      voteFrom,
      voteUntil,
      acquittals,
      version: before?.version ?? 0n,
      guilty: 0,
      notGuilty: 0,
      voted: Set(),
    };
    const args = { scope, nonce, operatorId, accuser, bond, reasonHash, voteFrom, voteUntil };
    return {
      state: withCase(paid.state, opened),
      events: [...paid.events, { contract: 'court', event: 'Accused', args }],
      returns: [],
    };
  },

  rebut(state, [scope, nonce, answerHash], env) {
    const running = openCase(state, scope, nonce);
    if ('error' in running) return running;
    const operator = operatorOf(state, running.operatorId);
    if (env.sender !== operator?.owner && env.sender !== operator?.signer) {
      return { error: 'NotAccused', args: [env.sender] };
    }
    const { rebutted, voteFrom } = running;
    if (rebutted || env.time >= voteFrom) return { error: 'TooLateToRebut', args: [voteFrom, env.time] };
    return {
      state: withCase(state, { ...running, rebutted: true, voteFrom: env.time }),
      events: [{ contract: 'court', event: 'Rebutted', args: { scope, nonce, answerHash } }],
      returns: [],
    };
  },

  vote(state, [scope, nonce, guilty], env) {
    const running = openCase(state, scope, nonce);
    if ('error' in running) return running;
    const denied = notJudge(state, running, env);
    if (denied) return denied;
    const { version, members } = state.council;
    const member = env.sender;
    const ballot = `${version}${member}`;
    if (running.voted.has(ballot)) return { error: 'VotedBefore', args: [member] };
    // Votes of another membership don't count.
    const counted = running.version === version ? running : { ...running, version, guilty: 0, notGuilty: 0 };
    const voted: Case = {
      ...counted,
      voted: counted.voted.add(ballot),
      guilty: counted.guilty + (guilty ? 1 : 0),
      notGuilty: counted.notGuilty + (guilty ? 0 : 1),
    };
    const event: SystemEvent = { contract: 'court', event: 'Voted', args: { scope, nonce, member, guilty } };
    const votes = guilty ? voted.guilty : voted.notGuilty;
    if (votes < signaturesNeeded(Tier.Elevated, members.size)) {
      return { state: withCase(state, voted), events: [event], returns: [] };
    }
    return guilty ? ruleGuilty(state, voted, event, env) : ruleNotGuilty(state, voted, event);
  },

  closeCase(state, [scope, nonce], env) {
    const running = openCase(state, scope, nonce);
    if ('error' in running) return running;
    const { voteUntil, bond, accuser } = running;
    if (env.time <= voteUntil) return { error: 'CaseRunning', args: [voteUntil, env.time] };
    const burned = (bond * DRAW_BURN_BPS) / BPS;
    const closed = close(state, running, CaseStatus.Closed, false, bond - burned);
    return payments(closed.state, closed.events, [{ to: accuser, amount: bond - burned }, { burned }]);
  },
};

export const court: Court = { ...equivocation, ...audits };

/*--------------------------------------------------------------------------------------------------- equivocation */

type HeadReveal = Inputs<SystemAbis['court'], 'revealHeads'>;

/** The commitment of evidence that the caller opened and may reveal now. */
function opened(state: State, evidence: Hex, salt: Hex, env: Env): Hex | Refusal {
  const place = { chainId: env.chainId, contract: state.deployment.directory.court };
  const commitment = openingCommitment(place, evidence, env.sender, salt);
  const opening = state.court.openings.get(commitment);
  if (!opening || opening.used) return { error: 'OpeningUnknown', args: [commitment] };
  const { from, until } = opening;
  if (env.time < from || env.time > until) return { error: 'RevealOutsideWindow', args: [from, until, env.time] };
  return commitment;
}

/** The operator for which a message is signed; a former key counts for a while, and only for what existed before. */
function signingOperator(
  state: State,
  message: Signable,
  signature: Hex,
  existedAt: bigint,
  env: Env,
): { readonly operatorId: Hex } | Refusal {
  const signer = signerOf(message, signature);
  const key = state.operators.keys.get(signer);
  if (!key) return { error: 'SignerUnknown', args: [signer] };
  const { operatorId, rotatedAt } = key;
  if (rotatedAt === 0n) return { operatorId };
  const late = env.time > rotatedAt + BigInt(parametersOf(state).unbondingPeriod);
  if (late || existedAt === 0n || existedAt >= rotatedAt) return { error: 'FormerKey', args: [signer, rotatedAt] };
  return { operatorId };
}

function notSame(first: Hex, second: Hex): Refusal | undefined {
  return first === second ? undefined : { error: 'SignersDiffer', args: [first, second] };
}

/** When the chain had reached this height; zero: not shown. */
function headExistedAt(state: State, kind: number, height: bigint, reached: HeadReveal[5]): bigint {
  if (height === 0n) return 0n;
  if (kind === HeadKind.RegistryCheckpoint) return state.registry.advancedAts.get(height, 0n);
  const record = recordOf(state, reached.scope, reached.nonce);
  return record?.kind === 'executed' && record.logIndex + 1n === height ? record.executedAt : 0n;
}

export function signedAttestation(state: State, a: StateAttestation, { chainId }: Pick<Env, 'chainId'>): Signable {
  return signable('StateAttestation', a, { chainId, verifyingContract: state.deployment.directory.oracle });
}

/** What an operator signed in a head. */
export function signedHead(state: State, kind: number, head: Head, { chainId }: Pick<Env, 'chainId'>): Signable {
  const { operatorId, height, root, blockHash } = head;
  const { gate, registry } = state.deployment.directory;
  return kind === HeadKind.LogHead
    ? signable('LogHead', { operatorId, size: height, root, blockHash }, { chainId, verifyingContract: gate })
    : signable(
        'RegistryCheckpoint',
        { operatorId, epoch: height, root, blockHash },
        { chainId, verifyingContract: registry },
      );
}

/** Punishes at the first proof of an offence; later ones can only take over the reward. */
function convict(
  state: State,
  kind: OffenceKind,
  operatorId: Hex,
  subject: Hex,
  commitment: Hex,
  env: Env,
): Step<readonly [Hex]> {
  const place = { chainId: env.chainId, contract: state.deployment.directory.court };
  const offenceId = idOfOffence(place, kind, operatorId, subject);
  const before = state.court.offences.get(offenceId);
  const opening = state.court.openings.get(commitment);
  if (!opening) throw new Error('model: evidence is revealed only after it was opened');
  const punished: Step<readonly [bigint]> = before
    ? { state, events: [], returns: [before.reward] }
    : punish(state, operatorId, env);
  if (refused(punished)) return punished;
  const [reward] = punished.returns;
  const offence =
    before && before.sequence < opening.sequence
      ? before
      : { challenger: env.sender, sequence: opening.sequence, rewardOpensAt: opening.until + 1n, reward };
  const { rewardOpensAt } = offence;
  const { openings, offences } = punished.state.court;
  const args = {
    offenceId,
    operatorId,
    challenger: env.sender,
    commitment,
    first: before === undefined,
    reward: offence.reward,
    rewardOpensAt,
  };
  return {
    state: withCourt(punished.state, {
      openings: openings.set(commitment, { ...opening, used: true }),
      offences: offences.set(offenceId, offence),
    }),
    events: [...punished.events, { contract: 'court', event: 'Convicted', args }],
    returns: [offenceId],
  };
}

/** Takes everything and ejects. */
function punish(state: State, operatorId: Hex, env: Env): Step<readonly [bigint]> {
  const { court: here } = state.deployment.directory;
  const { challengerBps, burnBps } = parametersOf(state);
  const split = { rewardBps: challengerBps, burnBps, rewardTo: here };
  const slashed = slashOperator(state, operatorId, BPS, BPS, split);
  if (refused(slashed)) return slashed;
  const ejected = operators.eject(slashed.state, [operatorId], { ...env, sender: here });
  if (refused(ejected)) return ejected;
  return { state: ejected.state, events: [...slashed.events, ...ejected.events], returns: slashed.returns };
}

/*--------------------------------------------------------------------------------------------------------- audits */

function notJudge(state: State, { accuser, operatorId, voteFrom, voteUntil }: Case, env: Env): Refusal | undefined {
  const member = env.sender;
  if (!state.council.members.includes(member)) return { error: 'NotMember', args: [member] };
  const operator = operatorOf(state, operatorId);
  if ([accuser, operator?.owner, operator?.signer].includes(member)) return { error: 'Recused', args: [member] };
  if (env.time < voteFrom || env.time > voteUntil) {
    return { error: 'VoteOutsideWindow', args: [voteFrom, voteUntil, env.time] };
  }
  return undefined;
}

/**
 * Whether a guilty verdict takes stake now: members that judge whatever they like take from nobody more than auditBps
 * in any unbondingPeriod.
 */
export function auditTakes(state: State, operatorId: Hex, time: bigint): boolean {
  const last = state.court.lastAudits.get(operatorId);
  return last === undefined || time > last + BigInt(parametersOf(state).unbondingPeriod);
}

function ruleGuilty(state: State, voted: Case, event: SystemEvent, env: Env): Step<readonly []> {
  const { operatorId, accuser, bond } = voted;
  const closed = close(state, voted, CaseStatus.Guilty, true, bond);
  const { auditBps } = parametersOf(state);
  if (!auditTakes(state, operatorId, env.time)) {
    return payments(closed.state, [event, ...closed.events], [{ to: accuser, amount: bond }]);
  }
  const dated = withCourt(closed.state, { lastAudits: closed.state.court.lastAudits.set(operatorId, env.time) });
  const split = { rewardBps: AUDIT_REWARD_BPS, burnBps: 0, rewardTo: accuser };
  const own = BigInt(auditBps);
  const slashed = slashOperator(dated, operatorId, own, own / 2n, split);
  if (refused(slashed)) return slashed;
  return payments(slashed.state, [event, ...closed.events, ...slashed.events], [{ to: accuser, amount: bond }]);
}

function ruleNotGuilty(state: State, voted: Case, event: SystemEvent): Step<readonly []> {
  const { operatorId, bond } = voted;
  const closed = close(state, { ...voted, acquittals: voted.acquittals + 1 }, CaseStatus.Closed, true, 0n);
  const payout = operatorOf(state, operatorId)?.payout as Hex;
  const half = bond / 2n;
  return payments(closed.state, [event, ...closed.events], [{ to: payout, amount: half }, { burned: bond - half }]);
}

function close(
  state: State,
  running: Case,
  status: number,
  ruled: boolean,
  returned: bigint,
): { readonly state: State; readonly events: readonly SystemEvent[] } {
  const { scope, nonce } = running;
  return {
    state: withCase(state, { ...running, status, bond: 0n }),
    events: [{ contract: 'court', event: 'CaseClosed', args: { scope, nonce, status, ruled, returned } }],
  };
}

type Payment = { readonly to: Hex; readonly amount: bigint } | { readonly burned: bigint };

/** What leaves the court, after the events that say why. */
function payments(
  state: State,
  events: readonly SystemEvent[],
  list: readonly Payment[],
): Success<readonly []> | Refusal {
  const { court: custody } = state.deployment.directory;
  let now = state;
  const told = [...events];
  for (const payment of list) {
    const amount = 'burned' in payment ? payment.burned : payment.amount;
    if (amount === 0n) continue;
    const moved: Step<readonly unknown[]> =
      'burned' in payment ? burnTokens(now, custody, amount) : transferTokens(now, custody, payment.to, amount);
    if (refused(moved)) return moved;
    now = moved.state;
    told.push(...moved.events);
  }
  return { state: now, events: told, returns: [] };
}

function openCase(state: State, scope: Hex, nonce: bigint): Case | Refusal {
  const found = state.court.cases.get(caseKey(scope, nonce));
  return found?.status === CaseStatus.Open ? found : { error: 'CaseUnknown', args: [scope, nonce] };
}

export function caseKey(scope: Hex, nonce: bigint): string {
  return `${scope}${nonce}`;
}

function withCase(state: State, changed: Case): State {
  return withCourt(state, { cases: state.court.cases.set(caseKey(changed.scope, changed.nonce), changed) });
}

function withCourt(state: State, changed: Partial<CourtState>): State {
  return { ...state, court: { ...state.court, ...changed } };
}
