/**
 * The small world of a campaign: actors with known keys, tight windows, few entries and sources, so that random calls
 * meet each other and every boundary is within reach.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { DeploymentConfig } from '../chain/config.ts';
import type { Hex } from '../codec/hash.ts';
import { keccak256, utf8 } from '../codec/hash.ts';
import type { Entry } from '../codec/ids.ts';
import { addressOfKey, ZERO_ADDRESS } from '../codec/signature.ts';
import { rememberSigner, type Signable } from '../codec/typed-data.ts';
import type { Directory, ParameterSet } from '../model/index.ts';
import { MAX_LOCKS } from '../model/parameters.ts';
import { MAX_RESOURCE_CAP, MIN_RESOURCE_CAP } from '../model/registry.ts';

/** An account whose key the campaign knows. */
export interface Actor {
  readonly name: string;
  readonly key: Hex;
  /** lower case */
  readonly address: Hex;
}

export const CHAIN_ID = 31_337n;

const ORDER = secp256k1.Point.Fn.ORDER;
const HALF_ORDER = ORDER / 2n;
const { x: R, y: RY } = secp256k1.Point.BASE.toAffine();
const wordDigits = (value: bigint): string => value.toString(16).padStart(64, '0');
const R_WORD = wordDigits(R);
/** v where s stays as it is, and where it is negated: that negates the point, which flips the parity of its y. */
const [V, V_NEGATED] = RY % 2n === 1n ? ['1c', '1b'] : ['1b', '1c'];

/** R times the key of each actor that has signed: there are few. */
const shares = new Map<Hex, bigint>();

function shareOf(key: Hex): bigint {
  const share = shares.get(key) ?? R * BigInt(key);
  shares.set(key, share);
  return share;
}

/**
 * An ECDSA signature with the nonce 1, whose point is the generator: one multiplication instead of a point
 * multiplication, a thousand times faster, and it tells the key to everybody. These keys are public anyway.
 */
export function quickSign(message: Signable, { key, address }: Actor): Hex {
  const sum = (BigInt(message.digest) + shareOf(key)) % ORDER;
  const high = sum > HALF_ORDER;
  // Joined, it is one text: concatenated, it would have to be put together to be looked up.
  const signature = ['0x', R_WORD, wordDigits(high ? ORDER - sum : sum), high ? V_NEGATED : V].join('') as Hex;
  rememberSigner(message, signature, address);
  return signature;
}

function actor(name: string): Actor {
  const key = keccak256(utf8(`mprd-net campaign actor ${name}`));
  return { name, key, address: addressOfKey(key) };
}

function actors(name: string, count: number): readonly Actor[] {
  const list = Array.from({ length: count }, (_, i) => actor(`${name} ${i}`));
  return list.sort((a, b) => (a.address < b.address ? -1 : 1));
}

export const members = actors('member', 3);
export const owners = actors('owner', 5);
/** keys that sign for operators: the first five at the start, the others by rotation */
export const signers = actors('signer', 12);
export const proposers = actors('proposer', 2);
export const coSigners = actors('co-signer', 3);
export const payees = actors('payee', 2);
export const outsiders = actors('outsider', 2);
export const delegators = actors('delegator', 3);
/** account whose funds the policies move */
export const principal = actor('principal');

export const everybody: readonly Actor[] = [
  ...members,
  ...owners,
  ...signers,
  ...proposers,
  ...coSigners,
  ...payees,
  ...outsiders,
  ...delegators,
  principal,
];
/** Accounts that hold tokens: only they receive any. */
export const holders: readonly Actor[] = [...owners, ...payees, ...outsiders, ...delegators, principal];
const byAddress = new Map(everybody.map((one) => [one.address, one]));

export function actorAt(address: Hex): Actor | undefined {
  return byAddress.get(address);
}

export const AGRS = 10n ** 18n;
/** So large that one owner can have a hundredth of what a ledger counts. */
export const SUPPLY = 10n ** 9n * AGRS;

