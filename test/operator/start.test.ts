import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = path.join(import.meta.dirname, '..', '..');

function run(script: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(root, 'scripts', script), ...args],
      { cwd: root },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
      },
    );
  });
}

describe('operator: the command lines of the devnet', function () {
  this.timeout(60_000);

  it('teach with --help', async () => {
    for (const [script, word] of [
      ['start.ts', '--once'],
      ['warp.ts', 'DURATION'],
      ['deploy.ts', 'MPRD_MEMBERS'],
    ] as const) {
      const { code, stdout } = await run(script, '--help');
      expect(code, script).to.equal(0);
      expect(stdout, script).to.include(word);
    }
  });

  it('answer wrong usage with exit code 2 and say what was expected', async () => {
    const wrong = [
      ['start.ts', '--onec'],
      ['start.ts', '--port', '70000'],
      ['start.ts', 'extra'],
      ['warp.ts'],
      ['warp.ts', '6 hours'],
      ['warp.ts', '0'],
      ['deploy.ts', 'localhost'],
    ] as const;
    for (const [script, ...args] of wrong) {
      const { code, stderr } = await run(script, ...args);
      expect(code, args.join(' ')).to.equal(2);
      expect(stderr, args.join(' ')).to.match(/expected|Unknown option|Unexpected argument/);
    }
  });

  it('tell a taken port before anything is built, with exit code 1', async () => {
    const taker = createServer().listen(0, '127.0.0.1');
    await once(taker, 'listening');
    const { port } = taker.address() as AddressInfo;
    const { code, stdout, stderr } = await run('start.ts', '--once', '--port', String(port));
    taker.close();
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.include(`port ${port} of 127.0.0.1 is in use`);
  });

  it('tell a malformed file of the example before anything is built, with exit code 1', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mprd-start-'));
    await writeFile(path.join(folder, 'policy.json'), '{ "version": "mprd-policy/1", }');
    const { code, stdout, stderr } = await run('start.ts', '--once', '--example', folder);
    await rm(folder, { recursive: true });
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr)
      .to.match(/^start: .*policy\.json: .*line 1/)
      .and.not.match(/\n\s+at /);
  });

  it('tell that no chain answers, with exit code 1', async () => {
    // A port that was free a moment ago.
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const url = `http://127.0.0.1:${(probe.address() as AddressInfo).port}`;
    probe.close();
    for (const [script, ...args] of [
      ['warp.ts', '60', '--url', url],
      ['deploy.ts', url],
    ] as const) {
      const { code, stderr } = await run(script, ...args);
      expect(code, script).to.equal(1);
      expect(stderr, script).to.include(`no chain answers at ${url}`);
    }
  });
});
