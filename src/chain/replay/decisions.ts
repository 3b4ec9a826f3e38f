/**
 * Events of the contracts that attest, execute and judge: oracle, gate, court.
 * @module
 */
import { Set } from 'immutable';
import { logLeaf } from '../../codec/execution.ts';
import type { Hex } from '../../codec/hash.ts';
import { appendLeaf } from '../../merkle/mmr.ts';
import { Excuse } from '../../model/claims.ts';
import { auditTakes, caseKey } from '../../model/court.ts';
import { escrowOf, freeFee, reserveFee } from '../../model/fees.ts';
import { recordOf, withRecord } from '../../model/nonces.ts';
import { parametersOf } from '../../model/parameters.ts';
import { type Attested, type Case, CaseStatus, type ClaimRecord, type Source, type State } from '../../model/state.ts';
import { agree, changed, type Handlers, known, unchanged } from './handlers.ts';
import { locked, unlocked } from './stake.ts';

export const oracle: Handlers['oracle'] = {
  SourceConfigured(state, { sourceId, configVersion, generation, attesters, ...limits }) {
    const old = state.oracle.sources.get(sourceId);
    agree('configVersion', (old?.configVersion ?? 0) + 1, configVersion);
    const { threshold, maxStaleness, maxFutureSkew } = limits;
    const kept = old?.generation === generation ? old : undefined;
    return withSource(state, sourceId, {
      configVersion,
      generation,
      maxStaleness,
      maxFutureSkew,
      threshold,
      attesters: Set(attesters),
      latest: kept?.latest,
      previous: kept?.previous,
    });
  },

  StateAttested(state, { sourceId, stateEpoch, attestationHash: hash, stateHash, createdAt }, env) {
    const source = known(state.oracle.sources.get(sourceId), `source ${sourceId}`);
    const expiresAt = createdAt + BigInt(source.maxStaleness);
    const latest: Attested = { hash, stateHash, stateEpoch, createdAt, acceptedAt: env.time, expiresAt };
    const accepted = changed(state, 'oracle', { acceptedAts: state.oracle.acceptedAts.set(hash, env.time) });
    return withSource(accepted, sourceId, { ...source, latest, previous: source.latest });
  },

  EIP712DomainChanged: unchanged,
};

function withSource(state: State, sourceId: Hex, source: Source): State {
  return changed(state, 'oracle', { sources: state.oracle.sources.set(sourceId, source) });
}

/*----------------------------------------------------------------------------------------------------------- gate */

export const gate: Handlers['gate'] = {
  Claimed(state, { claim }) {
    const { scope, nonce, operatorId, bond, fee } = claim;
    const before = recordOf(state, scope, nonce);
    const missed = before?.kind === 'missed' ? before.missed : [];
    const reserved = reserveFee(locked(state, operatorId, bond), scope, fee);
    return withRecord(reserved, scope, nonce, { kind: 'claimed', claim, missed });
  },

  ClaimSettled(state, { scope, nonce, operatorId, excuse }) {
    const { claim, missed } = claimedRecord(state, scope, nonce);
    const freed = freeFee(state, scope, claim.fee);
    if (excuse !== Excuse.None) {
      return withRecord(freed, scope, nonce, missed.length === 0 ? undefined : { kind: 'missed', missed });
    }
    // The lock is forfeited, which the token's transfers tell; a lock that is released has its own event.
    const record = { kind: 'missed', missed: [...missed, operatorId] } as const;
    return withRecord(unlocked(freed, operatorId), scope, nonce, record);
  },

  Executed(state, args, env) {
    const { scope, nonce, operatorId, logIndex, succeeded, executedAt, fee } = args;
    const { log } = state.gate;
    agree('logIndex', BigInt(log.size), logIndex);
    // The fee of a claimed nonce was set aside when it was claimed.
    const claimed = recordOf(state, scope, nonce)?.kind === 'claimed';
    const reserved = claimed ? state : reserveFee(state, scope, fee);
    const settled = succeeded ? reserved : freeFee(reserved, scope, fee);
    const recorded = withRecord(settled, scope, nonce, {
      kind: 'executed',
      executedAt,
      finalityDelay: parametersOf(state).finalityDelay,
      logIndex,
      succeeded,
      operatorId,
      fee,
      feeOwed: succeeded && fee > 0n,
    });
    const place = { chainId: env.chainId, contract: state.deployment.directory.gate };
    return changed(recorded, 'gate', { log: appendLeaf(log, logLeaf(place, args)) });
  },

  EscrowFunded(state, { scope, amount }) {
    return escrowMoved(state, scope, amount, 0n);
  },

  EscrowWithdrawn(state, { scope, amount }) {
    return escrowMoved(state, scope, -amount, 0n);
  },

  FeePaid(state, { scope, nonce, fee }) {
    const record = recordOf(state, scope, nonce);
    const executed = known(record?.kind === 'executed' ? record : undefined, `execution of ${scope}:${nonce}`);
    return withRecord(escrowMoved(state, scope, 0n, -fee), scope, nonce, { ...executed, feeOwed: false });
  },

  EIP712DomainChanged: unchanged,
};

