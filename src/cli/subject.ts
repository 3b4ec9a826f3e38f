/**
 * What the commands on single traces share: their options, and the system that they open in this process.
 * @module
 */
import { open } from '../campaign/subject.ts';
import type { Subject } from '../mirror/campaign.ts';
import { loadSystem } from '../mirror/load.ts';
import { optionsFrom, UsageError } from './options.ts';

export interface TraceOptions {
  readonly file: string;
  readonly system: string | undefined;
  readonly json: boolean;
  /** look inside a call: of this step, or of the one that matters */
  readonly inside: { readonly step: number | undefined } | undefined;
}

/** @throws UsageError */
export function traceOptions(args: readonly string[]): TraceOptions {
  const { values, positionals } = optionsFrom(args, {
    system: { type: 'string' },
    json: { type: 'boolean', default: false },
    calls: { type: 'boolean', default: false },
    step: { type: 'string' },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1)
    throw new UsageError(`expected one file, got ${positionals.length}.`);
  const { system, json, calls, step } = values;
  if (step !== undefined && !/^\d{1,6}$/.test(step)) throw new UsageError(`--step ${step}: expected a number from 0.`);
  const inside = calls || step !== undefined ? { step: step === undefined ? undefined : Number(step) } : undefined;
  return { file, system, json, inside };
}

/** The protocol, or what a module starts. Its states are its own business. */
export async function openSubject(system?: string): Promise<Subject<unknown>> {
  return (system === undefined ? await open({ properties: [] }) : await loadSystem(system)) as Subject<unknown>;
}
