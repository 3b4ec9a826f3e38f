/** A small deployment for the model's tests: fixed addresses, five members, short windows. */
import { Map, Set } from 'immutable';
import type { ContractName, SystemAbis } from '../../src/abi/system.ts';
import type { Inputs, WriteName } from '../../src/abi/types.ts';
import { type Actor, MAX_ENTRIES, parameterSet, quickSign } from '../../src/campaign/world.ts';
import { type Hex, keccak256, utf8 } from '../../src/codec/hash.ts';
import type { Entry } from '../../src/codec/ids.ts';
import { addressOfKey } from '../../src/codec/signature.ts';
import { signable } from '../../src/codec/typed-data.ts';
import {
  applyCall,
  type Env,
  type Genesis,
  genesis,
  type ParameterSet,
  type Refusal,
  refused,
  type State,
} from '../../src/model/index.ts';
import type { Step, Success } from '../../src/model/step.ts';

export const CHAIN = 31337n;
/** Time of the deployment and of the first call. */
export const T0 = 1_700_000_000n;
export const AGRS = 10n ** 18n;
export const SUPPLY = 1_000_000n * AGRS;
export const ZERO: Hex = `0x${'0'.repeat(40)}`;
export const ZERO_HASH: Hex = `0x${'0'.repeat(64)}`;

export function address(n: number): Hex {
  return `0x${n.toString(16).padStart(40, '0')}`;
}

export function hash(text: string): Hex {
  return keccak256(utf8(text));
}

export type { Actor };

export function actor(name: string): Actor {
  const key = hash(`actor ${name}`);
  return { name, key, address: addressOfKey(key) };
}

export const directory = {
  agrs: address(0x101),
  parameters: address(0x102),
  council: address(0x103),
  registry: address(0x104),
  operators: address(0x105),
  staking: address(0x106),
  oracle: address(0x107),
  router: address(0x108),
  gate: address(0x109),
  treasury: address(0x10a),
  court: address(0x10b),
  disruptions: address(0x10c),
} as const;

export const members: readonly Hex[] = [1, 2, 3, 4, 5].map(address);
export const holder = address(0xa1);
export const outsider = address(0xbad);
/** A contract that isn't part of the system. */
export const otherContract = address(0xc0de);

/** A receipt verifier of the chain, which the router doesn't know at first. The environment accepts every receipt. */
export const verifier = address(0x7e41);
export const SELECTOR: Hex = '0x01020304';

/** The campaign's windows of minutes. */
export { MAX_ENTRIES, parameterSet };

/** The state right after deployment. */
export function start(changed: Partial<Genesis> = {}): State {
  const deployment = {
    directory,
    otherCode: Set([otherContract]),
    verifiers: Map([[verifier, { selector: SELECTOR, imageId: entry.imageId, development: true }]]),
    maxEntries: BigInt(MAX_ENTRIES),
    elevatedFrom: 50_000_000n,
    criticalFrom: 200_000_000n,
  };
  return genesis({ deployment, parameters: parameterSet, members, holder, supply: SUPPLY, time: T0, ...changed });
}

/** The state with other parameters, as if the council had decided them. */
export function withParameters(state: State, changed: Partial<ParameterSet>): State {
  const { version, set } = state.parameters;
  const args = [version, { ...set, ...changed }] as const;
  return done(call(state, 'parameters', 'setParameters', args, { sender: directory.council })).state;
}

export interface Caller {
  readonly sender: Hex;
  readonly time?: bigint;
}

export function env({ sender, time = T0 }: Caller): Env {
  return { sender, time, chainId: CHAIN, receipts: () => undefined };
}

/** One typed call of the machine. */
export function call<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
  state: State,
  contract: C,
  functionName: F,
  args: Inputs<SystemAbis[C], F>,
  caller: Caller,
): Step<readonly unknown[]> {
  return applyCall(state, contract, functionName, args as readonly unknown[], env(caller));
}

/** The outcome of a step that must succeed. */
export function done<R>(step: Step<R>): Success<R> {
  if (!refused(step)) return step;
  throw new Error(`expected a success, got ${step.error}(${step.args.join(', ')})`);
}

/** The refusal of a step that must be refused. */
export function refusal(step: Step<unknown>): Refusal {
  if (refused(step)) return step;
  throw new Error(`expected a refusal, got ${step.events.map(({ event }) => event).join(', ')}`);
}

/** Names of the events of a step that must succeed. */
export function eventsOf(step: Step<unknown>): string[] {
  return done(step).events.map(({ event }) => event);
}

/** The key's own word that `owner` may register it. */
export function possession(owner: Hex, signer: Actor): Hex {
  const domain = { chainId: CHAIN, verifyingContract: directory.operators };
  return quickSign(signable('SignerPossession', { owner, signer: signer.address }, domain), signer);
}

/** Gives an account tokens, and a contract the allowance to take them. */
export function funded(state: State, account: Hex, amount: bigint, spender: Hex = directory.staking): State {
  const paid = done(call(state, 'agrs', 'transfer', [account, amount], { sender: holder })).state;
  const allowance = paid.agrs.allowances.get(account + spender, 0n) + amount;
  return done(call(paid, 'agrs', 'approve', [spender, allowance], { sender: account })).state;
}

/** Registers and admits an operator; gives it tokens and a self-bond. */
export function withOperator(state: State, owner: Hex, signer: Actor, bond: bigint): { state: State; id: Hex } {
  const args = [signer.address, owner, ZERO_HASH, possession(owner, signer)] as const;
  const registered = done(call(state, 'operators', 'register', args, { sender: owner }));
  const id = registered.returns[0] as Hex;
  const admitted = done(call(registered.state, 'operators', 'admit', [id], { sender: directory.council })).state;
  if (bond === 0n) return { state: admitted, id };
  const rich = funded(admitted, owner, bond);
  return { state: done(call(rich, 'staking', 'bond', [id, bond], { sender: owner })).state, id };
}

export const entry: Entry = {
  policyHash: `0x${'0'.repeat(62)}2a`,
  imageId: hash('image'),
  sourceHash: hash('document'),
  stateSource: hash('source'),
  stateSchema: `0x${'0'.repeat(63)}7`,
  adapter: directory.treasury,
  account: address(0xacc),
  operators: [],
  proposerMode: 0,
  proposers: [],
  tier: 1,
  coSigners: [],
  quotaPerState: 1n,
  claimTtl: 60n,
  resourceCap: 200_000n,
  execFee: 0n,
};
