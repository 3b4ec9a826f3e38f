/**
 * What can be different between what was proven and what is executed, each with the check that refuses it. Everything
 * else is signed again, so that no other check can.
 */
import type { Refusal } from '../../src/abi/system.ts';
import type { KeyedAccount } from '../../src/chain/accounts.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { entryHash, entryKey, nonceOf, operatorId, scopeId } from '../../src/codec/ids.ts';
import { signDigest, ZERO_ADDRESS } from '../../src/codec/signature.ts';
import { typedDigest } from '../../src/codec/typed-data.ts';
import type { Execution } from '../../src/model/gate.ts';
import type { KeyedOperator } from '../../src/operator/devnet.ts';
import type { Draft } from './execution.ts';
import {
  baseDraft,
  executeCall,
  type Fixture,
  honest,
  mockDraft,
  parameters,
  RELAYER,
  type Sent,
  STRANGER,
  word,
  ZERO_HASH,
} from './fixture.ts';

export interface Change {
  /** what is executed instead of what was proven */
  readonly draft: Draft;
  /** the check that refuses; undefined: only the proof can tell */
  readonly refusal?: Refusal;
  /** sent before, each a second after the other */
  readonly first?: readonly Sent[];
  readonly from?: Hex;
  readonly coSigners?: readonly KeyedAccount[];
}

export const PROOF_INVALID: Refusal = { error: 'ProofInvalid', args: [] };
const ActionField = { Schema: 0, Addressee: 1, Presence: 2, Amount: 3, Payload: 4 };

/** A refusal by name; the tests compare it as text with what the chain says. */
export const refusal = (error: string, ...args: readonly unknown[]): Refusal => ({ error, args }) as unknown as Refusal;

type Changes = Readonly<Record<string, (f: Fixture) => Change>>;

const withWords = (f: Fixture, words: Partial<Execution['words']>): Draft => {
  const draft = baseDraft(f);
  return { ...draft, words: { ...draft.words, ...words } };
};

const place = (f: Fixture) => ({ chainId: f.chainId, contract: f.at.registry });
const keyOf = (f: Fixture, { policyHash, adapter, account }: Execution['entry']): Hex =>
  entryKey(place(f), policyHash, adapter, account);

const scopeOf = (f: Fixture): Hex => scopeId({ chainId: f.chainId, contract: f.at.gate }, f.at.treasury, f.at.council);

/** The entry in force has another content than the one that is executed under. */
function otherContent(f: Fixture, change: Partial<Execution['entry']>): Change {
  const entry = { ...f.entries.pay, ...change };
  const hashes = [f.entries.pay, entry].map((e) => entryHash(place(f), e));
  return { draft: { ...baseDraft(f), entry }, refusal: refusal('EntryMismatch', keyOf(f, entry), ...hashes) };
}

/** Registers an operator that isn't admitted, from an account without a role. */
function pending(f: Fixture): { readonly id: Hex; readonly call: Sent } {
  const [owner, signer] = [f.roles.users[0], f.roles.users[2]] as readonly [KeyedAccount, KeyedAccount];
  const message = { owner: owner.address, signer: signer.address };
  const domain = { chainId: f.chainId, verifyingContract: f.at.operators };
  const possession = signDigest(typedDigest('SignerPossession', message, domain), signer.privateKey);
  const data = encodeCall('operators', 'register', [signer.address, owner.address, ZERO_HASH, possession]);
  const id = operatorId({ chainId: f.chainId, contract: f.at.operators }, owner.address, signer.address);
  return { id, call: { from: owner.address, to: f.at.operators, data } };
}

const asCourt = (f: Fixture, contract: 'operators' | 'staking', data: Hex): Sent => ({
  from: f.at.court,
  to: f.at[contract],
  data,
});
/** What the gate does when an operator has missed a claim. */
const missed = (f: Fixture, id: Hex): Sent => ({
  from: f.at.gate,
  to: f.at.operators,
  data: encodeCall('operators', 'countMiss', [id]),
});
/** Everything that is taken goes to the council. */
const NO_SPLIT = { rewardBps: 0, burnBps: 0, rewardTo: ZERO_ADDRESS };
const firstOperator = (f: Fixture): Hex => (f.operators[0] as KeyedOperator).id;
const other = (f: Fixture, index: number): Hex => (f.operators[index] as KeyedOperator).id;

