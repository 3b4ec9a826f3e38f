import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { hashTypedData } from 'viem';
import { type Hex, keccak256, ZERO_HASH } from '../../src/codec/hash.ts';
import { recoverSigner, signDigest, ZERO_ADDRESS } from '../../src/codec/signature.ts';
import {
  type Domain,
  rememberSigner,
  signable,
  signerOf,
  TOKEN_NAME,
  type TypedDataName,
  typedData,
  typedDigest,
  walletDomain,
} from '../../src/codec/typed-data.ts';

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

  for (const name of names) {
    it(`of ${name} has a signer that is remembered for this message alone`, () => {
      const key = keccak256('0x01');
      // Told a signer that nobody is, whoever asks hears of it exactly as long as nothing of the message differs.
      const nobody: Hex = `0x${'e'.repeat(40)}`;
      const fields = typedData[name];
      const message = fc.record(Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type)])));
      fc.assert(
        fc.property(message, message, domains, domains, (value, otherValue, domain, other) => {
          const ask = (of: object, where: Domain): Hex => signerOf(signable(name, of as never, where), signature);
          const signature = signDigest(typedDigest(name, value as never, domain), key);
          rememberSigner(signable(name, value as never, domain), signature, nobody);
          expect(ask({ ...value }, { ...domain, name: 'mprd-net' })).to.equal(nobody);
          const changes = fields.map((field) => ({ ...value, [field.name]: otherValue[field.name] }));
          for (const changed of changes.filter((one) => !isDeepStrictEqual(one, { ...value }))) {
            const digest = typedDigest(name, changed as never, domain);
            expect(ask(changed, domain)).to.equal(recoverSigner(digest, signature)).and.not.equal(nobody);
          }
          const elsewhere = [
            { ...domain, chainId: other.chainId },
            { ...domain, verifyingContract: other.verifyingContract },
            { ...domain, name: TOKEN_NAME },
          ];
          for (const there of elsewhere.filter((one) => !isDeepStrictEqual(one, { ...domain }))) {
            const digest = typedDigest(name, value as never, there);
            expect(ask(value, there)).to.equal(recoverSigner(digest, signature)).and.not.equal(nobody);
          }
        }),
        { numRuns: 5 },
      );
    });
  }

  it('knows a signer whether an integer comes as a number or as a bigint', () => {
    const domain = { chainId: 1n, verifyingContract: ZERO_ADDRESS };
    const of = (schema: number | bigint) => {
      const words = { schema, addressee: ZERO_ADDRESS, p0: 1n, p1: 0n, p2: 0n, presence: 1 };
      const ids = { scope: ZERO_HASH, nonce: 1n, operatorId: ZERO_HASH, journalDigest: ZERO_HASH };
      return signable('Decision', { ...words, ...ids, validUntil: 1n, submitter: ZERO_ADDRESS }, domain);
    };
    const signature = signDigest(of(1).digest, keccak256('0x02'));
    const nobody: Hex = `0x${'d'.repeat(40)}`;
    rememberSigner(of(1), signature, nobody);
    expect(signerOf(of(1n), signature)).to.equal(nobody);
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
