/**
 * From compiled contracts and a small model to a system that can be run: starts a chain, deploys, and looks at the
 * state through a lens made of the contracts' own views.
 * @module
 */
import type { AbiFunction, AbiParameter } from 'abitype';
import { encodeParameters } from '../abi-coder/encode.ts';
import type { AnvilOptions } from './anvil.ts';
import type { Generate, Subject } from './campaign.ts';
import { codecOf, encodeCall, functionOf, showArgs } from './codec.ts';
import { describeRevert } from './compare.ts';
import { type Node, startNode } from './node.ts';
import { bytecodeHash, deploy, send } from './rpc.ts';
import { MAX_TRANSACTION_GAS } from './simulate.ts';
import { type Artifact, compileSolidity } from './solidity.ts';
import {
  type Call,
  type Contracts,
  type EmittedEvent,
  type Env,
  type Goals,
  type Hex,
  MirrorError,
  type Outcome,
  type Property,
  type System,
} from './types.ts';

/** The chain while a system is being set up. */
export interface Setup {
  /**
   * Deploys a contract under the name that calls, events and views give it.
   * @param artifact as `compileSolidity` gives it by name, so that it may be missing
   * @returns its address, lower case
   */
  deploy(name: string, artifact: Artifact | undefined, args?: readonly unknown[]): Promise<Hex>;
  /** Makes a call before the traces begin. @throws MirrorError when it is refused */
  send(call: Call): Promise<void>;
}

/** What a call comes to in a model: the next state with return value and events, or a refusal. */
export type Answer<S> =
  | { readonly state: S; readonly returns?: unknown; readonly events?: readonly EmittedEvent[] }
  | Refused;

interface Refused {
  readonly error: string;
  readonly args: readonly unknown[];
}

/** The contracts refuse the call with this custom error. */
export const refuse = (error: string, ...args: readonly unknown[]): Refused => ({ error, args });

/** An event with its arguments by name. */
export const emitted = (contract: string, event: string, args: EmittedEvent['args']): EmittedEvent => ({
  contract,
  event,
  args,
});

/**
 * One function per call of the contracts, by `contract.function`: the next state, or the refusal. It never changes the
 * state that it is given. Declare the arguments as viem decodes them: `[amount, to]: [bigint, Hex]`.
 */
export type Model<S> = Readonly<
  Record<string, (state: S, args: never, env: Env & { readonly sender: Hex }) => Answer<S>>
>;

/** A view of a contract, and what it must return according to the model. */
export interface View {
  readonly contract: string;
  readonly function: string;
  readonly args?: readonly unknown[];
  readonly value: unknown;
}

/** A system as its setup describes it. */
export interface Definition<S> {
  /** the model's image of the contracts as the setup left them */
  readonly initial: S;
  readonly model: Model<S>;
  /** All that is compared after each call. The same views, in the same order, whatever the state. */
  readonly views: (state: S) => readonly View[];
  readonly generate: Generate<S>;
  readonly teardown?: Subject<S>['teardown'];
  readonly goals?: Goals<S>;
  readonly properties?: readonly Property<S>[];
}

/** Seconds between the last block of the setup and the first call of a trace. */
const PAUSE = 10n;

/**
 * Starts an anvil, or the node that `onNode` says, and sets a system up on it. When the setup fails, it is ended.
 * @throws MirrorError when a contract can't be deployed, or the views don't fit the contracts
 */
