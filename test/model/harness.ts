/**
 * A chain for the model's tests that can execute: five operators, an attested source, a verifier, an entry in force,
 * funds and an escrow. Governed calls come from the council's own address, as in an executed proposal.
 */
import type { ContractName, SystemAbis } from '../../src/abi/system.ts';
import type { Inputs, WriteName } from '../../src/abi/types.ts';
import { quickSign } from '../../src/campaign/world.ts';
import { attestationEvidence, headEvidence } from '../../src/codec/evidence.ts';
import { contextHash, decisionJournal, journalDigest } from '../../src/codec/execution.ts';
import { type Hex, ZERO_HASH } from '../../src/codec/hash.ts';
import {
  type Claim,
  type Entry,
  entryHash,
  entryKey,
  nonceOf,
  openingCommitment,
  scopeId,
  sourceId,
} from '../../src/codec/ids.ts';
import { signable } from '../../src/codec/typed-data.ts';
import { type Head, HeadKind } from '../../src/model/court.ts';
import type { Execution } from '../../src/model/gate.ts';
import type { Refusal, State } from '../../src/model/index.ts';
import { recordOf } from '../../src/model/nonces.ts';
import { currentOperatorOf } from '../../src/model/operators.ts';
import type { StateAttestation } from '../../src/model/oracle.ts';
import { refused, type Step, type Success } from '../../src/model/step.ts';
import { PAY_SCHEMA } from '../../src/model/treasury.ts';
import {
  type Actor,
  AGRS,
  actor,
  address,
  CHAIN,
  call,
  directory,
  done,
  funded,
  entry as plainEntry,
  refusal,
  SELECTOR,
  start,
  T0,
  verifier,
  withOperator,
  ZERO,
} from './fixture.ts';

const NAME: Hex = `0x${'5c'.repeat(32)}`;
export const SOURCE = sourceId({ chainId: CHAIN, contract: directory.oracle }, NAME);
const REGISTRY = { chainId: CHAIN, contract: directory.registry };
const GATE = { chainId: CHAIN, contract: directory.gate };
export const COURT = { chainId: CHAIN, contract: directory.court };
export const FEE = 2n * AGRS;
/** The account whose funds the policy moves, and the one that its actions pay. */
export const account = plainEntry.account;
export const payee = address(0xfee);

/** One slot more than operators, and a fee. */
export const entry: Entry = { ...plainEntry, stateSource: SOURCE, quotaPerState: 6n, execFee: FEE };
export const ENTRY_KEY = entryKey(REGISTRY, entry.policyHash, entry.adapter, entry.account);
export const SCOPE = scopeId(GATE, entry.adapter, entry.account);

export interface Operator {
  readonly id: Hex;
  readonly owner: Hex;
  readonly signer: Actor;
}

export const BOND = 1_000n * AGRS;

/** A model that moves: calls change it, and time passes. */
export class Chain {
  state: State;
  time: bigint;

  constructor(state: State, time: bigint) {
    this.state = state;
    this.time = time;
  }

  fork(): Chain {
    return new Chain(this.state, this.time);
  }

  pass(seconds: bigint | number): this {
    this.time += BigInt(seconds);
    return this;
  }

  /** A call that may be refused, and then changes nothing. */
  attempt<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
    contract: C,
    functionName: F,
    args: Inputs<SystemAbis[C], F>,
    sender: Hex,
  ): Step<readonly unknown[]> {
    const step = call(this.state, contract, functionName, args, { sender, time: this.time });
    if (!refused(step)) this.state = step.state;
    return step;
  }

  /** A call that must succeed. */
  do<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
    contract: C,
    functionName: F,
    args: Inputs<SystemAbis[C], F>,
    sender: Hex,
  ): Success<readonly unknown[]> {
    return done(this.attempt(contract, functionName, args, sender));
  }

  /** The refusal of a call that must be refused. */
  refuse<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
    contract: C,
    functionName: F,
    args: Inputs<SystemAbis[C], F>,
    sender: Hex,
  ): Refusal {
    return refusal(this.attempt(contract, functionName, args, sender));
  }

  /** A call that the council executes. */
  govern<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
    contract: C,
    functionName: F,
    args: Inputs<SystemAbis[C], F>,
  ): Success<readonly unknown[]> {
    return this.do(contract, functionName, args, directory.council);
  }

  /** Gives an account tokens, and a contract the allowance to take them. */
  fund(to: Hex, amount: bigint, spender?: Hex): this {
    this.state = funded(this.state, to, amount, spender);
    return this;
  }

  balance(of: Hex): bigint {
    return this.state.agrs.balances.get(of, 0n);
  }
}

