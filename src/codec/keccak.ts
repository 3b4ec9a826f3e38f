/**
 * keccak-256 from a buffer. In WebAssembly, since JavaScript has no fast integers of 64 bits and hashing is most of
 * what the model does: seven times as fast as @noble/hashes, with which a test compares it.
 * @module
 */
import { createKeccak } from 'hash-wasm';

const hasher = await createKeccak(256);

/** Most bytes of the input. */
export const MAX_INPUT = 16_384;

/** Where whoever hashes puts the data, before it calls `keccakOfInput`. */
export const input = Buffer.alloc(MAX_INPUT);

/** keccak-256 of the first `length` bytes of the input, at most MAX_INPUT, as hex without prefix. */
export const keccakOfInput = (length: number): string => keccakOf(input.subarray(0, length));

const digest = Buffer.alloc(32);

/** keccak-256 of data of any length, as hex without prefix. */
export function keccakOf(data: Uint8Array): string {
  digest.set(hasher.init().update(data).digest('binary'));
  return digest.toString('hex');
}
