import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { keccak256, utf8 } from '../../src/codec/hash.ts';
import { type PoseidonTagName, poseidonTag, type TagName, tag } from '../../src/codec/tags.ts';

/** Complete by its type: a tag that is missing here doesn't compile. */
const names: Readonly<Record<TagName, true>> = {
  scope: true,
  entry: true,
  'entry-key': true,
  proposal: true,
  operator: true,
  source: true,
  nonce: true,
  claim: true,
  missed: true,
  execution: true,
  opening: true,
  offence: true,
  context: true,
  'log-leaf': true,
  'log-root': true,
};

const poseidonNames: Readonly<Record<PoseidonTagName, true>> = {
  policy: true,
  state: true,
  candidate: true,
  'candidate-set': true,
};

describe('domain tags', () => {
  const source = readFileSync(new URL('../../contracts/lib/Tags.sol', import.meta.url), 'utf8');
  const inContracts = [...source.matchAll(/bytes32 internal constant (\w+) = keccak256\("mprd-net:([a-z-]+):v1"\);/g)];

  it('are the same list here and in the contracts', () => {
    expect(inContracts.map(([, , name]) => name).toSorted()).to.deep.equal(Object.keys(names).toSorted());
    expect(source.match(/keccak256\(/g)).to.have.length(inContracts.length);
  });

  it('are named in the contracts as they are spelt', () => {
    for (const [, constant, name] of inContracts) expect(constant).to.equal(name?.replaceAll('-', '_').toUpperCase());
  });

  it('are hashes of their text, all different', () => {
    const all = (Object.keys(names) as TagName[]).map((name) => [name, tag(name)] as const);
    for (const [name, value] of all) expect(value).to.equal(keccak256(utf8(`mprd-net:${name}:v1`)));
    expect(new Set(all.map(([, value]) => value)).size).to.equal(all.length);
  });

  it('are field elements where Poseidon takes them', () => {
    for (const name of Object.keys(poseidonNames) as PoseidonTagName[]) {
      const full = BigInt(keccak256(utf8(`mprd-net:${name}:v1`)));
      expect(poseidonTag(name)).to.equal(full / 256n);
    }
  });
});
