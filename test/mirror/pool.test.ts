import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { smallCover, storedTraces } from '../../src/mirror/corpus.ts';
import { type PoolOptions, type PoolResult, pool } from '../../src/mirror/pool.ts';
import { said } from './fixtures/said.ts';

const SYSTEM = fileURLToPath(new URL('fixtures/jar-system.ts', import.meta.url));

describe('mirror: a campaign in several processes', function () {
  this.timeout(120_000); // each process compiles the small system
  let directory: string;
  let one: PoolResult;

  const options = (change: Partial<PoolOptions> = {}): PoolOptions => ({
    module: new URL('../../src/mirror/custom.ts', import.meta.url).href,
    options: { file: SYSTEM },
    replay: 'replay',
    stored: [],
    traces: 40,
    length: 30,
    seed: 'jar',
    profile: 'test',
    directory,
    workers: 1,
    ...change,
  });

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'mirror-pool-'));
    one = await pool(options());
  });
  after(() => rm(directory, { recursive: true }));
  afterEach(() => {
    delete process.env['MIRROR_TEST_FAULT'];
  });

  it('makes the very same traces with one process and with two, and counts the same', async () => {
    const two = await pool(options({ workers: 2 }));
    expect(one).to.include({ traces: 40, calls: 1200 });
    expect(two.tracesHash).to.equal(one.tracesHash);
    expect(two.coverage.functions).to.deep.equal(one.coverage.functions);
    expect(two.coverage.errors).to.deep.equal(one.coverage.errors);
    expect((await pool(options({ seed: 'another' }))).tracesHash).to.not.equal(one.tracesHash);
  });

  it('is split over machines: the shards have together what the whole has', async () => {
    const shards: PoolResult[] = [];
    for (const index of [0, 1, 2]) shards.push(await pool(options({ shard: { index, of: 3 } })));
    expect(shards.map(({ traces }) => traces)).to.deep.equal([14, 13, 13]);
    const sum = shards.reduce((all, { coverage }) => all + (coverage.functions.get('Jar.add')?.ok ?? 0), 0);
    expect(sum).to.equal(one.coverage.functions.get('Jar.add')?.ok);
  });

  it('tells the failure with the lowest number, shrunk, whatever the number of processes', async () => {
    process.env['MIRROR_TEST_FAULT'] = '1';
    const [single, double] = [await pool(options()), await pool(options({ workers: 2 }))];
    expect(single.failure?.divergence.kind).to.equal('state');
    expect(double.failure).to.deep.equal(single.failure);
    const text = await readFile(single.failure?.file as string, 'utf8');

    const stored = await storedTraces([directory], 'test');
    expect(stored.files.map((file) => path.basename(file))).to.include(path.basename(single.failure?.file as string));
    expect(stored.files.some((file) => file.endsWith('.raw.json'))).to.equal(false);
    const again = await pool(options({ stored: stored.files, workers: 2 }));
    expect(again.broken.map(({ file }) => file)).to.include(single.failure?.file);
    expect(again.broken[0]?.screen).to.include('← here');
    expect(await readFile(single.failure?.file as string, 'utf8'), 'replaying changes no file').to.equal(text);
  });

  it('replays what is stored before it draws, and draws the same whatever is stored', async () => {
    const { files } = await storedTraces([directory], 'test');
    const result = await pool(options({ stored: files }));
    expect(result.replayed.traces).to.equal(files.length).and.to.be.above(0);
    expect(result.broken).to.deep.equal([]);
    expect(result.tracesHash).to.equal(one.tracesHash);
  });

  it('says what is wrong when a process breaks, and refuses a number of processes that makes no sense', async () => {
    const failing = (change: Partial<PoolOptions>): Promise<string> => said(pool(options(change)));
    expect(await failing({ options: { file: `${SYSTEM}.missing` } })).to.include('there is no such file');
    expect(await failing({ workers: 0 })).to.include('workers: expected 1 to 64, got 0');
  });

  it('names a set of stored traces by its contents', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mirror-stored-'));
    try {
      const empty = await storedTraces([folder, path.join(folder, 'missing')], 'test');
      await writeFile(path.join(folder, 'a.json'), '{"profile":"test"}');
      await writeFile(path.join(folder, 'foreign.json'), '{"profile":"of another system"}');
      const first = await storedTraces([folder], 'test');
      await writeFile(path.join(folder, 'a.json'), '{"profile": "test"}');
      const second = await storedTraces([folder], 'test');
      expect(second.files).to.deep.equal([path.join(folder, 'a.json')]);
      expect(new Set([empty.hash, first.hash, second.hash]).size).to.equal(3);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('mirror: a small cover', () => {
  it('takes what adds most per call, and the lower number among equals', () => {
    const candidate = (index: number, calls: number, names: string) => ({ index, calls, names: new Set(names) });
    const chosen = smallCover([
      candidate(0, 10, 'ab'),
      candidate(1, 10, 'abcd'),
      candidate(2, 10, 'abcd'),
      candidate(3, 1, 'e'),
      candidate(4, 100, 'abcdef'),
    ]);
    expect(chosen).to.deep.equal([
      { index: 3, adds: ['e'] },
      { index: 1, adds: ['a', 'b', 'c', 'd'] },
      { index: 4, adds: ['f'] },
    ]);
  });
});
