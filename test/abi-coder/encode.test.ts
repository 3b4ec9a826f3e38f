import type { AbiParameter } from 'abitype';
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeAbiParameters, getAddress } from 'viem';
import { encodeParameters } from '../../src/abi-coder/encode.ts';
import type { Hex } from '../../src/mirror/types.ts';

interface Typed {
  readonly param: AbiParameter;
  readonly value: unknown;
}

const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`;
const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max }).map(hexOf);

/** A type of one word or of any length, with a value that often lies at an edge. */
const plain: fc.Arbitrary<Typed> = fc.oneof(
  fc.boolean().map((value): Typed => ({ param: { type: 'bool' }, value })),
  bytes(20, 20).map((value): Typed => ({ param: { type: 'address' }, value })),
  fc
    .integer({ min: 1, max: 32 })
    .chain((size) => bytes(size, size).map((value): Typed => ({ param: { type: `bytes${size}` }, value }))),
  fc.tuple(fc.integer({ min: 1, max: 32 }), fc.boolean()).chain(([size, signed]) => {
    const bits = BigInt(8 * size);
    const [min, max] = signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
    const number = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, 1n));
    // viem takes numbers for the small types, the lens gives numbers there, too.
    const value = number.map((n) => (bits <= 48n ? Number(n) : n));
    return value.map((v): Typed => ({ param: { type: `${signed ? '' : 'u'}int${bits}` }, value: v }));
  }),
  bytes(0, 70).map((value): Typed => ({ param: { type: 'bytes' }, value })),
  fc.string({ maxLength: 40, unit: 'grapheme' }).map((value): Typed => ({ param: { type: 'string' }, value })),
);

/** Structs with named fields, lists and lists of fixed length, of each other. */
const { any } = fc.letrec<{ any: Typed }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plain,
    fc.array(tie('any'), { minLength: 1, maxLength: 4 }).map(
      (fields): Typed => ({
        param: {
          type: 'tuple',
          components: fields.map(({ param }, i) => ({ ...param, name: `f${i}` })),
        } as AbiParameter,
        value: Object.fromEntries(fields.map(({ value }, i) => [`f${i}`, value])),
      }),
    ),
    fc
      .tuple(tie('any'), fc.integer({ min: 0, max: 3 }), fc.boolean())
      .map(([{ param, value }, length, fixed]): Typed => {
        const [size, copies] = fixed ? [`${length + 1}`, length + 1] : ['', length];
        // The same object in each place: what was encoded once must be as good the second time.
        return {
          param: { ...param, type: `${param.type}[${size}]` },
          value: Array.from({ length: copies }, () => value),
        };
      }),
  ),
}));

describe('mirror: ABI encoding', () => {
  it('gives the bytes that viem gives, for all types', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 4 }), (list) => {
        const params = list.map(({ param }) => param);
        const values = list.map(({ value }) => value);
        const expected = encodeAbiParameters(params, values);
        expect(encodeParameters(params, values)).to.equal(expected);
        expect(encodeParameters(params, values), 'once more').to.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('writes lower case, whatever case an address comes in, behind the prefix', () => {
    const address = getAddress(`0x${'8ba1f'.repeat(8)}`);
    const params = [{ type: 'address' }, { type: 'bytes' }];
    const expected = encodeAbiParameters(params, [address, '0xabcd']);
    expect(encodeParameters(params, [address, '0xABcd'], '0x12345678')).to.equal(`0x12345678${expected.slice(2)}`);
    expect(encodeParameters(params, [address.toLowerCase(), '0xabcd'])).to.equal(expected);
  });

  const refused: readonly (readonly [string, unknown])[] = [
    ['uint8', 256n],
    ['uint8', -1n],
    ['int8', 128],
    ['int8', -129n],
    ['uint256', '1'],
    ['bool', 0n],
    ['bool', 1],
    ['address', '0x12'],
    ['address', `0x${'0'.repeat(39)}g`],
    ['address', `0X${'0'.repeat(40)}`],
    ['bytes2', '0x1'],
    ['bytes2', '1234'],
    ['bytes', '0x12 4'],
    ['bytes', '0x1é'],
    ['bytes', '0x123'],
    ['uint8[]', 1n],
    ['uint8[2]', [1n]],
    ['tuple', 1],
  ];
  for (const [type, value] of refused) {
    it(`refuses ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))} as ${type}`, () => {
      const param = { type, components: [] } as AbiParameter;
      expect(() => encodeParameters([param], [value])).to.throw(RangeError, 'abi: expected');
    });
  }
});