/** Of the entry and its epoch. */
const entryChanges: Changes = {
  'an entry of another policy': (f) => ({ draft: { ...baseDraft(f), entry: f.entries.otherPolicy } }),
  'an entry for another account, so another scope': (f) => ({
    draft: { ...baseDraft(f), entry: f.entries.otherAccount },
  }),
  'an unknown policy hash': (f) => {
    const entry = { ...f.entries.pay, policyHash: word('unknown') };
    return { draft: { ...baseDraft(f), entry }, refusal: refusal('EntryUnknown', keyOf(f, entry)) };
  },
  'an unknown adapter': (f) => {
    const entry = { ...f.entries.pay, adapter: f.at.staking };
    return { draft: { ...baseDraft(f), entry }, refusal: refusal('EntryUnknown', keyOf(f, entry)) };
  },
  'an unknown account': (f) => {
    const entry = { ...f.entries.pay, account: RELAYER };
    return { draft: { ...baseDraft(f), entry }, refusal: refusal('EntryUnknown', keyOf(f, entry)) };
  },
  'another image id': (f) => otherContent(f, { imageId: word('other image') }),
  'another source hash': (f) => otherContent(f, { sourceHash: word('other document') }),
  'another state source': (f) => otherContent(f, { stateSource: word('other source') }),
  'another state schema': (f) => otherContent(f, { stateSchema: word('other schema') }),
  'fewer operators': (f) => otherContent(f, { operators: [firstOperator(f)] }),
  'another proposer mode': (f) => otherContent(f, { proposerMode: 0 }),
  'more proposers': (f) => otherContent(f, { proposers: [RELAYER] }),
  'another tier': (f) => otherContent(f, { tier: 2 }),
  'no co-signers': (f) => otherContent(f, { coSigners: [] }),
  'a larger quota': (f) => otherContent(f, { quotaPerState: 3n }),
  'another claim time': (f) => otherContent(f, { claimTtl: 99n }),
  'another resource cap': (f) => otherContent(f, { resourceCap: 400_000n }),
  'another fee': (f) => otherContent(f, { execFee: 1n }),
  'the epoch before, in its grace': (f) => ({ draft: { ...baseDraft(f), policyEpoch: 1n } }),
  'an epoch before the last': (f) => ({
    draft: { ...baseDraft(f), policyEpoch: 0n },
    refusal: refusal('EpochNotAuthorised', 0n, 2n),
  }),
  'a future epoch': (f) => ({
    draft: { ...baseDraft(f), policyEpoch: 3n },
    refusal: refusal('EpochNotAuthorised', 3n, 2n),
  }),
  'an epoch in which the entry was not in force': (f) => ({
    draft: { ...baseDraft(f), policyEpoch: 1n, entry: f.entries.late },
    refusal: refusal('EpochNotAuthorised', 1n, 2n),
  }),
  'a frozen registry': (f) => ({
    draft: baseDraft(f),
    first: [
      {
        from: (f.roles.members[0] as KeyedAccount).address,
        to: f.at.registry,
        data: encodeCall('registry', 'freeze', []),
      },
    ],
    refusal: refusal('RegistryFrozen', f.time - 1n + BigInt(parameters.freezeDuration)),
  }),
};

/** Of the action: what the treasury itself refuses, and what only the proof can. */
const actionChanges: Changes = {
  'another schema': (f) => ({
    draft: withWords(f, { schema: 1 }),
    refusal: refusal('ActionInvalid', ActionField.Schema),
  }),
  'another addressee': (f) => ({ draft: withWords(f, { addressee: RELAYER }) }),
  'no addressee': (f) => ({
    draft: withWords(f, { addressee: ZERO_ADDRESS }),
    refusal: refusal('ActionInvalid', ActionField.Addressee),
  }),
  'another amount': (f) => ({ draft: withWords(f, { p0: baseDraft(f).words.p0 + 1n }) }),
  'an amount of zero': (f) => ({
    draft: withWords(f, { p0: 0n }),
    refusal: refusal('ActionInvalid', ActionField.Amount),
  }),
  'a negative amount': (f) => ({
    draft: withWords(f, { p0: -1n }),
    refusal: refusal('ActionInvalid', ActionField.Amount),
  }),
  'an amount that needs co-signers, with them': (f) => ({
    draft: withWords(f, { p0: 10_000_000_000n }),
    coSigners: f.roles.coSigners.slice(0, 2),
  }),
  'a second parameter': (f) => ({
    draft: withWords(f, { p1: 1n, presence: 3 }),
    refusal: refusal('ActionInvalid', ActionField.Presence),
  }),
  'a value for an absent parameter': (f) => ({ draft: withWords(f, { p1: 1n }), refusal: refusal('WordsInvalid') }),
  'a value for another absent parameter': (f) => ({
    draft: withWords(f, { p2: -1n }),
    refusal: refusal('WordsInvalid'),
  }),
  'a fourth presence bit': (f) => ({ draft: withWords(f, { presence: 9 }), refusal: refusal('WordsInvalid') }),
  'another payload': (f) => ({ draft: { ...baseDraft(f), payload: `${baseDraft(f).payload}00` } }),
  'a payload that is too long': (f) => ({
    draft: { ...baseDraft(f), payload: `0x${'00'.repeat(257)}` },
    refusal: refusal('ActionInvalid', ActionField.Payload),
  }),
  'another candidate set': (f) => ({ draft: { ...baseDraft(f), candidateSetHash: word('other set') } }),
};

