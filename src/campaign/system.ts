/**
 * The protocol as the differential engine takes it: contracts on a fresh chain, the model in the same state, and a
 * prologue that brings both to where executions are possible.
 * @module
 */
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable';
import { numberToHex } from 'viem';
import { bytecode } from '../abi/generated/bytecode.ts';
import { lensAbi, mockCallerAbi, mockRelayerAbi, mockSilentVerifierAbi } from '../abi/generated/index.ts';
import { type ContractName, verifierAbi } from '../abi/system.ts';
import { encodeParameters } from '../abi-coder/encode.ts';
import type { Addresses } from '../chain/address-book.ts';
import { artifactOf } from '../chain/artifacts.ts';
import { CREATION_ORDER, constructorArguments, predictAddresses } from '../chain/deploy.ts';
import { encodeCall, selectorOf } from '../codec/abi.ts';
import type { Hex } from '../codec/hash.ts';
import { type Entry, operatorId, sourceId } from '../codec/ids.ts';
import type { Subject } from '../mirror/campaign.ts';
import { type Node, startNode } from '../mirror/node.ts';
import { rngOf } from '../mirror/random.ts';
import { bytecodeHash, deploy, send } from '../mirror/rpc.ts';
import { runTrace } from '../mirror/run.ts';
import { type Call, type Contracts, MirrorError, type Outcome, type Step, type System } from '../mirror/types.ts';
import {
  applyCall,
  type Directory,
  type Env,
  genesis,
  lensQuery,
  lensSnapshot,
  type Refusal,
  refused,
  type State,
  type VerifierInfo,
  type Watch,
} from '../model/index.ts';
import { DECISION } from '../receipts/programs.ts';
import type { Context } from './context.ts';
import { SILENT_SELECTOR } from './executions.ts';
import { goals } from './goals.ts';
import { nextStep } from './intents.ts';
import { type Base, prologue } from './prologue.ts';
import { properties } from './properties.ts';
import { type RealProofs, realVerdict } from './real.ts';
import { RECORDED_SELECTOR, recordedVerdict } from './recorded.ts';
import { callingAdapter, relayed } from './stand-ins.ts';
import { teardownStep } from './teardown.ts';
import * as world from './world.ts';
import { CHAIN_ID } from './world.ts';

const SNAPSHOT = lensAbi.filter((item) => item.type === 'function' && item.name === 'snapshot')[0]?.outputs ?? [];
const GENESIS_TIME = 1_700_000_000n;
/** block.timestamp at which the prologue begins, seconds */
export const PROLOGUE_TIME = GENESIS_TIME + 1_000n;

/** The protocol, ready for campaigns. */
export type Ready = Required<Subject<State>>;

const ORDER = [...CREATION_ORDER, 'recordedVerifier'] as const;
/** Contracts that are none of the system, in the order of their creation. Nobody calls the adapter but the gate. */
const STAND_INS = ['adapter', 'relayer'] as const;
const standIn = (name: (typeof STAND_INS)[number], address: Hex): Contracts[string] => ({
  abi: name === 'relayer' ? mockRelayerAbi : [],
  address,
});

/**
 * Starts an anvil, or the node that `onNode` says, deploys the protocol, runs the prologue on both sides, compares, and
 * keeps the state it leads to.
 * @param standIns whether the adapter that calls back and the relayer stand beside the system
 */