/** Windows of minutes instead of days; the inequalities of the contract hold. */
export const parameterSet: ParameterSet = {
  minSelfBond: 100n * AGRS,
  maxValidity: 600,
  finalityDelay: 60,
  registryGrace: 120,
  attestationGrace: 120,
  claimBond: 5n * AGRS,
  unbondingPeriod: 300,
  missPeriod: 400,
  jailTerm: 150,
  challengerBps: 2_500,
  burnBps: 2_500,
  missLimit: 2,
  delegationRatio: 16,
  accuserBond: 10n * AGRS,
  lookBack: 120,
  disputeWindow: 60,
  rulingWindow: 80,
  revealDelay: 10,
  proveWindow: 60,
  auditBps: 1_000,
  silencePeriod: 250,
  noticePeriod: 80,
  elevatedDelay: 50,
  criticalDelay: 310,
  proposalGrace: 400,
  epochMinInterval: 130,
  freezeDuration: 100,
  freezeCooldown: 600,
  freezeExtension: 300,
  blockInterval: 2,
  proofTime: 5,
};

export const MAX_ENTRIES = 3;
/** in 10^-6 AGRS */
export const ELEVATED_FROM = 50_000_000n;
export const CRITICAL_FROM = 200_000_000n;

/** The deployment that a campaign runs on: the protocol's own, with these windows and limits. */
export const deployment: DeploymentConfig = {
  members: members.map(({ address }) => address),
  parameters: parameterSet,
  maxEntries: BigInt(MAX_ENTRIES),
  treasury: { elevatedFrom: ELEVATED_FROM, criticalFrom: CRITICAL_FROM },
  supply: SUPPLY,
  tokenHolder: principal.address,
  decisionVerifier: 'none',
  recordedVerifier: true,
};

export const sourceNames: readonly Hex[] = [keccak256(utf8('prices')), keccak256(utf8('risk'))];
export const IMAGE_ID = keccak256(utf8('campaign image'));

function word(text: string): Hex {
  return `0x${(BigInt(keccak256(utf8(text))) >> 8n).toString(16).padStart(64, '0')}`;
}

/**
 * The entries that the council may stage: modes, lists, tiers and quotas differ. Two versions of the first one share
 * its key, so that changes of an entry in force occur.
 * @param adapter one that takes any action, for an entry under which nobody signs but the operator
 */
export function catalogue(
  directory: Directory,
  sourceIds: readonly Hex[],
  operatorIds: readonly Hex[],
  adapter?: Hex,
): readonly Entry[] {
  const base: Entry = {
    policyHash: word('policy 0'),
    imageId: IMAGE_ID,
    sourceHash: keccak256(utf8('document 0')),
    stateSource: sourceIds[0] as Hex,
    stateSchema: word('schema'),
    adapter: directory.treasury,
    account: principal.address,
    operators: [],
    proposerMode: 1,
    proposers: proposers.map(({ address }) => address),
    tier: 1,
    coSigners: coSigners.map(({ address }) => address),
    quotaPerState: 3n,
    claimTtl: 60n,
    resourceCap: 200_000n,
    execFee: 2n * AGRS,
  };
  const calling: Entry = {
    ...base,
    policyHash: word('policy 6'),
    adapter: adapter ?? directory.treasury,
    operators: operatorIds.slice(0, 2),
    proposerMode: 0,
    proposers: [],
    coSigners: [],
    resourceCap: 2_000_000n,
    execFee: 0n,
  };
  return [
    base,
    { ...base, quotaPerState: 1n, claimTtl: 90n },
    {
      ...base,
      policyHash: word('policy 1'),
      proposerMode: 0,
      proposers: [],
      operators: operatorIds.slice(0, 2),
      execFee: 0n,
    },
    // More nonces for one state than an operator may hold, and so many co-signers that each tier asks for another number.
    {
      ...base,
      policyHash: word('policy 2'),
      tier: 2,
      stateSource: sourceIds[1] as Hex,
      claimTtl: 40n,
      quotaPerState: MAX_LOCKS + 4n,
      coSigners: [...coSigners, ...proposers].map(({ address }) => address).sort(),
    },
    {
      ...base,
      policyHash: word('policy 3'),
      proposerMode: 0,
      proposers: [],
      coSigners: [],
      account: payees[0]?.address ?? ZERO_ADDRESS,
      resourceCap: MAX_RESOURCE_CAP,
    },
    { ...base, policyHash: word('policy 4'), tier: 3, operators: operatorIds.slice(1, 3) },
    { ...base, policyHash: word('policy 5'), quotaPerState: 2n, claimTtl: 12n, resourceCap: MIN_RESOURCE_CAP },
    ...(adapter === undefined ? [] : [calling]),
  ];
}
