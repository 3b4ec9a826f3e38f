/**
 * The protocol with mutated contracts: the same deployment, prologue and traces as any campaign, and at each request a
 * choice of mutants.
 * @module
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Addresses } from '../chain/address-book.ts';
import { artifactOf, creationCode, solidityName } from '../chain/artifacts.ts';
import { CREATION_ORDER, constructorArguments } from '../chain/deploy.ts';
import type { Hex } from '../codec/hash.ts';
import { generated } from '../mirror/campaign.ts';
import { compareCall } from '../mirror/compare.ts';
import { rngOf } from '../mirror/random.ts';
import { type Simulation, simulateBackend } from '../mirror/simulate.ts';
import type { EvmCall, EvmResult } from '../mirror/types.ts';
import { type Build, build, replaceCode, treesOf } from '../mutation/build.ts';
import { type Conflict, killsOf } from '../mutation/judge.ts';
import { SELECTOR, selection } from '../mutation/schemata.ts';
import { type Site, sitesOf } from '../mutation/sites.ts';
import type { Sources } from '../mutation/solidity.ts';
import { TRACE_LENGTH } from './run.ts';
import type { Ready } from './system.ts';
import { deployment } from './world.ts';

/** What the campaign deploys as it is: the lens that it looks through, and stand-ins. */
const AS_THEY_ARE = /^contracts\/(lens|mocks|receipts\/(generated|DecisionVerifier|RecordedVerifier))/;

/** Everything that is mutated, with the interfaces. @param root folder of the project */
export function protocolSources(root: string): Sources {
  const files = globSync('contracts/**/*.sol', { cwd: root }).map((file) => file.split(path.sep).join('/'));
  const mutated = files.sort().filter((file) => !AS_THEY_ARE.test(file));
  return Object.fromEntries(mutated.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
}

/** All mutants, each with its place in the list plus one as its number, and the contracts that hold them. */
export function mutantsOf(root: string, tell: (line: string) => void): { sites: readonly Site[]; built: Build } {
  const sources = protocolSources(root);
  const cache = path.join(root, 'build', 'mutation');
  const trees = treesOf(root, sources, cache);
  const sites = sitesOf(Object.keys(sources).map((file) => ({ file, text: sources[file]!, tree: trees[file]! })));
  const onCompile = (): void => tell(`compiling ${sites.length} mutants into one copy of the contracts: some minutes`);
  return { sites, built: build({ root, sources, trees, mutants: sites, cache, onCompile }) };
}

/** Whether one of two mutants stands in the other. */
export function overlaps(a: Site, b: Site): boolean {
  return a.file === b.file && a.start < b.end && b.start < a.end;
}

/** Puts the mutated contracts in the place of the ones that the campaign deployed. */
export async function plant({ system, rpc }: Ready, { bytecode }: Build): Promise<void> {
  const addresses = Object.fromEntries(
    Object.entries(system.contracts).map(([name, { address }]) => [name, address]),
  ) as Addresses;
  const [deployer] = (await rpc.call('eth_accounts')) as readonly [Hex];
  for (const name of CREATION_ORDER) {
    const code = bytecode[solidityName(name)];
    if (code === undefined) continue;
    const args = constructorArguments(name, addresses, deployment);
    await replaceCode(rpc, addresses[name], creationCode({ ...artifactOf(name), bytecode: code }, args), deployer);
  }
}

/** A trace of the campaign, with what the contracts make of it while no mutant is chosen. */
export interface Trial {
  readonly index: number;
  readonly calls: readonly EvmCall[];
  readonly expected: readonly EvmResult[];
}

export class MutatedProtocol {
  readonly #ready: Ready;
  readonly #simulation: Simulation;
  readonly #count: number;
  readonly #seed: string;

  /** @param count of all mutants that were built */
  private constructor(ready: Ready, simulation: Simulation, count: number, seed: string) {
    this.#ready = ready;
    this.#simulation = simulation;
    this.#count = count;
    this.#seed = seed;
  }

  static async on(ready: Ready, build: Build, count: number, seed: string): Promise<MutatedProtocol> {
    await plant(ready, build);
    return new MutatedProtocol(ready, await simulateBackend(ready.rpc), count, seed);
  }

  run(calls: readonly EvmCall[], mutants: readonly number[]): Promise<readonly EvmResult[]> {
    return this.#simulation.run(calls, { [SELECTOR]: { code: selection(mutants, this.#count) } });
  }

  /**
   * Draws a trace of the campaign.
   * @throws Error if the contracts without a mutant disagree with the model
   */
  async trial(index: number): Promise<Trial> {
    const { system, generate, teardown } = this.#ready;
    // The laws are not worth their time: campaigns check them on the same traces.
    const options = { system: { ...system, properties: [] }, backend: this.#simulation, generate, teardown };
    const { records, codec, divergence } = generated({ ...options, length: TRACE_LENGTH, seed: this.#seed }, index);
    if (divergence) throw new Error(`mutation: the model breaks a law in trace ${index}: ${divergence.model}`);
    const calls = records.map(({ evm }) => evm);
    const expected = await this.run(calls, []);
    for (const [i, record] of records.entries()) {
      const differs = compareCall(codec, record, expected[i]!, this.#simulation.gasPerCall);
      if (differs) throw new Error(`mutation: without a mutant, trace ${index}: ${JSON.stringify(differs)}`);
    }
    return { index, calls, expected };
  }

  /**
   * The mutants that this trace tells from the original, with the number of the call at which each differs.
   * @param groupSize mutants that run at once at first
   */
  kills(
    { index, calls, expected }: Trial,
    mutants: readonly number[],
    conflict: Conflict,
    groupSize: number,
  ): Promise<Map<number, number>> {
    const run = (some: readonly EvmCall[], chosen: readonly number[]) => this.run(some, chosen);
    return killsOf(run, calls, expected, mutants, conflict, rngOf(`${this.#seed} groups`, index), groupSize);
  }
}
