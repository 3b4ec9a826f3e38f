/**
 * Stored traces: those of fixed bugs and a small set that reaches everything once. A campaign replays them before it
 * draws new ones; what it draws doesn't hang on them.
 * @module
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TraceReport } from './run.ts';
import { MirrorError } from './types.ts';

/** Most files of one run: bounds what somebody's folder can make it read. */
export const MAX_STORED = 1_000;

export interface Stored {
  /** in the order of the folders, then of their names */
  readonly files: readonly string[];
  /** sha-256 of names and contents: names the set in a run's output */
  readonly hash: string;
}

/**
 * The trace files of these folders; a folder that doesn't exist has none. Raw traces, of which a shrunk one lies beside
 * them, are left out, and those of other profiles: they belong to other contracts.
 * @throws MirrorError when there are too many
 */
export async function storedTraces(folders: readonly string[], profile: string): Promise<Stored> {
  const files: string[] = [];
  const hash = createHash('sha256');
  for (const folder of folders) {
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw new MirrorError(`${folder}: can't be read: ${error.message}`, { cause: error });
    });
    for (const name of names.filter((one) => one.endsWith('.json') && !one.endsWith('.raw.json')).sort()) {
      const file = path.join(folder, name);
      const content = await readFile(file);
      if (!isOf(profile, content)) continue;
      files.push(file);
      if (files.length > MAX_STORED) throw new MirrorError(`${folder}: more than ${MAX_STORED} stored traces`);
      hash.update(`${name}\0`).update(content);
    }
  }
  return { files, hash: hash.digest('hex') };
}

/** What is no trace at all is kept, so that the replay says what is wrong with it. */
function isOf(profile: string, content: Buffer): boolean {
  try {
    return JSON.parse(content.toString('utf8')).profile === profile;
  } catch {
    return true;
  }
}

/** Everything a trace reached: functions that were accepted, errors, events, goals. */
export function reachedBy({ records }: Pick<TraceReport, 'records'>): Set<string> {
  const names = new Set<string>();
  for (const { fn, outcome, goals } of records) {
    if (outcome.status === 'refused') names.add(`error ${outcome.error}`);
    else {
      names.add(`call ${fn.key}`);
      for (const { contract, event } of outcome.events) names.add(`event ${contract}.${event}`);
    }
    for (const goal of goals) names.add(`goal ${goal}`);
  }
  return names;
}

/** A trace that could be kept. */
export interface Candidate {
  readonly index: number;
  /** what it costs to replay */
  readonly calls: number;
  readonly names: ReadonlySet<string>;
}

/** A trace that is kept, with what it adds to those before it. */
export interface Chosen {
  readonly index: number;
  readonly adds: readonly string[];
}

/**
 * A small set that reaches all that the candidates reach: always the one with the most new names per call, the lower
 * number among equals.
 */
export function smallCover(candidates: readonly Candidate[]): Chosen[] {
  const missing = new Set(candidates.flatMap(({ names }) => [...names]));
  const chosen: Chosen[] = [];
  while (missing.size > 0) {
    let best: { candidate: Candidate; adds: readonly string[] } | undefined;
    for (const candidate of candidates) {
      const adds = [...candidate.names].filter((name) => missing.has(name));
      if (adds.length === 0) continue;
      // Fractions compared as products: no rounding decides.
      if (!best || adds.length * best.candidate.calls > best.adds.length * candidate.calls) best = { candidate, adds };
    }
    if (!best) break;
    for (const name of best.adds) missing.delete(name);
    chosen.push({ index: best.candidate.index, adds: best.adds.toSorted() });
  }
  return chosen;
}
