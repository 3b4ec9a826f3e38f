import { keccak_256 } from '@noble/hashes/sha3.js';
import { expect } from 'chai';
import { type Hex, keccak256, toHex } from '../../src/codec/hash.ts';
import { MAX_INPUT } from '../../src/codec/keccak.ts';
import { encodeWords, hashWords } from '../../src/codec/words.ts';

/** Bytes that differ from one another and from those of other lengths. */
const sample = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + length * 7) % 251);

describe('keccak-256', () => {
  it('of nothing and of abc is what the Keccak team publishes', () => {
    expect(keccak256('0x')).to.equal('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
    expect(keccak256('0x616263')).to.equal('0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45');
  });

  it('is that of another implementation for every length up to five blocks, as bytes and as hex', () => {
    for (let length = 0; length <= 5 * 136; length++) {
      const data = sample(length);
      const expected = toHex(keccak_256(data));
      expect(keccak256(data), `${length} bytes`).to.equal(expected);
      expect(keccak256(toHex(data)), `${length} bytes of hex`).to.equal(expected);
    }
  });

  it('takes data that is longer than its buffer', () => {
    for (const length of [MAX_INPUT, MAX_INPUT + 1, MAX_INPUT + 2, 3 * (MAX_INPUT + 1), 100_000]) {
      const data = sample(length);
      const expected = toHex(keccak_256(data));
      expect(keccak256(data), `${length} bytes`).to.equal(expected);
      expect(keccak256(toHex(data)), `${length} bytes of hex`).to.equal(expected);
    }
  });

  it('does not depend on what was hashed before', () => {
    const first = keccak256('0x01');
    keccak256(sample(1_000).fill(0xff));
    expect(keccak256('0x01')).to.equal(first);
  });

  it('refuses what is no hex of whole bytes', () => {
    for (const wrong of ['0x1', '0xzz', '0x00zz', '0x0g'] as Hex[]) {
      expect(() => keccak256(wrong), wrong).to.throw('expected hex of whole bytes');
    }
  });
});

describe('A word', () => {
  it('is an integer of any sign in two’s complement, up to 256 bits', () => {
    expect(encodeWords([1n, -1n])).to.equal(`0x${'1'.padStart(64, '0')}${'f'.repeat(64)}`);
    expect(encodeWords([2n ** 256n - 1n, -(2n ** 255n)])).to.equal(`0x${'f'.repeat(64)}${'8'.padEnd(64, '0')}`);
    expect(encodeWords([2n ** 64n, 7, true])).to.equal(
      `0x${`1${'0'.repeat(16)}`.padStart(64, '0')}${'7'.padStart(64, '0')}${'1'.padStart(64, '0')}`,
    );
    for (const wrong of [2n ** 256n, -(2n ** 256n) - 1n]) {
      expect(() => hashWords([wrong])).to.throw('expected an integer of 256 bits');
    }
  });

  it('is an address or 32 bytes, and no other hex', () => {
    expect(encodeWords([`0x${'ab'.repeat(20)}`])).to.equal(`0x${'0'.repeat(24)}${'ab'.repeat(20)}`);
    expect(() => hashWords(['0xab'])).to.throw('expected an address or 32 bytes');
    expect(() => hashWords([`0x${'zz'.repeat(32)}`])).to.throw('expected hex of whole bytes');
  });
});
