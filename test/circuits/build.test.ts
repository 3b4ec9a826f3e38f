import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { committedDifferences, ensureArtefacts, isCurrent } from '../../scripts/circuits/build.ts';
import { DECISION, type Manifest } from '../../scripts/circuits/lib/manifest.ts';
import { DEVELOPMENT_BEACON, keyFaults, readContributions } from '../../scripts/circuits/lib/setup.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { ArtefactError, loadArtefacts } from '../../src/receipts/artefacts.ts';
import { imageIdOf, selectorOf, verificationKeyHash } from '../../src/receipts/identity.ts';
import { DECISION as PROGRAM } from '../../src/receipts/programs.ts';

describe('The build of the circuits', () => {
  let folder: string;
  let copy: string;

  before(async function () {
    this.timeout(600_000);
    folder = await ensureArtefacts();
  });

  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'mprd-circuits-'));
    cpSync(folder, copy, { recursive: true });
  });

  afterEach(() => rmSync(copy, { recursive: true }));

  const FILES = ['decision.r1cs', 'decision.sym', 'decision.wasm', 'decision.zkey', 'manifest.json', 'Key.sol'];

  it('is recognised as complete', () => {
    expect(isCurrent(DECISION, copy)).to.equal(true);
  });

  for (const file of FILES) {
    it(`is not taken for complete with ${file} cut short, changed or missing`, () => {
      const path = join(copy, file);
      const bytes = readFileSync(path);
      truncateSync(path, bytes.length - 1);
      expect(isCurrent(DECISION, copy)).to.equal(false);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      writeFileSync(path, bytes);
      expect(isCurrent(DECISION, copy)).to.equal(false);
      rmSync(path);
      expect(isCurrent(DECISION, copy)).to.equal(false);
    });
  }

  it('is not taken for complete without its stamp, with half of it, or with the stamp of other sources', () => {
    const path = join(copy, 'build.json');
    const stamp = readFileSync(path, 'utf8');
    for (const bad of [
      '',
      stamp.slice(0, 40),
      JSON.stringify({ ...JSON.parse(stamp), key: '00' }),
      JSON.stringify({ ...JSON.parse(stamp), description: '00' }),
    ]) {
      writeFileSync(path, bad);
      expect(isCurrent(DECISION, copy)).to.equal(false);
    }
    rmSync(path);
    expect(isCurrent(DECISION, copy)).to.equal(false);
  });

  it('makes manifest and contract anew without the key when only they are out of date', async function () {
    this.timeout(60_000);
    const key = readFileSync(join(copy, 'decision.zkey'));
    truncateSync(join(copy, 'manifest.json'), 10);
    await ensureArtefacts(DECISION, { out: copy });
    expect(isCurrent(DECISION, copy)).to.equal(true);
    expect(committedDifferences(DECISION, copy)).to.deep.equal([]);
    expect(readFileSync(join(copy, 'decision.zkey')).equals(key)).to.equal(true);
  });

  it('differs from what is committed by name', () => {
    const path = join(copy, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    writeFileSync(path, `${JSON.stringify({ ...manifest, zkey: { sha256: '0x00' }, version: 2 }, null, 2)}\n`);
    writeFileSync(join(copy, 'Key.sol'), 'contract Other {}');
    const differences = committedDifferences(DECISION, copy);
    expect(differences).to.have.length(3);
    expect(differences[0]).to.contain('version is 1, the build gives 2');
    expect(differences[1]).to.contain('zkey is {"sha256":"0x').and.to.contain('the build gives {"sha256":"0x00"}');
    expect(differences[2]).to.contain('DecisionKey.sol');
  });

  it('gives proving files that are refused when they are not those of the manifest', async () => {
    await loadArtefacts(PROGRAM, copy);
    truncateSync(join(copy, 'decision.zkey'), 1_000);
    const refusal = async (): Promise<unknown> =>
      await loadArtefacts(PROGRAM, copy).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await refusal())
      .to.be.instanceOf(ArtefactError)
      .with.property('message')
      .that.contains('decision.zkey has SHA-256');
    rmSync(join(copy, 'decision.wasm'));
    expect(await refusal())
      .to.be.instanceOf(ArtefactError)
      .with.property('message')
      .that.contains('npm run circuits:build');
  });
});

describe('A verification key', () => {
  const key = PROGRAM.verificationKey;
  const manifest = JSON.parse(readFileSync('circuits/keys/decision.manifest.json', 'utf8')) as Manifest;
  const zero: Hex = `0x${'00'.repeat(32)}`;

  it('of the committed manifest has no fault', () => {
    expect(keyFaults(key, 7)).to.deep.equal([]);
  });

  it('is refused without a contribution, with trivial points, and with a public signal that is not bound', () => {
    const ic = key.ic.map((point, i) => (i === 3 ? [zero, zero] : point));
    const generator: Hex[] = ['0x01', '0x02'];
    expect(keyFaults({ ...key, delta: key.gamma }, 7)[0]).to.contain('gamma = delta');
    expect(keyFaults({ ...key, ic }, 7)[0])
      .to.contain('IC 3')
      .and.to.contain('signal 2');
    expect(keyFaults(key, 8)[0]).to.contain('8 points for 8');
    expect(keyFaults({ ...key, alpha: generator }, 7)[0]).to.contain('alpha');
    expect(keyFaults({ ...key, beta: key.gamma }, 7)[0]).to.contain('beta');
    expect(keyFaults({ ...key, alpha: [zero, zero] }, 7)[0]).to.contain('alpha');
    expect(keyFaults({ ...key, delta: [zero, zero, zero, zero] }, 7)[0]).to.contain('delta');
  });

  it('has the contributions that its file records: the public beacon alone', async function () {
    this.timeout(600_000);
    const contributions = readContributions(readFileSync(join(await ensureArtefacts(), 'decision.zkey')));
    expect(contributions).to.deep.equal([{ kind: 'beacon', ...DEVELOPMENT_BEACON }]);
    expect(manifest.contributions).to.deep.equal(contributions);
    expect(manifest.kind).to.equal('development');
  });

  it('decides image id and selector, which change with every part of it', () => {
    const hash = verificationKeyHash(key);
    expect(hash).to.equal(manifest.verificationKey.keccak256);
    const imageId = imageIdOf('decision', 1, manifest.r1cs.sha256, hash);
    expect(imageId).to.equal(PROGRAM.imageId);
    expect(selectorOf('development', imageId, hash)).to.equal(PROGRAM.selector);
    const ids = [
      imageId,
      imageIdOf('decision', 2, manifest.r1cs.sha256, hash),
      imageIdOf('other', 1, manifest.r1cs.sha256, hash),
      imageIdOf('decision', 1, zero, hash),
      imageIdOf('decision', 1, manifest.r1cs.sha256, zero),
    ];
    expect(new Set(ids).size).to.equal(ids.length);
    expect(selectorOf('ceremony', imageId, hash)).to.not.equal(PROGRAM.selector);
    const swapped = { ...key, ic: [key.ic[1], key.ic[0], ...key.ic.slice(2)] as typeof key.ic };
    expect(verificationKeyHash(swapped)).to.not.equal(hash);
  });
});
