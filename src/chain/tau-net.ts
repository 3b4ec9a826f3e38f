/**
 * TauNet: the one door between everything off chain and the chain. It takes calls, tells events in order, and shows the
 * state that follows from them. `memoryTauNet` is the reference model behind it, `evmTauNet` a node.
 * @module
 */
import type { ContractName, Refusal, SystemAbis, SystemEvent } from '../abi/system.ts';
import type { Inputs, Returns, WriteName } from '../abi/types.ts';
import type { Hex } from '../codec/hash.ts';
import type { State } from '../model/index.ts';
import type { Told } from './replay/index.ts';

/** A call to a contract of the system. */
export interface TauCall<C extends ContractName, F extends WriteName<SystemAbis[C]>> {
  readonly contract: C;
  readonly function: F;
  readonly args: Inputs<SystemAbis[C], F>;
  /** who calls, lower case */
  readonly sender: Hex;
}

/** What an accepted call did. */
export interface Accepted<R> {
  /** the outputs of the function, in order */
  readonly returns: R;
  /** in the order in which the contracts emitted them */
  readonly events: readonly SystemEvent[];
}

/** A refusal is the custom error that the contract reverts with; it changes nothing and costs nothing. */
export type Outcome<R> = Accepted<R> | Refusal;
/** What came of a call, whichever it was. */
export type AnyOutcome = Outcome<readonly unknown[]>;

export function isRefusal<R>(outcome: Outcome<R>): outcome is Refusal {
  return 'error' in outcome;
}

/** A place in the log of a chain. */
export interface Cursor {
  readonly block: bigint;
  /** of the event in its block, increasing, not necessarily by one */
  readonly index: number;
}

/** Before every event. */
export const BEGINNING: Cursor = { block: 0n, index: 0 };

export interface PlacedEvent extends Told {
  readonly place: Cursor;
}

/** Some of the events, in order. */
export interface Page {
  readonly events: readonly PlacedEvent[];
  /** where the next page begins */
  readonly next: Cursor;
  /** no event was left when the page was made */
  readonly last: boolean;
}

export interface TauNet {
  readonly chainId: bigint;

  /** Timestamp of the latest block, seconds; a call is carried out at that time or later. */
  now(): Promise<bigint>;

  /**
   * Carries out a call, or learns why it is refused; waits until it is in a block.
   *
   * @throws ChainError when the chain can't be reached, or nobody holds the sender's key
   */
  send<C extends ContractName, F extends WriteName<SystemAbis[C]>>(
    call: TauCall<C, F>,
  ): Promise<Outcome<Returns<SystemAbis[C], F>>>;

  /**
   * A page of the events at `from` and later, and before `to` if it is given. Pages are bounded; an empty one may be
   * followed by others. The latest events may be withdrawn as long as the chain may reorganise their blocks.
   */
  events(from?: Cursor, to?: Cursor): Promise<Page>;

  /** The state after the latest block, from the events alone. */
  state(): Promise<State>;
}

/** Every event from a place on, page by page. */
export async function* eventsOf(
  net: Pick<TauNet, 'events'>,
  from: Cursor = BEGINNING,
  to?: Cursor,
): AsyncGenerator<PlacedEvent> {
  let page: Page;
  let next = from;
  do {
    page = await net.events(next, to);
    yield* page.events;
    next = page.next;
  } while (!page.last);
}

export function isBefore(a: Cursor, b: Cursor): boolean {
  return a.block < b.block || (a.block === b.block && a.index < b.index);
}
