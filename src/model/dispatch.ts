/**
 * From a call to its transition: by names, as traces have it, or by address and calldata, as the council makes it.
 * @module
 */
import type { ContractName } from '../abi/system.ts';
import { decodeCall } from '../codec/abi.ts';
import type { Hex } from '../codec/hash.ts';
import { agrs } from './agrs.ts';
import { councilTransitions } from './council.ts';
import { court } from './court.ts';
import { disruptions } from './disruptions.ts';
import { gate } from './gate.ts';
import { hasCode } from './guards.ts';
import { operators } from './operators.ts';
import { oracle } from './oracle.ts';
import { parameters } from './parameters.ts';
import { registry } from './registry.ts';
import { router } from './router.ts';
import { staking } from './staking.ts';
import type { State } from './state.ts';
import type { Env, Step, Transitions } from './step.ts';
import { treasury } from './treasury.ts';

type AnyTransition = (state: State, args: readonly unknown[], env: Env) => Step<readonly unknown[]>;

const council = councilTransitions(callContract);

const machine: { readonly [C in ContractName]: Transitions<C> } = {
  agrs,
  parameters,
  council,
  disruptions,
  registry,
  operators,
  staking,
  oracle,
  router,
  gate,
  treasury,
  court,
};

/** Applies one call. Throws for a function that doesn't exist: that is a mistake in the caller, not a refusal. */
export function applyCall(
  state: State,
  contract: ContractName,
  functionName: string,
  args: readonly unknown[],
  env: Env,
): Step<readonly unknown[]> {
  const transitions = machine[contract] as unknown as Readonly<Record<string, AnyTransition>>;
  const transition = Object.hasOwn(transitions, functionName) ? transitions[functionName] : undefined;
  if (!transition) throw new Error(`model: ${contract} has no state-changing function ${functionName}`);
  return transition(state, args, env);
}

/** What a call to any address with any calldata comes to. */
export type RawOutcome =
  | { readonly kind: 'no-code' }
  | { readonly kind: 'reverted-empty' }
  | { readonly kind: 'step'; readonly step: Step<readonly unknown[]> };

/** A call as a contract makes it: the target may be no contract, and may have no such function. */
export function callContract(state: State, target: Hex, data: Hex, env: Env): RawOutcome {
  if (!hasCode(state, target)) return { kind: 'no-code' };
  const names = Object.keys(machine) as ContractName[];
  const contract = names.find((name) => state.deployment.directory[name] === target);
  if (!contract) return { kind: 'reverted-empty' };
  const call = decodeCall(contract, data);
  if (!call) return { kind: 'reverted-empty' };
  return { kind: 'step', step: applyCall(state, contract, call.functionName, call.args, env) };
}
