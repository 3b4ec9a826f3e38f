/**
 * Situations that a campaign must reach, and the errors it can't.
 * @module
 */
import type { Goals } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { MAX_ENTRIES } from './world.ts';

const NAMES = [
  'an action failed and was logged',
  'an execution in the previous epoch within its grace',
  'an execution on the previous attestation within its grace',
  'a co-signed execution',
  'a second execution on the same state',
  'a full slash closed a generation of exits',
  'an exit claimed after a slash',
  'a proposal executed after genesis was sealed',
  'quorum lost',
  'a full registry',
  'an entry changed in force',
  'an operator changed hands',
] as const;

export const goals: Goals<State> = {
  names: NAMES,
  reached(before, call, outcome, after) {
    if (outcome.status !== 'ok') return [];
    const found: (typeof NAMES)[number][] = [];
    const events = new Set(outcome.events.map(({ event }) => event));
    if (call.function === 'execute' && call.contract === 'gate')
      found.push(...executionGoals(before, call.args, outcome.returns));
    if (events.has('ProposalExecuted') && before.council.genesisSealed)
      found.push('a proposal executed after genesis was sealed');
    if (events.has('QuorumLost')) found.push('quorum lost');
    if (events.has('OwnerChanged')) found.push('an operator changed hands');
    if (after.registry.applied.size === MAX_ENTRIES) found.push('a full registry');
    if (events.has('EpochAdvanced') && changedInForce(before, after)) found.push('an entry changed in force');
    if (
      call.function === 'slash' &&
      [...after.staking.exitLedgers].some(
        ([id, l]) => l.generation > (before.staking.exitLedgers.get(id)?.generation ?? 0),
      )
    ) {
      found.push('a full slash closed a generation of exits');
    }
    if (call.function === 'claimExit') {
      const exit = before.staking.exits.get(call.args[0] as `0x${string}`);
      const ledger = exit && before.staking.exitLedgers.get(exit.operatorId);
      if (exit && ledger && ledger.factor < exit.factorAtStart) found.push('an exit claimed after a slash');
    }
    return found;
  },
};

function changedInForce(before: State, after: State): boolean {
  return [...after.registry.applied].some(([key, now]) => {
    const old = before.registry.applied.get(key);
    return old !== undefined && old.entryHash !== now.entryHash;
  });
}

interface Executed {
  readonly entry: { readonly stateSource: `0x${string}` };
  readonly policyEpoch: bigint;
  readonly stateEpoch: bigint;
  readonly slot: bigint;
  readonly coSignatures: readonly unknown[];
}

function executionGoals(before: State, args: readonly unknown[], returns: unknown): (typeof NAMES)[number][] {
  const x = args[0] as Executed;
  const [succeeded] = returns as readonly [boolean, bigint];
  const found: (typeof NAMES)[number][] = [];
  if (!succeeded) found.push('an action failed and was logged');
  if (x.policyEpoch < before.registry.epoch) found.push('an execution in the previous epoch within its grace');
  const latest = before.oracle.sources.get(x.entry.stateSource)?.latest?.stateEpoch ?? 0n;
  if (x.stateEpoch < latest) found.push('an execution on the previous attestation within its grace');
  if (x.coSignatures.length > 0) found.push('a co-signed execution');
  if (x.slot > 0n) found.push('a second execution on the same state');
  return found;
}

/** Errors and events that a campaign can't reach, with the reason. A run in which one occurs fails. */
export const excused: Readonly<Record<string, string>> = {
  ERC20InvalidSender:
    'a transfer from the zero address fails at its allowance first, and nothing mints after the constructor',
  SupplyTooLarge: 'refused by the constructor only',
  SafeERC20FailedOperation: 'AGRS returns true or reverts with its own error',
  InvalidShortString: 'inherited from EIP712; the name is a short constant',
  StringTooLong: 'inherited from EIP712; the name is a short constant',
  'operators.EIP712DomainChanged': 'inherited from EIP712; the domain is constant',
  'oracle.EIP712DomainChanged': 'inherited from EIP712; the domain is constant',
  'gate.EIP712DomainChanged': 'inherited from EIP712; the domain is constant',
  DevelopmentVerifierRefused: 'the campaign runs on a local chain; test/contracts covers others',
  DevelopmentKeyOnPublicChain: 'the campaign runs on a local chain; test/contracts covers others',
  SealTooShort: 'the gate refuses a proof without selector first (ProofLengthInvalid)',
  SealMalformed: 'the router picks the verifier by the selector, and the journal makes the seal long enough',
  ImageIdMismatch: 'the recorded verifier accepts any image; test/contracts covers the real one',
  GasTooLow: 'every call has all the gas it may have; test/contracts covers relayers that save',
  ReentrancyGuardReentrantCall: 'the treasury calls nobody back; test/contracts covers adapters that do',
};
