/**
 * What the processes of a campaign open for somebody's own system: the module that starts it.
 * @module
 */
import type { Subject } from './campaign.ts';
import { loadSystem } from './load.ts';

/** @throws MirrorError when the file is no such module */
export async function open({ file }: { readonly file: string }): Promise<Subject<unknown>> {
  return loadSystem(file);
}
