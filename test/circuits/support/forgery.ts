/**
 * Forges proofs under development keys, to show that anyone can: the secret of a public beacon is computed from the
 * beacon.
 * @module
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { curves } from 'snarkjs';
import { DEVELOPMENT_BEACON } from '../../../scripts/circuits/lib/setup.ts';
import { BASE_MODULUS, FIELD_MODULUS } from '../../../src/codec/field.ts';
import { toBytes } from '../../../src/codec/hash.ts';
import type { VerificationKey } from '../../../src/receipts/identity.ts';
import type { ProofWords } from '../../../src/receipts/receipt.ts';

/** snarkjs' own random generator, from its own copy of the library. */
const { ChaCha } = createRequire(createRequire(import.meta.url).resolve('snarkjs'))('ffjavascript') as {
  ChaCha: new (seed: readonly number[]) => object;
};

/** delta, as the beacon's contribution makes it: everyone can compute it. */
async function secretOfBeacon(): Promise<bigint> {
  let hash: Buffer = Buffer.from(toBytes(DEVELOPMENT_BEACON.value));
  for (let i = 0; i < 2 ** DEVELOPMENT_BEACON.iterationsExp; i++) hash = createHash('sha256').update(hash).digest();
  const seed = Array.from({ length: 8 }, (_, i) => hash.readUInt32BE(4 * i));
  const { Fr } = await curves.getCurveFromName('bn128', { singleThread: true });
  return Fr.toObject(Fr.fromRng(new ChaCha(seed)));
}

type Point = { readonly x: bigint; readonly y: bigint } | undefined;

function modulo(x: bigint, modulus: bigint): bigint {
  return ((x % modulus) + modulus) % modulus;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, modulo(base, modulus)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function inverse(x: bigint, modulus: bigint): bigint {
  return power(x, modulus - 2n, modulus);
}

/** Addition on y^2 = x^3 + 3; undefined is the point at infinity. */
function addPoints(a: Point, b: Point): Point {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.x === b.x && a.y !== b.y) return undefined;
  const slope =
    a.x === b.x
      ? 3n * a.x * a.x * inverse(2n * a.y, BASE_MODULUS)
      : (b.y - a.y) * inverse(modulo(b.x - a.x, BASE_MODULUS), BASE_MODULUS);
  const x = modulo(slope * slope - a.x - b.x, BASE_MODULUS);
  return { x, y: modulo(slope * (a.x - x) - a.y, BASE_MODULUS) };
}

function multiply(point: Point, scalar: bigint): Point {
  let [result, double] = [undefined as Point, point];
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = addPoints(result, double);
    double = addPoints(double, double);
  }
  return result;
}

/**
 * A proof of anything: with A = alpha and B = beta the equation asks for e(inputs, gamma) · e(C, delta) = 1, and since
 * delta = d · gamma, C = −(1/d) · inputs does it. No witness, no circuit.
 */
export async function forge(key: VerificationKey, inputs: readonly bigint[]): Promise<ProofWords> {
  const point = (words: readonly string[]): Point => ({ x: BigInt(words[0] as string), y: BigInt(words[1] as string) });
  let sum = point(key.ic[0] as readonly string[]);
  inputs.forEach((input, i) => {
    sum = addPoints(sum, multiply(point(key.ic[i + 1] as readonly string[]), input));
  });
  const c = multiply(sum, FIELD_MODULUS - inverse(await secretOfBeacon(), FIELD_MODULUS));
  if (c === undefined) throw new Error('the forged point is at infinity');
  return [...key.alpha, ...key.beta, c.x, c.y].map(BigInt) as unknown as ProofWords;
}
