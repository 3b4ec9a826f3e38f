/** `mprd` explains itself, and every wrong use, and says by its exit code how it went. */
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { mprd, openDevnet, type Run, type TestDevnet } from './devnet.ts';

const BIN = fileURLToPath(new URL('../../bin/mprd.mjs', import.meta.url));

function spawned(args: readonly string[], cwd: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, out, err }));
  });
}

describe('mprd', function () {
  this.timeout(60_000);
  let devnet: TestDevnet;
  let empty: Anvil;
  let folder: string;

  before(async () => {
    devnet = await openDevnet();
    empty = await startAnvil();
    folder = await mkdtemp(path.join(tmpdir(), 'mprd-main-'));
  });
  after(async () => {
    await devnet?.stop();
    await empty?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  it('lists its commands and exit codes', async () => {
    for (const args of [['--help'], ['help']]) {
      const { code, out, err } = await mprd(args);
      expect([code, err]).to.deep.equal([0, '']);
      expect(out).to.include('status').and.include('payouts').and.include('Exit code: 0 done, 1 failed, 2 wrong usage');
    }
  });

  for (const command of ['status', 'payouts']) {
    it(`teaches ${command} with an example, wherever --help stands`, async () => {
      const { code, out } = await mprd([command, '--json', '--help']);
      expect(code).to.equal(0);
      expect(await mprd(['help', command])).to.deep.equal({ code, out, err: '' });
      expect(out).to.include(`mprd ${command} `).and.include('Example').and.include('--rpc URL');
      expect(out).to.include('Exit code: 0 shown, 1 failed, 2 wrong usage');
    });
  }

  for (const command of ['mutate', 'canary']) {
    it(`teaches ${command} with an example`, async () => {
      const { code, out, err } = await mprd([command, '--help']);
      expect([code, err]).to.deep.equal([0, '']);
      expect(out).to.include(`mprd ${command} [--seed S]`).and.include('Example').and.include('--json');
      expect(out).to.match(/Exit code: 0 .*; 1 otherwise; 2 wrong usage/s);
    });
  }

  describe('refuses with exit code 2, and says what was expected:', () => {
    const zero = `0x${'0'.repeat(40)}`;
    const cases: Readonly<Record<string, readonly [readonly string[], string]>> = {
      'no command': [[], 'mprd COMMAND'],
      'an unknown command': [['state'], 'there is no command "state"; expected status'],
      'a name that every object has': [['toString'], 'there is no command "toString"'],
      'help about two commands': [['help', 'status', 'payouts'], 'help explains one command, got status payouts'],
      'an unknown option': [['status', '--jsn'], "Unknown option '--jsn'"],
      'an option without its value': [['status', '--rpc'], "'--rpc <value>' argument missing"],
      'a URL without a protocol': [['status', '--rpc', 'localhost:8545'], '--rpc localhost:8545: expected an address'],
      'a word that status does not take': [['status', 'now'], '"now" is not expected here'],
      'no calls at all': [['mutate', '--calls', '0'], '--calls 0: expected a whole number from 1 to'],
      'half a mutant': [['mutate', '--sample', '1.5'], '--sample 1.5: expected a whole number from 1 to'],
      'a word that canary does not take': [['canary', 'now'], 'now'],
      'payouts of nobody': [['payouts'], 'expected one address, got none'],
      'payouts of two': [['payouts', zero, zero], 'expected one address'],
      'a short address': [['payouts', '0x1234'], '"0x1234" is not an address'],
      'a wrong checksum': [
        ['payouts', '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
        'expected 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      ],
    };
    for (const [title, [args, problem]] of Object.entries(cases)) {
      it(title, async () => {
        const { code, out, err } = await mprd(args);
        expect(code, err).to.equal(2);
        expect(out).to.equal('');
        expect(err)
          .to.include(problem)
          .and.match(/--help/);
      });
    }

    it('an address book under another name', async () => {
      const file = path.join(folder, 'mine.json');
      await copyFile(devnet.file, file);
      const { code, err } = await mprd(['status', '--rpc', devnet.anvil.url, '--deployment', file]);
      expect(code).to.equal(2);
      expect(err).to.include(`--deployment ${file}`).and.include('31337.json');
    });
  });

  describe('fails with exit code 1, and says what to do:', () => {
    const fails = async (args: readonly string[], ...problems: readonly string[]): Promise<void> => {
      const { code, out, err } = await mprd(args);
      expect(code, err).to.equal(1);
      expect(out).to.equal('');
      for (const problem of problems) expect(err).to.include(problem);
      expect(err.trimEnd().split('\n'), 'no stack').to.have.length(1);
    };

    it('no node', async () => {
      await fails(['status', '--rpc', 'http://127.0.0.1:9'], 'no chain answers at http://127.0.0.1:9', 'npm start');
    });

    it('no address book', async () => {
      const file = path.join(folder, 'nowhere', '31337.json');
      await fails(['status', '--rpc', devnet.anvil.url, '--deployment', file], `${file} can't be read`, 'npm start');
    });

    it('an address book that is none', async () => {
      const file = path.join(folder, '31337.json');
      await writeFile(file, '{"format":"something"}');
      await fails(['status', '--rpc', devnet.anvil.url, '--deployment', file], `${file}: /format`, 'expected');
    });

    it('an address book of another chain', async () => {
      await fails(
        ['status', '--rpc', empty.url, '--deployment', devnet.file],
        'is of an earlier chain',
        'Deploy again',
      );
    });
  });

  it('runs from any folder, by its own file, and hands the exit code on', async () => {
    const [, url = ''] = devnet.options;
    const relative = path.relative(folder, devnet.file);
    const shown = await spawned(['status', '--rpc', url, '--deployment', relative], folder);
    expect(shown.code, shown.err).to.equal(0);
    expect(shown.out).to.include('Operators');
    const wrong = await spawned(['states'], folder);
    expect(wrong.code).to.equal(2);
    expect(wrong.err).to.include('there is no command "states"');
  });
});
