/**
 * A state of the model in which one valid example of every call can be made at one moment, and what may happen before
 * it. Governed calls come from the council's own address, as in an executed proposal.
 */
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable';
import type { ContractName, SystemAbis } from '../../src/abi/system.ts';
import type { Inputs, WriteName } from '../../src/abi/types.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import { contextHash, decisionJournal, journalDigest } from '../../src/codec/execution.ts';
import type { Hex } from '../../src/codec/hash.ts';
import {
  type Entry,
  entryHash,
  entryKey,
  exitId,
  nonceOf,
  operatorId,
  proposalId,
  scopeId,
  sourceId,
} from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { structHash, typedDigest } from '../../src/codec/typed-data.ts';
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
const SELECTOR: Hex = '0x01020304';
const IMAGE = hash('image');
const VERIFIER = address(0x7e41);
const OTHER_VERIFIER = address(0x7e42);
const [first, second, third, fourth, fifth] = members as readonly [Hex, Hex, Hex, Hex, Hex];
const nextOwner = address(0xf00);

interface Operator {
  readonly owner: Hex;
  readonly signer: Actor;
  readonly id: Hex;
}

function operatorOf(n: number): Operator {
  const [owner, signer] = [address(0xb00 + n), actor(`scene signer ${n}`)];
  return { owner, signer, id: operatorId({ chainId: CHAIN, contract: directory.operators }, owner, signer.address) };
}

/** The first is the one that the examples are about; the fourth waits for its admission. */
const operators = [0, 1, 2, 3].map(operatorOf) as readonly Operator[] as readonly [
  Operator,
  Operator,
  Operator,
  Operator,
];
const [subject, , , pending] = operators;
const attesters = operators
  .slice(0, 3)
  .map(({ id }) => id)
  .sort();
const SOURCE = sourceId({ chainId: CHAIN, contract: directory.oracle }, hash('source'));
const entry: Entry = { ...plainEntry, imageId: IMAGE, stateSource: SOURCE };
const KEY = entryKey({ chainId: CHAIN, contract: directory.registry }, entry.policyHash, entry.adapter, entry.account);
const staged: Entry = { ...entry, account: address(0xacd) };
const STAGED_KEY = entryKey(
  { chainId: CHAIN, contract: directory.registry },
  staged.policyHash,
  staged.adapter,
  staged.account,
);

export interface Example {
  readonly contract: ContractName;
  readonly call: string;
  readonly args: readonly unknown[];
  readonly sender: Hex;
}

function example<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
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
  return genesis({ deployment, parameters: parameterSet, members, holder, supply: SUPPLY });
}

function joined({ owner, signer, id }: Operator): Example[] {
  return [
    example('operators', 'register', [signer.address, owner, ZERO_HASH, possession(owner, signer)], owner),
    example('agrs', 'transfer', [owner, 1_000n * AGRS], holder),
    example('agrs', 'approve', [directory.staking, 1_000n * AGRS], owner),
    example('staking', 'bond', [id, 500n * AGRS], owner),
  ];
}

function attestation(stateEpoch: bigint, prevHash: Hex, createdAt: bigint) {
  return {
    sourceId: SOURCE,
    configVersion: 1,
    stateEpoch,
    prevHash,
    stateHash: `0x${'0'.repeat(63)}5` as Hex,
    fieldsHash: hash('fields'),
    createdAt,
  };
}

const ATTESTED = attestation(1n, ZERO_HASH, T0 + 900n);

/** By the operators, in the order in which the oracle wants them. */
function attest(message: ReturnType<typeof attestation>): Example {
  const digest = typedDigest('StateAttestation', message, { chainId: CHAIN, verifyingContract: directory.oracle });
  const signers = [operators[0].signer, operators[1].signer].sort((a, b) => (a.address < b.address ? -1 : 1));
  return example('oracle', 'attest', [message, signers.map(({ key }) => signDigest(digest, key))], holder);
}

