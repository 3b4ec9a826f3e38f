/**
 * A state of the model in which one valid example of every call can be made at one moment, and what may happen before
 * it. The examples are in examples.ts. Governed calls come from the council's own address, as in an executed proposal.
 */
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable';
import type { ContractName, SystemAbis } from '../../src/abi/system.ts';
import type { Inputs, WriteName } from '../../src/abi/types.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import { attestationEvidence, headEvidence } from '../../src/codec/evidence.ts';
import { contextHash, decisionJournal, journalDigest } from '../../src/codec/execution.ts';
import type { Hex } from '../../src/codec/hash.ts';
import {
  type Entry,
  entryHash,
  entryKey,
  nonceOf,
  openingCommitment,
  operatorId,
  proposalId,
  scopeId,
  sourceId,
} from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { structHash, typedDigest } from '../../src/codec/typed-data.ts';
import { HeadKind } from '../../src/model/court.ts';
import { applyCall, genesis, type State } from '../../src/model/index.ts';
import type { Step } from '../../src/model/step.ts';
import { PAY_SCHEMA } from '../../src/model/treasury.ts';
import {
  type Actor,
  AGRS,
  actor,
  address,
  CHAIN,
  directory,
  done,
  env,
  hash,
  holder,
  members,
  parameterSet,
  entry as plainEntry,
  possession,
  SUPPLY,
  T0,
  ZERO,
  ZERO_HASH,
} from '../model/fixture.ts';

/** When the examples are made. */
export const NOW = T0 + 1_000n;
const ago = (seconds: number): bigint => NOW - BigInt(seconds);
export const SELECTOR: Hex = '0x01020304';
const IMAGE = hash('image');
const VERIFIER = address(0x7e41);
export const OTHER_VERIFIER = address(0x7e42);
const [first, second, third, fourth, fifth] = members as readonly [Hex, Hex, Hex, Hex, Hex];
export const nextOwner = address(0xf00);
/** Whoever can sign permits: it holds tokens and its key is known. */
export const giver = actor('scene giver');

interface Operator {
  readonly owner: Hex;
  readonly signer: Actor;
  readonly id: Hex;
}

function operatorOf(n: number): Operator {
  const [owner, signer] = [address(0xb00 + n), actor(`scene signer ${n}`)];
  return { owner, signer, id: operatorId({ chainId: CHAIN, contract: directory.operators }, owner, signer.address) };
}

/** The examples are about the subject; the culprit was convicted before; the last one waits for its admission. */
const operators = [0, 1, 2, 3].map(operatorOf) as readonly Operator[] as readonly [
  Operator,
  Operator,
  Operator,
  Operator,
];
export const [subject, other, culprit, pending] = operators;
export const attesters = [subject, other, culprit].map(({ id }) => id).sort();

const place = (contract: Hex) => ({ chainId: CHAIN, contract });
const domain = (verifyingContract: Hex) => ({ chainId: CHAIN, verifyingContract });
const SOURCE = sourceId(place(directory.oracle), hash('source'));
export const entry: Entry = {
  ...plainEntry,
  imageId: IMAGE,
  stateSource: SOURCE,
  quotaPerState: 16n,
  claimTtl: 60n,
  execFee: AGRS,
};
const keyOf = ({ policyHash, adapter, account }: Entry) =>
  entryKey(place(directory.registry), policyHash, adapter, account);
export const KEY = keyOf(entry);
const staged: Entry = { ...entry, account: address(0xacd) };
export const STAGED_KEY = keyOf(staged);
export const SCOPE = scopeId(place(directory.gate), entry.adapter, entry.account);

/** What each nonce of the scope, by its slot, is there for. */
export const slot = {
  free: 0n,
  held: 1n,
  lapsed: 2n,
  lapsedOfOther: 3n,
  executed: 4n,
  accused: 5n,
  voting: 6n,
  overdue: 7n,
} as const;
export const nonceAt = (one: bigint): bigint => nonceOf(1n, one);

