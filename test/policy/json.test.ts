import { expect } from 'chai';
import fc from 'fast-check';
import { getAddress } from 'viem/utils';
import { address } from '../../src/policy/address.ts';
import { addressText } from '../../src/policy/document.ts';
import { PolicyDocumentError } from '../../src/policy/index.ts';
import { readJson } from '../../src/policy/json.ts';
import { arbitraryPolicyForm, print } from './arbitraries.ts';

function accepted(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof PolicyDocumentError || error instanceof SyntaxError) return false;
    throw error;
  }
}

describe('The reader of JSON', function () {
  this.timeout(120_000);

  it('accepts exactly what JSON.parse accepts, on texts with random edits', () => {
    const seen = { yes: 0, no: 0 };
    const junk = fc.oneof(
      fc.constantFrom(...'{}[]",:/*0-.eE\\u\t\n\v\u00a0\ufeff', 'null', '01', '1.', '+1', '\\x', '\u2028', '\u0000'),
      fc.string({ maxLength: 3 }),
    );
    const property = fc.property(
      arbitraryPolicyForm,
      fc.nat(),
      junk,
      fc.nat({ max: 2 }),
      (form, at, inserted, removed) => {
        const text = print(form);
        const place = at % (text.length + 1);
        const edited = text.slice(0, place) + inserted + text.slice(place + removed);
        const expected = accepted(() => JSON.parse(edited));
        expect(
          accepted(() => readJson(edited)),
          edited,
        ).to.equal(expected);
        seen[expected ? 'yes' : 'no']++;
      },
    );
    fc.assert(property, { numRuns: 3_000, seed: 9 });
    expect(seen.yes).to.be.greaterThan(300);
    expect(seen.no).to.be.greaterThan(300);
  });

  it('takes the checksums of EIP-55 that another implementation makes, and refuses one changed letter', () => {
    const property = fc.property(fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }), fc.nat({ max: 39 }), (value, place) => {
      const right = getAddress(addressText(value));
      expect(address(readJson(JSON.stringify(right)))).to.equal(value);
      const letter = right.charAt(2 + place);
      const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
      const wrong = right.slice(0, 2 + place) + other + right.slice(3 + place);
      const plain = wrong === wrong.toLowerCase() || wrong === right;
      expect(accepted(() => address(readJson(JSON.stringify(wrong))))).to.equal(plain);
    });
    fc.assert(property, { numRuns: 500, seed: 3 });
  });
});
