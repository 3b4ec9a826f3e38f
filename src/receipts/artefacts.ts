/**
 * The files that proving takes, checked against the manifest.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../codec/hash.ts';
import type { ReceiptProgram } from './programs.ts';

/** Proving files are missing, or aren't those of the manifest. */
export class ArtefactError extends Error {
  override readonly name = 'ArtefactError';
}

export interface Artefacts {
  /** the circuit's WebAssembly */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** the proving key */
  readonly zkey: Uint8Array<ArrayBuffer>;
  readonly zkeyPath: string;
}

/** Where `npm run circuits:build` puts a program's files. */
export function defaultArtefactFolder(program: Pick<ReceiptProgram, 'name'>): string {
  return fileURLToPath(new URL(`../../build/circuits/${program.name}`, import.meta.url));
}

/** @throws ArtefactError when a file is missing or has another hash than the manifest says */
export async function loadArtefacts(
  program: ReceiptProgram,
  folder = defaultArtefactFolder(program),
): Promise<Artefacts> {
  const load = async (extension: 'wasm' | 'zkey'): Promise<Uint8Array<ArrayBuffer>> => {
    const path = join(folder, `${program.name}.${extension}`);
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(await readFile(path));
    } catch (cause) {
      throw new ArtefactError(`${path} can't be read (${(cause as Error).message}). Build it: npm run circuits:build.`);
    }
    const [found, expected] = [sha256(bytes), program.artefacts[extension]];
    if (found === expected) return bytes;
    throw new ArtefactError(
      `${path} has SHA-256 ${found}, the manifest says ${expected}. Build it again: npm run circuits:build.`,
    );
  };
  const [wasm, zkey] = await Promise.all([load('wasm'), load('zkey')]);
  return { wasm, zkey, zkeyPath: join(folder, `${program.name}.zkey`) };
}
