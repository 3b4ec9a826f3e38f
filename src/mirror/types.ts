/**
 * Vocabulary of the differential engine: a *system* (contracts and the model that mirrors them), a *trace* (a list of
 * steps), what a step does on both sides, and how the two can differ.
 * @module
 */
import type { Abi } from 'abitype';
import type { Hex } from '../abi-coder/hex.ts';

export type { Hex };

export interface Contract {
  readonly abi: Abi;
  /** lower case */
  readonly address: Hex;
}

/** The deployed contracts by name. A log of any other address is a divergence. */
export type Contracts = Readonly<Record<string, Contract>>;

/** One transaction, without value. */
export interface Call {
  readonly contract: string;
  readonly function: string;
  readonly args: readonly unknown[];
  /** any address: the EVM side needs no key for it */
  readonly sender: Hex;
}

export type Step =
  | { readonly kind: 'call'; readonly call: Call }
  /** lets whole seconds pass (at least one) before the next call */
  | { readonly kind: 'time'; readonly seconds: bigint };

/** What a call sees of the chain. */
export interface Env {
  /** block.timestamp, seconds */
  readonly time: bigint;
  /** block.number */
  readonly block: bigint;
  readonly chainId: bigint;
}

export interface EmittedEvent {
  readonly contract: string;
  readonly event: string;
  /** by parameter name; a parameter without a name goes by its position ("0", "1", …) */
  readonly args: Readonly<Record<string, unknown>>;
}

/** What a call comes to. `returns`: nothing, the only value, or an array of all values, as viem decodes them. */
export type Outcome =
  | { readonly status: 'ok'; readonly returns: unknown; readonly events: readonly EmittedEvent[] }
  | { readonly status: 'refused'; readonly error: string; readonly args: readonly unknown[] };

/** A view that shows state, and what it must return. */
export interface Look {
  readonly query: Omit<Call, 'sender'>;
  /** ABI-encoded */
  readonly answer: Hex;
}

/** A law about the model's state. */
export interface Property<S> {
  readonly id: string;
  /**
   * Says what is wrong, or nothing when the law holds.
   * @param state after the call
   * @param before the state before the call
   */
  check(state: S, step: Step, before: S): string | undefined;
}

/** Named situations that a campaign must reach, to show that it is not idle. */
export interface Goals<S> {
  readonly names: readonly string[];
  /** The names, out of `names`, that this call reached. */
  reached(before: S, call: Call, outcome: Outcome, after: S): readonly string[];
}

/** Contracts on a chain and the model that must agree with them. */
export interface System<S> {
  readonly contracts: Contracts;
  /** the model's image of the contracts as they are at the head of the backend's chain */
  readonly initial: S;
  /** block.timestamp of the calls before the first time step, seconds; not before the head of the chain */
  readonly startTime: bigint;
  /** The model. Never changes `state`; after a refusal it returns that very object. */
  apply(state: S, call: Call, env: Env): { readonly outcome: Outcome; readonly state: S };
  /**
   * The lens call that is made after a call, in its block.
   * @returns nothing if nothing is to be looked at
   */
  look(state: S, env: Env): Look | undefined;
  readonly goals?: Goals<S>;
  readonly properties?: readonly Property<S>[];
}

export const divergenceKinds = [
  'status', // one side accepts, the other refuses; or the model throws
  'error', // both refuse, for different reasons
  'errorArgs',
  'returns',
  'events',
  'state', // the lens shows something else than the model
  'property', // a law fails on the model
  'immutability', // the model changed its state on a refusal
] as const;
export type DivergenceKind = (typeof divergenceKinds)[number];

export interface Divergence {
  readonly kind: DivergenceKind;
  /** index into the trace's steps */
  readonly step: number;
  /** where in the result or the state */
  readonly path: string;
  readonly model: string;
  readonly evm: string;
  /** what stays the same while a trace is shrunk: kind, function, path without array positions, errors' names */
  readonly signature: string;
}

/** A call and the lens call after it, if there is one, encoded, with the place in time where they run. */
export interface EvmCall {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  readonly look: { readonly to: Hex; readonly data: Hex } | undefined;
  readonly time: bigint;
  readonly block: bigint;
}

export interface EvmLog {
  /** lower case */
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

export interface EvmResult {
  readonly ok: boolean;
  /** return data, or the revert data */
  readonly data: Hex;
  readonly logs: readonly EvmLog[];
  readonly gasUsed: bigint;
  /** of the lens call, if one was asked for */
  readonly lens: { readonly ok: boolean; readonly data: Hex } | undefined;
}

/** An EVM that runs traces, each on the same fresh state. */
export interface Backend {
  readonly name: string;
  readonly chainId: bigint;
  /** number of the block in which the first call of a trace runs */
  readonly firstBlock: bigint;
  /** true: each call has a block of its own; false: calls share a block until time passes */
  readonly blockPerCall: boolean;
  /** gas that each call is given: a call that uses all of it ran out */
  readonly gasPerCall: bigint;
  run(calls: readonly EvmCall[]): Promise<readonly EvmResult[]>;
}

/** Longest trace, in steps: bounds memory, requests and files. */
export const MAX_STEPS = 5_000;

/** Longest text that is stored with a trace, in characters. */
export const MAX_TEXT = 2_000;

/** A mistake in what the engine was given (a system, a file, a node), as opposed to a divergence. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
}
