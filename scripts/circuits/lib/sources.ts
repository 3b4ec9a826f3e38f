/**
 * What a circuit is built from: its include closure, the tools, the powers of tau.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fingerprint, projectRoot } from '../../lib/files.ts';

const require = createRequire(import.meta.url);

/** A sentence for the person at the keyboard; no stack trace helps with it. */
export class CircuitBuildError extends Error {
  override readonly name = 'CircuitBuildError';
}

export const NODE_MODULES = join(projectRoot, 'node_modules');

/** The powers of tau that every key is made from: 2^15, one contribution of somebody unknown. */
export const PHASE_1 = {
  package: 'ptau15 (snarkjs 0.5.0)',
  file: 'test/plonk_circuit/powersOfTau15_final.ptau',
  power: 15,
  sha256: '0x8dd31d43d078430b15790344e614fed1a94d91b86078c1683d0195b991a9f603',
} as const;

export function sha256File(path: string): `0x${string}` {
  return `0x${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}

/** Path of the powers of tau. @throws CircuitBuildError when the file is missing or is another one */
export function phase1File(): string {
  const path = join(NODE_MODULES, 'ptau15', PHASE_1.file);
  if (!existsSync(path)) throw new CircuitBuildError(`${path} is missing. Install the dependencies: npm ci.`);
  const found = sha256File(path);
  if (found !== PHASE_1.sha256) {
    throw new CircuitBuildError(
      `${path} has SHA-256 ${found}, expected ${PHASE_1.sha256}. Reinstall the package ptau15.`,
    );
  }
  return path;
}

/** Versions of the packages that decide what comes out. */
export function toolVersions(): Record<'circom2' | 'circomlib' | 'snarkjs', string> {
  const version = (name: string): string =>
    (JSON.parse(readFileSync(join(NODE_MODULES, name, 'package.json'), 'utf8')) as { version: string }).version;
  return { circom2: version('circom2'), circomlib: version('circomlib'), snarkjs: version('snarkjs') };
}

export const circomCli: string = require.resolve('circom2/cli.js');

/**
 * All files that a circuit includes, itself first, by name → SHA-256. Names are relative to the project's root, those
 * of libraries to node_modules.
 */
export function includeClosure(main: string): Record<string, string> {
  const seen = new Map<string, string>();
  const visit = (path: string): void => {
    const own = !path.startsWith(NODE_MODULES);
    const name = relative(own ? projectRoot : NODE_MODULES, path)
      .split('\\')
      .join('/');
    if (seen.has(name)) return;
    seen.set(name, sha256File(path));
    for (const [, included] of readFileSync(path, 'utf8').matchAll(/^\s*include\s+"([^"]+)"/gm)) {
      const candidates = [resolve(dirname(path), included as string), join(NODE_MODULES, included as string)];
      const found = candidates.find((candidate) => existsSync(candidate));
      if (found === undefined)
        throw new CircuitBuildError(`${name} includes "${included}", which is in neither place: ${candidates}`);
      visit(found);
    }
  };
  visit(join(projectRoot, main));
  return Object.fromEntries([...seen].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Changes whenever a rebuild might give another circuit or key: sources, tools, powers of tau, the steps. */
export function keyFingerprint(main: string): string {
  return digest([includeClosure(main), toolVersions(), PHASE_1, fingerprint(['scripts/circuits/lib/setup.ts'])]);
}

/** Changes whenever manifest or contract might come out differently for the same key. */
export function descriptionFingerprint(main: string): string {
  const scripts = ['manifest', 'r1cs', 'setup', 'solidity', 'sources'].map((name) => `scripts/circuits/lib/${name}.ts`);
  const codecs = ['src/receipts/identity.ts', 'src/codec/words.ts', 'src/codec/hash.ts'];
  return digest([includeClosure(main), toolVersions(), fingerprint([...scripts, ...codecs])]);
}
