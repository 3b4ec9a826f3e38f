/**
 * ECDSA over secp256k1 as the contracts see it: 65 bytes (r, s, v), low s, v 27 or 28.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Hex, keccak256, toBytes, toHex } from './hash.ts';

export const ZERO_ADDRESS: Hex = `0x${'0'.repeat(40)}`;

/** Address of an uncompressed public key (65 bytes), lower case. */
function addressOf(publicKey: Uint8Array): Hex {
  return `0x${keccak256(publicKey.subarray(1)).slice(26)}`;
}

/** Address of a private key (32 bytes). */
export function addressOfKey(privateKey: Hex): Hex {
  return addressOf(secp256k1.getPublicKey(toBytes(privateKey), false));
}

/** Deterministic (RFC 6979) signature of a 32-byte digest. */
export function signDigest(digest: Hex, privateKey: Hex): Hex {
  const bytes = secp256k1.sign(toBytes(digest), toBytes(privateKey), { prehash: false, format: 'recovered' });
  const v = 27 + (bytes[0] as number);
  return `${toHex(bytes.subarray(1))}${v.toString(16)}`;
}

/** The signer's address; the zero address for whatever a contract would refuse (length, high s, v, no such point). */
export function recoverSigner(digest: Hex, signature: Hex): Hex {
  if (signature.length !== 132) return ZERO_ADDRESS;
  const bytes = toBytes(signature);
  const v = bytes[64] as number;
  if (v !== 27 && v !== 28) return ZERO_ADDRESS;
  const form = new Uint8Array(65);
  form[0] = v - 27;
  form.set(bytes.subarray(0, 64), 1);
  try {
    const parsed = secp256k1.Signature.fromBytes(form, 'recovered');
    if (parsed.hasHighS()) return ZERO_ADDRESS;
    return addressOf(parsed.recoverPublicKey(toBytes(digest)).toBytes(false));
  } catch {
    return ZERO_ADDRESS; // r or s out of range, or no curve point: the precompile returns nothing
  }
}
