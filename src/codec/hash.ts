/**
 * Hash functions. Every digest of the project is computed here or from here; no other folder hashes by hand.
 * @module
 */
import { hash } from 'node:crypto';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Hex } from '../abi-coder/hex.ts';
import { input, keccakOf, keccakOfInput, MAX_INPUT } from './keccak.ts';

export type { Hex };

/** What stands for no hash: 32 zero bytes. */
export const ZERO_HASH: Hex = `0x${'0'.repeat(64)}`;

/** Bytes as they are, or the bytes that a hex string stands for. Throws on malformed hex. */
export function toBytes(data: Uint8Array | Hex): Uint8Array {
  return typeof data === 'string' ? hexToBytes(data.slice(2)) : data;
}

export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/** UTF-8 bytes of a text. */
export const utf8 = utf8ToBytes;

/** keccak-256 as 32 bytes of hex. Throws on malformed hex. */
export function keccak256(data: Uint8Array | Hex): Hex {
  const short = typeof data === 'string' && data.length <= MAX_INPUT;
  return `0x${short ? keccakOfInput(putHex(data, 0)) : keccakOf(toBytes(data))}`;
}

/** keccak-256 of some short hex strings' bytes, one after the other. Throws on malformed hex. */
export function keccakOfParts(...parts: readonly Hex[]): Hex {
  let end = 0;
  for (const part of parts) end = putHex(part, end);
  return `0x${keccakOfInput(end)}`;
}

/**
 * Writes the bytes that a hex string stands for into keccak's input.
 * @returns the place behind them
 */
export function putHex(data: Hex, at: number): number {
  const length = (data.length - 2) / 2;
  if (input.write(data.slice(2), at, 'hex') !== length)
    throw new Error(`codec: expected hex of whole bytes, got ${data}`);
  return at + length;
}

/** SHA-256 as 32 bytes of hex. */
export function sha256(data: Uint8Array | Hex): Hex {
  const short = typeof data === 'string' && data.length <= MAX_INPUT;
  return `0x${hash('sha256', short ? input.subarray(0, putHex(data, 0)) : toBytes(data), 'hex')}`;
}

/** SHA-256 of a text in UTF-8 as eight digits of 32 bits, the highest first. */
export function sha256Digits(text: string): Uint32Array {
  // One character per byte: what costs the least to take apart.
  const bytes = hash('sha256', text, 'binary');
  const digits = new Uint32Array(8);
  for (let i = 0; i < bytes.length; i++) digits[i >> 2] = (digits[i >> 2]! << 8) | bytes.charCodeAt(i);
  return digits;
}

/**
 * A digest truncated to its upper 248 bits, as an integer below the scalar field's modulus. An explicit truncation:
 * nothing is ever reduced modulo the field. Collision resistance is 124 bits, above that of the curve itself.
 */
export function truncate248(digest: Hex): bigint {
  return BigInt(digest) >> 8n;
}
