/**
 * The Solidity compiler as mutation needs it: trees of syntax, and creation code.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Hex, MirrorError } from '../mirror/types.ts';

/** Source texts by the path under which others import them. */
export type Sources = Readonly<Record<string, string>>;

/** A node of solc's tree: `src` is "start:length:file", in bytes. */
export interface Node {
  readonly nodeType: string;
  readonly id: number;
  readonly src: string;
  readonly [field: string]: unknown;
}

export interface Compiled {
  /** by path */
  readonly trees: Readonly<Record<string, Node>>;
  /** creation code by name of the contract; libraries and interfaces have none */
  readonly bytecode: Readonly<Record<string, Hex>>;
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources?: Record<string, { readonly ast: Node }>;
  readonly contracts?: Record<string, Record<string, { readonly evm?: { readonly bytecode: { object: string } } }>>;
}

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } | { error: string } }): string;
}

/**
 * Hardly any optimisation: it takes most of the compiler's time, and mutants are compared with each other, not by gas.
 * Without moving locals to memory, some functions wouldn't compile at all.
 */
const SETTINGS = {
  viaIR: true,
  evmVersion: 'prague',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  optimizer: {
    enabled: false,
    details: {
      peephole: true,
      jumpdestRemover: true,
      yul: true,
      yulDetails: { stackAllocation: true, optimizerSteps: ':' },
    },
  },
};

/**
 * Compiles in this thread, which takes from seconds (trees alone) to minutes (code).
 * @param root folder whose node_modules hold what the sources import
 * @throws MirrorError with the compiler's own words
 */
export function compile(sources: Sources, root: string, want: 'trees' | 'code'): Compiled {
  const solc = createRequire(path.join(root, 'package.json'))('solc') as Compiler;
  const outputs = want === 'code' ? ['evm.bytecode.object'] : [];
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: { ...SETTINGS, outputSelection: { '*': { '': ['ast'], '*': outputs } } },
  };
  const found = (file: string): { contents: string } | { error: string } => {
    const place = path.join(root, 'node_modules', file);
    return existsSync(place) ? { contents: readFileSync(place, 'utf8') } : { error: `${file} does not exist` };
  };
  const { errors = [], ...output } = JSON.parse(solc.compile(JSON.stringify(input), { import: found })) as Output;
  const wrong = errors.filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) throw new MirrorError(`solc: ${wrong.map((error) => error.formattedMessage).join('\n')}`);
  const bytecode: Record<string, Hex> = {};
  for (const contracts of Object.values(output.contracts ?? {})) {
    for (const [name, { evm }] of Object.entries(contracts)) {
      if (evm && evm.bytecode.object !== '') bytecode[name] = `0x${evm.bytecode.object}`;
    }
  }
  const trees = Object.entries(output.sources ?? {}).map(([file, { ast }]) => [file, ast] as const);
  return { trees: Object.fromEntries(trees), bytecode };
}

/** First byte and the one behind the last. */
export function rangeOf({ src }: Node): readonly [start: number, end: number] {
  const [start = 0, length = 0] = src.split(':').map(Number);
  return [start, start + length];
}

/** The node's children in the order of the source. */
export function childrenOf(node: Node): Node[] {
  const nodes = Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
  return nodes.sort((a, b) => rangeOf(a)[0] - rangeOf(b)[0]);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'nodeType' in value && 'src' in value;
}