export interface Example {
  readonly contract: ContractName;
  readonly call: string;
  readonly args: readonly unknown[];
  readonly sender: Hex;
}

export function example<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
  contract: C,
  call: F,
  args: Inputs<SystemAbis[C], F>,
  sender: Hex = directory.council,
): Example {
  return { contract, call, args: args as readonly unknown[], sender };
}

export function attempt(state: State, { contract, call, args, sender }: Example, time = NOW): Step<readonly unknown[]> {
  return applyCall(state, contract, call, args, env({ sender, time }));
}

function after(state: State, time: bigint, ...steps: readonly Example[]): State {
  return steps.reduce((now, step) => done(attempt(now, step, time)).state, state);
}

/*------------------------------------------------------------------------------------------------ what is signed */

type Attestation = Inputs<SystemAbis['oracle'], 'attest'>[0];

function attestation(stateEpoch: bigint, prevHash: Hex, createdAt: bigint): Attestation {
  return {
    sourceId: SOURCE,
    configVersion: 1,
    stateEpoch,
    prevHash,
    stateHash: `0x${'0'.repeat(63)}5`,
    fieldsHash: hash('fields'),
    createdAt,
  };
}

const ATTESTED = attestation(1n, ZERO_HASH, ago(200));
/** The next one, at the moment of the examples. */
export const NEXT = attestation(2n, structHash('StateAttestation', { ...ATTESTED }), NOW);

const signAttestation = ({ signer }: Operator, message: Attestation): Hex =>
  signDigest(typedDigest('StateAttestation', { ...message }, domain(directory.oracle)), signer.key);

/** By two operators, in the order in which the oracle wants them. */
export function attest(message: Attestation): Example {
  const signers = [subject, other].sort((a, b) => (a.signer.address < b.signer.address ? -1 : 1));
  const signatures = signers.map((one) => signAttestation(one, message));
  return example('oracle', 'attest', [message, signatures], holder);
}

export const SALT = hash('salt');
const openFor = (evidence: Hex): Example =>
  example('court', 'open', [openingCommitment(place(directory.court), evidence, holder, SALT)], holder);

/** Two attestations of an operator that contradict. */
export function contradiction(one: Operator) {
  const [a, b] = [ATTESTED, { ...ATTESTED, fieldsHash: hash('other fields') }];
  return [a, b, signAttestation(one, a), signAttestation(one, b)] as const;
}

/** Two heads of the log of the subject that contradict. */
export function twoHeads() {
  const heads = ['one', 'another'].map((root) => ({
    operatorId: subject.id,
    height: 1n,
    root: hash(root),
    blockHash: hash('block'),
  })) as [Head, Head];
  const [a, b] = heads.map(({ operatorId: operator, height, root, blockHash }) => {
    const head = { operatorId: operator, size: height, root, blockHash };
    return signDigest(typedDigest('LogHead', head, domain(directory.gate)), subject.signer.key);
  }) as [Hex, Hex];
  return [HeadKind.LogHead, ...heads, a, b, { scope: ZERO_HASH, nonce: 0n }] as const;
}
type Head = Inputs<SystemAbis['court'], 'revealHeads'>[1];

