/**
 * What the commands on traces share: which system they are about, how it is opened, and how it is named on a command
 * line.
 * @module
 */
import path from 'node:path';
import { open } from '../campaign/subject.ts';
import type { Subject } from '../mirror/campaign.ts';
import { loadProperties, loadSystem } from '../mirror/load.ts';
import { backendNames, type NodeChoice } from '../mirror/node.ts';
import type { Opener } from '../mirror/reproducer.ts';
import { MirrorError } from '../mirror/types.ts';
import { DEFAULT_RPC, requireUrl, UsageError } from './options.ts';
import { fromRoot } from './project.ts';

/** The protocol, with laws of one's own, or somebody else's contracts and model. */
export interface Choice {
  /** file of the module that starts the system; without it, the protocol */
  readonly system: string | undefined;
  /** files of properties */
  readonly properties: readonly string[];
  /** where the contracts are put */
  readonly on: NodeChoice;
}

/** For `optionsFrom`. */
export const subjectOptions = {
  system: { type: 'string' },
  property: { type: 'string', multiple: true, default: [] as string[] },
  backend: { type: 'string' },
  rpc: { type: 'string' },
} as const;

/** The part of a command's help about them. */
export const SUBJECT_HELP = `  --property FILE  a module whose default export is your own law, { id, check(state, step, before) }, or a list of
                   them; may be given again. See docs/mirror.md
  --system FILE    the contracts and the model that this module starts, instead of the protocol
  --backend B      simulate: on an anvil, one request per trace (default); hardhat: on Hardhat's network, and rpc: on
                   the node at --rpc, both transaction by transaction, each trace on the same fresh state
  --rpc URL        a fresh development node, such as \`anvil --timestamp 1700000000\` (default ${DEFAULT_RPC});
                   it is brought back to where it was`;

interface SubjectValues {
  readonly system?: string | undefined;
  readonly property: readonly string[];
  readonly backend?: string | undefined;
  readonly rpc?: string | undefined;
}

/** @throws UsageError */
export function choiceOf(values: SubjectValues): Choice {
  const { system, property } = values;
  if (system !== undefined && property.length > 0) {
    throw new UsageError('--property goes with the protocol; a system of your own has its properties in its module.');
  }
  return { system, properties: property, on: nodeOf(values) };
}

function nodeOf({ backend: asked, rpc }: SubjectValues): NodeChoice {
  const name = asked ?? (rpc === undefined ? 'simulate' : 'rpc');
  const backend = backendNames.find((known) => known === name);
  if (backend === undefined) throw new UsageError(`--backend ${name}: expected one of ${backendNames.join(', ')}.`);
  if (backend === 'rpc') return { backend, url: requireUrl('--rpc', rpc ?? DEFAULT_RPC) };
  if (rpc !== undefined) throw new UsageError(`--rpc goes with --backend rpc, not with ${backend}.`);
  return { backend };
}

/** The words that choose the same on another command line. */
export function wordsOf({ system, properties, on }: Choice): readonly string[] {
  const words = properties.map((file) => `--property ${file}`);
  if (system !== undefined) words.push(`--system ${system}`);
  if (on.backend === 'hardhat') words.push('--backend hardhat');
  if (on.backend === 'rpc') words.push(`--rpc ${on.url}`);
  return words;
}

/** The command that replays a file, without the file. */
export const replayCommand = (choice: Choice): string => ['npx --no mprd replay', ...wordsOf(choice)].join(' ');

/** What the processes of a campaign open. */
export function moduleOf({ system, properties, on }: Choice): { readonly module: string; readonly options: unknown } {
  if (system === undefined) {
    const module = new URL('../campaign/subject.ts', import.meta.url).href;
    return { module, options: { properties: properties.map((file) => path.resolve(file)), on } };
  }
  return { module: new URL('../mirror/custom.ts', import.meta.url).href, options: { file: path.resolve(system), on } };
}

/** What a test opens that reproduces a failure. */
export function openerOf({ system, properties }: Choice): Opener {
  if (system !== undefined) return { file: path.resolve(system), name: 'default' };
  if (properties.length === 0) return { file: fromRoot('src/campaign/system.ts'), name: 'ready' };
  const file = fromRoot('src/campaign/subject.ts');
  return { file, name: 'open', properties: properties.map((law) => path.resolve(law)) };
}

/**
 * Opens it in this process. Its states are its own business.
 * @throws UsageError when a file is no system, or no property
 */
export async function openSubject({ system, properties, on }: Choice): Promise<Subject<unknown>> {
  if (system !== undefined) return loadSystem(system, on).catch(asUsage);
  for (const file of properties) await loadProperties(file).catch(asUsage);
  return (await open({ properties, on })) as Subject<unknown>;
}

/** For the failures of what reads a file that the command line names. @throws UsageError if the file is at fault */
export function asUsage(error: unknown): never {
  throw error instanceof MirrorError ? new UsageError(error.message) : error;
}

/** The one file that a command is about. @throws UsageError */
export function oneFile(positionals: readonly string[]): string {
  const [file] = positionals;
  if (file === undefined || positionals.length > 1)
    throw new UsageError(`expected one file, got ${positionals.length}.`);
  return file;
}
