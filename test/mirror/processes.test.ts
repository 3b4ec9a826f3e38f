import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Processes, type ProcessesOptions, startProcesses } from '../../src/mirror/processes.ts';
import type { CountingOptions, Sum, Task } from './fixtures/counting-worker.ts';
import { said } from './fixtures/said.ts';

const MODULE = new URL('fixtures/counting-worker.ts', import.meta.url).href;

const start = (
  change: Partial<Omit<ProcessesOptions<string>, 'options'>> & { readonly options?: CountingOptions } = {},
): Processes<Task, Sum, bigint> => startProcesses({ module: MODULE, options: { base: 100n }, workers: 2, ...change });

describe('mirror: processes', function () {
  this.timeout(30_000);
  let processes: Processes<Task, Sum, bigint> | undefined;
  afterEach(async () => {
    await processes?.stop();
    processes = undefined;
  });

  it('hand back the results in the order of the tasks, and are the same ones for the next tasks', async () => {
    processes = start();
    const tasks = Array.from({ length: 20 }, (_, i) => BigInt(i));
    const first = await processes.map(tasks);
    expect(first.map(({ sum }) => sum)).to.deep.equal(tasks.map((task) => 100n + task));
    const second = await processes.map([7n, 8n]);
    const known = new Set(first.map(({ process }) => process));
    expect(known.size).to.be.within(1, 2);
    for (const { process: id } of second) expect(known.has(id) || known.size < 2, String(id)).to.equal(true);
    expect(await processes.map([])).to.deep.equal([]);
  });

  it('tell what they do with the number of the task, and hear what all are told amid their task', async () => {
    const told: [number, string][] = [];
    const running = start({
      onMessage(message, task) {
        told.push([task, message]);
        if (told.length === 2) running.tellAll(5n);
      },
    });
    processes = running;
    const results = await running.map(['hear', 'hear']);
    expect(results.map(({ sum }) => sum)).to.deep.equal([105n, 105n]);
    expect(new Set(results.map(({ process }) => process)).size, 'two processes').to.equal(2);
    expect(told.sort()).to.deep.equal([
      [0, 'task hear'],
      [1, 'task hear'],
    ]);
  });

  it('fail with the reason of the one that breaks, ends, or does not open', async () => {
    processes = start();
    expect(await said(processes.map([1n, 'break', 'wait']))).to.equal('told to break');
    await processes.stop();
    processes = start({ workers: 1 });
    expect(await said(processes.map(['end']))).to.equal('a process ended before its time (code 3)');
    expect(await said(processes.map([1n]))).to.include('ended before its time');
    processes = start({ options: { base: -1n } });
    expect(await said(processes.map([1n, 2n]))).to.equal('base: expected at least 0');
  });

  it('release what they hold when they are idle, and end amid a task', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mirror-processes-'));
    try {
      const idle = start({ options: { base: 0n, mark: path.join(folder, 'mark') } });
      await idle.map([1n, 2n, 3n]);
      expect((await readdir(folder)).length).to.be.above(0);
      await idle.stop();
      expect(await readdir(folder)).to.deep.equal([]);
      let ended: Promise<void> | undefined;
      const busy = start({
        workers: 1,
        onMessage: () => {
          ended = busy.stop();
        },
      });
      expect(await said(busy.map(['wait']))).to.equal('a process ended before its time (SIGTERM)');
      await ended;
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are refused in a number that makes no sense', () => {
    for (const workers of [0, 1.5, 65]) expect(() => start({ workers })).to.throw(`expected 1 to 64, got ${workers}`);
  });
});
