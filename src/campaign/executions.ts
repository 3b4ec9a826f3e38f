/**
 * Attestations and executions, made as an honest operator makes them, or with one thing wrong.
 * @module
 */

import { contextHash, decisionJournal, journalDigest } from '../codec/execution.ts';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import { type Entry, nonceOf, scopeId } from '../codec/ids.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { type Signable, signable } from '../codec/typed-data.ts';
import type { Call } from '../mirror/types.ts';
import type { Execution } from '../model/gate.ts';
import type { StateAttestation } from '../model/oracle.ts';
import { signaturesNeeded } from '../model/quorum.ts';
import { selfBondOf } from '../model/staking.ts';
import type { Attested, Claim, Source } from '../model/state.ts';
import { MAX_MEMO, PAY_SCHEMA } from '../model/treasury.ts';
import { type Context, callOf, known, namesOf, pickOr, strayHash } from './context.ts';
import { MODULUS_WORD } from './edges.ts';
import { recordedProof } from './recorded.ts';
import {
  type Actor,
  CRITICAL_FROM,
  ELEVATED_FROM,
  everybody,
  outsiders,
  payees,
  proposers,
  quickSign,
  signers,
} from './world.ts';

const LONGEST_MEMO: Hex = `0x${'6d'.repeat(MAX_MEMO)}`;

/*--------------------------------------------------------------------------------------------------- attestations */

const attestationFaults = [
  'configVersion',
  'epochBack',
  'epochJump',
  'prevHash',
  'stateHash',
  'createdBack',
  'future',
  'stale',
  'tooFew',
  'order',
  'stranger',
  'twice',
  'unknownSource',
] as const;

export function attestIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, time } = ctx;
  const sourceId = rng.pick(ctx.sourceIds);
  const source = state.oracle.sources.get(sourceId);
  if (!source) return undefined;
  const fault = faulty ? rng.pick(attestationFaults) : undefined;
  const last = source.latest;
  const createdAt = rng.pick([time, time, time, time - 1n, time - 1n, time + BigInt(source.maxFutureSkew)]);
  const fresh: StateAttestation = {
    sourceId,
    configVersion: source.configVersion,
    stateEpoch: (last?.stateEpoch ?? 0n) + rng.pick([1n, 1n, 1n, 2n, 2n ** 32n]),
    prevHash: last?.hash ?? ZERO_HASH,
    stateHash: strayHash(rng),
    fieldsHash: strayHash(rng),
    createdAt: last && createdAt < last.createdAt ? last.createdAt : createdAt,
  };
  const attestation = spoilAttestation(ctx, fresh, source, last, fault);
  const message = signable('StateAttestation', attestation, {
    chainId: ctx.chainId,
    verifyingContract: ctx.directory.oracle,
  });
  const able = attestersOf(ctx, source);
  const count =
    fault === 'tooFew' ? source.threshold - 1 : rng.int(source.threshold, Math.max(source.threshold, able.length));
  const chosen = able.slice(0, count);
  if (fault === 'stranger') chosen[chosen.length - 1] = rng.pick(outsiders);
  if (fault === 'twice') chosen.splice(-2, 2, ...chosen.slice(-1), ...chosen.slice(-1));
  if (fault === 'order') chosen.reverse();
  const signatures = chosen.map((one) => quickSign(message, one));
  return callOf('oracle', 'attest', rng.pick(everybody).address, [attestation, signatures]);
}

function spoilAttestation(
  { rng, time }: Context,
  a: StateAttestation,
  source: Source,
  last: Attested | undefined,
  fault: (typeof attestationFaults)[number] | undefined,
): StateAttestation {
  switch (fault) {
    case 'configVersion':
      return { ...a, configVersion: a.configVersion + rng.pick([1, -1]) };
    case 'epochBack':
      return { ...a, stateEpoch: last?.stateEpoch ?? 0n };
    case 'epochJump':
      return { ...a, stateEpoch: (last?.stateEpoch ?? 0n) + 2n ** 32n + 1n };
    case 'prevHash':
      return { ...a, prevHash: strayHash(rng) };
    case 'stateHash':
      return { ...a, stateHash: rng.pick<Hex>([ZERO_HASH, MODULUS_WORD, `0x${'f'.repeat(64)}`]) };
    case 'createdBack':
      return { ...a, createdAt: (last?.createdAt ?? 1n) - 1n };
    case 'future':
      return { ...a, createdAt: time + BigInt(source.maxFutureSkew) + 1n };
    case 'stale':
      return { ...a, createdAt: time - BigInt(source.maxStaleness) - rng.pick([0n, 1n]) };
    case 'unknownSource':
      return { ...a, sourceId: strayHash(rng) };
    default:
      return a;
  }
}

