/**
 * Contracts and model side by side: calls at given seconds, compared after each with everything that the lens
 * shows.
 */
import { expect } from 'chai';
import { callOf } from '../../src/campaign/context.ts';
import { type Ready, ready } from '../../src/campaign/system.ts';
import * as world from '../../src/campaign/world.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Claim, type Entry, operatorId, sourceId } from '../../src/codec/ids.ts';
import { signDigest, ZERO_ADDRESS } from '../../src/codec/signature.ts';
import { structHash, typedDigest } from '../../src/codec/typed-data.ts';
import { runTrace } from '../../src/mirror/run.ts';
import type { Call, EvmResult, Outcome, Step } from '../../src/mirror/types.ts';
import type { Execution } from '../../src/model/gate.ts';
import type { State } from '../../src/model/index.ts';
import type { StateAttestation } from '../../src/model/oracle.ts';
import type { Attested as AcceptedAttestation, Source } from '../../src/model/state.ts';
import { PAY_SCHEMA } from '../../src/model/treasury.ts';
import { claimMade, missedBy } from './claims.ts';
import { type Draft, execution, type Facts, type Target } from './execution.ts';
import { readLens, seen, textOf, ZERO_HASH } from './fixture.ts';
import { refusal } from './table.ts';

export { callOf, world };
export const CHAIN_ID = 31_337n;

/** A call and the second at which it is made. */
export interface Timed {
  readonly at: bigint;
  readonly call: Call;
}

/** What a decision binds of an attestation. */
export type Attested = Pick<AcceptedAttestation, 'hash' | 'stateHash' | 'stateEpoch' | 'createdAt'>;

export interface Twin {
  readonly state: State;
  /** first second at which a call can be made */
  readonly start: bigint;
  readonly entries: readonly Entry[];
  readonly source: Source;
  readonly sourceId: Hex;
  readonly operatorIds: readonly Hex[];
  stop(): Promise<void>;
  /** Makes the calls on both sides; fails when the two sides differ in anything. */
  run(calls: readonly Timed[]): Promise<Ran>;
}

export interface Ran {
  /** `accepted` or the refusal, of each call */
  readonly outcomes: readonly string[];
  /** what the last call returned */
  readonly returns: unknown;
  /** what the lens shows in the end */
  readonly lens: ReturnType<typeof readLens>;
}

const key = ({ address, key: privateKey }: world.Actor) => ({ address, privateKey });

export async function startTwin(): Promise<Twin> {
  const made: Ready = await ready(undefined, false);
  const { system, backend } = made;
  const state = system.initial;
  const { directory } = state.deployment;
  const place = { chainId: CHAIN_ID, contract: directory.operators };
  const operatorIds = world.owners
    .map((owner, i) => operatorId(place, owner.address, (world.signers[i] as world.Actor).address))
    .sort();
  const sourceIds = world.sourceNames.map((name) => sourceId({ chainId: CHAIN_ID, contract: directory.oracle }, name));
  return {
    state,
    start: system.startTime,
    entries: world.catalogue(directory, sourceIds, operatorIds),
    source: state.oracle.sources.get(sourceIds[0] as Hex) as Source,
    sourceId: sourceIds[0] as Hex,
    operatorIds,
    stop: () => made.stop(),
    async run(calls) {
      const steps: Step[] = [];
      let time = system.startTime;
      for (const { at, call } of calls) {
        if (at < time) throw new Error(`twin: ${call.function} at ${at} comes after ${time}`);
        if (at > time) steps.push({ kind: 'time', seconds: at - time });
        steps.push({ kind: 'call', call });
        time = at;
      }
      const { divergence, records, results } = await runTrace(system, backend, steps);
      expect(divergence, 'contracts and model differ').to.equal(undefined);
      const last = results.at(-1) as EvmResult;
      const outcome = records.at(-1)?.outcome;
      return {
        outcomes: records.map((record) => outcomeText(record.outcome)),
        returns: outcome?.status === 'ok' ? outcome.returns : undefined,
        lens: readLens(seen(last.lens)),
      };
    },
  };
}

function outcomeText(outcome: Outcome): string {
  return outcome.status === 'ok' ? 'accepted' : textOf(refusal(outcome.error, ...outcome.args));
}

/** What is different about a payment. */
export type PaymentOptions = Partial<Draft> & { readonly attested?: Attested; readonly registryRoot?: Hex };

/** What a payment says, and what the gate reads when it decides about it. */
export interface Payment {
  readonly draft: Draft;
  readonly facts: Facts;
  readonly target: Target;
}

