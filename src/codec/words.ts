/**
 * ABI encoding of static values, one 32-byte word each, and the hashes over it. What Solidity writes as
 * `keccak256(abi.encode(tag, chainId, contract, ...))` is `hashWords([tag, chainId, contract, ...])` here.
 * @module
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Hex, keccak256, toBytes } from './hash.ts';

const WORD = 1n << 256n;

/** A static ABI value: an integer (two's complement when negative), a boolean, an address or a bytes32. */
export type Word = bigint | number | boolean | Hex;

/** One word of hex without prefix. Hex of 20 bytes is an address, hex of 32 bytes a word; nothing else is a word. */
function word(value: Word): string {
  if (typeof value === 'string') {
    if (value.length === 66) return value.slice(2);
    if (value.length === 42) return value.slice(2).padStart(64, '0');
    throw new Error(`codec: expected an address or 32 bytes, got ${value.length / 2 - 1} bytes: ${value}`);
  }
  const integer = BigInt(value);
  return (integer < 0n ? integer + WORD : integer).toString(16).padStart(64, '0');
}

export function encodeWords(values: readonly Word[]): Hex {
  return `0x${values.map(word).join('')}`;
}

export function hashWords(values: readonly Word[]): Hex {
  return keccak256(encodeWords(values));
}

/**
 * `abi.encode` of a struct whose fields are words and lists of words, from its own beginning: without the offset that
 * leads to it. No prefix.
 */
export function encodeStruct(fields: readonly (Word | readonly Word[])[]): string {
  let head = '';
  let tail = '';
  for (const field of fields) {
    if (!isList(field)) head += word(field);
    else {
      head += word(32 * fields.length + tail.length / 2);
      tail += word(field.length) + field.map(word).join('');
    }
  }
  return head + tail;
}

const isList = (field: Word | readonly Word[]): field is readonly Word[] => Array.isArray(field);

/** Bytes one after the other. */
export function concatBytes(...parts: readonly (Uint8Array | Hex)[]): Hex {
  return `0x${parts.map((part) => bytesToHex(toBytes(part))).join('')}`;
}
