/**
 * The steps from a circuit's source to its keys. Each is deterministic, byte for byte.
 * @module
 */
import { execFile } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import * as snarkjs from 'snarkjs';
import { type Hex, keccak256, toHex, utf8 } from '../../../src/codec/hash.ts';
import type { VerificationKey } from '../../../src/receipts/identity.ts';
import { projectRoot } from '../../lib/files.ts';
import type { Logger } from './progress.ts';
import { CircuitBuildError, circomCli, phase1File } from './sources.ts';

/**
 * The only contribution to development keys: a public beacon. Whoever knows it (everyone) can forge proofs.
 * The value is keccak-256 of a fixed text; 2^10 iterations is the least that the tool takes.
 */
export const DEVELOPMENT_BEACON = {
  name: 'mprd-net development beacon',
  value: keccak256(utf8('mprd-net:development-beacon:v1')),
  iterationsExp: 10,
} as const;

export interface CompileOptions {
  /** how far constraints are simplified; keys are made for O2 */
  readonly level?: 'O0' | 'O1' | 'O2';
  /** folder that library includes are looked up in, relative to the project's root */
  readonly libraries?: string;
}

/** Compiles a circuit; leaves NAME.r1cs, NAME.sym and NAME.wasm in the folder. @throws CircuitBuildError */
export async function compileCircuit(
  main: string,
  name: string,
  folder: string,
  options: CompileOptions = {},
): Promise<void> {
  const { level = 'O2', libraries = 'node_modules' } = options;
  const args = [
    circomCli,
    main,
    '--r1cs',
    '--wasm',
    '--sym',
    `--${level}`,
    '-l',
    libraries,
    '-o',
    relative(projectRoot, folder),
  ];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: projectRoot, maxBuffer: 1 << 20 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new CircuitBuildError(`circom can't compile ${main}:\n${stdout ?? ''}${stderr ?? String(error)}`);
  }
  renameSync(join(folder, `${name}_js`, `${name}.wasm`), join(folder, `${name}.wasm`));
  rmSync(join(folder, `${name}_js`), { recursive: true });
}

/** Names of the public signals in order: wires 1 to `count` of the .sym file. */
export function publicSignalNames(symFile: string, count: number): string[] {
  const names = new Map<number, string>();
  for (const line of readFileSync(symFile, 'utf8').split('\n')) {
    const [, wire, , name] = line.split(',');
    if (name !== undefined && Number(wire) >= 1 && Number(wire) <= count && /^main\.\w+$/.test(name)) {
      if (!names.has(Number(wire))) names.set(Number(wire), name.slice('main.'.length));
    }
  }
  return Array.from({ length: count }, (_, i) => {
    const name = names.get(i + 1);
    if (name === undefined)
      throw new CircuitBuildError(`${symFile}: wire ${i + 1} should be a public signal, but has no name`);
    return name;
  });
}

/** The initial key: circuit and powers of tau, no contribution. */
export async function initialKey(r1cs: string, zkey: string, logger: Logger): Promise<void> {
  if ((await snarkjs.zKey.newZKey(r1cs, phase1File(), zkey, logger)) === -1) {
    throw new CircuitBuildError('snarkjs refused the setup: the circuit is larger than the powers of tau.');
  }
}

export async function applyBeacon(from: string, to: string, logger: Logger): Promise<void> {
  const { name, value, iterationsExp } = DEVELOPMENT_BEACON;
  const done = await snarkjs.zKey.beacon(from, to, name, value.slice(2), iterationsExp, logger);
  if (done === false) throw new CircuitBuildError('snarkjs refused the beacon.');
}

/** Checks that a key belongs to the circuit and the powers of tau and that its chain of contributions is right. */
export async function verifyKey(r1cs: string, zkey: string, logger: Logger): Promise<boolean> {
  return await snarkjs.zKey.verifyFromR1cs(r1cs, phase1File(), zkey, logger);
}

interface SnarkjsKey {
  readonly vk_alpha_1: readonly string[];
  readonly vk_beta_2: readonly (readonly string[])[];
  readonly vk_gamma_2: readonly (readonly string[])[];
  readonly vk_delta_2: readonly (readonly string[])[];
  readonly IC: readonly (readonly string[])[];
}

function word(decimal: string | undefined): Hex {
  return `0x${BigInt(decimal as string)
    .toString(16)
    .padStart(64, '0')}`;
}

function g1([x, y, z]: readonly string[]): Hex[] {
  if (z === '0') return [word('0'), word('0')];
  return [word(x), word(y)];
}

