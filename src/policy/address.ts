/**
 * Addresses in documents.
 * @module
 */
import { keccak256, utf8 } from '../codec/hash.ts';
import { type Json, quote, refuse, wrongType } from './json.ts';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** Whether the text has the form of an address, its checksum aside. */
export function looksLikeAddress(text: string): boolean {
  return /^0x/i.test(text);
}

/** An address in lower case, or in mixed case with the right checksum of EIP-55. */
export function address(json: Json): bigint {
  if (json.node.type !== 'string') wrongType(json, 'an address: text of 0x and 40 hexadecimal digits');
  const text = json.node.value as string;
  if (!ADDRESS.test(text)) {
    const form = '0x and 40 hexadecimal digits';
    refuse(json, 'bad-address', `${quote(text)} is no address`, form, 'Copy the whole address again');
  }
  const digits = text.slice(2);
  if (digits !== digits.toLowerCase() && digits !== checksummed(digits)) {
    const form = `0x${checksummed(digits)}, if the digits are right`;
    refuse(
      json,
      'bad-address',
      `the upper and lower case of ${text} don't match its digits`,
      form,
      'Compare every digit',
    );
  }
  return BigInt(text);
}

/** EIP-55: a letter is a capital when the digit at its place in the hash of the lower-case digits is 8 or more. */
function checksummed(digits: string): string {
  const lower = digits.toLowerCase();
  const digest = keccak256(utf8(lower)).slice(2);
  return [...lower]
    .map((digit, index) => (Number.parseInt(digest.charAt(index), 16) >= 8 ? digit.toUpperCase() : digit))
    .join('');
}
