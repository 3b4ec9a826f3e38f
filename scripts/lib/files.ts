/**
 * Files of the project: finding them, hashing them, writing the generated ones.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the folder that holds package.json. */
export const projectRoot: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * All files below a folder whose names end in one of the suffixes.
 *
 * @param folder relative to the project's root; a missing folder counts as empty
 * @returns paths relative to the root with forward slashes, in the order of their code units (the same everywhere)
 */
export function listFiles(folder: string, suffixes: readonly string[]): string[] {
  const absolute = join(projectRoot, folder);
  if (!existsSync(absolute)) return [];
  const found: string[] = [];
  for (const entry of readdirSync(absolute, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...listFiles(path, suffixes));
    else if (suffixes.some((suffix) => entry.name.endsWith(suffix))) found.push(path);
  }
  return found.sort();
}

/**
 * SHA-256 over names and contents, in lower-case hex without prefix. A missing file differs from an empty one.
 *
 * @param paths relative to the project's root
 */
export function fingerprint(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    const absolute = join(projectRoot, path);
    const digest = existsSync(absolute) ? createHash('sha256').update(readFileSync(absolute)).digest('hex') : 'missing';
    hash.update(JSON.stringify([path, digest]));
  }
  return hash.digest('hex');
}

/**
 * Writes a file in one step, so that nobody reads half of it, and only when its content changes, so that watchers and
 * caches stay quiet.
 *
 * @param path relative to the project's root
 * @returns whether the file was written
 */
export function writeIfChanged(path: string, text: string): boolean {
  const absolute = join(projectRoot, path);
  if (existsSync(absolute) && readFileSync(absolute, 'utf8') === text) return false;
  mkdirSync(dirname(absolute), { recursive: true });
  const unfinished = `${absolute}.${process.pid}.part`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, absolute);
  return true;
}