/** snarkjs has the real part first, the precompile wants the imaginary one first. */
function g2([x, y]: readonly (readonly string[])[]): Hex[] {
  return [word(x?.[1]), word(x?.[0]), word(y?.[1]), word(y?.[0])];
}

export async function exportKey(zkey: string): Promise<VerificationKey> {
  const key = (await snarkjs.zKey.exportVerificationKey(zkey)) as SnarkjsKey;
  return {
    alpha: g1(key.vk_alpha_1),
    beta: g2(key.vk_beta_2),
    gamma: g2(key.vk_gamma_2),
    delta: g2(key.vk_delta_2),
    ic: key.IC.map(g1),
  };
}

const GENERATOR_G1 = [1n, 2n];
const GENERATOR_G2 = [
  11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  10857046999023057135944570762232829481370756359578518086990519993285655852781n,
  4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  8495653923123431417604973247489272438418190587263600148770280649306958101930n,
];

function same(a: readonly Hex[], b: readonly (Hex | bigint)[]): boolean {
  return a.every((x, i) => BigInt(x) === BigInt(b[i] as bigint));
}

/** What is wrong with a key whatever circuit it is for; empty when nothing is. */
export function keyFaults({ alpha, beta, gamma, delta, ic }: VerificationKey, publicSignals: number): string[] {
  const faults: string[] = [];
  const infinite = (point: readonly Hex[]): boolean => point.every((x) => BigInt(x) === 0n);
  if (same(gamma, delta)) faults.push('gamma = delta: the key has no contribution, and proofs can be forged');
  if (infinite(alpha) || same(alpha, GENERATOR_G1)) faults.push('alpha is the point at infinity or the generator');
  if (infinite(beta) || same(beta, GENERATOR_G2)) faults.push('beta is the point at infinity or the generator');
  if (infinite(gamma)) faults.push('gamma is the point at infinity');
  if (infinite(delta)) faults.push('delta is the point at infinity');
  if (ic.length !== publicSignals + 1)
    faults.push(`the key has ${ic.length} points for ${publicSignals} public signals`);
  ic.forEach((point, i) => {
    if (infinite(point)) faults.push(`IC ${i} is the point at infinity: public signal ${i - 1} is not bound`);
  });
  return faults;
}

/** One contribution to a key's second phase, as the key file records it. */
export interface Contribution {
  readonly kind: 'beacon' | 'participant';
  readonly name: string;
  /** the beacon's value and the exponent of its iterations */
  readonly value?: Hex;
  readonly iterationsExp?: number;
}

const CONTRIBUTIONS_SECTION = 10;
/** Points of a record before its type: delta, two of G1, one of G2, and the transcript. */
const RECORD_BYTES = 64 + 64 + 64 + 128 + 64;

/** Reads the contributions from a key file. */
export function readContributions(zkey: Uint8Array): Contribution[] {
  const view = new DataView(zkey.buffer, zkey.byteOffset, zkey.byteLength);
  let at = 12;
  for (let i = view.getUint32(8, true); i > 0 && view.getUint32(at, true) !== CONTRIBUTIONS_SECTION; i--) {
    at += 12 + Number(view.getBigUint64(at + 4, true));
  }
  at += 12 + 64;
  const count = view.getUint32(at, true);
  at += 4;
  return Array.from({ length: count }, () => {
    at += RECORD_BYTES;
    const isBeacon = view.getUint32(at, true) === 1;
    const length = view.getUint32(at + 4, true);
    const contribution = readParameters(zkey.subarray(at + 8, at + 8 + length), isBeacon);
    at += 8 + length;
    return contribution;
  });
}

function readParameters(bytes: Uint8Array, isBeacon: boolean): Contribution {
  let [name, value, iterationsExp, at] = ['', undefined as Hex | undefined, 0, 0];
  while (at < bytes.length) {
    const [kind, size] = [bytes[at] as number, bytes[at + 1] as number];
    if (kind === 2) {
      iterationsExp = size;
      at += 2;
      continue;
    }
    const content = bytes.subarray(at + 2, at + 2 + size);
    if (kind === 1) name = new TextDecoder().decode(content);
    else if (kind === 3) value = toHex(content);
    else throw new CircuitBuildError(`The key file has a contribution parameter of unknown kind ${kind}.`);
    at += 2 + size;
  }
  return isBeacon ? { kind: 'beacon', name, ...(value && { value }), iterationsExp } : { kind: 'participant', name };
}