const OPEN: readonly [Hex, Hex, number, Hex] = [
  directory.operators,
  encodeCall('operators', 'openAdmission', []),
  3,
  hash('to vote on'),
];
const READY: typeof OPEN = [...OPEN.slice(0, 3), hash('to execute')] as unknown as typeof OPEN;
const idOf = ({ council }: State, [target, data, tier, salt]: typeof OPEN) =>
  proposalId({ chainId: CHAIN, contract: directory.council }, { target, data, tier, salt }, council.version);
const exitNumber = (count: bigint) => exitId({ chainId: CHAIN, contract: directory.staking }, subject.id, count);

/** @param sealed whether delays hold */
export function scene(sealed: boolean): State {
  let state = after(deployed(), T0, ...operators.flatMap(joined));
  state = after(
    state,
    T0,
    ...operators.slice(0, 3).map(({ id }) => example('operators', 'admit', [id])),
    example('oracle', 'configureSource', [hash('source'), attesters, 2, 300, 5, true]),
    example('router', 'addVerifier', [VERIFIER]),
    example('registry', 'stageEntry', [entry]),
    example('registry', 'advanceEpoch', []),
    example('registry', 'stageEntry', [staged]),
    example('agrs', 'approve', [directory.treasury, 100n * AGRS], holder),
    example('agrs', 'approve', [fifth, 100n * AGRS], holder),
    example('treasury', 'fund', [entry.account, 10n * AGRS], holder),
    example('staking', 'requestExit', [subject.id, 10n * AGRS], subject.owner),
    example('operators', 'proposeOwner', [subject.id, nextOwner], subject.owner),
  );
  if (sealed) state = after(state, T0, example('council', 'sealGenesis', [], first));
  return after(
    state,
    T0 + 600n,
    example('council', 'propose', OPEN, first),
    example('council', 'propose', READY, first),
    ...[second, third, fourth].map((member) => example('council', 'approve', [idOf(state, READY)], member)),
  );
}

/** The scene right before the examples. */
export function prepared(sealed: boolean): State {
  return after(scene(sealed), T0 + 900n, attest(ATTESTED));
}

/*------------------------------------------------------------------------------------------------- what may happen */

export const disturbances: Readonly<Record<string, (state: State) => State>> = {
  'registry frozen': (state) => after(state, NOW, example('registry', 'freeze', [], fifth)),
  'operator jailed': (state) =>
    after(
      state,
      NOW,
      ...[subject, pending].map(({ id }) => example('operators', 'jail', [id, NOW + 10n], directory.court)),
    ),
  'operator ejected': (state) =>
    after(state, NOW, ...[subject, pending].map(({ id }) => example('operators', 'eject', [id], directory.court))),
  'verifier stopped': (state) => after(state, NOW, example('router', 'stopVerifier', [SELECTOR])),
};

/*---------------------------------------------------------------------------------------------------- the examples */

function execution(state: State): Example {
  const [gate, registry] = [directory.gate, directory.registry].map((contract) => ({ chainId: CHAIN, contract })) as [
    { chainId: bigint; contract: Hex },
    { chainId: bigint; contract: Hex },
  ];
  const [scope, nonce, validUntil] = [scopeId(gate, entry.adapter, entry.account), nonceOf(1n, 0n), NOW + 60n];
  const words = { schema: PAY_SCHEMA, addressee: holder, p0: 1_000_000n, p1: 0n, p2: 0n, presence: 1 };
  const context = contextHash(gate, {
    imageId: IMAGE,
    policyEpoch: 1n,
    registryRoot: state.registry.roots.get(1n) as Hex,
    entryKey: KEY,
    entryHash: entryHash(registry, entry),
    stateSource: SOURCE,
    stateEpoch: 1n,
    attestationHash: structHash('StateAttestation', ATTESTED),
    operatorId: subject.id,
    scope,
    nonce,
    validUntil,
  });
  const candidateSetHash = hash('candidates');
  const { policyHash } = entry;
  const journal = decisionJournal({
    policyHash,
    stateHash: ATTESTED.stateHash,
    candidateSetHash,
    words,
    payload: '0x',
    context,
  });
  const decision = {
    scope,
    nonce,
    operatorId: subject.id,
    ...words,
    validUntil,
    submitter: ZERO,
    journalDigest: journalDigest(journal),
  };
  const digest = typedDigest('Decision', decision, { chainId: CHAIN, verifyingContract: directory.gate });
  const x = {
    entry,
    policyEpoch: 1n,
    stateEpoch: 1n,
    slot: 0n,
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
  } as const;
  return example('gate', 'execute', [x], holder);
}

