/**
 * Deployment configurations: the protocol's defaults and the devnet's, whose windows are scaled by one factor.
 * @module
 */

import type { SystemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import { type Hex, keccak256, utf8 } from '../codec/hash.ts';
import { ChainError } from './failure.ts';

/** Base units of AGRS in one AGRS. */
export const AGRS = 10n ** 18n;

export type ParameterSet = Inputs<SystemAbis['parameters'], 'setParameters'>[1];

/** Everything a deployment is made of besides the contracts' code. */
export interface DeploymentConfig {
  /** members of the council, strictly increasing; 3 or more, so that one lost key never blocks */
  readonly members: readonly Hex[];
  readonly parameters: ParameterSet;
  /** entries that the policy registry can hold */
  readonly maxEntries: bigint;
  /** payments of at least this many units (10^-6 AGRS) need co-signatures of the tier */
  readonly treasury: { readonly elevatedFrom: bigint; readonly criticalFrom: bigint };
  /** base units of AGRS; all of them go to `tokenHolder` */
  readonly supply: bigint;
  readonly tokenHolder: Hex;
  /** `development`: the verifier of the development keys, on local chains only. `none`: the council adds one later */
  readonly decisionVerifier: 'development' | 'none';
  /** also a verifier that takes recorded verdicts, for property tests on local chains */
  readonly recordedVerifier: boolean;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The protocol's defaults (docs/protocol.md, "Parameters"). */
export const protocolParameters: ParameterSet = {
  minSelfBond: 10_000n * AGRS,
  maxValidity: HOUR,
  finalityDelay: MINUTE,
  registryGrace: 20 * MINUTE,
  attestationGrace: 20 * MINUTE,
  claimBond: 50n * AGRS,
  unbondingPeriod: 14 * DAY,
  missPeriod: 7 * DAY,
  jailTerm: 3 * DAY,
  challengerBps: 2_500,
  burnBps: 2_500,
  missLimit: 3,
  delegationRatio: 16,
  accuserBond: 100n * AGRS,
  lookBack: 7 * DAY,
  disputeWindow: 3 * DAY,
  rulingWindow: 3 * DAY,
  revealDelay: 2 * MINUTE,
  proveWindow: 2 * HOUR,
  auditBps: 1_000,
  silencePeriod: 180 * DAY,
  noticePeriod: 30 * DAY,
  elevatedDelay: 6 * HOUR,
  criticalDelay: 15 * DAY,
  proposalGrace: 7 * DAY,
  epochMinInterval: HOUR,
  freezeDuration: DAY,
  freezeCooldown: 30 * DAY,
  freezeExtension: 7 * DAY,
  blockInterval: 12,
  proofTime: 30,
};

/** One day of the protocol is one hour of the devnet. */
export const DEVNET_SCALE = 24;
/** Seconds between two blocks of the devnet when nobody sends anything. */
export const DEVNET_BLOCK_INTERVAL = 2;
/** Seconds in which even a slow machine makes a proof. */
const DEVNET_PROOF_TIME = 15;

/** Parameters that count something else than seconds. */
const NOT_WINDOWS: readonly (keyof ParameterSet)[] = [
  'challengerBps',
  'burnBps',
  'missLimit',
  'delegationRatio',
  'auditBps',
];

/**
 * All windows divided by one factor, rounded up. Amounts stay; the block interval and the time to make a proof are
 * properties of a chain and a machine, not windows, and are given.
 */
export function scaleWindows(
  set: ParameterSet,
  factor: number,
  blockInterval: number,
  proofTime: number,
): ParameterSet {
  if (!Number.isInteger(factor) || factor < 1) {
    throw new ChainError('bad-config', `scale factor ${factor}: expected an integer from 1 on. Choose such a factor.`);
  }
  const scaled = Object.entries(set).map(([name, value]) => [
    name,
    typeof value === 'bigint' || NOT_WINDOWS.includes(name as keyof ParameterSet) ? value : Math.ceil(value / factor),
  ]);
  return { ...(Object.fromEntries(scaled) as ParameterSet), blockInterval, proofTime };
}

export const devnetParameters: ParameterSet = scaleWindows(
  protocolParameters,
  DEVNET_SCALE,
  DEVNET_BLOCK_INTERVAL,
  DEVNET_PROOF_TIME,
);

/** A configuration with the protocol's defaults. */
export function protocolConfig(members: readonly Hex[], tokenHolder: Hex): DeploymentConfig {
  return {
    members: sorted(members),
    parameters: protocolParameters,
    maxEntries: 64n,
    treasury: { elevatedFrom: 10_000_000_000n, criticalFrom: 100_000_000_000n },
    supply: 100_000_000n * AGRS,
    tokenHolder,
    decisionVerifier: 'none',
    recordedVerifier: false,
  };
}

/** The devnet's configuration. */
export function devnetConfig(members: readonly Hex[], tokenHolder: Hex): DeploymentConfig {
  return { ...protocolConfig(members, tokenHolder), parameters: devnetParameters, decisionVerifier: 'development' };
}

/** Hex values in the ascending order in which the contracts want their lists. */
export function sorted<H extends Hex>(values: readonly H[]): H[] {
  return [...values].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0));
}

/** The oracle source that the devnet's example reads: name, threshold and staleness. Attesters are its operators. */
export const devnetSource = {
  name: keccak256(utf8('treasury')),
  threshold: 2,
  /** seconds from its creation on for which a state is fresh */
  maxStaleness: 10 * MINUTE,
  maxFutureSkew: 5,
} as const;

/** What the registry entry of the devnet's example asks for, besides the policy. */
export const devnetEntry = {
  /** least tier of co-signing; the treasury asks for more when a payment is large */
  tier: 1,
  /** one payment per attested state */
  quotaPerState: 1n,
  claimTtl: BigInt(devnetParameters.registryGrace - devnetParameters.proofTime),
  resourceCap: 300_000n,
  execFee: 0n,
} as const;
