/**
 * The manifest of a receipt program's keys: everything that decides what its proofs mean. Committed; `npm run
 * keys:check` rebuilds it.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '../../../src/codec/hash.ts';
import {
  imageIdOf,
  type KeyKind,
  selectorOf,
  type VerificationKey,
  verificationKeyHash,
} from '../../../src/receipts/identity.ts';
import { domainOf, type R1csHeader, readR1csHeader } from './r1cs.ts';
import { type Contribution, exportKey, keyFaults, publicSignalNames, readContributions } from './setup.ts';
import { contractName, generateKeyContract } from './solidity.ts';
import { CircuitBuildError, includeClosure, PHASE_1, sha256File, toolVersions } from './sources.ts';

/** A receipt program: what it is called, where its source is, which version its image id carries. */
export interface CircuitProgram {
  readonly name: string;
  readonly version: number;
  readonly main: string;
}

export const DECISION: CircuitProgram = { name: 'decision', version: 1, main: 'circuits/decision.circom' };

export interface Manifest {
  readonly format: 'mprd-net-keys/1';
  readonly program: string;
  readonly version: number;
  readonly kind: KeyKind;
  readonly imageId: Hex;
  readonly selector: Hex;
  readonly publicSignals: readonly string[];
  readonly tools: Readonly<Record<string, string>>;
  readonly optimization: 'O2';
  /** the include closure: file → SHA-256 */
  readonly sources: Readonly<Record<string, string>>;
  readonly r1cs: R1csHeader & { readonly sha256: Hex; readonly domain: number };
  readonly wasm: { readonly sha256: Hex };
  readonly phase1: { readonly package: string; readonly file: string; readonly power: number; readonly sha256: Hex };
  readonly contributions: readonly Contribution[];
  readonly zkey: { readonly sha256: Hex };
  readonly verificationKey: VerificationKey & { readonly keccak256: Hex };
  readonly verifier: { readonly file: string; readonly sha256: Hex };
}

export function manifestPath(program: CircuitProgram): string {
  return `circuits/keys/${program.name}.manifest.json`;
}

export function contractPath(program: CircuitProgram): string {
  return `contracts/receipts/generated/${contractName(program.name)}.sol`;
}

/** Keys are of the kind `ceremony` when somebody contributed a secret. */
function kindOf(contributions: readonly Contribution[]): KeyKind {
  return contributions.some(({ kind }) => kind === 'participant') ? 'ceremony' : 'development';
}

export interface Committed {
  readonly manifest: Manifest;
  /** text of the generated contract */
  readonly contract: string;
}

/** Describes the artefacts in a folder. @throws CircuitBuildError when the key is one that nobody should use */
export async function describeArtefacts(program: CircuitProgram, folder: string): Promise<Committed> {
  const file = (extension: string): string => join(folder, `${program.name}.${extension}`);
  const header = readR1csHeader(readFileSync(file('r1cs')));
  const publicSignals = publicSignalNames(file('sym'), header.outputs + header.publicInputs);
  const contributions = readContributions(readFileSync(file('zkey')));
  const key = await exportKey(file('zkey'));
  const faults = keyFaults(key, publicSignals.length);
  if (faults.length > 0) throw new CircuitBuildError(`The key of ${program.name} is unusable: ${faults.join('; ')}.`);

  const kind = kindOf(contributions);
  const keyHash = verificationKeyHash(key);
  const r1csSha256 = sha256File(file('r1cs'));
  const imageId = imageIdOf(program.name, program.version, r1csSha256, keyHash);
  const selector = selectorOf(kind, imageId, keyHash);
  const contract = generateKeyContract({ program: program.name, kind, key, keyHash, imageId, selector, publicSignals });
  const manifest: Manifest = {
    format: 'mprd-net-keys/1',
    program: program.name,
    version: program.version,
    kind,
    imageId,
    selector,
    publicSignals,
    tools: toolVersions(),
    optimization: 'O2',
    sources: includeClosure(program.main),
    r1cs: { sha256: r1csSha256, domain: domainOf(header), ...header },
    wasm: { sha256: sha256File(file('wasm')) },
    phase1: PHASE_1,
    contributions,
    zkey: { sha256: sha256File(file('zkey')) },
    verificationKey: { keccak256: keyHash, ...key },
    verifier: { file: contractPath(program), sha256: `0x${createHash('sha256').update(contract).digest('hex')}` },
  };
  return { manifest, contract };
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
