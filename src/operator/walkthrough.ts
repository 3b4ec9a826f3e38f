/**
 * The example from attestation to payment: attest, propose, decide, prove, verify, execute, and the log of it.
 * @module
 */
import type { DevnetRoles, KeyedAccount } from '../chain/accounts.ts';
import type { AddressBook } from '../chain/address-book.ts';
import { send } from '../chain/connection.ts';
import { formatAgrs, formatDecimal, formatDuration, shortHex } from '../chain/format.ts';
import type { Hex } from '../codec/hash.ts';
import { type Entry, nonceOf, scopeId } from '../codec/ids.ts';
import { encodeWords } from '../codec/words.ts';
import { candidateSetHash, stateHash } from '../policy/commitments.ts';
import { actionWords, addressText, type Candidate, type PolicyDocument, type Reason, select } from '../policy/index.ts';
import type { DecisionRequest } from '../receipts/witness.ts';
import { type Attested, attestState } from './attest.ts';
import { devnetOperators, type System } from './devnet.ts';
import type { Example } from './example.ts';
import {
  type Binding,
  bindDecision,
  digestOf,
  executeCall,
  type Outcome,
  type Proven,
  readOutcome,
  type Signers,
  signExecution,
  signProposal,
} from './execution.ts';
import { OperatorError } from './failure.ts';
import { proveExecution, readLog } from './log.ts';
import type { Reporter, Step } from './report.ts';

/** A receipt of the program `decision`, as the gate takes it. */
export interface DecisionReceipt {
  /** place of the chosen candidate */
  readonly chosen: number;
  readonly candidateSetHash: Hex;
  /** selector and proof, without the journal */
  readonly proof: Hex;
  readonly journalDigest: Hex;
  /** Checks the receipt off chain; rejects when it isn't good. */
  readonly verify: () => Promise<void>;
}

/** What makes receipts. */
export interface DecisionProver {
  /** @throws DecisionRefusedError (src/receipts) when the policy allows no candidate */
  prove(request: DecisionRequest): Promise<DecisionReceipt>;
}

export interface Walk {
  readonly system: System;
  readonly book: AddressBook;
  readonly roles: DevnetRoles;
  readonly example: Example;
  readonly entry: Entry;
  readonly prover: DecisionProver;
  readonly reporter: Reporter;
}

/** A decision with its proof, ready to be signed. */
export interface Decided {
  readonly attested: Attested;
  readonly binding: Binding;
  readonly proven: Proven;
  readonly receipt: DecisionReceipt;
}

/** A step went otherwise than expected and was reported; the steps after it need it. */
export class WalkStopped extends Error {
  override readonly name = 'WalkStopped';
}

type Told = Pick<Step, 'lines' | 'data'>;

/** Runs one step and reports it; a failure is reported too and ends the walk. */
export async function step<T>(
  reporter: Reporter,
  name: string,
  action: () => Promise<Told & { readonly result: T }>,
): Promise<T> {
  const begun = performance.now();
  try {
    const { lines, data, result } = await action();
    const seconds = (performance.now() - begun) / 1000;
    reporter.step({ name, status: 'ok', lines, seconds, ...(data && { data }) });
    return result;
  } catch (cause) {
    if (cause instanceof WalkStopped) throw cause;
    reporter.step({ name, status: 'failed', lines: [cause instanceof Error ? cause.message : String(cause)] });
    throw new WalkStopped(`step ${name} failed`, { cause });
  }
}

/** Who signs and sends in the example: the first operator, and a user without any role as the submitter. */
export function castOf({
  system,
  roles,
}: Pick<Walk, 'system' | 'roles'>): Signers & { readonly relayer: KeyedAccount } {
  const [operator] = devnetOperators(system, roles);
  const [proposer] = roles.proposers;
  const [relayer] = roles.users;
  if (operator === undefined || proposer === undefined || relayer === undefined) {
    throw new Error('walkthrough: the devnet has operators, proposers and users');
  }
  return { operator, proposer, coSigners: roles.coSigners, relayer };
}

export function attestExample({ system, example, entry, roles }: Walk): Promise<Attested> {
  const commitment = encodeWords([stateHash(example.state, example.program.stateSchema)]);
  const state = { stateHash: commitment, fieldsHash: example.fieldsHash };
  return attestState(system, entry.stateSource, state, roles.operatorSigners, castOf({ system, roles }).relayer);
}

