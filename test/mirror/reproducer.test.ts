import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { codecOf } from '../../src/mirror/codec.ts';
import { reproducerOf } from '../../src/mirror/reproducer.ts';
import { runTrace } from '../../src/mirror/run.ts';
import type { Trace } from '../../src/mirror/trace.ts';
import type { System } from '../../src/mirror/types.ts';
import { call, type Jar, START, wait } from './fixtures/jar.ts';
import { openWrongJar } from './fixtures/open-jar.ts';

const root = path.join(import.meta.dirname, '../..');

describe('mirror: a failing trace as a test', () => {
  let system: System<Jar>;
  let trace: Trace;
  let folder: string;

  before(async function () {
    this.timeout(60_000); // compiles with solc in JavaScript
    const opened = await openWrongJar();
    system = opened.system;
    try {
      const { steps, divergence } = await runTrace(system, opened.backend, [
        call('add', 1n),
        wait(2n),
        call('remove', 2n),
      ]);
      const meta = { bytecodeHash: `0x${'22'.repeat(32)}` as const };
      const seed = 'quotes "\' and */ `1` \u2028';
      trace = { profile: 'p', seed, index: 3, meta, startTime: START, steps, divergence: divergence! };
    } finally {
      await opened.stop();
    }
    // Below the root, so that the tests find the same libraries.
    await mkdir(path.join(root, 'cache'), { recursive: true });
    folder = await mkdtemp(path.join(root, 'cache', 'reproducer-'));
  });
  after(() => rm(folder, { recursive: true }));

  const source = (name: string): string =>
    reproducerOf(trace, {
      codec: codecOf(system.contracts),
      engine: '../../src/mirror',
      open: { module: '../../test/mirror/fixtures/open-jar.ts', name },
    });

  it('is the same text each time, with one line per call, and imports only what is a name', () => {
    const text = source('openJar');
    expect(text).to.equal(source('openJar'));
    expect(text).to.include('    {"call":"Jar.remove","sender":');
    expect(() => source('open jar')).to.throw('open.name: expected the name of an export, got "open jar"');
  });

  it('runs as it is whatever the seed is called: fails while both sides differ, showing where; passes once they agree', async function () {
    this.timeout(60_000);
    const names = ['openJar', 'openWrongJar'];
    for (const name of names) await writeFile(path.join(folder, `${name}.test.ts`), source(name));
    const files = names.map((name) => path.join(folder, `${name}.test.ts`));
    const mocha = path.join(path.dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
    const args = [mocha, '--no-config', '--reporter', 'json', ...files];
    const failed = await promisify(execFile)(process.execPath, args, { cwd: root }).then(
      () => undefined,
      (error: { code: number; stdout: string }) => error,
    );
    expect(failed?.code).to.equal(1);
    const report = JSON.parse(failed!.stdout);
    expect(report.passes.map(({ file }: { file: string }) => path.basename(file))).to.deep.equal(['openJar.test.ts']);
    expect(report.failures.map(({ file }: { file: string }) => path.basename(file))).to.deep.equal([
      'openWrongJar.test.ts',
    ]);
    expect(report.failures[0].err.message).to.include('errorArgs differs in step 2 at TooFew.present');
  });
});
