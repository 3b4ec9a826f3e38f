import { expect } from 'chai';
import fc from 'fast-check';
import { isLowerHex } from '../../src/abi-coder/hex.ts';

describe('Hexadecimal text', () => {
  const pattern = /^0x(?:[0-9a-f]{2})*$/;
  const digit = fc.constantFrom(...'0123456789abcdef');

  it('is told from other text as by its definition', () => {
    const hex = fc.string({ unit: digit, maxLength: 40 }).map((digits) => `0x${digits}`);
    const nearly = fc
      .tuple(hex, fc.nat(), fc.constantFrom('A', 'F', 'g', 'x', ' ', '\0', '\n', 'é', '\u0130', 'ａ'))
      .map(([text, place, letter]) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + letter + text.slice(at + 1);
      });
    fc.assert(
      fc.property(fc.oneof(hex, nearly, fc.string()), (text) => {
        expect(isLowerHex(text)).to.equal(pattern.test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  for (const bytes of [0, 2 ** 16, 2 ** 16 + 1, 2 ** 17]) {
    it(`may have ${bytes} bytes`, () => {
      const text = `0x${'5a'.repeat(bytes)}`;
      expect(isLowerHex(text)).to.equal(true);
      expect(isLowerHex(`${text}5`)).to.equal(false);
      expect(isLowerHex(`${text}5A`)).to.equal(false);
      expect(isLowerHex(`${text}5g`)).to.equal(false);
    });
  }
});