/** Binds the example's decision to what is on chain now and proves it. */
export async function proveDecision(walk: Walk, attested: Attested, slot: bigint): Promise<Decided> {
  const { system, example, entry, prover } = walk;
  const binding = await bindDecision(system, entry, attested, castOf(walk).operator.id, slot);
  const candidates = example.proposals.map(({ candidate }) => candidate);
  const request = { program: example.program, state: example.state, candidates, context: binding.contextHash };
  const receipt = await prover.prove(request);
  const chosen = example.proposals[receipt.chosen];
  if (chosen === undefined)
    throw new OperatorError(
      'bad-proof',
      `candidate ${receipt.chosen} was chosen of ${candidates.length}. Build the circuits again.`,
    );
  const { candidateSetHash, proof, journalDigest } = receipt;
  const proven = { words: actionWords(chosen.candidate), payload: chosen.payload, candidateSetHash, proof };
  const expected = digestOf(binding, proven);
  if (journalDigest !== expected) {
    throw new OperatorError(
      'bad-proof',
      `the receipt's journal has the digest ${journalDigest}, the gate will expect ${expected}. ` +
        'Build the circuits again.',
    );
  }
  return { attested, binding, proven, receipt };
}

/** Attests, proposes, decides, proves, verifies, executes and looks into the log. Resolves with what was executed. */
export async function walkThrough(walk: Walk): Promise<{ readonly decided: Decided; readonly outcome: Outcome }> {
  const { reporter, example } = walk;
  const attested = await step(reporter, 'attest', () => tellAttested(walk));
  await step(reporter, 'propose', async () => tellProposals(walk, attested));
  await step(reporter, 'decide', async () => tellDecision(example));
  const decided = await step(reporter, 'prove', async () => {
    const result = await proveDecision(walk, attested, 0n);
    const program = shortHex(walk.entry.imageId);
    const lines = [`for state ${attested.stateEpoch}, slot 0; valid for ${validity(walk, result)}; program ${program}`];
    return {
      lines,
      result,
      data: { journalDigest: result.receipt.journalDigest, validUntil: result.binding.context.validUntil },
    };
  });
  await step(reporter, 'verify', async () => {
    await decided.receipt.verify();
    return { lines: ['off chain, with the verification key alone: the receipt is good'], result: undefined };
  });
  const outcome = await step(reporter, 'execute', () => execute(walk, decided));
  await step(reporter, 'log', () => tellLog(walk, outcome));
  return { decided, outcome };
}

async function tellAttested(walk: Walk) {
  const result = await attestExample(walk);
  const { stateEpoch, expiresAt, createdAt, signers } = result;
  const all = walk.roles.operatorSigners.length;
  const fresh = formatDuration(Number(expiresAt - createdAt));
  return {
    lines: [`state ${stateEpoch}, signed by ${signers.length} of ${all} operators, fresh for ${fresh}`],
    data: { stateEpoch, stateHash: result.stateHash, attestationHash: result.attestationHash },
    result,
  };
}

function tellProposals(walk: Walk, { stateEpoch, stateHash }: Attested) {
  const { system, example, entry } = walk;
  const gate = { chainId: BigInt(system.chain.chainId), contract: system.contracts.gate };
  const { proposer } = castOf(walk);
  const message = {
    scope: scopeId(gate, entry.adapter, entry.account),
    nonce: nonceOf(stateEpoch, 0n),
    stateHash,
    candidateSetHash: encodeWords([candidateSetHash(example.proposals.map(({ candidate }) => candidate))]),
  };
  const signature = signProposal(system, message, proposer);
  const lines = example.proposals.map(
    ({ candidate }, index) => `${index + 1}. ${candidateText(candidate, example.policy)}`,
  );
  const signed = `${lines.length} candidates, best first, signed by the proposer ${shortHex(proposer.address)}`;
  return { lines: [signed, ...lines], data: { ...message, signature }, result: undefined };
}

