import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fromRoot } from '../../src/cli/project.ts';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { mprd } from './devnet.ts';

const JAR = fileURLToPath(new URL('../mirror/fixtures/jar-system.ts', import.meta.url));
/** one of the shortest traces of the corpus */
const SHORT = fromRoot(shortest('test/corpus'));
/** begins before today's prologue ends */
const REGRESSION = fromRoot('test/regressions/token-zero-approver.json');

function shortest(folder: string): string {
  const files = readdirSync(fromRoot(folder)).map((name) => `${folder}/${name}`);
  return files.sort((a, b) => statSync(fromRoot(a)).size - statSync(fromRoot(b)).size)[0] as string;
}

describe('mprd fuzz and replay on a node of one’s choice', function () {
  this.timeout(180_000);
  let directory: string;
  let node: Anvil;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'mprd-backend-'));
    node = await startAnvil();
  });
  after(async () => {
    await node.stop();
    await rm(directory, { recursive: true });
  });

  it('make and compare the very same traces on an anvil, on Hardhat’s network and on a node at a URL', async () => {
    const hashes: string[] = [];
    for (const words of [[], ['--backend', 'hardhat'], ['--rpc', node.url]]) {
      const of = ['--system', JAR, '--steps', '60', '--length', '30', '--traces', directory, '--workers', '1'];
      const { out } = await mprd(['fuzz', ...of, ...words, '--json']);
      const { divergences, calls, tracesHash, command } = JSON.parse(out.split('\n').at(-1) as string);
      expect({ divergences, calls }).to.deep.equal({ divergences: 0, calls: 60 });
      expect(command.endsWith([`--system ${JAR}`, ...words].join(' ')), command).to.equal(true);
      hashes.push(tracesHash);
    }
    expect(new Set(hashes).size, hashes.join()).to.equal(1);
  });

  it('replay a trace of the protocol on Hardhat’s network and on a node at a URL', async () => {
    for (const words of [
      ['--backend', 'hardhat'],
      ['--backend', 'rpc', '--rpc', node.url],
    ]) {
      const { code, out } = await mprd(['replay', SHORT, ...words]);
      expect(code, out).to.equal(0);
      expect(out).to.match(/^\d+ calls, both sides agree/m);
    }
  });

  it('say that a chain can’t go back to where an old trace begins', async () => {
    const { code, err } = await mprd(['replay', REGRESSION, '--rpc', node.url]);
    expect(err).to.match(/the trace begins at 1700001075, before the latest block of .*: run it by simulation/);
    expect(code).to.equal(2);
  });

  it('say what is wrong with a node that is not fresh', async () => {
    const used = await startAnvil({ timestamp: 1_800_000_000n });
    try {
      const { code, err } = await mprd(['replay', REGRESSION, '--rpc', used.url]);
      expect(err)
        .to.include('expected a fresh node whose clock is at 1700000000')
        .and.to.include('the clock at 1800000000');
      expect(code).to.equal(1);
    } finally {
      await used.stop();
    }
  });

  const refused: Readonly<Record<string, readonly [readonly string[], string]>> = {
    'an unknown backend': [['replay', 'a.json', '--backend', 'geth'], 'expected one of simulate, hardhat, rpc'],
    'a URL that is none': [['fuzz', '--rpc', 'localhost'], '--rpc localhost: expected an address such as http'],
    'a URL beside another backend': [
      ['shrink', 'a.json', '--backend', 'hardhat', '--rpc', 'http://127.0.0.1:8545'],
      '--rpc goes with --backend rpc, not with hardhat',
    ],
    'several processes on one node': [
      ['fuzz', '--backend', 'rpc', '--workers', '2'],
      '--workers 2: the node at --rpc takes one process at a time',
    ],
  };
  for (const [what, [args, says]] of Object.entries(refused)) {
    it(`refuse ${what}`, async () => {
      const { code, err, out } = await mprd(args);
      expect(err).to.include(says).and.to.include('--help');
      expect([code, out]).to.deep.equal([2, '']);
    });
  }
});
