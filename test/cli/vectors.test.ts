/** `mprd vectors` shows what the conformance vectors cover, and says what is wrong with them. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { mprd } from './devnet.ts';

const VECTORS = fileURLToPath(new URL('../../vectors', import.meta.url));

describe('mprd vectors', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'mprd-vectors-'));
    await cp(VECTORS, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const change = async (name: string, from: string, to: string): Promise<void> => {
    const file = path.join(folder, name);
    const text = await readFile(file, 'utf8');
    expect(text).to.include(from);
    await writeFile(file, text.replace(from, to));
  };

  it('shows what each file has, with nothing uncovered', async () => {
    const { code, out } = await mprd(['vectors']);
    expect(code, out).to.equal(0);
    expect(out)
      .to.match(/gate\.json +\d+ +\d+ +\d+/)
      .and.not.to.include('not covered');
    const shown = JSON.parse((await mprd(['vectors', '--json'])).out) as { uncovered: string[]; files: object[] };
    expect(shown.uncovered).to.deep.equal([]);
    expect(shown.files).to.have.length(13);
  });

  it('names what no file covers', async () => {
    await rm(path.join(folder, 'disruptions.json'));
    const { code, out, err } = await mprd(['vectors', '--folder', folder]);
    expect(code).to.equal(1);
    expect(out).to.include('not covered: ');
    expect(err).to.match(/^mprd vectors: \d+ things? (is|are) wrong with the vectors\.\n$/);
  });

  it('names the case that model and contracts do otherwise', async () => {
    const others = (await readdir(folder)).filter((name) => name !== 'agrs.json');
    for (const name of others) await rm(path.join(folder, name));
    await change('agrs.json', '"returns":[true]', '"returns":[false]');
    const { code, out } = await mprd(['vectors', '--check', '--folder', folder]);
    expect(code).to.equal(1);
    expect(out)
      .to.match(/wrong: model: agrs: agrs\.\w+: calls\[0\]/)
      .and.match(/wrong: contracts: agrs: agrs\.\w+: /);
  });

  it('names a damaged file, and a folder without any', async () => {
    await change('court.json', '"outcome"', '"result"');
    const damaged = await mprd(['vectors', '--folder', folder]);
    expect(damaged.code).to.equal(1);
    expect(damaged.err)
      .to.include('court.json: cases[0].calls[0].outcome: is missing')
      .and.include('mprd vectors --write');
    const empty = await mprd(['vectors', '--folder', path.join(folder, 'nothing')]);
    expect(empty.err).to.include('has no vectors');
  });

  it('refuses to check and write at once, and options that it does not know', async () => {
    for (const args of [['--check', '--write'], ['--chek'], ['gate']]) {
      const { code, err } = await mprd(['vectors', ...args]);
      expect(code, args.join(' ')).to.equal(2);
      expect(err).to.include('mprd vectors --help');
    }
  });
});