function claimedRecord(state: State, scope: Hex, nonce: bigint): ClaimRecord {
  const record = recordOf(state, scope, nonce);
  return known(record?.kind === 'claimed' ? record : undefined, `claim of ${scope}:${nonce}`);
}

function escrowMoved(state: State, scope: Hex, available: bigint, owed: bigint): State {
  const before = escrowOf(state, scope);
  const after = { available: before.available + available, owed: before.owed + owed };
  return changed(state, 'gate', { escrows: state.gate.escrows.set(scope, after) });
}

/*---------------------------------------------------------------------------------------------------------- court */

export const court: Handlers['court'] = {
  Opened(state, { commitment, sequence, from, until }) {
    const { openings } = state.court;
    agree('sequence', BigInt(openings.size) + 1n, sequence);
    return changed(state, 'court', { openings: openings.set(commitment, { sequence, from, until, used: false }) });
  },

  Convicted(state, { offenceId, challenger, commitment, reward, rewardOpensAt }) {
    const { openings, offences } = state.court;
    const opening = known(openings.get(commitment), `opening ${commitment}`);
    const before = offences.get(offenceId);
    // The reward is the earliest opener's.
    const later = before !== undefined && before.sequence < opening.sequence;
    const offence = later ? before : { challenger, sequence: opening.sequence, rewardOpensAt, reward };
    return changed(state, 'court', {
      openings: openings.set(commitment, { ...opening, used: true }),
      offences: offences.set(offenceId, offence),
    });
  },

  RewardPaid(state, { offenceId }) {
    const { offences } = state.court;
    const offence = known(offences.get(offenceId), `offence ${offenceId}`);
    return changed(state, 'court', { offences: offences.set(offenceId, { ...offence, reward: 0n }) });
  },

  Accused(state, { scope, nonce, operatorId, accuser, bond, voteFrom, voteUntil }) {
    const before = state.court.cases.get(caseKey(scope, nonce));
    return withCase(state, {
      scope,
      nonce,
      status: CaseStatus.Open,
      operatorId,
      accuser,
      bond,
      rebutted: false,
      voteFrom,
      voteUntil,
      acquittals: before?.acquittals ?? 0,
      version: before?.version ?? 0n,
      guilty: 0,
      notGuilty: 0,
      voted: Set(),
    });
  },

  Rebutted(state, { scope, nonce }, env) {
    return withCase(state, { ...caseOf(state, scope, nonce), rebutted: true, voteFrom: env.time });
  },

  Voted(state, { scope, nonce, member, guilty }) {
    const { version } = state.council;
    const running = caseOf(state, scope, nonce);
    // Votes of another membership don't count.
    const counted = running.version === version ? running : { ...running, version, guilty: 0, notGuilty: 0 };
    return withCase(state, {
      ...counted,
      voted: counted.voted.add(`${version}${member}`),
      guilty: counted.guilty + (guilty ? 1 : 0),
      notGuilty: counted.notGuilty + (guilty ? 0 : 1),
    });
  },

  CaseClosed(state, { scope, nonce, status, ruled }, env) {
    const running = caseOf(state, scope, nonce);
    const acquittals = running.acquittals + (ruled && status === CaseStatus.Closed ? 1 : 0);
    const closed = withCase(state, { ...running, status, bond: 0n, acquittals });
    return status === CaseStatus.Guilty ? audited(closed, running.operatorId, env.time) : closed;
  },
};

/** A guilty verdict slashes, unless one did within the unbonding period; only one that does is dated. */
function audited(state: State, operatorId: Hex, time: bigint): State {
  if (!auditTakes(state, operatorId, time)) return state;
  return changed(state, 'court', { lastAudits: state.court.lastAudits.set(operatorId, time) });
}

function caseOf(state: State, scope: Hex, nonce: bigint): Case {
  return known(state.court.cases.get(caseKey(scope, nonce)), `case ${scope}:${nonce}`);
}

function withCase(state: State, changedCase: Case): State {
  const { scope, nonce } = changedCase;
  return changed(state, 'court', { cases: state.court.cases.set(caseKey(scope, nonce), changedCase) });
}
