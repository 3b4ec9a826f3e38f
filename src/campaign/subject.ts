/**
 * What the processes of a campaign open: the protocol, with a researcher's own properties beside its laws.
 * @module
 */
import type { Subject } from '../mirror/campaign.ts';
import { loadProperties } from '../mirror/load.ts';
import { type NodeChoice, onNode } from '../mirror/node.ts';
import type { State } from '../model/index.ts';
import { ready } from './system.ts';

export interface SubjectOptions {
  /** files of properties */
  readonly properties: readonly string[];
  /** where the contracts are put (default an anvil) */
  readonly on?: NodeChoice;
}

/** @throws MirrorError when a file has no properties, or there is no such node */
export async function open({ properties, on = { backend: 'simulate' } }: SubjectOptions): Promise<Subject<State>> {
  const own = await Promise.all(properties.map((file) => loadProperties<State>(file)));
  const subject = await onNode(on, () => ready());
  const { system } = subject;
  return { ...subject, system: { ...system, properties: [...(system.properties ?? []), ...own.flat()] } };
}
