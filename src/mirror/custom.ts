/**
 * What the processes of a campaign open for somebody's own system: the module that starts it.
 * @module
 */
import type { Subject } from './campaign.ts';
import { loadSystem } from './load.ts';
import type { NodeChoice } from './node.ts';

/** @throws MirrorError when the file is no such module */
export async function open({
  file,
  on,
}: {
  readonly file: string;
  readonly on?: NodeChoice;
}): Promise<Subject<unknown>> {
  return loadSystem(file, on);
}
