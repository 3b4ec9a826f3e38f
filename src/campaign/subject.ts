/**
 * What the processes of a campaign open: the protocol, with a researcher's own properties beside its laws.
 * @module
 */
import type { Subject } from '../mirror/campaign.ts';
import { loadProperties } from '../mirror/load.ts';
import type { State } from '../model/index.ts';
import { ready } from './system.ts';

export interface SubjectOptions {
  /** files of properties */
  readonly properties: readonly string[];
}

/** @throws MirrorError when a file has no properties */
export async function open({ properties }: SubjectOptions): Promise<Subject<State>> {
  const own = await Promise.all(properties.map((file) => loadProperties<State>(file)));
  const subject = await ready();
  const { system } = subject;
  return { ...subject, system: { ...system, properties: [...(system.properties ?? []), ...own.flat()] } };
}