/** Its signers, and so the operators, in the order in which attestations want their signatures. */
export const signers: readonly Actor[] = [0, 1, 2, 3, 4]
  .map((n) => actor(`harness signer ${n}`))
  .sort((a, b) => (a.address < b.address ? -1 : 1));

function deployed(): { readonly state: State; readonly operators: readonly Operator[] } {
  let state = start();
  const operators = signers.map((signer, n) => {
    const owner = address(0xb00 + n);
    const made = withOperator(state, owner, signer, BOND);
    state = made.state;
    return { id: made.id, owner, signer };
  });
  return { state, operators };
}

const GENESIS = deployed();
export const operators = GENESIS.operators as readonly Operator[] as readonly [
  Operator,
  Operator,
  Operator,
  Operator,
  Operator,
];
const ATTESTERS = operators.map(({ id }) => id).sort();
export const MAX_STALENESS = 900;

/** Begins a configuration of the source; without `keep` its states are withdrawn. */
export function configure(chain: Chain, keep = false): void {
  chain.govern('oracle', 'configureSource', [NAME, ATTESTERS, 3, MAX_STALENESS, 5, keep]);
}

const READY = (() => {
  const chain = new Chain(GENESIS.state, T0);
  chain.govern('router', 'addVerifier', [verifier]);
  configure(chain);
  chain.govern('registry', 'stageEntry', [entry]);
  chain.govern('registry', 'advanceEpoch', []);
  chain.fund(account, 1_000n * AGRS, directory.treasury);
  chain.do('treasury', 'fund', [account, 1_000n * AGRS], account);
  chain.fund(account, 100n * AGRS, directory.gate);
  chain.do('gate', 'fundEscrow', [SCOPE, 100n * AGRS], account);
  chain.pass(200);
  attest(chain);
  return chain.pass(1);
})();

/** A chain on which operators can claim and execute at once. */
export function ready(): Chain {
  return READY.fork();
}

/*--------------------------------------------------------------------------------------------------- attestations */

export function sourceOf({ state }: Chain) {
  const source = state.oracle.sources.get(SOURCE);
  if (!source) throw new Error('harness: the source was not configured');
  return source;
}

/** The attestation that the source takes next. */
export function nextAttestation(chain: Chain, changed: Partial<StateAttestation> = {}): StateAttestation {
  const { configVersion, latest } = sourceOf(chain);
  const stateEpoch = changed.stateEpoch ?? (latest?.stateEpoch ?? 0n) + 1n;
  return {
    sourceId: SOURCE,
    configVersion,
    prevHash: latest?.hash ?? ZERO_HASH,
    stateHash: wordOf(1_000n + stateEpoch),
    fieldsHash: wordOf(stateEpoch),
    createdAt: chain.time,
    ...changed,
    stateEpoch,
  };
}

export function signAttestation(attestation: StateAttestation, signer: Actor): Hex {
  const domain = { chainId: CHAIN, verifyingContract: directory.oracle };
  return quickSign(signable('StateAttestation', attestation, domain), signer);
}

/** A new state, signed by three of these keys that still count. */
export function attest(
  chain: Chain,
  changed: Partial<StateAttestation> = {},
  keys: readonly Actor[] = signers,
): StateAttestation {
  const attestation = nextAttestation(chain, changed);
  const counting = keys.filter(({ address }) => currentOperatorOf(chain.state, address) !== undefined);
  const signatures = counting.slice(0, 3).map((signer) => signAttestation(attestation, signer));
  chain.do('oracle', 'attest', [attestation, signatures], payee);
  return attestation;
}

/*--------------------------------------------------------------------------------------------- claims, executions */

/** Three operators, as the gate takes those that missed a nonce. */
type Missed = readonly [Hex, Hex, Hex];

/** The first operators of a list, padded with zeroes. */
export function missedBy(...list: readonly Operator[]): Missed {
  const at = (i: number) => list[i]?.id ?? ZERO_HASH;
  return [at(0), at(1), at(2)];
}

export interface ClaimWish {
  readonly slot?: bigint;
  readonly stateEpoch?: bigint;
  readonly missed?: Missed;
  readonly entry?: Entry;
}

function claimArgs(chain: Chain, operator: Operator, wish: ClaimWish) {
  const stateEpoch = wish.stateEpoch ?? sourceOf(chain).latest?.stateEpoch ?? 0n;
  return [wish.entry ?? entry, stateEpoch, wish.slot ?? 0n, operator.id, wish.missed ?? missedBy()] as const;
}

