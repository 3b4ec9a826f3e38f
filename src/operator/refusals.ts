/**
 * What the gate refuses, each shown twice: simulated, which tells the reason, and sent all the same, which shows that a
 * refused transaction changes nothing.
 * @module
 */

import type { KeyedAccount } from '../chain/accounts.ts';
import { devnetSource } from '../chain/config.ts';
import { type Call, encodeCall, send, sendAnyway, simulate } from '../chain/connection.ts';
import { inSnapshot, warp } from '../chain/devtime.ts';
import type { RefusalName } from '../chain/explanations.ts';
import { formatDuration } from '../chain/format.ts';
import { govern } from '../chain/governance.ts';
import { CallRefused } from '../chain/refusal.ts';
import { TIER_NAMES } from '../chain/tiers.ts';
import { evaluatePolicy, type Proposal } from '../policy/index.ts';
import { DecisionRefusedError } from '../receipts/witness.ts';
import { type Binding, executeCall, type Proven, readHoldings, sameHoldings, signExecution } from './execution.ts';
import { OperatorError } from './failure.ts';
import {
  attestExample,
  candidateText,
  castOf,
  type Decided,
  execute,
  proveDecision,
  reasonText,
  step,
  type Walk,
  WalkStopped,
} from './walkthrough.ts';

/** Enough for any execution of the example; with a limit of its own a transaction is sent without being simulated. */
const GAS = 3_000_000n;

/** What is refused: a binding and what is claimed to be proven under it. */
interface Attempt {
  readonly binding: Binding;
  readonly proven: Proven;
}

/**
 * Tries to execute, and reports whether exactly the expected error comes and nothing changes.
 *
 * @returns whether it went as expected
 */
async function expectRefusal(
  walk: Walk,
  name: string,
  what: string,
  attempt: Attempt,
  expected: RefusalName,
): Promise<boolean> {
  const { system, reporter, entry } = walk;
  const cast = castOf(walk);
  const { context } = attempt.binding;
  const holdings = () =>
    readHoldings(system, context.scope, context.nonce, entry.account, attempt.proven.words.addressee);
  const before = await holdings();
  const call = executeCall(system, await signExecution(system, attempt.binding, attempt.proven, cast));
  const refused = await refusalOf(() => simulate(system.chain, cast.relayer.address, call));
  const mined = await isMinedAsRefused(walk, cast.relayer, call);
  const unchanged = sameHoldings(before, await holdings());
  const ok = refused?.refusal.error === expected && mined && unchanged;
  const came = refused === undefined ? 'no refusal.' : refused.message;
  const consumed = unchanged ? 'Nothing was consumed.' : 'Funds, payee, nonce or log CHANGED.';
  const lines = [what, ok ? `${came} ${consumed}` : `expected ${expected}, got ${came} ${consumed}`];
  reporter.step({
    name,
    status: ok ? 'ok' : 'failed',
    lines,
    data: { expected, got: refused?.refusal.error ?? null, unchanged },
  });
  return ok;
}

async function refusalOf(action: () => Promise<unknown>): Promise<CallRefused | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof CallRefused) return error;
    throw error;
  }
}

/** Some nodes answer a refused transaction with its error, others with a receipt; it is in a block either way. */
async function isMinedAsRefused({ system }: Walk, from: KeyedAccount, call: Call): Promise<boolean> {
  let refused = false;
  const error = await refusalOf(async () => {
    refused = (await sendAnyway(system.chain, from, call, GAS)).status === 'reverted';
  });
  return refused || error !== undefined;
}

/**
 * Shows every refusal, and that executions go on after the council has ended the freeze.
 *
 * @param executed what was executed before
 * @returns whether every step went as expected
 */
