import { expect } from 'chai';
import fc from 'fast-check';
import { privateKeyToAccount } from 'viem/accounts';
import { type Hex, keccak256, utf8 } from '../../src/codec/hash.ts';
import { addressOfKey, recoverSigner, signDigest, ZERO_ADDRESS } from '../../src/codec/signature.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const key = keccak256(utf8('a key'));
const digest = keccak256(utf8('a message'));
const signature = signDigest(digest, key);
const parts = (s: Hex) => ({ r: s.slice(2, 66), s: s.slice(66, 130), v: s.slice(130) });
const join = (p: { r: string; s: string; v: string }): Hex => `0x${p.r}${p.s}${p.v}`;
const word = (n: bigint) => n.toString(16).padStart(64, '0');

describe('signatures', () => {
  it('are those of a wallet, and give the signer back', async () => {
    for (let i = 0; i < 20; i++) {
      const account = privateKeyToAccount(keccak256(utf8(`key ${i}`)));
      const hash = keccak256(utf8(`message ${i}`));
      const signed = await account.sign({ hash });
      expect(signDigest(hash, keccak256(utf8(`key ${i}`)))).to.equal(signed);
      expect(addressOfKey(keccak256(utf8(`key ${i}`)))).to.equal(account.address.toLowerCase());
      expect(recoverSigner(hash, signed)).to.equal(account.address.toLowerCase());
    }
  });

  it('give another signer for another digest', () => {
    expect(recoverSigner(keccak256('0x'), signature)).not.to.equal(addressOfKey(key));
  });

  it('have one form only: the mirrored high s gives nobody', () => {
    const { r, s, v } = parts(signature);
    const mirrored = { r, s: word(ORDER - BigInt(`0x${s}`)), v: v === '1b' ? '1c' : '1b' };
    expect(recoverSigner(digest, join(mirrored))).to.equal(ZERO_ADDRESS);
  });

  it('give nobody for v other than 27 and 28', () => {
    for (let v = 0; v < 256; v++) {
      if (v === 27 || v === 28) continue;
      const other = join({ ...parts(signature), v: v.toString(16).padStart(2, '0') });
      expect(recoverSigner(digest, other), `v = ${v}`).to.equal(ZERO_ADDRESS);
    }
  });

  it('give nobody when they are shorter or longer than 65 bytes', () => {
    for (const other of ['0x', signature.slice(0, -2), `${signature}00`, `${signature.slice(0, -2)}`.slice(0, 130)]) {
      expect(recoverSigner(digest, other as Hex)).to.equal(ZERO_ADDRESS);
    }
  });

  it('give nobody for r or s out of range or off the curve', () => {
    const { r, s, v } = parts(signature);
    for (const wrong of [0n, ORDER, 2n ** 256n - 1n]) {
      expect(recoverSigner(digest, join({ r: word(wrong), s, v }))).to.equal(ZERO_ADDRESS);
      expect(recoverSigner(digest, join({ r, s: word(wrong), v }))).to.equal(ZERO_ADDRESS);
    }
    // x = 5 is the abscissa of no point of the curve.
    expect(recoverSigner(digest, join({ r: word(5n), s, v }))).to.equal(ZERO_ADDRESS);
  });

  it('never throw, whatever 65 bytes they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 65, maxLength: 65 }), fc.boolean(), (bytes, even) => {
        bytes[64] = even ? 27 : 28;
        const first = recoverSigner(digest, `0x${Buffer.from(bytes).toString('hex')}`);
        expect(first).to.match(/^0x[0-9a-f]{40}$/);
      }),
      { numRuns: 50 },
    );
  });
});
