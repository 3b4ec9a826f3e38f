import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fromRoot } from '../../src/cli/project.ts';
import { mprd } from './devnet.ts';

const JAR = fileURLToPath(new URL('../mirror/fixtures/jar-system.ts', import.meta.url));
const REGRESSION = fromRoot('test/regressions/token-zero-approver.json');

describe('mprd shrink', function () {
  this.timeout(120_000);
  let directory: string;
  /** a trace as a campaign found it, and as it shrank it */
  let raw: string;
  let minimal: string;

  const shrink = (...args: readonly string[]) => mprd(['shrink', ...args, '--system', JAR]);
  const last = (out: string): string => out.split('\n').at(-1) as string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'mprd-shrink-'));
    process.env['MIRROR_TEST_FAULT'] = '1';
    const campaign = ['fuzz', '--system', JAR, '--steps', '900', '--workers', '1', '--traces', directory, '--json'];
    ({ raw, trace: minimal } = JSON.parse(last((await mprd(campaign)).out)));
  });
  after(() => rm(directory, { recursive: true }));
  beforeEach(() => {
    process.env['MIRROR_TEST_FAULT'] = '1';
  });
  afterEach(() => {
    delete process.env['MIRROR_TEST_FAULT'];
  });

  it('comes to what the campaign came to, byte by byte, with the same screen, and leaves the trace as it was', async () => {
    const [before, stored] = [await readFile(raw, 'utf8'), await readFile(minimal, 'utf8')];
    const test = minimal.replace('.json', '.test.ts');
    const reproducer = await readFile(test, 'utf8');
    for (const file of [minimal, test]) await rm(file);
    const { code, out } = await shrink(raw);
    expect(code, out).to.equal(1);
    expect(out).to.include('state differs in step').and.to.include('← here');
    expect(out).to.include(`replay: npx --no mprd replay --system ${JAR} ${minimal}`);
    expect(out).to.match(/ steps, \d left; \d+ shorter or simpler traces were tried\nwritten: /);
    expect(last(out)).to.equal(`written: ${minimal} and ${test}`);
    expect(await readFile(minimal, 'utf8')).to.equal(stored);
    expect(await readFile(test, 'utf8')).to.equal(reproducer);
    expect(await readFile(raw, 'utf8')).to.equal(before);
  });

  it('finds nothing to drop in a minimal trace, and writes it beside the old one', async () => {
    const { code, out } = await shrink(minimal, '--json');
    const summary = JSON.parse(out);
    expect(code).to.equal(1);
    expect(summary).to.include({ file: minimal, fails: true, complete: true, repeats: true });
    expect(summary.minimal).to.equal(minimal.replace('.json', '.min.json'));
    expect(summary.steps.after).to.equal(summary.steps.before);
    const [now, then] = [await readFile(summary.minimal, 'utf8'), await readFile(minimal, 'utf8')];
    expect(now).to.equal(then);
  });

  it('stops after as many tries as it may make, and says so', async () => {
    const to = path.join(directory, 'new folder', 'short.json');
    const { code, out } = await shrink(raw, '--max-runs', '1', '--out', to);
    expect(code).to.equal(1);
    expect(out).to.include('; 1 shorter or simpler traces were tried');
    expect(out).to.include('--max-runs 1 ended the search');
    expect(await readdir(path.dirname(to))).to.deep.equal(['short.json', 'short.test.ts']);
  });

  it('writes nothing when nothing fails any more', async () => {
    delete process.env['MIRROR_TEST_FAULT'];
    const to = path.join(directory, 'right.json');
    const { code, out } = await shrink(raw, '--out', to);
    expect(out).to.match(/^\d+ calls, both sides agree: /);
    expect(code).to.equal(0);
    expect(await readdir(directory)).not.to.include('right.json');
    const told = JSON.parse((await shrink(raw, '--out', to, '--json')).out);
    expect(told).to.include({ file: raw, fails: false });
  });

  it('shrinks what breaks a law of one’s own on the protocol, with a test that checks that law', async () => {
    const law = path.join(directory, 'quiet.ts');
    const check = '({ agrs }) => (agrs.balances.size > 0 ? "somebody has tokens" : undefined)';
    await writeFile(law, `export default { id: 'nobody has tokens', check: ${check} };\n`);
    const to = path.join(directory, 'quiet.json');
    const args = [REGRESSION, '--property', law, '--out', to];
    const { code, out } = await mprd(['shrink', ...args, '--json']);
    expect(code, out).to.equal(1);
    expect(JSON.parse(out).divergence).to.include({ kind: 'property', step: 0 });
    const test = await readFile(path.join(directory, 'quiet.test.ts'), 'utf8');
    expect(test).to.include('open({ properties: [path.join(import.meta.dirname, "./quiet.ts")] })');
    expect(test).to.include('/src/campaign/subject.ts"');
    const again = await mprd(['replay', to, '--property', law]);
    expect(again.code, again.out).to.equal(1);
    expect((await mprd(['replay', to])).code).to.equal(0);
  });

  const refused: Readonly<Record<string, readonly [readonly string[], string]>> = {
    'no trace': [[], 'expected one file, got 0'],
    'two traces': [['a.json', 'b.json'], 'expected one file, got 2'],
    'a result in place of the trace': [['a.json', '--out', './a.json'], 'that is the trace itself'],
    'a result that nothing would replay': [['a.json', '--out', 'a.txt'], '--out a.txt: expected a name that ends in'],
    'no tries': [['a.json', '--max-runs', '0'], '--max-runs 0: expected a whole number from 1 to 1000000'],
    'a law that is not there': [['a.json', '--property', 'nowhere.ts'], 'nowhere.ts: there is no such file'],
    'what is no trace': [[JAR, '--system', JAR], 'trace: not JSON'],
  };
  for (const [what, [args, says]] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      const { code, err, out } = await mprd(['shrink', ...args]);
      expect(err).to.include(says).and.to.include('--help');
      expect([code, out]).to.deep.equal([2, '']);
    });
  }
});
