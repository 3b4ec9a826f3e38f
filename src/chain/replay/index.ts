/**
 * From events to state: the contracts' events, in the order of the log and with the time of their blocks, fold into
 * exactly the state that the model reaches by the calls. Whoever reads the events needs to trust nobody's view of the
 * state, and can ask the model what any call would do to it.
 * @module
 */
import type { ContractName, SystemEvent } from '../../abi/system.ts';
import { ZERO_ADDRESS } from '../../codec/signature.ts';
import { type Deployment, type Env, genesis, type State } from '../../model/index.ts';
import { protocolParameters } from '../config.ts';
import { court, gate, oracle } from './decisions.ts';
import { council, disruptions, parameters, registry, router } from './governance.ts';
import { type Handlers, ReplayError } from './handlers.ts';
import { agrs, operators, staking, treasury } from './stake.ts';

export { ReplayError } from './handlers.ts';

/** An event and what its block adds to it. */
export interface Told {
  readonly event: SystemEvent;
  /** timestamp of its block, seconds */
  readonly time: bigint;
}

const handlers: Handlers = {
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

type AnyHandler = (state: State, args: unknown, env: Env) => State;

/**
 * The state after the events.
 *
 * @param from the model's genesis, or any state that the events continue
 * @throws ReplayError when an event can't follow those before it; the message names it by its place, from 0
 */
export function rebuild(from: State, events: Iterable<Told>, chainId: bigint): State {
  let state = from;
  let place = 0;
  for (const told of events) {
    try {
      state = follow(state, told, chainId);
    } catch (error) {
      if (!(error instanceof ReplayError)) throw error;
      const { contract, event } = told.event;
      throw new ReplayError(
        `event ${place}, ${contract}.${event} at ${told.time}, doesn't follow from those before it: ${error.message}. ` +
          'Events are missing or of another deployment; ask another node for them.',
      );
    }
    place++;
  }
  return state;
}

/** The state after one event. */
function follow(state: State, { event, time }: Told, chainId: bigint): State {
  const ofContract = handlers[event.contract] as unknown as Readonly<Record<string, AnyHandler>>;
  const handler = Object.hasOwn(ofContract, event.event) ? ofContract[event.event] : undefined;
  if (handler === undefined) throw new ReplayError('there is no such event');
  return handler(state, event.args, { sender: ZERO_ADDRESS, time, chainId, receipts: noReceipts });
}

function noReceipts(): never {
  throw new Error('replay: events are facts, no receipt is judged again');
}

/** The contracts in which the state of the system is: those whose events are needed. */
export const TOLD_BY = Object.keys(handlers) as readonly ContractName[];

/**
 * The state before the first contract was created. The constructors' events tell the rest of the genesis: supply,
 * parameters, members.
 */
export function unborn(deployment: Deployment): State {
  const nothing = genesis({
    deployment,
    // Replaced by the first event of the parameters.
    parameters: protocolParameters,
    members: [],
    holder: ZERO_ADDRESS,
    supply: 0n,
    time: 0n,
  });
  return {
    ...nothing,
    agrs: { ...nothing.agrs, balances: nothing.agrs.balances.clear() },
    council: { ...nothing.council, version: 0n },
  };
}
