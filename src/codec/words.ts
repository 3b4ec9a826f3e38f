/**
 * ABI encoding of static values, one 32-byte word each, and the hashes over it. What Solidity writes as
 * `keccak256(abi.encode(tag, chainId, contract, ...))` is `hashWords([tag, chainId, contract, ...])` here.
 * @module
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { isLowerHex } from '../abi-coder/hex.ts';
import { type Hex, putHex, toBytes } from './hash.ts';
import { input, keccakOfInput, MAX_INPUT } from './keccak.ts';

/** Bytes of a word. */
const WORD = 32;
const view = new DataView(input.buffer, input.byteOffset, input.length);

/** A static ABI value: an integer (two's complement when negative), a boolean, an address or a bytes32. */
export type Word = bigint | number | boolean | Hex;

/** Writes one word into keccak's input. Hex of 20 bytes is an address, hex of 32 bytes a word; nothing else is a word. */
function putWord(value: Word, at: number): number {
  if (typeof value !== 'string') return putInteger(BigInt(value), at);
  if (value.length === 66) return putHex(value, at);
  if (value.length === 42) {
    const start = at + WORD - 20;
    for (let place = at; place < start; place++) input[place] = 0; // for 12 bytes `fill` takes longer
    return putHex(value, start);
  }
  throw new Error(`codec: expected an address or 32 bytes, got ${value.length / 2 - 1} bytes: ${value}`);
}

function putInteger(value: bigint, at: number): number {
  let rest = value;
  for (let place = at + WORD - 8; place >= at; place -= 8) {
    view.setBigUint64(place, rest);
    rest >>= 64n;
  }
  if (rest !== 0n && rest !== -1n) throw new Error(`codec: expected an integer of 256 bits, got ${value}`);
  return at + WORD;
}

function putWords(values: readonly Word[], at: number): number {
  if (at + WORD * values.length > MAX_INPUT) throw new Error(`codec: ${values.length} words are too many to hash`);
  let end = at;
  for (const value of values) end = putWord(value, end);
  return end;
}

export function encodeWords(values: readonly Word[]): Hex {
  return `0x${input.toString('hex', 0, putWords(values, 0))}`;
}

export function hashWords(values: readonly Word[]): Hex {
  return `0x${keccakOfInput(putWords(values, 0))}`;
}

/**
 * keccak-256 of some words and the `abi.encode` of a struct whose fields are words and lists of words, from its own
 * beginning: without the offset that leads to it.
 */
export function hashStruct(head: readonly Word[], fields: readonly (Word | readonly Word[])[]): Hex {
  const start = putWords(head, 0);
  let place = start;
  let end = start + WORD * fields.length;
  for (const field of fields) {
    if (!isList(field)) place = putWord(field, place);
    else {
      place = putWord(end - start, place);
      end = putWords(field, putWord(field.length, end));
    }
  }
  return `0x${keccakOfInput(end)}`;
}

const isList = (field: Word | readonly Word[]): field is readonly Word[] => Array.isArray(field);

/** Bytes one after the other. Throws on malformed hex. */
export function concatBytes(...parts: readonly (Uint8Array | Hex)[]): Hex {
  let text = '';
  for (const part of parts) {
    const plain = typeof part === 'string' && isLowerHex(part);
    text += plain ? part.slice(2) : bytesToHex(toBytes(part));
  }
  return `0x${text}`;
}
