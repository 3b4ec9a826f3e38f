import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { startAnvil } from '../../src/mirror/anvil.ts';
import { connect } from '../../src/mirror/jsonrpc.ts';
import { simulateBackend } from '../../src/mirror/simulate.ts';

const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fulfilled',
    (error: Error) => error.message,
  );

describe('mirror: anvil', () => {
  it('starts on a free port, several at a time, with a clock of its own, and is gone after stop', async function () {
    this.timeout(20_000);
    const [a, b] = await Promise.all([startAnvil({ timestamp: 1_000n, chainId: 7 }), startAnvil()]);
    try {
      expect(a.url).not.to.equal(b.url);
      expect(await a.call('eth_chainId')).to.equal('0x7');
      await a.call('evm_mine');
      expect(await a.call('eth_getBlockByNumber', ['latest', false])).to.include({ timestamp: '0x3e9' });
    } finally {
      await Promise.all([a.stop(), b.stop()]);
    }
    expect(await message(connect(a.url).call('eth_chainId'))).to.include('ECONNREFUSED');
    expect(process.listeners('SIGTERM').map((listener) => listener.name)).not.to.include('onSignal');
  });

  it('ends with its parent when that is told to end', async function () {
    this.timeout(20_000);
    const module = new URL('../../src/mirror/anvil.ts', import.meta.url).href;
    const script = `const { startAnvil } = await import('${module}'); console.log((await startAnvil()).url);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    expect(await connect(url).call('eth_chainId')).to.equal('0x7a69');
    parent.kill('SIGTERM');
    expect(await once(parent, 'exit')).to.deep.equal([null, 'SIGTERM']);
    expect(await message(connect(url).call('eth_chainId'))).to.match(/ECONNREFUSED|ECONNRESET|socket hang up/);
  });

  it('that is missing or refuses its options is reported, with what it said', async () => {
    expect(await message(startAnvil({ binary: '/nonexistent/anvil' }))).to.include("can't be started");
    expect(await message(startAnvil({ hardfork: 'tomorrow' }))).to.match(/ended with code \d+:[\s\S]*tomorrow/);
  });
});

describe('mirror: JSON-RPC', () => {
  /** A node that gives one answer to everything. */
  async function answering(text: string, use: (url: string) => Promise<void>): Promise<void> {
    const server = createServer((_request, response) => response.end(text)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('reports a refusal of the node with method and code', () =>
    answering('{"error":{"code":-32601,"message":"no such method"}}', async (url) => {
      expect(await message(connect(url).call('eth_fly'))).to.equal('eth_fly: no such method (-32601)');
    }));

  it('reports an answer that is no JSON-RPC', () =>
    answering('<html>', async (url) => {
      expect(await message(connect(url).call('eth_chainId'))).to.include('the answer is not JSON-RPC: <html>');
    }));

  it('refuses an address that is not http', () => {
    expect(() => connect('file:///etc/passwd')).to.throw('expected an http or https address');
  });

  it('reports a node whose simulation gives another number of results', () =>
    answering('{"result":"0x1"}', async (url) => {
      const backend = await simulateBackend(connect(url));
      const call = { from: '0x', to: '0x', data: '0x', look: { to: '0x', data: '0x' }, time: 1n, block: 1n } as const;
      expect(await message(backend.run([call]))).to.include('eth_simulateV1: expected 2 results, got 0');
    }));
});