export async function ready(proofs?: RealProofs, standIns = true): Promise<Ready> {
  const node = await startNode({ timestamp: GENESIS_TIME, chainId: Number(CHAIN_ID), hardfork: 'prague' });
  try {
    return await begin(node, proofs, standIns);
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function begin(node: Node, proofs: RealProofs | undefined, standIns: boolean): Promise<Ready> {
  const deployed = await deployAll(node, proofs !== undefined, standIns);
  const good = new Set<Hex>();
  const { base, first, systemAt } = protocolOn(deployed, good, proofs);
  const steps = prologue(base, PROLOGUE_TIME);
  const report = await runTrace(first, await node.backend(), steps);
  const last = report.records.at(-1);
  const wrong = report.divergence ?? report.records.find(({ outcome }) => outcome.status === 'refused');
  if (wrong || !last) throw new Error(`campaign: the prologue fails: ${JSON.stringify(wrong, printable)}`);
  const after = await mined(node, first, steps);
  const system = systemAt(after.state, after.time + 10n);
  const ctx = { ...base, state: after.state, time: system.startTime, history: [], rng: rngOf('real proofs', 0) };
  const proven = await proofs?.prove(ctx, good);
  return {
    system,
    backend: await node.backend(),
    ...generators(base, proven),
    bytecodeHash: await bytecodeHash(node, deployed.contracts),
    rpc: node,
    stop: () => node.stop(),
  };
}

/**
 * The model on deployed contracts, from any state on, and what its generator knows.
 * @param good seals that the real verifier accepted off chain
 */
export function protocolOn(deployed: Deployed, good: ReadonlySet<Hex>, proofs?: RealProofs) {
  const { directory, contracts, verifiers, councilTime } = deployed;
  const others = ['lens', 'adapter', 'relayer'].flatMap((name) => contracts[name]?.address ?? []);
  const start = startState(directory, others, verifiers, councilTime);
  const watch = watchOf(directory);
  const receipts = verdicts(verifiers, good);
  const adapter = contracts['adapter']?.address;
  const calling = adapter && callingAdapter(adapter);
  const adapters = (address: Hex) => (address === adapter ? calling : undefined);
  const relayer = contracts['relayer']?.address;
  const systemAt = (initial: State, startTime: bigint): System<State> => ({
    contracts,
    initial,
    startTime,
    goals,
    properties,
    apply: (state, call, env) => applied(state, call, { ...env, sender: call.sender, receipts, adapters }, relayer),
    look(state, env) {
      const query = lensQuery(state, watch);
      const answer = encodeParameters(SNAPSHOT, [lensSnapshot(state, query, env)]);
      return { query: { contract: 'lens', function: 'snapshot', args: [query] }, answer };
    },
  });
  const ids = named(directory, adapter);
  const entries = proofs ? [proofs.entryFrom(ids.entries[0] as Entry), ...ids.entries.slice(1)] : ids.entries;
  const stateHashes = [proofs?.stateHash ?? wordOf(1n), wordOf(2n)];
  const base: Base = { chainId: CHAIN_ID, directory, verifiers, ...ids, entries, adapter, stateHashes };
  return { base, first: systemAt(start, PROLOGUE_TIME), systemAt };
}

/** What draws a trace, and what ends it. */
export function generators(base: Base, proven?: Context['proven']): Required<Pick<Ready, 'generate' | 'teardown'>> {
  return {
    generate: (rng, state, { history, time }) =>
      nextStep({ ...base, rng, state, time, history, ...(proven ? { proven } : {}) } satisfies Context),
    teardown: (rng, state, { history, time }) => teardownStep({ ...base, rng, state, time, history }),
  };
}

/** The model right after deployment. */
function startState(directory: Directory, others: readonly Hex[], verifiers: readonly Hex[], time: bigint): State {
  const [recorded, silent] = verifiers as unknown as readonly [Hex, Hex];
  const info = { imageId: ZERO_WORD, development: true };
  return genesis({
    deployment: {
      directory,
      otherCode: ImmutableSet(others),
      verifiers: ImmutableMap([
        [recorded, { selector: RECORDED_SELECTOR, ...info }],
        [silent, { selector: SILENT_SELECTOR, ...info }],
        ...verifiers
          .slice(2)
          .map((real): [Hex, VerifierInfo] => [
            real,
            { selector: DECISION.selector, imageId: DECISION.imageId, development: true },
          ]),
      ]),
      maxEntries: world.deployment.maxEntries,
      elevatedFrom: world.ELEVATED_FROM,
      criticalFrom: world.CRITICAL_FROM,
    },
    parameters: world.parameterSet,
    members: world.deployment.members,
    holder: world.deployment.tokenHolder,
    supply: world.deployment.supply,
    time,
  });
}

/** What the lens shows besides the objects of the state. */
function watchOf(directory: Directory): Watch {
  return {
    accounts: [
      ...[...world.holders, ...world.members].map(({ address }) => address),
      directory.staking,
      directory.treasury,
      directory.gate,
      directory.court,
      directory.council,
    ],
    tiers: [{ target: directory.registry, selector: selectorOf('registry', 'advanceEpoch') }],
    signers: world.signers.map(({ address }) => address),
    selectors: [RECORDED_SELECTOR, SILENT_SELECTOR],
  };
}

const wordOf = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;
const ZERO_WORD = wordOf(0n);
const printable = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** Ids of the sources and of the first operators, and the entries made of them. */
function named(directory: Directory, adapter: Hex | undefined) {
  const sourceIds = world.sourceNames.map((name) => sourceId({ chainId: CHAIN_ID, contract: directory.oracle }, name));
  const place = { chainId: CHAIN_ID, contract: directory.operators };
  const operatorIds = world.owners
    .map((owner, i) => operatorId(place, owner.address, (world.signers[i] as world.Actor).address))
    .sort();
  return { sourceIds, entries: world.catalogue(directory, sourceIds, operatorIds, adapter) };
}

/** Where the contracts are, and since when the council exists. */
export interface Deployed {
  readonly directory: Directory;
  readonly contracts: Contracts;
  /** the recorded one, the silent one, and the real one if there is one */
  readonly verifiers: readonly Hex[];
  /** seconds */
  readonly councilTime: bigint;
}

/** Where this deployer's creations lead to. */
export function placed(deployer: Hex, standIns = true) {
  const predicted = predictAddresses(deployer, 0, [...ORDER, 'silent', ...STAND_INS]);
  const addresses = Object.fromEntries(ORDER.map((name) => [name, predicted[name]])) as Addresses;
  const contracts: Record<string, Contracts[string]> = {};
  for (const name of ORDER) contracts[name] = { abi: artifactOf(name).abi, address: predicted[name] };
  contracts['verifier'] = { abi: verifierAbi, address: predicted.recordedVerifier };
  delete contracts['recordedVerifier'];
  if (standIns) for (const name of STAND_INS) contracts[name] = standIn(name, predicted[name]);
  const { lens: _lens, ...directory } = addresses;
  return { addresses, directory, contracts, recorded: predicted.recordedVerifier };
}

/** The same creation as a deployment's, and a second verifier that refuses without a word. */
async function deployAll(node: Node, real: boolean, standIns: boolean): Promise<Deployed> {
  const [deployer] = (await node.call('eth_accounts')) as readonly [Hex];
  await requireFresh(node, deployer);
  let time = GENESIS_TIME;
  const create = async (...[artifact, args]: DeploySuffix): Promise<Hex> => {
    time += 1n;
    await node.call('evm_setNextBlockTimestamp', [numberToHex(time)]);
    return deploy(node, artifact, args);
  };
  const { addresses, directory, contracts, recorded } = placed(deployer, standIns);
  let councilTime = 0n;
  for (const name of ORDER) {
    await create(artifactOf(name), constructorArguments(name, addresses, world.deployment));
    if (name === 'council') councilTime = time;
  }
  const silent = await create({ abi: mockSilentVerifierAbi, bytecode: bytecode.mockSilentVerifier });
  const others = real ? [await create(artifactOf('decisionVerifier'))] : [];
  const verifiers = [recorded, silent, ...others];
  if (!standIns) return { directory, contracts, verifiers, councilTime };
  // The last, so that no other address depends on them.
  const adapter = await create({ abi: mockCallerAbi, bytecode: bytecode.mockCaller });
  const relayer = await create({ abi: mockRelayerAbi, bytecode: bytecode.mockRelayer }, [directory.gate]);
  return {
    directory,
    contracts: { ...contracts, adapter: standIn('adapter', adapter), relayer: standIn('relayer', relayer) },
    verifiers,
    councilTime,
  };
}

type DeploySuffix = Parameters<typeof deploy> extends [unknown, ...infer R] ? R : never;

/** The contracts' addresses hang on the deployer's nonce, and what a stored trace has signed on addresses and times. */
async function requireFresh(node: Node, deployer: Hex): Promise<void> {
  const [nonce, head] = await Promise.all([
    node.call('eth_getTransactionCount', [deployer, 'latest']),
    node.call('eth_getBlockByNumber', ['latest', false]),
  ]);
  const [sent, time] = [BigInt(nonce as Hex), BigInt((head as { readonly timestamp: Hex }).timestamp)];
  if (sent === 0n && time <= GENESIS_TIME) return;
  throw new MirrorError(
    `${node.url}: expected a fresh node whose clock is at ${GENESIS_TIME}, since a trace's addresses and signatures hang ` +
      `on both; got ${sent} transactions of ${deployer}, and the clock at ${time}. Start one with ` +
      `\`anvil --timestamp ${GENESIS_TIME}\`.`,
  );
}

/** @param good seals that the real verifier accepted off chain */
function verdicts([recorded, silent]: readonly Hex[], good: ReadonlySet<Hex>): Env['receipts'] {
  const silence: Refusal = { error: 'ReceiptRefused', args: [] };
  return (verifier, seal, imageId, digest) => {
    if (verifier === recorded) return recordedVerdict(seal, imageId, digest);
    return verifier === silent ? silence : realVerdict(seal, imageId, good);
  };
}

function applied(state: State, call: Call, env: Env, relayer?: Hex): { outcome: Outcome; state: State } {
  const { contract, function: name, args } = call;
  const step =
    relayer !== undefined && contract === 'relayer'
      ? relayed(state, relayer, args, env)
      : applyCall(state, contract as ContractName, name, args, env);
  if (refused(step)) return { outcome: { status: 'refused', error: step.error, args: step.args }, state };
  const { returns, events } = step;
  const value = returns.length === 0 ? undefined : returns.length === 1 ? returns[0] : returns;
  return { outcome: { status: 'ok', returns: value, events }, state: step.state };
}

/** Sends the prologue as transactions, at the times at which the model saw it. */
async function mined(node: Node, system: System<State>, steps: readonly Step[]) {
  let { initial: state, startTime: time } = system;
  for (const step of steps) {
    if (step.kind === 'time') {
      time += step.seconds;
      continue;
    }
    const { call } = step;
    const to = system.contracts[call.contract]?.address as Hex;
    const data = encodeCall(call.contract as ContractName, call.function as never, call.args as never);
    await node.call('evm_setNextBlockTimestamp', [numberToHex(time)]);
    const { ok } = await send(node, { from: call.sender, to, data });
    if (!ok) throw new Error(`campaign: the prologue's ${call.function} reverts on the chain`);
    state = system.apply(state, call, { time, block: 0n, chainId: CHAIN_ID }).state;
    time += 1n;
  }
  return { state, time };
}