/** A payment of one unit under an entry, by the first operator, on a state, at the latest validity that `at` allows. */
export function paymentOf(twin: Twin, at: bigint, options: PaymentOptions = {}): Payment {
  const { state, source } = twin;
  const {
    attested = source.latest as Attested,
    registryRoot = state.registry.roots.get(1n) as Hex,
    ...change
  } = options;
  const horizon = at + BigInt(world.parameterSet.maxValidity);
  const expiresAt = attested.createdAt + BigInt(source.maxStaleness);
  const draft: Draft = {
    entry: twin.entries[0] as Entry,
    policyEpoch: 1n,
    stateEpoch: attested.stateEpoch,
    slot: 0n,
    operatorId: twin.operatorIds[0] as Hex,
    validUntil: horizon < expiresAt ? horizon : expiresAt,
    submitter: ZERO_ADDRESS,
    candidateSetHash: `0x${'0'.repeat(63)}1`,
    words: { schema: PAY_SCHEMA, addressee: world.payees[0]?.address as Hex, p0: 1n, p1: 0n, p2: 0n, presence: 1 },
    payload: '0x',
    ...change,
  };
  const { directory } = state.deployment;
  const facts: Facts = { registryRoot, stateHash: attested.stateHash, attestationHash: attested.hash };
  return { draft, facts, target: { chainId: CHAIN_ID, gate: directory.gate, registry: directory.registry } };
}

function signedPayment(twin: Twin, { draft, facts, target }: Payment): Execution {
  const keys = {
    operator: key(signerOf(twin, draft.operatorId)),
    proposer: key(world.proposers[0] as world.Actor),
    coSigners: [],
  };
  return execution(draft, facts, target, keys);
}

const relayer = (): Hex => (world.outsiders[0] as world.Actor).address;

export function payment(twin: Twin, at: bigint, options: PaymentOptions = {}): Call {
  return callOf('gate', 'execute', relayer(), [signedPayment(twin, paymentOf(twin, at, options))]);
}

/** Claims the nonce of a payment, by its operator's key. */
export function claiming(twin: Twin, at: bigint, options: PaymentOptions = {}, before: readonly Hex[] = []): Call {
  const { entry, stateEpoch, slot, operatorId } = paymentOf(twin, at, options).draft;
  const sender = signerOf(twin, operatorId).address;
  return callOf('gate', 'claim', sender, [entry, stateEpoch, slot, operatorId, missedBy(before)]);
}

/** The claim that `claiming` makes. */
export function claimAt(twin: Twin, at: bigint, options: PaymentOptions = {}): Claim {
  const { draft, facts, target } = paymentOf(twin, at, options);
  return claimMade(draft, facts, target, { claimedAt: at, claimBond: world.parameterSet.claimBond });
}

export function settling(claim: Claim): Call {
  return callOf('gate', 'settle', relayer(), [claim]);
}

/** Executes a payment on a claim. */
export function claimedPayment(twin: Twin, at: bigint, claim: Claim, options: PaymentOptions = {}): Call {
  const validUntil = at > claim.deadline ? paymentOf(twin, at, options).draft.validUntil : claim.deadline;
  const x = signedPayment(twin, paymentOf(twin, at, { validUntil, ...options }));
  return callOf('gate', 'executeClaimed', relayer(), [x, claim]);
}

export function signerOf({ state }: Twin, id: Hex): world.Actor {
  const address = state.operators.operators.get(id)?.signer;
  return world.signers.find((one) => one.address === address) as world.Actor;
}

/** The next attestation of the first source, or the first one of a generation, signed by two of its attesters. */
export function attestation(
  twin: Twin,
  createdAt: bigint,
  { first = false, configVersion = twin.source.configVersion } = {},
): { readonly call: Call; readonly attested: Attested; readonly signers: readonly Hex[] } {
  const { source } = twin;
  const last = source.latest as Attested;
  const message: StateAttestation = {
    sourceId: twin.sourceId,
    configVersion,
    stateEpoch: first ? 1n : last.stateEpoch + 1n,
    prevHash: first ? ZERO_HASH : last.hash,
    stateHash: `0x${'0'.repeat(62)}77`,
    fieldsHash: `0x${'0'.repeat(62)}78`,
    createdAt,
  };
  const domain = { chainId: CHAIN_ID, verifyingContract: twin.state.deployment.directory.oracle };
  const digest = typedDigest('StateAttestation', message, domain);
  const able = [...source.attesters].map((id) => signerOf(twin, id)).sort((a, b) => (a.address < b.address ? -1 : 1));
  const signing = able.slice(0, source.threshold);
  const signatures = signing.map((one) => signDigest(digest, one.key));
  const { stateEpoch, stateHash } = message;
  return {
    call: callOf('oracle', 'attest', (world.outsiders[0] as world.Actor).address, [message, signatures]),
    attested: { hash: structHash('StateAttestation', message), stateHash, stateEpoch, createdAt },
    signers: signing.map(({ address }) => address),
  };
}