/** The subject's proven and signed decision about one nonce of the attested state. */
export function execution(state: State, one: bigint, time: bigint): Inputs<SystemAbis['gate'], 'execute'>[0] {
  const [nonce, validUntil] = [nonceAt(one), time + 20n];
  const words = { schema: PAY_SCHEMA, addressee: holder, p0: 1_000_000n, p1: 0n, p2: 0n, presence: 1 };
  const context = contextHash(place(directory.gate), {
    imageId: IMAGE,
    policyEpoch: 1n,
    registryRoot: state.registry.roots.get(1n) as Hex,
    entryKey: KEY,
    entryHash: entryHash(place(directory.registry), entry),
    stateSource: SOURCE,
    stateEpoch: 1n,
    attestationHash: structHash('StateAttestation', { ...ATTESTED }),
    operatorId: subject.id,
    scope: SCOPE,
    nonce,
    validUntil,
  });
  const candidateSetHash = hash('candidates');
  const { policyHash } = entry;
  const { stateHash } = ATTESTED;
  const journal = decisionJournal({ policyHash, stateHash, candidateSetHash, words, payload: '0x', context });
  const decision = {
    scope: SCOPE,
    nonce,
    operatorId: subject.id,
    ...words,
    validUntil,
    submitter: ZERO,
    journalDigest: journalDigest(journal),
  };
  const digest = typedDigest('Decision', decision, domain(directory.gate));
  return {
    entry,
    policyEpoch: 1n,
    stateEpoch: 1n,
    slot: one,
    operatorId: subject.id,
    validUntil,
    submitter: ZERO,
    candidateSetHash,
    words,
    payload: '0x',
    proof: SELECTOR,
    operatorSignature: signDigest(digest, subject.signer.key),
    proposerSignature: '0x',
    coSignatures: [],
  };
}

export function claimOf(one: bigint, { id, signer }: Operator): Example {
  return example('gate', 'claim', [entry, 1n, one, id, [ZERO_HASH, ZERO_HASH, ZERO_HASH]], signer.address);
}

export function accuse(one: bigint): Example {
  return example('court', 'accuse', [SCOPE, nonceAt(one), subject.id, entry.execFee, hash('reason')], holder);
}

/*---------------------------------------------------------------------------------------------------- the beginning */

function deployed(): State {
  const verifier = (selector: Hex) => ({ selector, imageId: IMAGE, development: true });
  const deployment = {
    directory,
    otherCode: ImmutableSet<Hex>(),
    verifiers: ImmutableMap([
      [VERIFIER, verifier(SELECTOR)],
      [OTHER_VERIFIER, verifier('0x05060708')],
    ]),
    maxEntries: 3n,
    elevatedFrom: 50_000_000n,
    criticalFrom: 200_000_000n,
  };
  return genesis({ deployment, parameters: parameterSet, members, holder, supply: SUPPLY, time: T0 });
}

function joined({ owner, signer, id }: Operator): Example[] {
  return [
    example('operators', 'register', [signer.address, owner, ZERO_HASH, possession(owner, signer)], owner),
    example('agrs', 'transfer', [owner, 1_000n * AGRS], holder),
    example('agrs', 'approve', [directory.staking, 1_000n * AGRS], owner),
    example('staking', 'bond', [id, 500n * AGRS], owner),
  ];
}

type Call = readonly [target: Hex, data: Hex, tier: number, salt: Hex];
const proposed = (salt: string): Call => [
  directory.operators,
  encodeCall('operators', 'openAdmission', []),
  3,
  hash(salt),
];
export const OPEN = proposed('to vote on');
export const READY = proposed('to execute');
export const NEW = proposed('new');
export const idOf = ({ council }: State, [target, data, tier, salt]: Call): Hex =>
  proposalId(place(directory.council), { target, data, tier, salt }, council.version);

/** Who is there, and with what. */
function begun(): State {
  const spenders = [directory.treasury, directory.staking, directory.gate, directory.court, fifth];
  return after(
    deployed(),
    T0,
    ...operators.flatMap(joined),
    ...[subject, other, culprit].map(({ id }) => example('operators', 'admit', [id])),
    example('oracle', 'configureSource', [hash('source'), attesters, 2, 300, 5, true]),
    example('router', 'addVerifier', [VERIFIER]),
    example('registry', 'stageEntry', [entry]),
    example('registry', 'advanceEpoch', []),
    example('registry', 'stageEntry', [staged]),
    ...spenders.map((spender) => example('agrs', 'approve', [spender, 1_000n * AGRS], holder)),
    example('agrs', 'transfer', [giver.address, 100n * AGRS], holder),
    example('treasury', 'fund', [entry.account, 20n * AGRS], holder),
    example('gate', 'fundEscrow', [SCOPE, 20n * AGRS], holder),
    example('staking', 'delegate', [subject.id, 100n * AGRS], holder),
    example('staking', 'requestExit', [subject.id, 10n * AGRS], subject.owner),
    example('operators', 'proposeOwner', [subject.id, nextOwner], subject.owner),
  );
}