/** The source's attesters that count now, in the order of their addresses. */
function attestersOf({ state }: Context, source: Source): Actor[] {
  const current = [...source.attesters].flatMap((id) => {
    const operator = state.operators.operators.get(id);
    return operator && operator.status !== 3 ? [known(operator.signer)] : [];
  });
  return current.sort((a, b) => (a.address < b.address ? -1 : 1));
}

/*----------------------------------------------------------------------------------------------------- executions */

/** An honest execution of a nonce that an operator holds, on the claim's own state, or held until its deadline. */
export function claimedExecution(ctx: Context, claim: Claim, entry: Entry, fault?: ExecutionFault): Execution {
  const { rng, state, time } = ctx;
  const horizon = time + BigInt(state.parameters.set.maxValidity);
  // After the deadline nobody holds the nonce: the oracle's state counts again.
  const held = time <= claim.deadline ? claim : undefined;
  const source = state.oracle.sources.get(entry.stateSource);
  const attested = [source?.latest, source?.previous].find((a) => a?.stateEpoch === claim.nonce >> 64n);
  const last = held ? claim.deadline : (attested?.expiresAt ?? time);
  const latest = last < horizon ? last : horizon;
  const x: Unsigned = {
    entry,
    policyEpoch: pickEpoch(ctx),
    stateEpoch: claim.nonce >> 64n,
    slot: claim.nonce & (2n ** 64n - 1n),
    operatorId: claim.operatorId,
    validUntil: latest,
    submitter: ZERO_ADDRESS,
    candidateSetHash: strayHash(rng),
    words: wordsFor(ctx, entry, rng.pick([1n, rng.bigint(1n, ELEVATED_FROM - 1n), ELEVATED_FROM, 2n ** 62n])),
    payload: '0x',
  };
  const operator = state.operators.operators.get(claim.operatorId);
  const signer = operator ? known(operator.signer) : rng.pick(outsiders);
  const commitments = commitmentsOf(ctx, x, held);
  return signed(ctx, x, commitments, signer, proofOf(ctx, x, commitments.digest, fault), fault);
}

const executionFaults = [
  'unknownEntry',
  'entryContent',
  'epoch',
  'words',
  'action',
  'stateEpoch',
  'quota',
  'used',
  'operator',
  'expired',
  'tooLate',
  'submitter',
  'operatorKey',
  'proposer',
  'proposer',
  'tooFewCoSigners',
  'coSignerOrder',
  'coSigner',
  'proofLength',
  'selector',
  'silent',
  'proof',
  'journal',
  'signedOther',
] as const;
export type ExecutionFault = (typeof executionFaults)[number];

/** Of the mock that refuses without a word. */
export const SILENT_SELECTOR = '0xfffffffe';

/** Entries of the catalogue that are in force. */
export function entriesInForce(ctx: Context): readonly Entry[] {
  return ctx.entries.filter((entry) => {
    const { key, hash } = namesOf(ctx, entry);
    return ctx.state.registry.applied.get(key)?.entryHash === hash;
  });
}

/** The parts of an execution that signatures and proof are made over. */
export type Unsigned = Omit<Execution, 'proof' | 'operatorSignature' | 'proposerSignature' | 'coSignatures'>;

export function executeIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state } = ctx;
  const silent = state.router.routes.get(SILENT_SELECTOR)?.status === 1 && rng.chance(1, 4);
  const fault = faulty ? (silent ? 'silent' : rng.pick(executionFaults)) : undefined;
  const honest = honestExecution(ctx, fault);
  if (!honest) return undefined;
  const sender = rng.pick(everybody).address;
  const x = spoil(ctx, { ...honest, submitter: rng.chance(1, 4) ? sender : ZERO_ADDRESS }, fault);
  return callOf('gate', 'execute', sender, [sealed(ctx, x, fault)]);
}