/** A valid call of every function, by `contract.function`. */
export function examples(state: State): ReadonlyMap<string, Example> {
  const { id, owner } = subject;
  const newKey = actor('scene key');
  const list: Example[] = [
    example('agrs', 'transfer', [first, 1n], holder),
    example('agrs', 'approve', [first, 1n], holder),
    example('agrs', 'transferFrom', [holder, first, 1n], fifth),
    example('agrs', 'burn', [1n], holder),
    example('agrs', 'burnFrom', [holder, 1n], fifth),
    example('parameters', 'setParameters', [0, parameterSet]),
    example('council', 'propose', [...OPEN.slice(0, 3), hash('new')] as unknown as typeof OPEN, second),
    example('council', 'approve', [idOf(state, OPEN)], second),
    example('council', 'withdrawApproval', [idOf(state, OPEN)], first),
    example('council', 'object', [idOf(state, OPEN)], second),
    example('council', 'execute', READY, holder),
    example('council', 'sealGenesis', [], first),
    example('council', 'setMembers', [[first, second, third]]),
    example('council', 'setTiers', [[]]),
    example('registry', 'stageEntry', [{ ...entry, quotaPerState: 2n }]),
    example('registry', 'stageRemoval', [KEY]),
    example('registry', 'unstage', [STAGED_KEY]),
    example('registry', 'advanceEpoch', []),
    example('registry', 'freeze', [], fourth),
    example('registry', 'moveFreeze', [NOW + 50n]),
    example('registry', 'endFreeze', []),
    example('operators', 'register', [newKey.address, holder, ZERO_HASH, possession(holder, newKey)], holder),
    example('operators', 'admit', [pending.id]),
    example('operators', 'openAdmission', []),
    example('operators', 'rotateSigner', [id, newKey.address, possession(owner, newKey)], owner),
    example('operators', 'setPayout', [id, holder], owner),
    example('operators', 'setMetadata', [id, hash('metadata')], owner),
    example('operators', 'proposeOwner', [id, holder], owner),
    example('operators', 'acceptOwner', [id], nextOwner),
    example('operators', 'jail', [id, NOW + 20n], directory.court),
    example('operators', 'eject', [id], directory.court),
    example('staking', 'bond', [id, 1n], owner),
    example('staking', 'requestExit', [id, 1n], owner),
    example('staking', 'cancelExit', [exitNumber(0n)], owner),
    example('staking', 'claimExit', [exitNumber(0n)], holder),
    example('staking', 'slash', [id, 100n], directory.court),
    example('oracle', 'configureSource', [hash('source'), attesters, 2, 300, 5, true]),
    attest(attestation(2n, structHash('StateAttestation', ATTESTED), NOW)),
    example('router', 'addVerifier', [OTHER_VERIFIER]),
    example('router', 'stopVerifier', [SELECTOR]),
    example('router', 'resumeVerifier', [SELECTOR]),
    example('router', 'removeVerifier', [SELECTOR]),
    execution(state),
    example('treasury', 'fund', [first, 1n], holder),
    example('treasury', 'withdraw', [1n], entry.account),
    example(
      'treasury',
      'perform',
      [entry.account, { schema: PAY_SCHEMA, addressee: holder, p0: 1n, p1: 0n, p2: 0n, presence: 1 }, '0x'],
      holder,
    ),
  ];
  return new Map(list.map((one) => [`${one.contract}.${one.call}`, one]));
}
