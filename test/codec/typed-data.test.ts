import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { hashTypedData } from 'viem';
import type { Hex } from '../../src/codec/hash.ts';
import { TOKEN_NAME, type TypedDataName, typedData, typedDigest, walletDomain } from '../../src/codec/typed-data.ts';

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b): Hex => `0x${Buffer.from(b).toString('hex')}`);

function valueOf(type: string): fc.Arbitrary<unknown> {
  const [, kind, bits] = /^(uint|int|bytes|address)(\d*)$/.exec(type) as unknown as [string, string, string];
  if (kind === 'address') return hex(20);
  if (kind === 'bytes') return hex(Number(bits));
  const size = BigInt(bits);
  return kind === 'uint' ? fc.bigInt(0n, 2n ** size - 1n) : fc.bigInt(-(2n ** (size - 1n)), 2n ** (size - 1n) - 1n);
}

const domains = fc.record({ chainId: fc.bigInt(1n, 2n ** 53n - 1n), verifyingContract: hex(20) });
const names = Object.keys(typedData) as TypedDataName[];

describe('typed data', () => {
  for (const name of names) {
    it(`of ${name} has the digest that wallets sign`, () => {
      const message = fc.record(Object.fromEntries(typedData[name].map((field) => [field.name, valueOf(field.type)])));
      fc.assert(
        fc.property(message, domains, (value, domain) => {
          const expected = hashTypedData({
            domain: walletDomain(domain),
            types: { [name]: typedData[name] },
            primaryType: name,
            message: value,
          } as never);
          expect(typedDigest(name, value as never, domain)).to.equal(expected);
        }),
      );
    });
  }

  it("of the token's permits has the token's name in its domain", () => {
    fc.assert(
      fc.property(domains, hex(20), fc.bigInt(0n, 2n ** 256n - 1n), (domain, account, number) => {
        const message = { owner: account, spender: account, value: number, nonce: number, deadline: number };
        const own = { ...domain, name: TOKEN_NAME };
        const expected = hashTypedData({
          domain: { name: 'AGRS', version: '1', ...domain },
          types: { Permit: typedData.Permit },
          primaryType: 'Permit',
          message,
        });
        expect(typedDigest('Permit', message, own)).to.equal(expected);
        expect(
          hashTypedData({
            domain: walletDomain(own),
            types: { Permit: typedData.Permit },
            primaryType: 'Permit',
            message,
          }),
        ).to.equal(expected);
        expect(typedDigest('Permit', message, domain)).not.to.equal(expected);
      }),
    );
  });

  it('under a name that no contract signs with is refused', () => {
    const domain = { chainId: 1n, verifyingContract: `0x${'1'.repeat(40)}` as Hex, name: 'another' };
    const message = { owner: domain.verifyingContract, signer: domain.verifyingContract };
    expect(() => typedDigest('SignerPossession', message, domain)).to.throw('another');
  });

  it('has exactly the types that the contracts hash', () => {
    const root = new URL('../../contracts/', import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sol'));
    const permits = new URL(import.meta.resolve('@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol'));
    const found = [...files.map((file) => new URL(file, root)), permits].flatMap((file) => {
      // A type may be written in several adjacent pieces.
      const source = readFileSync(file, 'utf8').replaceAll(/"\s+"/g, '');
      return [...source.matchAll(/"([A-Z]\w*\([^"]*\))"/g)].map(([, type]) => type);
    });
    // The domain's own type is no message.
    const domainType = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
    expect(found).to.include(domainType);
    const messages = found.filter((type) => type !== domainType);
    const ours = names.map((name) => `${name}(${typedData[name].map((f) => `${f.type} ${f.name}`).join(',')})`);
    expect([...new Set(messages)].toSorted()).to.deep.equal(ours.toSorted());
  });
});