/** With proof and signatures, of its operator's key. */
export function sealed(ctx: Context, x: Unsigned, fault?: ExecutionFault): Execution {
  const operator = ctx.state.operators.operators.get(x.operatorId);
  const signer = operator ? known(operator.signer) : ctx.rng.pick(outsiders);
  const commitments = commitmentsOf(ctx, x);
  return signed(ctx, x, commitments, signer, proofOf(ctx, x, commitments.digest, fault), fault);
}

/** Schema with which the adapter that calls back fails when its call does. */
export const BUBBLE = 1;

/** A payment of so much; for another adapter anything that one action can hold. */
function wordsFor({ rng, adapter }: Context, entry: Entry, amount: bigint): Execution['words'] {
  const addressee = rng.pick(payees).address;
  if (entry.adapter !== adapter) return { schema: PAY_SCHEMA, addressee, p0: amount, p1: 0n, p2: 0n, presence: 1 };
  const presence = rng.int(0, 7);
  const value = (bit: number): bigint => ((presence & bit) === 0 ? 0n : rng.pick(EDGES));
  return { schema: rng.pick([0, 2, 0xffff_ffff]), addressee, p0: value(1), p1: value(2), p2: value(4), presence };
}

const EDGES = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 123_456_789n, -987_654_321n] as const;

/** One that the gate should accept. @param only the entry under which, if not any in force */
export function honestExecution(
  ctx: Context,
  fault: ExecutionFault | undefined,
  only?: Entry,
  by?: Hex,
): Unsigned | undefined {
  const { rng, state, time } = ctx;
  const entry = only ?? pickOr(rng, entriesInForce(ctx));
  if (!entry) return undefined;
  const source = state.oracle.sources.get(entry.stateSource);
  const usable = [source?.latest, source?.latest, source?.previous].filter((a) => a !== undefined);
  const attested = pickOr(rng, usable);
  if (!attested) return undefined;
  const scope = scopeId({ chainId: ctx.chainId, contract: ctx.directory.gate }, entry.adapter, entry.account);
  const nonces = state.gate.records.get(scope);
  const slots = Array.from({ length: Number(entry.quotaPerState) }, (_, i) => BigInt(i));
  const kinds = fault === 'used' ? ['executed', 'claimed'] : ['missed', undefined];
  const wanted = slots.filter((s) => kinds.includes(nonces?.get(nonceOf(attested.stateEpoch, s))?.kind));
  const slot = pickOr(rng, wanted);
  const operatorId = by ?? pickOperator(ctx, entry, fault);
  if (slot === undefined || operatorId === undefined) return undefined;
  const { expiresAt } = attested;
  const horizon = time + BigInt(state.parameters.set.maxValidity);
  const latest = expiresAt < horizon ? expiresAt : horizon;
  const bounds = [ELEVATED_FROM, CRITICAL_FROM];
  const amounts = [
    1n,
    rng.bigint(1n, ELEVATED_FROM - 1n),
    rng.bigint(1n, ELEVATED_FROM - 1n),
    ELEVATED_FROM,
    CRITICAL_FROM - 1n,
    CRITICAL_FROM,
    2n ** 62n,
  ];
  const amount = rng.pick(fault === 'tooFewCoSigners' ? bounds : amounts);
  return {
    entry,
    policyEpoch: pickEpoch(ctx),
    stateEpoch: attested.stateEpoch,
    slot,
    operatorId,
    validUntil: rng.pick([latest, latest, time, latest > time ? time + (latest - time) / 2n : time]),
    submitter: ZERO_ADDRESS,
    candidateSetHash: strayHash(rng),
    words: wordsFor(ctx, entry, amount),
    payload: rng.pick<Hex>(['0x', '0x', '0x', '0x6d656d6f', '0x6d656d6f', LONGEST_MEMO]),
  };
}

/** The current epoch; soon after an advance, as often the one before. */
function pickEpoch({ rng, state, time }: Context): bigint {
  const { epoch, advancedAt } = state.registry;
  const recent = time <= advancedAt + BigInt(state.parameters.set.registryGrace) + 1n;
  return epoch > 0n && rng.chance(1, recent ? 2 : 30) ? epoch - 1n : epoch;
}

