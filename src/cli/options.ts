/**
 * What all commands of `mprd` take from the command line, and how they complain about it.
 * @module
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Where a command writes. */
export interface Io {
  readonly out: (line: string) => void;
  readonly err: (text: string) => void;
  /** whether `err` is a terminal, on which a line can be written over */
  readonly terminal: boolean;
}

/** What each file of a command offers. */
export interface Command {
  readonly help: string;
  /**
   * @returns the exit code
   * @throws UsageError, ChainError, ReplayError
   */
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
}

/** The command line can't be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const DEFAULT_RPC = 'http://127.0.0.1:8545';

/** The part of a command's help that is the same for all. */
export const COMMON_HELP = `  --rpc URL          a node of the chain (default ${DEFAULT_RPC})
  --deployment FILE  the deployment's address book, named after its chain (default deployments/<chain id>.json)
  --json             one JSON object instead of tables; amounts and times are decimal numbers in quotes
  --help             this text

Amounts in JSON are base units (10^-18 AGRS), times are seconds since 1970. Nothing is sent, no key is needed: all
events of the deployment are read, and the state is rebuilt from them.

Exit code: 0 shown, 1 failed, 2 wrong usage.`;

export interface CommonOptions {
  readonly rpc: string;
  readonly deployment: string | undefined;
  readonly json: boolean;
}

export interface Parsed extends CommonOptions {
  readonly positionals: readonly string[];
  /** the command's own options */
  readonly own: Readonly<Record<string, string | undefined>>;
}

/** @throws UsageError */
export function parseOptions(args: readonly string[], own: readonly string[] = []): Parsed {
  const options = {
    rpc: { type: 'string', default: DEFAULT_RPC },
    deployment: { type: 'string' },
    json: { type: 'boolean', default: false },
    ...Object.fromEntries(own.map((name) => [name, { type: 'string' }] as const)),
  } as const;
  const { values, positionals } = optionsFrom(args, options);
  const { rpc, deployment, json, ...rest } = values;
  return { rpc: requireUrl('--rpc', rpc), deployment, json, positionals, own: rest };
}

/** The address of a node. @throws UsageError naming the option */
export function requireUrl(option: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`${option} ${text}: expected an address such as ${DEFAULT_RPC}.`);
}

/**
 * The options and other words of a command line.
 * @throws UsageError
 */
export function optionsFrom<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
) {
  return parsed(() => parseArgs({ args: [...args], options, allowPositionals: true }));
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    // Node's own sentences name the option and what is wrong with it.
    throw new UsageError((error as Error).message);
  }
}

/** A whole number from 1 on. @throws UsageError naming the option */
export function countOf(option: string, text: string, most: number): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > most) {
    throw new UsageError(`${option} ${text}: expected a whole number from 1 to ${most}.`);
  }
  return count;
}

/** The part of a work that is done here, counted from 0. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** I/N, counted from 1. @throws UsageError */
export function shardOf(text: string): Shard {
  const [, first, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(first) - 1, of: Number(of) };
  if (first === undefined || shard.index < 0 || shard.index >= shard.of) {
    throw new UsageError(`--shard ${text}: expected I/N with 1 <= I <= N, such as 2/8.`);
  }
  return shard;
}

/** @throws UsageError unless there are none */
export function requireNoPositionals({ positionals }: Pick<Parsed, 'positionals'>): void {
  if (positionals.length > 0) throw new UsageError(`"${positionals.join(' ')}" is not expected here.`);
}