/** Of state, nonce, operator, time and submitter. */
const bindingChanges: Changes = {
  'the attestation before, in its grace': (f) => ({ draft: { ...baseDraft(f), stateEpoch: 1n } }),
  'a state epoch that was not attested': (f) => ({
    draft: { ...baseDraft(f), stateEpoch: 3n },
    refusal: refusal('StateNotUsable', 3n, 2n),
  }),
  'the state epoch zero': (f) => ({
    draft: { ...baseDraft(f), stateEpoch: 0n },
    refusal: refusal('StateNotUsable', 0n, 2n),
  }),
  'another slot': (f) => ({ draft: { ...baseDraft(f), slot: 1n } }),
  'a slot beyond the quota': (f) => ({
    draft: { ...baseDraft(f), slot: 2n },
    refusal: refusal('QuotaExceeded', 2n, 2n),
  }),
  'a slot that was used': (f) => ({
    draft: baseDraft(f),
    first: [executeCall(f, honest(f, baseDraft(f)))],
    refusal: refusal('NonceUsed', scopeOf(f), nonceOf(2n, 0n)),
  }),
  'a slot that another policy used for the same account': (f) => ({
    draft: baseDraft(f),
    first: [executeCall(f, honest(f, { ...baseDraft(f), entry: f.entries.otherPolicy }))],
    refusal: refusal('NonceUsed', scopeOf(f), nonceOf(2n, 0n)),
  }),
  'another operator of the entry': (f) => ({ draft: { ...baseDraft(f), operatorId: other(f, 1) } }),
  'an operator that the entry does not list': (f) => ({
    draft: { ...baseDraft(f), operatorId: other(f, 2) },
    refusal: refusal('OperatorNotListed', other(f, 2)),
  }),
  'an operator that nobody registered': (f) => ({
    draft: { ...mockDraft(f, 0), operatorId: word('nobody') },
    refusal: refusal('OperatorUnknown', word('nobody')),
  }),
  'an operator that waits for admission': (f) => {
    const { id, call } = pending(f);
    return {
      draft: { ...mockDraft(f, 0), operatorId: id },
      first: [call],
      refusal: refusal('OperatorNotAdmitted', id, 1),
    };
  },
  'an ejected operator': (f) => ({
    draft: baseDraft(f),
    first: [asCourt(f, 'operators', encodeCall('operators', 'eject', [firstOperator(f)]))],
    refusal: refusal('OperatorNotAdmitted', firstOperator(f), 3),
  }),
  'a jailed operator': (f) => ({
    draft: baseDraft(f),
    first: Array.from({ length: parameters.missLimit }, () => missed(f, firstOperator(f))),
    refusal: refusal('OperatorJailed', firstOperator(f), f.time - 1n + BigInt(parameters.jailTerm)),
  }),
  'an operator with too little self-bond': (f) => ({
    draft: baseDraft(f),
    first: [asCourt(f, 'staking', encodeCall('staking', 'slash', [firstOperator(f), 5_001n, 0n, NO_SPLIT]))],
    refusal: refusal(
      'SelfBondTooLow',
      firstOperator(f),
      (2n * parameters.minSelfBond * 4_999n) / 10_000n,
      parameters.minSelfBond,
    ),
  }),
  'another validity': (f) => ({ draft: { ...baseDraft(f), validUntil: f.time + 99n } }),
  'a validity that is over': (f) => ({
    draft: { ...baseDraft(f), validUntil: f.time - 1n },
    refusal: refusal('DecisionExpired', f.time - 1n, f.time),
  }),
  'a validity beyond what is allowed': (f) => {
    const latest = f.time + BigInt(parameters.maxValidity);
    return {
      draft: { ...baseDraft(f), validUntil: latest + 1n },
      refusal: refusal('ValidUntilTooLate', latest + 1n, latest),
    };
  },
  'another submitter than the decision names': (f) => ({
    draft: { ...baseDraft(f), submitter: STRANGER },
    refusal: refusal('NotSubmitter', RELAYER, STRANGER),
  }),
};

export const changes: Changes = { ...entryChanges, ...actionChanges, ...bindingChanges };