export async function deploySystem<S>(
  setup: (chain: Setup) => Promise<Definition<S>>,
  options: AnvilOptions = {},
): Promise<Subject<S>> {
  const node = await startNode(options);
  try {
    return await begin(node, setup);
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function begin<S>(node: Node, setup: (chain: Setup) => Promise<Definition<S>>): Promise<Subject<S>> {
  const contracts: Record<string, Contracts[string]> = {};
  const definition = await setup({
    async deploy(name, artifact, args = []) {
      if (Object.hasOwn(contracts, name)) throw new MirrorError(`deploy: there is a contract named ${name} already`);
      if (!artifact) throw new MirrorError(`deploy: ${name} has no artifact: is the contract's name right?`);
      const address = await deploy(node, artifact, args);
      contracts[name] = { abi: artifact.abi, address };
      return address;
    },
    async send(call) {
      const codec = codecOf({ ...contracts });
      const fn = functionOf(codec, call);
      const result = await send(node, { from: call.sender, to: fn.address, data: encodeCall(fn, call.args) });
      if (result.ok) return;
      const { text } = describeRevert(codec, result, MAX_TRANSACTION_GAS);
      throw new MirrorError(`send: ${fn.key}${showArgs(call.args)} from ${call.sender} is refused: ${text}`);
    },
  });
  const lens = await lensOf(node, contracts, definition);
  const hash = await bytecodeHash(node, contracts);
  const head = (await node.call('eth_getBlockByNumber', ['latest', false])) as { readonly timestamp: Hex };
  const { initial, model, generate, teardown, goals, properties } = definition;
  const system: System<S> = {
    contracts: { ...contracts, [LENS]: lens.contract },
    initial,
    startTime: BigInt(head.timestamp) + PAUSE,
    apply: (state, call, env) => answered(model, state, call, env),
    look: (state) => ({ query: lens.query, answer: lens.answer(state) }),
    ...(goals ? { goals } : {}),
    ...(properties ? { properties } : {}),
  };
  const backend = await node.backend();
  const stop = (): Promise<void> => node.stop();
  return { system, backend, generate, ...(teardown ? { teardown } : {}), bytecodeHash: hash, rpc: node, stop };
}

function answered<S>(model: Model<S>, state: S, call: Call, env: Env): { outcome: Outcome; state: S } {
  const key = `${call.contract}.${call.function}`;
  const apply = Object.hasOwn(model, key) ? model[key] : undefined;
  if (!apply) throw new MirrorError(`the model has no "${key}", which the generator calls`);
  const answer = apply(state, call.args as never, { ...env, sender: call.sender });
  if ('error' in answer) return { outcome: { status: 'refused', error: answer.error, args: answer.args }, state };
  const { returns, events = [] } = answer;
  return { outcome: { status: 'ok', returns, events }, state: answer.state };
}

/*//////////////////////////////////////////////////////////////// LENS */

const LENS = 'views';
const LOOK = 'look';

/** A contract that calls all views at once; its ABI names each result after its view, for the explanations. */
async function lensOf<S>(node: Node, contracts: Contracts, { initial, views }: Definition<S>) {
  if (Object.hasOwn(contracts, LENS)) throw new MirrorError(`deploy: "${LENS}" is the name of the lens; take another`);
  const codec = codecOf({ ...contracts });
  const first = views(initial);
  if (first.length === 0) throw new MirrorError('views: expected at least one view, else no state is compared');
  const seen = first.map((view) => {
    const fn = functionOf(codec, view);
    const { args = [] } = view;
    return { label: labelOf(view), target: fn.address, data: encodeCall(fn, args), output: outputOf(contracts, view) };
  });
  const labels = seen.map(({ label }) => label);
  const twin = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twin !== undefined) throw new MirrorError(`views: ${twin} is there twice`);
  const outputs = seen.map(({ label, output }): AbiParameter => ({ ...output, name: label }));
  const artifact = compileSolidity(new URL('Views.sol', import.meta.url))['Views'] as Artifact;
  const look: AbiFunction = {
    type: 'function',
    name: LOOK,
    stateMutability: 'view',
    inputs: [
      { type: 'address[]', name: 'targets' },
      { type: 'bytes[]', name: 'calls' },
    ],
    outputs,
  };
  return {
    contract: { abi: [look], address: await deploy(node, artifact) },
    query: { contract: LENS, function: LOOK, args: [seen.map(({ target }) => target), seen.map(({ data }) => data)] },
    answer(state: S): Hex {
      const now = views(state);
      const other = now.findIndex((view, i) => labelOf(view) !== labels[i]);
      if (now.length !== labels.length || other >= 0) {
        throw new MirrorError('views: expected the same views in the same order for every state');
      }
      return encodeParameters(
        outputs,
        now.map(({ value }) => value),
      );
    },
  };
}

const labelOf = (view: View): string => `${view.contract}.${view.function}${showArgs(view.args ?? [])}`;

/** @throws MirrorError unless it returns one value of a static type */
function outputOf(contracts: Contracts, view: View): AbiParameter {
  const item = contracts[view.contract]?.abi.find((one) => one.type === 'function' && one.name === view.function);
  const { outputs, stateMutability } = item as AbiFunction;
  const [output] = outputs;
  const plain = output && outputs.length === 1 && /^(u?int|bytes)\d+$|^(address|bool)$/.test(output.type);
  if (!plain || (stateMutability !== 'view' && stateMutability !== 'pure')) {
    const types = outputs.map(({ type }) => type).join(', ');
    throw new MirrorError(
      `views: ${view.contract}.${view.function} is ${stateMutability} and returns (${types}); expected a view with one ` +
        'integer, boolean, address or bytesN. Write a lens contract for anything else.',
    );
  }
  return output;
}
