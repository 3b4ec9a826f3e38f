/**
 * The protocol's corpus: a small set of stored traces that together reach everything that a campaign can reach.
 * @module
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { reachedBy, type Stored } from '../mirror/corpus.ts';
import { Coverage } from '../mirror/report.ts';
import { replay } from '../mirror/run.ts';
import { MirrorError } from '../mirror/types.ts';
import { excusesOf } from './run.ts';
import type { Ready } from './system.ts';

/** The folder. */
export const CORPUS = fileURLToPath(new URL('../../test/corpus', import.meta.url));

interface Row {
  readonly file: string;
  readonly calls: number;
  /** names that no trace before it reaches */
  readonly adds: number;
}

/**
 * Replays stored traces.
 * @returns what each adds, how many names they reach together, and which they should and don't
 * @throws MirrorError when the sides differ on one
 */
export async function reached({ system, backend }: Ready, { files }: Stored) {
  const seen = new Set<string>();
  const rows: Row[] = [];
  for (const file of files) {
    const { report } = await replay(system, backend, file);
    if (report.divergence) throw new MirrorError(`${file}: the sides differ: see \`mprd replay ${file}\``);
    const before = seen.size;
    for (const name of reachedBy(report)) seen.add(name);
    rows.push({ file: path.basename(file), calls: report.records.length, adds: seen.size - before });
  }
  const { functions, errors, events, goals } = new Coverage(system);
  const all = Object.entries({ call: functions, error: errors, event: events, goal: goals }).flatMap(([kind, names]) =>
    [...names.keys()].map((name) => [kind, name] as const),
  );
  const excuses = excusesOf(true);
  const missing = all
    .filter(([kind, name]) => !Object.hasOwn(excuses, name) && !seen.has(`${kind} ${name}`))
    .map(([kind, name]) => `${kind} ${name}`);
  return { rows, missing, names: seen.size };
}
