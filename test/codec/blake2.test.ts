import { blake2b } from '@noble/hashes/blake2.js';
import { expect } from 'chai';
import { blake2bOfText } from '../../src/codec/blake2.ts';
import { toHex, utf8 } from '../../src/codec/hash.ts';

describe('BLAKE2b-256 of a text', () => {
  it('is that of another implementation for every length up to five blocks', () => {
    for (let length = 0; length <= 5 * 128; length++) {
      const text = 'mprd-state/1?'.repeat(50).slice(0, length);
      expect(toHex(blake2bOfText(text)), `${length} bytes`).to.equal(toHex(blake2b(utf8(text), { dkLen: 32 })));
    }
  });

  it('takes letters of several bytes, and as many bytes as its buffer', () => {
    for (const text of ['ä', '€', '😀', '€'.repeat(5_461), 'x'.repeat(16_384)]) {
      expect(toHex(blake2bOfText(text))).to.equal(toHex(blake2b(utf8(text), { dkLen: 32 })));
    }
  });

  it('refuses more', () => {
    for (const text of ['x'.repeat(16_385), '€'.repeat(5_462)]) {
      expect(() => blake2bOfText(text)).to.throw('expected a text of at most 16384 bytes');
    }
  });

  it('gives each digest its own bytes', () => {
    const first = blake2bOfText('a');
    const kept = toHex(first);
    blake2bOfText('b');
    expect(toHex(first)).to.equal(kept);
  });
});