/** The proposals; the last member stays silent from the beginning, the one before it from here on. */
function governed(state: State): State {
  const approvals = [second, third, fourth].map((member) =>
    example('council', 'approve', [idOf(state, READY)], member),
  );
  return after(
    state,
    ago(400),
    example('council', 'propose', OPEN, first),
    example('council', 'propose', READY, first),
    ...approvals,
  );
}

/** What makes a case and an offence of each stage, and claims that lapsed and one that is held. */
function used(state: State): State {
  const { disputeWindow, rulingWindow, proveWindow, revealDelay } = parameterSet;
  const claimTtl = Number(entry.claimTtl);
  const execute = (at: bigint, ...slots: readonly bigint[]) =>
    [at, ...slots.map((one) => example('gate', 'execute', [execution(state, one, at)], holder))] as const;
  const steps: readonly (readonly [bigint, ...(readonly Example[])])[] = [
    [ago(200), attest(ATTESTED)],
    execute(ago(190), slot.overdue),
    execute(ago(180), slot.voting),
    [ago(disputeWindow + rulingWindow + 10), accuse(slot.overdue)],
    execute(ago(100), slot.executed, slot.accused),
    [ago(proveWindow + 40), openFor(attestationEvidence(...contradiction(culprit)))],
    [ago(100), example('council', 'putOnNotice', [fifth], first)],
    [ago(85), example('court', 'revealAttestations', [...contradiction(culprit), SALT], holder)],
    [ago(claimTtl + 20), claimOf(slot.lapsed, subject), claimOf(slot.lapsedOfOther, other)],
    [ago(disputeWindow + 5), accuse(slot.voting)],
    [ago(claimTtl - 30), claimOf(slot.held, subject)],
    [ago(revealDelay + 20), openFor(attestationEvidence(...contradiction(subject)))],
    [ago(revealDelay + 20), openFor(headEvidence(...twoHeads()))],
    [ago(10), accuse(slot.accused)],
  ];
  return steps.reduce((now, [time, ...calls]) => after(now, time, ...calls), state);
}

/**
 * The scene right before the examples.
 *
 * @param sealed whether delays hold
 */
export function prepared(sealed: boolean): State {
  const start = begun();
  return used(governed(sealed ? after(start, T0, example('council', 'sealGenesis', [], first)) : start));
}

/*------------------------------------------------------------------------------------------------- what may happen */

const nobody = { rewardBps: 0, burnBps: 0, rewardTo: ZERO };
const both = [subject, pending].map(({ id }) => id);
/** As many missed claims as jail. */
const misses = both.flatMap((id) =>
  Array.from({ length: parameterSet.missLimit }, () => example('operators', 'countMiss', [id], directory.gate)),
);
/** As the court does after an equivocation. */
const ejections = both.flatMap((id) => [
  example('staking', 'slash', [id, 10_000n, 10_000n, nobody], directory.court),
  example('operators', 'eject', [id], directory.court),
]);

export const disturbances: Readonly<Record<string, (state: State) => State>> = {
  'registry frozen': (state) => after(state, NOW, example('registry', 'freeze', [], fifth)),
  'operator jailed': (state) => after(state, NOW, ...misses),
  'operator ejected': (state) => after(state, NOW, ...ejections),
  'verifier stopped': (state) => after(state, NOW, example('router', 'stopVerifier', [SELECTOR])),
};