export async function showRefusals(walk: Walk, executed: Decided): Promise<boolean> {
  const results = [await expectRefusal(walk, 'again', 'The same receipt, sent a second time.', executed, 'NonceUsed')];
  const second = await proveDecision(walk, executed.attested, 1n);
  results.push(
    await expectRefusal(
      walk,
      'twice',
      'The same state with a good proof for a second payment.',
      second,
      'QuotaExceeded',
    ),
  );
  const anew = await proveDecision(walk, executed.attested, 0n);
  results.push(await expectRefusal(walk, 'renamed', 'The same payment, decided and proven anew.', anew, 'NonceUsed'));

  const attested = await attestExample(walk);
  const fresh = await proveDecision(walk, attested, 0n);
  const { words } = fresh.proven;
  const tampered = { ...fresh, proven: { ...fresh.proven, words: { ...words, p0: words.p0 + 1n } } };
  const what = 'A proven payment, 0.000001 AGRS more, signed anew by the operator and the proposer.';
  results.push(await expectRefusal(walk, 'tampered', what, tampered, 'ProofInvalid'));
  results.push(await showStale(walk, fresh));
  results.push(await showDenied(walk));
  results.push(await showFrozen(walk, fresh));
  return results.every((result) => result);
}

function showStale(walk: Walk, fresh: Decided): Promise<boolean> {
  const { chain } = walk.system;
  return inSnapshot(chain, async () => {
    await warp(chain, devnetSource.maxStaleness + 1);
    const what = `A good receipt, ${formatDuration(devnetSource.maxStaleness)} later (the time is put back after it).`;
    return expectRefusal(walk, 'stale', what, fresh, 'StateStale');
  });
}

/** A denied candidate has no proof at all: the refusal comes from the prover, with the rule that decided. */
async function showDenied({ example, prover, reporter }: Walk): Promise<boolean> {
  const { policy, program, state, proposals } = example;
  const isDenied = ({ candidate }: Proposal) => !evaluatePolicy(policy, state, candidate).allowed;
  const denied = proposals.find(isDenied);
  if (denied === undefined) {
    reporter.step({
      name: 'denied',
      status: 'skipped',
      lines: ['The policy denies none of these proposals: nothing to show.'],
    });
    return true;
  }
  const what = `Only ${candidateText(denied.candidate, policy)}.`;
  const verdict = evaluatePolicy(policy, state, denied.candidate);
  const reason = verdict.allowed ? '' : reasonText(verdict.reason);
  try {
    await prover.prove({ program, state, candidates: [denied.candidate], context: 0n });
  } catch (error) {
    if (!(error instanceof DecisionRefusedError)) throw error;
    const lines = [what, `Refused off chain, so there is no proof to send. ${reason}`];
    reporter.step({ name: 'denied', status: 'ok', lines, data: { reason } });
    return true;
  }
  reporter.step({
    name: 'denied',
    status: 'failed',
    lines: [what, 'expected a refusal, got a PROOF of a denied action'],
  });
  return false;
}

/** One member freezes; more than half end it; then executions go on. */
async function showFrozen(walk: Walk, fresh: Decided): Promise<boolean> {
  const { system, roles, reporter } = walk;
  const [member] = roles.members;
  if (member === undefined) throw new Error('refusals: the devnet has members');
  await send(system.chain, member, encodeCall(system.contracts, 'registry', 'freeze', []));
  const frozen = await expectRefusal(
    walk,
    'frozen',
    'A good receipt while one member has frozen the registry.',
    fresh,
    'RegistryFrozen',
  );
  try {
    await step(reporter, 'unfreeze', async () => {
      const end = encodeCall(system.contracts, 'registry', 'endFreeze', []);
      const { tier, waited, proposal } = await govern(system.chain, system.contracts.council, roles.members, end);
      const delay = formatDuration(waited);
      return {
        lines: [`the council ends the freeze: ${TIER_NAMES[tier]} tier, delay ${delay} (the devnet's time was moved)`],
        data: { proposal, tier, waited },
        result: undefined,
      };
    });
    await step(reporter, 'resume', () => resume(walk));
  } catch (error) {
    if (error instanceof WalkStopped) return false;
    throw error;
  }
  return frozen;
}

/** A new state, a new decision, a second payment. */
async function resume(walk: Walk) {
  const decided = await proveDecision(walk, await attestExample(walk), 0n);
  const told = await execute(walk, decided);
  if (told.result.logIndex === 0n)
    throw new OperatorError('log-mismatch', 'the second execution has log index 0; expected a later one.');
  return { ...told, lines: [`executions go on with state ${decided.attested.stateEpoch}: ${told.lines[0]}`] };
}
