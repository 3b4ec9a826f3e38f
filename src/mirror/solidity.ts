/**
 * Compiles a Solidity file with everything that it imports, from files beside it and from installed packages.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Abi } from 'abitype';
import { type Hex, MirrorError } from './types.ts';

/** What is needed to deploy a contract, as Hardhat's artifacts have it too. */
export interface Artifact {
  readonly abi: Abi;
  /** creation code */
  readonly bytecode: Hex;
}

interface Solc {
  compile(input: string, callbacks: { import(name: string): { contents: string } | { error: string } }): string;
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<string, Record<string, { readonly abi: Abi; readonly evm: { readonly bytecode: { object: string } } }>>
  >;
}

const compiled = new Map<string, Readonly<Record<string, Artifact>>>();

/**
 * The contracts that the file itself declares, by name; interfaces and abstract ones have no code. A process compiles
 * each file once.
 * @param file its imports are found beside it and in the packages installed where it is
 * @throws MirrorError with the compiler's own messages, or if the npm package `solc` is not installed
 */
export function compileSolidity(file: URL | string): Readonly<Record<string, Artifact>> {
  const url = typeof file === 'string' ? pathToFileURL(path.resolve(file)) : file;
  const source = fileURLToPath(url);
  const known = compiled.get(source);
  if (known) return known;
  const contents = readSource(source);
  if ('error' in contents) throw new MirrorError(`${source}: can't be read: ${contents.error}`);
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: contents.contents } },
    settings: { outputSelection: { [source]: { '*': ['abi', 'evm.bytecode.object'] } } },
  };
  const resolve = createRequire(url).resolve;
  const found = (name: string): { contents: string } | { error: string } => {
    try {
      // Relative imports arrive as absolute paths: the compiler joins them to the file that imports them.
      return readSource(path.isAbsolute(name) ? name : resolve(name));
    } catch (error) {
      return { error: (error as Error).message.split('\n')[0] ?? 'not found' };
    }
  };
  const output = JSON.parse(compilerFor().compile(JSON.stringify(input), { import: found })) as Output;
  const wrong = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) throw new MirrorError(wrong.map(({ formattedMessage }) => formattedMessage).join('\n'));
  const contracts = Object.entries(output.contracts?.[source] ?? {});
  const artifacts = Object.fromEntries(
    contracts.map(([name, { abi, evm }]) => [name, { abi, bytecode: `0x${evm.bytecode.object}` as Hex }]),
  );
  compiled.set(source, artifacts);
  return artifacts;
}

function readSource(source: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(source, 'utf8') };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Loaded when it is needed: it takes a second, and whoever has artifacts needs none. */
function compilerFor(): Solc {
  try {
    return createRequire(import.meta.url)('solc') as Solc;
  } catch (cause) {
    throw new MirrorError('the npm package solc is not installed: run `npm install --save-dev solc`', { cause });
  }
}
