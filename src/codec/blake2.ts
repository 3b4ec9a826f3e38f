/**
 * BLAKE2b-256 (RFC 7693) of texts, for digests that no contract computes: half the time of keccak-256. In WebAssembly,
 * for the reason that keccak.ts gives; a test compares it with @noble/hashes.
 * @module
 */
import { createBLAKE2b } from 'hash-wasm';

const hasher = await createBLAKE2b(256);

/** Most bytes of a text. */
const MAX_TEXT = 16_384;
const input = Buffer.alloc(MAX_TEXT);

/** @returns 32 bytes. Throws for a text of more than 16 384 bytes in UTF-8. */
export function blake2bOfText(text: string): Uint8Array {
  // A character is at most three bytes per unit of length; one that doesn't fit isn't written.
  if (3 * text.length > MAX_TEXT && Buffer.byteLength(text) > MAX_TEXT) {
    throw new Error(`codec: expected a text of at most ${MAX_TEXT} bytes to hash, got ${text.length} characters`);
  }
  return hasher
    .init()
    .update(input.subarray(0, input.write(text)))
    .digest('binary');
}
