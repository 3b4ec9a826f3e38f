/**
 * The state of the reference machine: maps and records chosen for clarity. Every contract has one record here and one
 * module beside this file, under the same name.
 * @module
 */
import type { List, Map, Set } from 'immutable';
import type { SystemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import type { Hex } from '../codec/hash.ts';
import type { Mmr } from '../merkle/mmr.ts';

/** Addresses of the mirrored contracts, lower case. */
export interface Directory {
  readonly agrs: Hex;
  readonly parameters: Hex;
  readonly council: Hex;
  readonly disruptions: Hex;
  readonly registry: Hex;
  readonly operators: Hex;
  readonly staking: Hex;
  readonly oracle: Hex;
  readonly router: Hex;
  readonly gate: Hex;
  readonly treasury: Hex;
  readonly court: Hex;
}

/** What a receipt verifier says of itself. */
export interface VerifierInfo {
  readonly selector: Hex;
  readonly imageId: Hex;
  readonly development: boolean;
}

/** What was fixed at deployment. */
export interface Deployment {
  readonly directory: Directory;
  /** other addresses with code that calls may name */
  readonly otherCode: Set<Hex>;
  /** receipt verifiers that exist on the chain, added to the router or not, by address */
  readonly verifiers: Map<Hex, VerifierInfo>;
  /** most entries that the registry holds */
  readonly maxEntries: bigint;
  /** payments of at least this many 10^-6 AGRS need co-signatures of the elevated, of the critical tier */
  readonly elevatedFrom: bigint;
  readonly criticalFrom: bigint;
}

export interface AgrsState {
  /** base units (10^-18 AGRS) */
  readonly supply: bigint;
  readonly balances: Map<Hex, bigint>;
  /** by `owner + spender` */
  readonly allowances: Map<string, bigint>;
  /** permits that each owner used */
  readonly permits: Map<Hex, bigint>;
}

/** The parameter set, as the ABI has it. */
export type ParameterSet = Inputs<SystemAbis['parameters'], 'setParameters'>[1];

export interface ParametersState {
  readonly version: number;
  readonly set: ParameterSet;
}

/** The numbers are those of the contract's enum. */
export const ProposalStatus = { None: 0, Open: 1, Executed: 2, Cancelled: 3 } as const;

export interface Proposal {
  readonly proposer: Hex;
  readonly tier: number;
  readonly status: number;
  readonly approvals: Set<Hex>;
  readonly objections: Set<Hex>;
  /** first second at which it can be executed; zero while there is no quorum */
  readonly eta: bigint;
  /** last second at which it can be executed; zero while there is no quorum */
  readonly until: bigint;
  /** of the council, when it was made */
  readonly version: bigint;
  /** the members of that time, in their order: the contract counts approvals as bits over it */
  readonly seats: List<Hex>;
}

export interface Presence {
  /** last sign of life, seconds */
  readonly lastSeen: bigint;
  /** begin of a notice; zero: none */
  readonly noticeAt: bigint;
}

export interface CouncilState {
  readonly members: List<Hex>;
  readonly presence: Map<Hex, Presence>;
  readonly version: bigint;
  readonly genesisSealed: boolean;
  /** by `target + selector` */
  readonly tiers: Map<string, number>;
  readonly proposals: Map<Hex, Proposal>;
}

export interface RegistryState {
  readonly epoch: bigint;
  readonly advancedAt: bigint;
  readonly frozenUntil: bigint;
  readonly roots: Map<bigint, Hex>;
  /** begin of each epoch */
  readonly advancedAts: Map<bigint, bigint>;
  /** entries in force: hash of the content and the epoch since which it is in force */
  readonly applied: Map<Hex, { readonly entryHash: Hex; readonly since: bigint }>;
  /** staged changes in the order of staging; undefined is a removal */
  readonly staged: List<{ readonly key: Hex; readonly entryHash: Hex | undefined }>;
  readonly lastFreeze: Map<Hex, bigint>;
}

export const OperatorStatus = { Unknown: 0, Pending: 1, Admitted: 2, Ejected: 3 } as const;

export interface Operator {
  readonly status: number;
  readonly owner: Hex;
  readonly signer: Hex;
  readonly payout: Hex;
  readonly metadataHash: Hex;
  /** last second in jail */
  readonly jailedUntil: bigint;
  /** missed claims counted since `missesSince` */
  readonly misses: number;
  readonly missesSince: bigint;
  readonly proposedOwner: Hex;
  /** first second at which the proposed owner may accept */
  readonly ownerOpensAt: bigint;
}

export interface OperatorsState {
  readonly admissionOpen: boolean;
  readonly operators: Map<Hex, Operator>;
  /** every key that ever signed for an operator; rotatedAt is zero while it is current */
  readonly keys: Map<Hex, { readonly operatorId: Hex; readonly rotatedAt: bigint }>;
}

/** A sum of claims that a slash reduces in constant time; see contracts/lib/FactorLedger.sol. */
export interface Ledger {
  readonly total: bigint;
  /** 10^27 at the start of a generation: the price of a share, in 10^-27 base units */
  readonly factor: bigint;
  readonly generation: number;
}

/** Shares of one generation of a ledger. */
export interface Claimed {
  readonly shares: bigint;
  readonly generation: number;
}

/** The numbers are those of the contract's enum. */
export const ExitKind = { Owner: 0, Delegator: 1 } as const;

/** What names an exit. */
export interface ExitName {
  readonly kind: number;
  readonly operatorId: Hex;
  readonly account: Hex;
  readonly index: number;
}

export interface Exit extends Claimed, ExitName {
  /** first second at which it can be claimed */
  readonly opensAt: bigint;
}

export interface Delegation extends Claimed {
  /** exits ever begun */
  readonly exits: number;
}

/** What stands behind one operator. */
export interface Stake {
  readonly selfBond: Ledger;
  readonly ownerExits: Ledger;
  readonly pool: Ledger;
  readonly delegatorExits: Ledger;
  /** exits ever begun by owners */
  readonly exits: number;
  /** open locks */
  readonly locks: number;
  /** second from which on the last exit of an owner can be claimed; zero: there was none */
  readonly lastExitOpensAt: bigint;
  readonly delegations: Map<Hex, Delegation>;
}

export interface StakingState {
  readonly stakes: Map<Hex, Stake>;
  /** open exits by `exitKey` */
  readonly exits: Map<string, Exit>;
}

export interface Attested {
  /** EIP-712 struct hash */
  readonly hash: Hex;
  readonly stateHash: Hex;
  readonly stateEpoch: bigint;
  readonly createdAt: bigint;
  readonly acceptedAt: bigint;
  /** last second at which it is fresh: createdAt + the source's maxStaleness of the time */
  readonly expiresAt: bigint;
}

export interface Source {
  readonly configVersion: number;
  readonly generation: number;
  readonly maxStaleness: number;
  readonly maxFutureSkew: number;
  readonly threshold: number;
  readonly attesters: Set<Hex>;
  readonly latest: Attested | undefined;
  readonly previous: Attested | undefined;
}

export interface OracleState {
  readonly sources: Map<Hex, Source>;
  /** when each attestation was accepted, by struct hash */
  readonly acceptedAts: Map<Hex, bigint>;
}

export const VerifierStatus = { None: 0, Active: 1, Stopped: 2, Removed: 3 } as const;

export interface RouterState {
  /** by selector */
  readonly routes: Map<Hex, { readonly verifier: Hex; readonly status: number }>;
}

export const NonceStatus = { Unused: 0, Executed: 1, Final: 2, Claimed: 3 } as const;

export interface ExecutionRecord {
  readonly kind: 'executed';
  readonly executedAt: bigint;
  /** the finalityDelay of that time */
  readonly finalityDelay: number;
  readonly logIndex: bigint;
  readonly succeeded: boolean;
  readonly operatorId: Hex;
  /** what the entry promised, base units of AGRS */
  readonly fee: bigint;
  /** a fee is owed and not paid yet */
  readonly feeOwed: boolean;
}

/** The claim as the contract has it. */
export type Claim = Inputs<SystemAbis['gate'], 'settle'>[0];

export interface ClaimRecord {
  readonly kind: 'claimed';
  readonly claim: Claim;
  /** operators that missed the nonce before, in order */
  readonly missed: readonly Hex[];
}

/** A nonce that was missed and is free again. */
export interface MissedRecord {
  readonly kind: 'missed';
  /** operators that missed it, in order; at least one */
  readonly missed: readonly Hex[];
}

export type NonceRecord = ExecutionRecord | ClaimRecord | MissedRecord;

export interface Escrow {
  /** base units of AGRS that nobody was promised */
  readonly available: bigint;
  /** set aside for claims and executions */
  readonly owed: bigint;
}

export interface GateState {
  /** by scope, then nonce */
  readonly records: Map<Hex, Map<bigint, NonceRecord>>;
  readonly escrows: Map<Hex, Escrow>;
  readonly log: Mmr;
}

export interface DisruptionsState {
  /** times of marks by subject, increasing */
  readonly marks: Map<Hex, List<bigint>>;
}

export interface Opening {
  readonly sequence: bigint;
  readonly from: bigint;
  readonly until: bigint;
  readonly used: boolean;
}

export interface Offence {
  readonly challenger: Hex;
  readonly sequence: bigint;
  readonly rewardOpensAt: bigint;
  readonly reward: bigint;
}

export const CaseStatus = { None: 0, Open: 1, Closed: 2, Guilty: 3 } as const;

export interface Case {
  readonly scope: Hex;
  readonly nonce: bigint;
  readonly status: number;
  readonly operatorId: Hex;
  readonly accuser: Hex;
  readonly bond: bigint;
  readonly rebutted: boolean;
  readonly voteFrom: bigint;
  readonly voteUntil: bigint;
  readonly acquittals: number;
  /** of the council, whose members' votes are counted */
  readonly version: bigint;
  readonly guilty: number;
  readonly notGuilty: number;
  /** `version + member` of everybody who voted in this case, under whatever membership */
  readonly voted: Set<string>;
}

export interface CourtState {
  readonly openings: Map<Hex, Opening>;
  readonly offences: Map<Hex, Offence>;
  /** by `scope + nonce` */
  readonly cases: Map<string, Case>;
  readonly lastAudits: Map<Hex, bigint>;
}

export interface TreasuryState {
  readonly funds: Map<Hex, bigint>;
}

export interface State {
  readonly deployment: Deployment;
  readonly agrs: AgrsState;
  readonly parameters: ParametersState;
  readonly council: CouncilState;
  readonly disruptions: DisruptionsState;
  readonly registry: RegistryState;
  readonly operators: OperatorsState;
  readonly staking: StakingState;
  readonly oracle: OracleState;
  readonly router: RouterState;
  readonly gate: GateState;
  readonly treasury: TreasuryState;
  readonly court: CourtState;
}