/** Tries to claim, by the operator's key. */
export function tryClaim(chain: Chain, operator: Operator, wish: ClaimWish = {}): Step<readonly unknown[]> {
  return chain.attempt('gate', 'claim', claimArgs(chain, operator, wish), operator.signer.address);
}

/** The claim that a successful call made. */
export function claimIn({ events }: Success<unknown>): Claim {
  const claimed = events.find(({ event }) => event === 'Claimed');
  if (!claimed) throw new Error('harness: nothing was claimed');
  return (claimed.args as unknown as { readonly claim: Claim }).claim;
}

export function claim(chain: Chain, operator: Operator, wish: ClaimWish = {}): Claim {
  return claimIn(done(tryClaim(chain, operator, wish)));
}

/** Tries to settle a lapsed claim and to claim its nonce in the same call; `missed` are those before the lapsed one. */
export function tryTakeOver(
  chain: Chain,
  operator: Operator,
  lapsed: Claim,
  { missed = missedOf(chain, lapsed), entry: used = entry }: ClaimWish = {},
): Step<readonly unknown[]> {
  const args = [used, lapsed.nonce >> 64n, slotOf(lapsed), operator.id, missed, lapsed] as const;
  return chain.attempt('gate', 'takeOver', args, operator.signer.address);
}

/** Who will have missed the claim's nonce once the claim is settled as a miss. */
function missedOf({ state }: Chain, { scope, nonce, operatorId }: Claim): Missed {
  const record = recordOf(state, scope, nonce);
  const before = record?.kind === 'claimed' ? record.missed : [];
  const [a = ZERO_HASH, b = ZERO_HASH, c = ZERO_HASH] = [...before, operatorId];
  return [a, b, c];
}

export function takeOver(chain: Chain, operator: Operator, lapsed: Claim): Claim {
  return claimIn(done(tryTakeOver(chain, operator, lapsed)));
}

function slotOf({ nonce }: Claim): bigint {
  return nonce & (2n ** 64n - 1n);
}

/** Settles by anybody; returns the excuse. */
export function settle(chain: Chain, lapsed: Claim, sender: Hex = payee): number {
  return chain.do('gate', 'settle', [lapsed], sender).returns[0] as number;
}

export interface ExecutionWish {
  readonly slot?: bigint;
  readonly stateEpoch?: bigint;
  readonly policyEpoch?: bigint;
  readonly validUntil?: bigint;
  /** 10^-6 AGRS */
  readonly amount?: bigint;
  readonly entry?: Entry;
  /** the claim under which it executes: nonce and state are its */
  readonly claim?: Claim;
}

/** A decision of the operator with its signature, around a proof that the environment accepts. */
export function execution(chain: Chain, operator: Operator, wish: ExecutionWish = {}): Execution {
  const { claim } = wish;
  const used = wish.entry ?? entry;
  const { latest, previous } = sourceOf(chain);
  const stateEpoch = claim ? claim.nonce >> 64n : (wish.stateEpoch ?? latest?.stateEpoch ?? 0n);
  const slot = claim ? slotOf(claim) : (wish.slot ?? 0n);
  const attested = [latest, previous].find((one) => one?.stateEpoch === stateEpoch);
  const stateHash = claim?.stateHash ?? attested?.stateHash ?? ZERO_HASH;
  const attestationHash = claim?.attestationHash ?? attested?.hash ?? ZERO_HASH;
  const x: Execution = {
    entry: used,
    policyEpoch: wish.policyEpoch ?? chain.state.registry.epoch,
    stateEpoch,
    slot,
    operatorId: operator.id,
    validUntil: wish.validUntil ?? chain.time,
    submitter: ZERO,
    candidateSetHash: ZERO_HASH,
    words: { schema: PAY_SCHEMA, addressee: payee, p0: wish.amount ?? 1n, p1: 0n, p2: 0n, presence: 1 },
    payload: '0x',
    proof: SELECTOR,
    operatorSignature: '0x',
    proposerSignature: '0x',
    coSignatures: [],
  };
  return { ...x, operatorSignature: signDecision(chain, x, operator.signer, { stateHash, attestationHash }) };
}

