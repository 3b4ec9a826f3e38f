/**
 * StateOracle: the state that policies are judged on, attested by k of n operators. Mirrors
 * contracts/oracle/StateOracle.sol.
 * @module
 */
import { Set } from 'immutable';
import type { SystemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import { isFieldElement } from '../codec/field.ts';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import { sourceId as idOfSource } from '../codec/ids.ts';
import { signable, signerOf, structHash } from '../codec/typed-data.ts';
import { valueIn } from './changes.ts';
import { marked } from './disruptions.ts';
import { notCouncil } from './guards.ts';
import { currentOperatorOf } from './operators.ts';
import type { Attested, Source, State } from './state.ts';
import type { Env, Refusal, Transitions } from './step.ts';

const MIN_ATTESTERS = 3;
export const MAX_ATTESTERS = 16;
const MAX_EPOCH_JUMP = 2n ** 32n;
const SourceField = { Attesters: 0, Threshold: 1, MaxStaleness: 2 } as const;

export type StateAttestation = Inputs<SystemAbis['oracle'], 'attest'>[0];

export const oracle: Transitions<'oracle'> = {
  configureSource(state, [name, attesters, threshold, maxStaleness, maxFutureSkew, keepState], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const n = attesters.length;
    const canonical = attesters.every((id, i) => id > (i === 0 ? ZERO_HASH : (attesters[i - 1] as Hex)));
    if (n < MIN_ATTESTERS || n > MAX_ATTESTERS || !canonical) return invalid('Attesters');
    if (2 * threshold <= n || threshold > n - 1) return invalid('Threshold');
    if (maxStaleness === 0) return invalid('MaxStaleness');

    const sourceId = idOfSource({ chainId: env.chainId, contract: state.deployment.directory.oracle }, name);
    const old = valueIn(state.oracle.sources, sourceId);
    const kept = keepState ? old : undefined;
    const source: Source = {
      configVersion: (old?.configVersion ?? 0) + 1,
      generation: kept ? kept.generation : (old?.generation ?? 0) + 1,
      maxStaleness,
      maxFutureSkew,
      threshold,
      attesters: Set(attesters),
      latest: kept?.latest,
      previous: kept?.previous,
    };
    const { configVersion, generation } = source;
    const args = { sourceId, name, configVersion, generation, attesters, threshold, maxStaleness, maxFutureSkew };
    // A reset withdraws the state on which somebody may be deciding.
    const reset = source.generation === old?.generation ? { state, events: [] } : marked(state, sourceId, env);
    return {
      state: withSource(reset.state, sourceId, source),
      events: [...reset.events, { contract: 'oracle', event: 'SourceConfigured', args }],
      returns: [sourceId],
    };
  },

  attest(state, [attestation, signatures], env) {
    const { sourceId, stateEpoch, stateHash, fieldsHash, createdAt } = attestation;
    const source = valueIn(state.oracle.sources, sourceId);
    if (!source) return { error: 'SourceUnknown', args: [sourceId] };
    const denied = notNext(source, attestation, env) ?? notSigned(state, source, attestation, signatures, env);
    if (denied) return denied;

    const hash = structHash('StateAttestation', attestation);
    const expiresAt = createdAt + BigInt(source.maxStaleness);
    const latest: Attested = { hash, stateHash, stateEpoch, createdAt, acceptedAt: env.time, expiresAt };
    const { oracle } = state;
    const accepted = { ...state, oracle: { ...oracle, acceptedAts: oracle.acceptedAts.set(hash, env.time) } };
    return {
      state: withSource(accepted, sourceId, { ...source, latest, previous: source.latest }),
      events: [
        {
          contract: 'oracle',
          event: 'StateAttested',
          args: { sourceId, stateEpoch, attestationHash: hash, stateHash, fieldsHash, createdAt },
        },
      ],
      returns: [],
    };
  },
};

/** Why the attestation can't follow the latest one now. */
function notNext(source: Source, a: StateAttestation, { time }: Env): Refusal | undefined {
  const last = source.latest ?? { hash: ZERO_HASH, stateEpoch: 0n, createdAt: 0n };
  if (a.configVersion !== source.configVersion) {
    return { error: 'ConfigVersionMismatch', args: [source.configVersion, a.configVersion] };
  }
  if (a.stateEpoch <= last.stateEpoch || a.stateEpoch > last.stateEpoch + MAX_EPOCH_JUMP) {
    return { error: 'StateEpochInvalid', args: [last.stateEpoch, a.stateEpoch] };
  }
  if (a.prevHash !== last.hash) return { error: 'PrevHashMismatch', args: [last.hash, a.prevHash] };
  if (BigInt(a.stateHash) === 0n || !isFieldElement(BigInt(a.stateHash))) {
    return { error: 'StateHashInvalid', args: [a.stateHash] };
  }
  if (a.createdAt < last.createdAt) return { error: 'CreatedAtDecreased', args: [last.createdAt, a.createdAt] };
  const newest = time + BigInt(source.maxFutureSkew);
  if (a.createdAt > newest) return { error: 'AttestationFromFuture', args: [a.createdAt, newest] };
  const oldest = time - BigInt(source.maxStaleness);
  if (a.createdAt < oldest) return { error: 'AttestationStale', args: [a.createdAt, oldest] };
  return undefined;
}

/** Why these signatures don't make a quorum of the source's attesters. */
function notSigned(
  state: State,
  source: Source,
  attestation: StateAttestation,
  signatures: readonly Hex[],
  env: Env,
): Refusal | undefined {
  const [least, most, given] = [source.threshold, source.attesters.size, signatures.length];
  if (given < least || given > most) {
    return { error: 'SignatureCountInvalid', args: [BigInt(least), BigInt(most), BigInt(given)] };
  }
  const domain = { chainId: env.chainId, verifyingContract: state.deployment.directory.oracle };
  const message = signable('StateAttestation', attestation, domain);
  let last = '';
  for (const [i, signature] of signatures.entries()) {
    const signer = signerOf(message, signature);
    const operatorId = currentOperatorOf(state, signer);
    if (!operatorId || !source.attesters.has(operatorId)) return { error: 'NotAttester', args: [signer] };
    if (signer <= last) return { error: 'SignersNotIncreasing', args: [BigInt(i)] };
    last = signer;
  }
  return undefined;
}

/**
 * The attested state of this epoch, if it is the latest, or the one before within `grace` seconds of its replacement.
 * An unknown source has none.
 */
export function requireUsable(
  state: State,
  sourceId: Hex,
  stateEpoch: bigint,
  grace: bigint,
  env: Env,
): Attested | Refusal {
  const { latest, previous } = valueIn(state.oracle.sources, sourceId) ?? {};
  const graced = latest !== undefined && env.time <= latest.acceptedAt + grace;
  const attested = [latest, graced ? previous : undefined].find((a) => a?.stateEpoch === stateEpoch);
  return attested ?? { error: 'StateNotUsable', args: [stateEpoch, latest?.stateEpoch ?? 0n] };
}

function invalid(field: keyof typeof SourceField): Refusal {
  return { error: 'SourceInvalid', args: [SourceField[field]] };
}

function withSource(state: State, sourceId: Hex, source: Source): State {
  return { ...state, oracle: { ...state.oracle, sources: state.oracle.sources.set(sourceId, source) } };
}