/** Mostly an operator that may act; any other now and then. */
function pickOperator(ctx: Context, entry: Entry, fault: ExecutionFault | undefined): Hex | undefined {
  const { rng, state, time } = ctx;
  const all = [...state.operators.operators.keys()];
  const barred = all.filter((id) => time <= (state.operators.operators.get(id)?.jailedUntil ?? 0n));
  if (barred.length > 0 && rng.chance(1, 6)) return rng.pick(barred);
  const minimum = state.parameters.set.minSelfBond;
  const least = all.filter((id) => selfBondOf(state, id) === minimum);
  if (least.length > 0 && rng.chance(1, 3)) return rng.pick(least);
  const poor = all.filter((id) => state.operators.operators.get(id)?.status === 2 && selfBondOf(state, id) < minimum);
  if (poor.length > 0 && rng.chance(1, 6)) return rng.pick(poor);
  if (fault === 'operator' || rng.chance(1, 30)) return rng.chance(1, 4) ? strayHash(rng) : pickOr(rng, all);
  const able = all.filter((id) => {
    const o = state.operators.operators.get(id);
    const bonded = selfBondOf(state, id) >= minimum;
    const listed = entry.operators.length === 0 || entry.operators.includes(id);
    return o?.status === 2 && time > o.jailedUntil && bonded && listed;
  });
  return pickOr(rng, able) ?? pickOr(rng, all);
}

/** An absent value that isn't zero, or a value too many. */
const malformed = [
  { presence: 9 },
  { presence: 8, p0: 0n, p1: 0n, p2: 0n },
  { presence: 0, p0: 1n },
  { presence: 1, p1: 1n },
  { presence: 1, p2: -1n },
];

function spoil(ctx: Context, x: Unsigned, fault: ExecutionFault | undefined): Unsigned {
  const { rng, time } = ctx;
  switch (fault) {
    case 'unknownEntry':
      return { ...x, entry: { ...x.entry, policyHash: strayHash(rng) } };
    case 'entryContent':
      return { ...x, entry: { ...x.entry, quotaPerState: x.entry.quotaPerState + 1n } };
    case 'epoch':
      return { ...x, policyEpoch: x.policyEpoch + rng.pick([1n, 2n ** 63n]) };
    case 'words':
      return { ...x, words: { ...x.words, ...rng.pick(malformed) } };
    case 'action': {
      const wrong = rng.pick([{ schema: 7 }, { addressee: ZERO_ADDRESS }, { presence: 3 }, { p0: 0n }, { p0: -5n }]);
      return rng.chance(1, 6) ? { ...x, payload: `${LONGEST_MEMO}00` } : { ...x, words: { ...x.words, ...wrong } };
    }
    case 'stateEpoch':
      return { ...x, stateEpoch: x.stateEpoch + rng.pick([1n, -1n]) };
    case 'quota':
      return { ...x, slot: x.entry.quotaPerState };
    case 'expired':
      return { ...x, validUntil: time - 1n };
    case 'tooLate':
      return { ...x, validUntil: time + 10_000n };
    case 'submitter':
      return { ...x, submitter: rng.pick(outsiders).address };
    default:
      return x;
  }
}

/** What the receipt and the signatures of an execution are made over, in the present state. */
export function commitmentsOf(ctx: Context, x: Unsigned, held?: Claim) {
  const { state, chainId, directory } = ctx;
  const { key, hash } = namesOf(ctx, x.entry);
  const gate = { chainId, contract: directory.gate };
  const source = state.oracle.sources.get(x.entry.stateSource);
  const attested = [source?.latest, source?.previous].find((a) => a?.stateEpoch === x.stateEpoch) ?? source?.latest;
  const scope = scopeId(gate, x.entry.adapter, x.entry.account);
  const nonce = nonceOf(x.stateEpoch, x.slot);
  const stateHash = held?.stateHash ?? attested?.stateHash ?? ZERO_HASH;
  const context = contextHash(gate, {
    imageId: x.entry.imageId,
    policyEpoch: x.policyEpoch,
    registryRoot: state.registry.roots.get(x.policyEpoch, ZERO_HASH),
    entryKey: key,
    entryHash: hash,
    stateSource: x.entry.stateSource,
    stateEpoch: x.stateEpoch,
    attestationHash: held?.attestationHash ?? attested?.hash ?? ZERO_HASH,
    operatorId: x.operatorId,
    scope,
    nonce,
    validUntil: x.validUntil,
  });
  const journal = decisionJournal({ ...x, policyHash: x.entry.policyHash, stateHash, context });
  return { scope, nonce, stateHash, context, journal, digest: journalDigest(journal) };
}

