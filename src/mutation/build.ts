/**
 * Builds mutated contracts, and puts their code in the place of the originals'.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JsonRpc } from '../mirror/jsonrpc.ts';
import { type Hex, MirrorError } from '../mirror/types.ts';
import { instrument, type Numbered } from './schemata.ts';
import type { Site } from './sites.ts';
import { type Compiled, compile, type Sources } from './solidity.ts';

export interface Build {
  /** creation code by name of the contract */
  readonly bytecode: Readonly<Record<string, Hex>>;
}

export interface BuildOptions {
  /** folder whose node_modules hold the compiler and what the sources import */
  readonly root: string;
  readonly sources: Sources;
  readonly trees: Compiled['trees'];
  /** their numbers begin with 1 */
  readonly mutants: readonly (Site | Numbered)[];
  /** folder for builds, made if need be */
  readonly cache: string;
  /** told before the compiler starts, which is silent for minutes */
  readonly onCompile?: () => void;
}

/**
 * The contracts with all these mutants in them, from the cache if they were compiled before.
 * @throws MirrorError with the compiler's own words
 */
export function build(options: BuildOptions): Build {
  const { root, sources, trees, mutants, cache, onCompile } = options;
  const imported = (file: string): string => readFileSync(path.join(root, 'node_modules', file), 'utf8');
  const mutated = instrument(sources, trees, mutants, imported);
  return cached(cache, mutated, () => {
    onCompile?.();
    return { bytecode: compile(mutated, root, 'code').bytecode };
  });
}

/** Trees of the sources and of what they import, from the cache if they were made before. */
export function treesOf(root: string, sources: Sources, cache: string): Compiled['trees'] {
  return cached(cache, { ...sources, what: 'trees' }, () => compile(sources, root, 'trees').trees);
}

/** What `make` gives for this input, kept in a file that is named after the input. */
function cached<T>(folder: string, input: unknown, make: () => T): T {
  const file = path.join(folder, `${createHash('sha256').update(JSON.stringify(input)).digest('hex')}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T;
  const made = make();
  mkdirSync(folder, { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, JSON.stringify(made));
  renameSync(draft, file);
  return made;
}

/**
 * Replaces the code of a deployed contract, keeping its storage. The constructor runs once more, in a call that changes
 * nothing and at the contract's own address, since only it knows the immutables; so mutants' code may be larger than
 * the chain's limits.
 * @param creation creation code with its arguments
 * @param deployer who created it
 */
export async function replaceCode(node: JsonRpc, address: Hex, creation: Hex, deployer: Hex): Promise<void> {
  const call = { from: deployer, to: address, data: '0x' };
  const asNew = { [address]: { code: creation, state: {} } };
  const code = await node.call('eth_call', [call, 'latest', asNew]);
  if (typeof code !== 'string' || code.length <= 2) {
    throw new MirrorError(`${address}: the constructor of the mutated contract gives no code`);
  }
  await node.call('anvil_setCode', [address, code]);
}
