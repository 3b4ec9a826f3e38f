import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { loadSystem } from '../../src/mirror/load.ts';
import { type Node, type NodeChoice, onNode, startNode } from '../../src/mirror/node.ts';
import { runTrace, type TraceReport } from '../../src/mirror/run.ts';
import { applyJar, deployJar, mixedSteps as steps } from './fixtures/jar.ts';
import { said } from './fixtures/said.ts';

describe('mirror: the node that a system runs on', function () {
  this.timeout(60_000);
  let other: Anvil;
  before(async () => {
    other = await startAnvil({ chainId: 1_234 });
  });
  after(() => other.stop());

  const started = (choice: NodeChoice, chainId = 1_234): Promise<Node> =>
    onNode(choice, () => startNode({ chainId, hardfork: 'prague' }));

  async function ran(choice: NodeChoice, times = 1): Promise<readonly TraceReport[]> {
    const node = await started(choice);
    try {
      const { system } = await deployJar(node);
      const backend = await node.backend();
      return await Promise.all(Array.from({ length: times }, () => runTrace(system, backend, steps)));
    } finally {
      await node.stop();
    }
  }

  it('changes no result: anvil, Hardhat’s network and somebody’s node answer alike', async () => {
    // A simulated log also says where in the block it stands.
    const shown = ({ results }: TraceReport) =>
      results.map(({ ok, data, logs, lens }) => ({
        ...{ ok, data, lens },
        logs: logs.map((log) => [log.address, log.topics, log.data]),
      }));
    const [simulated] = await ran({ backend: 'simulate' });
    expect(simulated?.divergence).to.equal(undefined);
    expect(simulated?.results.map(({ ok }) => ok)).to.include.members([true, false]);
    for (const choice of [{ backend: 'hardhat' }, { backend: 'rpc', url: other.url }] as const) {
      // Two traces that are asked for at once don't meet: each begins on the fresh state.
      for (const report of await ran(choice, 2)) {
        expect(report.divergence, choice.backend).to.equal(undefined);
        expect(shown(report), choice.backend).to.deep.equal(shown(simulated!));
      }
    }
  });

  it('shows the same divergence', async () => {
    const apply: typeof applyJar = (state, made, env) => {
      const answer = applyJar(state, made, env);
      return answer.outcome.status === 'ok' ? { ...answer, outcome: { ...answer.outcome, events: [] } } : answer;
    };
    const found: unknown[] = [];
    for (const backend of ['simulate', 'hardhat'] as const) {
      const node = await started({ backend });
      try {
        const { system } = await deployJar(node);
        found.push((await runTrace({ ...system, apply }, await node.backend(), steps)).divergence);
      } finally {
        await node.stop();
      }
    }
    expect(found[0]).to.include({ kind: 'events', step: 0 });
    expect(found[1]).to.deep.equal(found[0]);
  });

  it('is brought to where it was when it is somebody’s', async () => {
    const before = await other.call('eth_blockNumber');
    await ran({ backend: 'rpc', url: other.url });
    expect(await other.call('eth_blockNumber')).to.equal(before);
  });

  it('is refused when it is of another chain, or nobody answers', async () => {
    const url = other.url;
    expect(await said(started({ backend: 'rpc', url }, 1))).to.equal(
      `${url}: expected a node of chain 1, got one of 1234`,
    );
    expect(await said(started({ backend: 'rpc', url: 'http://127.0.0.1:1' }))).to.include('ECONNREFUSED');
  });

  it('is said to be out of reach by a system that starts a chain of its own', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mirror-node-'));
    const file = path.join(folder, 'own.mjs');
    const none = '() => {}';
    const system = `{ contracts: {}, startTime: 1n, apply: ${none}, look: ${none} }`;
    const rest = `generate: ${none}, bytecodeHash: '0x', stop: ${none}`;
    const made = `{ system: ${system}, backend: { name: 'simulate', run: ${none} }, ${rest} }`;
    await writeFile(file, `export default () => (${made});`);
    try {
      expect(await said(loadSystem(file))).to.equal('nothing');
      expect(await said(loadSystem(file, { backend: 'hardhat' }))).to.include('has a chain of its own: `deploySystem`');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
