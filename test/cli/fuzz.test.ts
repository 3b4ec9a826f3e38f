import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { stage } from '../../src/campaign/vectors.ts';
import { codecOf } from '../../src/mirror/codec.ts';
import { readTrace } from '../../src/mirror/trace.ts';
import { digestHex, stateDigest } from '../../src/model/index.ts';
import { mprd } from './devnet.ts';

const JAR = fileURLToPath(new URL('../mirror/fixtures/jar-system.ts', import.meta.url));

describe('mprd fuzz, replay and corpus', function () {
  this.timeout(120_000);
  let directory: string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'mprd-fuzz-'));
  });
  after(() => rm(directory, { recursive: true }));
  afterEach(() => {
    delete process.env['MIRROR_TEST_FAULT'];
  });

  const refused: Readonly<Record<string, readonly [readonly string[], string]>> = {
    'a number of calls that is none': [['fuzz', '--steps', '1e3'], '--steps 1e3: expected a whole number from 1 to'],
    'no processes': [['fuzz', '--workers', '0'], '--workers 0: expected a whole number from 1 to 64'],
    'a shard beyond the last': [['fuzz', '--shard', '3/2'], '--shard 3/2: expected I/N with 1 <= I <= N'],
    'an unknown option': [['fuzz', '--stepz', '1'], "Unknown option '--stepz'"],
    'properties of somebody else’s system': [
      ['fuzz', '--system', 'a.ts', '--property', 'b.ts'],
      '--property goes with',
    ],
    'a replay of nothing': [['replay'], 'expected one file, got 0'],
    'a corpus of too many calls': [['corpus', '--steps', '99999999'], '--steps 99999999: expected a whole number'],
  };
  for (const [what, [args, says]] of Object.entries(refused)) {
    it(`refuse ${what}`, async () => {
      const { code, err, out } = await mprd(args);
      expect(code).to.equal(2);
      expect(err).to.include(says).and.to.include('--help');
      expect(out).to.equal('');
    });
  }

  it('compare somebody’s own system, and print the line that does it again', async () => {
    const args = ['fuzz', '--system', JAR, '--steps', '900', '--length', '30', '--seed', 'mine', '--workers', '2'];
    const { code, out } = await mprd([...args, '--traces', directory, '--json']);
    const [again, json] = out.split('\n').slice(-2) as [string, string];
    expect(code, out).to.equal(0);
    expect(again).to.equal(`again: npx --no mprd fuzz --steps 900 --seed "mine" --length 30 --system ${JAR}`);
    expect(JSON.parse(json)).to.include({ calls: 900, traces: 30, divergences: 0, seed: 'mine' });
  });

  it('store a divergence, shrunk, and replay it', async () => {
    process.env['MIRROR_TEST_FAULT'] = '1';
    const found = await mprd([
      'fuzz',
      '--system',
      JAR,
      '--steps',
      '900',
      '--workers',
      '1',
      '--traces',
      directory,
      '--json',
    ]);
    expect(found.code).to.equal(1);
    const { trace, divergences } = JSON.parse(found.out.split('\n').at(-1) as string);
    expect(divergences).to.equal(1);
    // The call at fault is looked at later than something else shows; the whole looks of the second run find it.
    expect(found.err).to.include('found: returns at returns.allMarbles');
    const stored = JSON.parse(await readFile(trace, 'utf8'));
    expect(stored.divergence.kind).to.equal('state');
    expect(stored.steps.length).to.be.below(10);
    expect((await mprd(['replay', trace, '--system', JAR])).code).to.equal(1);
    delete process.env['MIRROR_TEST_FAULT'];
    const right = await mprd(['replay', trace, '--system', JAR]);
    expect(right.out).to.include('both sides agree').and.not.to.include('digest');
    expect(right.code).to.equal(0);
  });

  it('show the digest of the model’s state after a replay, for the protocol', async () => {
    const file = fileURLToPath(new URL('../regressions/token-zero-approver.json', import.meta.url));
    const { out } = await mprd(['replay', file, '--json']);
    const { begun, deployed } = stage(true);
    const { steps, startTime } = await readTrace(codecOf(begun.contracts), file);
    let [state, time] = [begun.initial, startTime];
    for (const step of steps) {
      if (step.kind === 'time') time += step.seconds;
      else ({ state } = begun.apply(state, step.call, { time, block: 0n, chainId: 31_337n }));
    }
    const digest = digestHex(stateDigest(state));
    expect(JSON.parse(out).digest)
      .to.equal(digest)
      .and.not.to.equal(digestHex(stateDigest(deployed.initial)));
  });

  it('refuse to replay what is no trace, naming the fault', async () => {
    const { code, err } = await mprd(['replay', JAR, '--system', JAR]);
    expect(code).to.equal(2);
    expect(err).to.include('trace: not JSON');
  });
});
