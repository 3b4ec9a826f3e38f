/**
 * TauNet over the reference model, in this process: for simulations, tests and previews. Every accepted call makes a
 * block.
 * @module
 */
import type { ContractName, SystemAbis } from '../abi/system.ts';
import type { Returns, WriteName } from '../abi/types.ts';
import { applyCall, type Env, refused, type State } from '../model/index.ts';
import {
  type Cursor,
  isBefore,
  type Outcome,
  type Page,
  type PlacedEvent,
  type TauCall,
  type TauNet,
} from './tau-net.ts';

/** Events of a page. */
const PAGE = 1_000;

export interface MemoryOptions {
  readonly chainId: bigint;
  /** seconds; never less than before */
  readonly clock: () => bigint;
  /** what receipt verifiers say; without it every receipt is good */
  readonly receipts?: Env['receipts'];
}

/** @param start the genesis, or any state that a chain is in; its events aren't told */
export function memoryTauNet(start: State, { chainId, clock, receipts = () => undefined }: MemoryOptions): TauNet {
  let state = start;
  let time = clock();
  let block = 0n;
  const log: PlacedEvent[] = [];

  const now = (): bigint => {
    const told = clock();
    if (told < time)
      throw new RangeError(`tau-net: the clock went back from ${time} to ${told}; expected a later time.`);
    time = told;
    return time;
  };

  return {
    chainId,
    now: async () => now(),
    state: async () => state,

    async send<C extends ContractName, F extends WriteName<SystemAbis[C]>>(call: TauCall<C, F>) {
      const env = { sender: call.sender, time: now(), chainId, receipts };
      const step = applyCall(state, call.contract, call.function, call.args as readonly unknown[], env);
      if (refused(step)) return step;
      state = step.state;
      block += 1n;
      for (const [index, event] of step.events.entries()) log.push({ event, time, place: { block, index } });
      const { returns, events } = step;
      return { returns, events } as Outcome<Returns<SystemAbis[C], F>>;
    },

    async events(from, to) {
      const first = from === undefined ? 0 : firstAt(log, from);
      const end = to === undefined ? log.length : firstAt(log, to);
      const until = Math.min(first + PAGE, end);
      return {
        events: log.slice(first, until),
        next: log[until]?.place ?? { block: block + 1n, index: 0 },
        last: until >= end,
      } satisfies Page;
    },
  };
}

/** Index of the first event at the place or later. */
function firstAt(log: readonly PlacedEvent[], place: Cursor): number {
  let [low, high] = [0, log.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(log[middle]!.place, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}