function signDecision(
  { state }: Chain,
  x: Execution,
  signer: Actor,
  { stateHash, attestationHash }: Pick<Claim, 'stateHash' | 'attestationHash'>,
): Hex {
  const scope = scopeId(GATE, x.entry.adapter, x.entry.account);
  const nonce = nonceOf(x.stateEpoch, x.slot);
  const context = contextHash(GATE, {
    imageId: x.entry.imageId,
    policyEpoch: x.policyEpoch,
    registryRoot: state.registry.roots.get(x.policyEpoch, ZERO_HASH),
    entryKey: entryKey(REGISTRY, x.entry.policyHash, x.entry.adapter, x.entry.account),
    entryHash: entryHash(REGISTRY, x.entry),
    stateSource: x.entry.stateSource,
    stateEpoch: x.stateEpoch,
    attestationHash,
    operatorId: x.operatorId,
    scope,
    nonce,
    validUntil: x.validUntil,
  });
  const journal = decisionJournal({ ...x, policyHash: x.entry.policyHash, stateHash, context });
  const { operatorId, validUntil, submitter } = x;
  const message = {
    scope,
    nonce,
    operatorId,
    ...x.words,
    validUntil,
    submitter,
    journalDigest: journalDigest(journal),
  };
  return quickSign(signable('Decision', message, { chainId: CHAIN, verifyingContract: directory.gate }), signer);
}

/** Executes a nonce that nobody holds. */
export function tryExecute(chain: Chain, operator: Operator, wish: ExecutionWish = {}): Step<readonly unknown[]> {
  return chain.attempt('gate', 'execute', [execution(chain, operator, wish)], payee);
}

/** Executes what the operator claimed. */
export function tryFinish(
  chain: Chain,
  operator: Operator,
  claim: Claim,
  wish: ExecutionWish = {},
): Step<readonly unknown[]> {
  return chain.attempt('gate', 'executeClaimed', [execution(chain, operator, { ...wish, claim }), claim], payee);
}

/*------------------------------------------------------------------------------------------------------- evidence */

export function signHead(kind: number, head: Head, signer: Actor): Hex {
  const { operatorId, height, root, blockHash } = head;
  const message =
    kind === HeadKind.LogHead
      ? signable(
          'LogHead',
          { operatorId, size: height, root, blockHash },
          { chainId: CHAIN, verifyingContract: directory.gate },
        )
      : signable(
          'RegistryCheckpoint',
          { operatorId, epoch: height, root, blockHash },
          { chainId: CHAIN, verifyingContract: directory.registry },
        );
  return quickSign(message, signer);
}

/** Evidence that a challenger opens and reveals. */
export interface Evidence {
  readonly hash: Hex;
  reveal(chain: Chain, challenger: Hex, salt: Hex): Step<readonly unknown[]>;
}

export function attestations(a: StateAttestation, b: StateAttestation, signatureA: Hex, signatureB: Hex): Evidence {
  return {
    hash: attestationEvidence(a, b, signatureA, signatureB),
    reveal: (chain, challenger, salt) =>
      chain.attempt('court', 'revealAttestations', [a, b, signatureA, signatureB, salt], challenger),
  };
}

export function heads(
  kind: number,
  a: Head,
  b: Head,
  signatureA: Hex,
  signatureB: Hex,
  reached = { scope: ZERO_HASH, nonce: 0n } as { readonly scope: Hex; readonly nonce: bigint },
): Evidence {
  return {
    hash: headEvidence(kind, a, b, signatureA, signatureB, reached),
    reveal: (chain, challenger, salt) =>
      chain.attempt('court', 'revealHeads', [kind, a, b, signatureA, signatureB, reached, salt], challenger),
  };
}

export const SALT = wordOf(0x5a17n);

/** Opens evidence for a challenger. */
export function open(chain: Chain, evidence: Evidence, challenger: Hex, salt: Hex = SALT): void {
  chain.do('court', 'open', [openingCommitment(COURT, evidence.hash, challenger, salt)], challenger);
}

/** Opens and reveals as soon as it is allowed. Returns the offence's id. */
export function convict(chain: Chain, evidence: Evidence, challenger: Hex): Hex {
  open(chain, evidence, challenger);
  chain.pass(chain.state.parameters.set.revealDelay);
  return done(evidence.reveal(chain, challenger, SALT)).returns[0] as Hex;
}

/** Two attestations of one signer for the same place: what no honest one signs. */
export function contradiction(chain: Chain, signer: Actor, changed: Partial<StateAttestation> = {}): Evidence {
  const a = nextAttestation(chain, changed);
  const b = { ...a, stateHash: wordOf(0xbadn) };
  return attestations(a, b, signAttestation(a, signer), signAttestation(b, signer));
}

export function wordOf(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`;
}
