/**
 * What the processes of a campaign open: the protocol, with the researcher's own properties beside its laws.
 * @module
 */
import type { Subject } from '../mirror/campaign.ts';
import type { State } from '../model/index.ts';
import { ready } from './system.ts';

export default async function open(): Promise<Subject<State>> {
  return ready();
}