function tellDecision({ policy, state, proposals }: Example) {
  const { chosen, denied } = select(
    policy,
    state,
    proposals.map(({ candidate }) => candidate),
  );
  const reasons = denied.map(({ index, reason }) => `${index + 1} is denied: ${reasonText(reason)}`);
  if (chosen === undefined) {
    throw new OperatorError(
      'denied',
      `the policy allows none of the candidates. ${reasons.join(' ')} Edit the proposals, the state or the policy.`,
    );
  }
  const { candidate } = proposals[chosen] as Example['proposals'][number];
  return {
    lines: [`the first allowed one is ${chosen + 1}: ${candidateText(candidate, policy)}`, ...reasons],
    data: { chosen, denied: denied.map(({ index, reason }) => ({ index, path: reason.path, text: reason.text })) },
    result: undefined,
  };
}

function validity({ book }: Walk, { binding, attested }: Decided): string {
  const untilStale = binding.context.validUntil === attested.expiresAt;
  return untilStale ? 'as long as the state is fresh' : formatDuration(book.parameters.maxValidity);
}

/** Signs, simulates and sends the execution; any account may send it. */
export async function execute(walk: Walk, { binding, proven }: Decided) {
  const { system, example } = walk;
  const cast = castOf(walk);
  const execution = await signExecution(system, binding, proven, cast);
  const result = readOutcome(system, await send(system.chain, cast.relayer, executeCall(system, execution)));
  const { paid, gasUsed, block, transaction } = result;
  if (!result.succeeded || paid === undefined) {
    throw new OperatorError(
      'denied',
      `the action was executed, but failed: the account ${shortHex(walk.entry.account)} can't pay it. Fund it.`,
    );
  }
  const payee = addressee(BigInt(paid.payee), example.policy);
  return {
    lines: [
      `${formatAgrs(paid.amount)} paid to ${payee}, ${formatDecimal(gasUsed, 0)} gas, tx ${shortHex(transaction)}`,
    ],
    data: { transaction, block, gasUsed, logIndex: result.logIndex, payee: paid.payee, amount: paid.amount },
    result,
  };
}

async function tellLog({ system, book }: Walk, outcome: Outcome) {
  const log = await readLog(system, book.block);
  const { root, leaf, proof } = proveExecution(log, Number(outcome.logIndex));
  const hashes = proof.siblings.length + proof.otherPeaks.length;
  return {
    lines: [
      `root ${shortHex(root)} on chain is that of the events so far: ${log.size}`,
      `leaf ${proof.index} ${shortHex(leaf)} is in it: inclusion checked off chain, ${hashes} hashes beside it`,
    ],
    data: { root, leaf, index: proof.index, size: log.size },
    result: undefined,
  };
}

/** `treasury.pay amount 250 AGRS → payroll 0x90f79b…b906` */
export function candidateText({ schema, addressee: to, parameters }: Candidate, policy: PolicyDocument): string {
  const action = policy.actions.find(({ id }) => id === schema);
  const values =
    action?.parameters.map(({ name, unit }, index) => `${name} ${quantity(parameters[index], unit)}`) ?? [];
  return `${[action?.name ?? `action ${schema}`, ...values].join(' ')} → ${addressee(to, policy)}`;
}

function quantity(value: bigint | undefined, unit: string): string {
  if (value === undefined) return 'unknown';
  const scaled = /^1e-([1-9][0-9]?) (.+)$/.exec(unit);
  return scaled === null ? `${value} ${unit}` : `${formatDecimal(value, Number(scaled[1]))} ${scaled[2]}`;
}

function addressee(address: bigint, policy: PolicyDocument): string {
  const named = policy.constants.find(({ unit, value }) => unit === 'address' && value === address);
  const short = shortHex(addressText(address) as Hex);
  return named === undefined ? short : `${named.name} ${short}`;
}

/** Why a candidate is denied: the rule's own note, then the comparisons that failed with the values they read. */
export function reasonText({ text, note, result, failed, missing }: Reason): string {
  const shown = (value: string) => (/^0x[0-9a-f]{40}$/.test(value) ? shortHex(value as Hex) : value);
  const failures = failed.map((one) => `${one.text} (${Object.values(one.values).map(shown).join(', ')})`);
  const causes = [...failures, ...missing.map(({ name }) => `${name} is unknown`)];
  const verdict = result === 'unknown' ? 'Too little is known' : 'Not true';
  return `${note ?? text} ${verdict}: ${causes.join('; ')}.`;
}