type Commitments = ReturnType<typeof commitmentsOf>;

/** The execution with its signatures, around any proof. */
export function signed(
  ctx: Context,
  x: Unsigned,
  { scope, nonce, stateHash, digest }: Commitments,
  signer: Actor,
  proof: Hex,
  fault?: ExecutionFault,
): Execution {
  const { rng, chainId, directory } = ctx;
  const domain = { chainId, verifyingContract: directory.gate };
  const { operatorId, validUntil, submitter, candidateSetHash } = x;
  const decision = signable(
    'Decision',
    {
      scope,
      nonce,
      operatorId,
      ...x.words,
      validUntil,
      submitter,
      journalDigest: fault === 'signedOther' ? ZERO_HASH : digest,
    },
    domain,
  );
  const proposer = rng.pick(fault === 'proposer' ? outsiders : proposers);
  return {
    ...x,
    proof,
    operatorSignature: quickSign(decision, fault === 'operatorKey' ? rng.pick(signers) : signer),
    proposerSignature:
      x.entry.proposerMode === 1
        ? quickSign(signable('Proposal', { scope, nonce, stateHash, candidateSetHash }, domain), proposer)
        : '0x',
    coSignatures: coSignatures(ctx, x, decision, signer, fault),
  };
}

function coSignatures(
  ctx: Context,
  x: Unsigned,
  decision: Signable,
  operator: Actor,
  fault: ExecutionFault | undefined,
): Hex[] {
  const { rng } = ctx;
  const amount = x.entry.adapter === ctx.adapter ? 0n : x.words.p0;
  const actionTier = amount >= CRITICAL_FROM ? 3 : amount >= ELEVATED_FROM ? 2 : 1;
  const tier = Math.max(x.entry.tier, actionTier);
  const wantsSome = fault === 'coSigner' || fault === 'coSignerOrder';
  const able = x.entry.coSigners.map(known);
  const least = tier > 1 || wantsSome ? signaturesNeeded(Math.max(tier, 2), able.length) : 0;
  const chosen = able.slice(0, rng.chance(1, 6) ? able.length : least);
  if (fault === 'tooFewCoSigners') chosen.pop();
  if (fault === 'coSignerOrder' && rng.chance(1, 2)) chosen.fill(able[0] as Actor);
  else if (fault === 'coSignerOrder') chosen.reverse();
  if (fault === 'coSigner' && chosen.length > 0) chosen[0] = rng.pick([operator, rng.pick(outsiders)]);
  return chosen.map((one) => quickSign(decision, one));
}

function proofOf({ rng }: Context, x: Unsigned, digest: Hex, fault: ExecutionFault | undefined): Hex {
  const good = recordedProof(x.entry.imageId, digest);
  switch (fault) {
    case 'proofLength':
      return rng.pick<Hex>([
        '0xffffff',
        '0xffffffff',
        `0xffffffff${'00'.repeat(1020)}`,
        `0xffffffff${'00'.repeat(1021)}`,
      ]);
    case 'selector':
      return `0x01020304${good.slice(10)}`;
    case 'silent':
      return `${SILENT_SELECTOR}${good.slice(10)}`;
    case 'proof':
      return `${good.slice(0, -2)}${good.endsWith('00') ? '01' : '00'}` as Hex;
    case 'journal':
      return `${good}00`;
    default:
      return good;
  }
}

/** One of the executions with a real proof, as it is or with a part of the proof changed. */
export function provenIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng } = ctx;
  if (rng.chance(1, 3)) return executeIntent(ctx, faulty);
  const execution = pickOr(rng, ctx.proven ?? []);
  if (!execution) return undefined;
  const sender = rng.pick(everybody).address;
  if (!faulty) return callOf('gate', 'execute', sender, [execution]);
  const digits = execution.proof.length - 2;
  const at = 2 + rng.int(0, digits - 1);
  const digit = execution.proof[at] === '0' ? '1' : '0';
  const proof = rng.pick<Hex>([
    `${execution.proof.slice(0, at)}${digit}${execution.proof.slice(at + 1)}` as Hex,
    `${execution.proof}00`,
    execution.proof.slice(0, -2) as Hex,
    `${execution.proof.slice(0, 10)}${'f'.repeat(digits - 8)}` as Hex,
  ]);
  return callOf('gate', 'execute', sender, [{ ...execution, proof }]);
}
