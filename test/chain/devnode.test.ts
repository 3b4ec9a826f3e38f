import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { connect } from '../../src/chain/connection.ts';
import { type Devnode, startDevnode } from '../../src/chain/devnode.ts';
import { chainTime, inSnapshot, MAX_WARP, parseDuration, warp } from '../../src/chain/devtime.ts';
import { ChainError } from '../../src/chain/failure.ts';

describe("chain: the devnet's node", function () {
  this.timeout(20_000);
  let node: Devnode;
  before(async () => {
    node = await startDevnode(0, 0);
  });
  after(() => node.close());

  it('answers on 127.0.0.1 with chain id 31337', async () => {
    expect(node.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await connect(node.url)).to.include({ chainId: 31337, local: true });
  });

  it('names the port that is taken and another one to try', async () => {
    const error = await startDevnode(node.port).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(ChainError).with.property('code', 'port-taken');
    expect((error as Error).message)
      .to.include(`port ${node.port} of 127.0.0.1`)
      .and.include(`--port ${node.port + 1}`);
  });

  it('frees its port when it is closed', async () => {
    const other = await startDevnode(0, 0);
    await other.close();
    const taker = createServer().listen(other.port, '127.0.0.1');
    await once(taker, 'listening');
    taker.close();
    const error = await connect(other.url).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(ChainError).with.property('code', 'unreachable');
  });

  it('tells a chain with another id than the expected one', async () => {
    const error = await connect(node.url, { expectedChainId: 1 }).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(ChainError).with.property('code', 'wrong-chain');
  });

  it('moves its time forward by exactly what was asked for', async () => {
    const chain = await connect(node.url);
    const before = await chainTime(chain);
    expect(await warp(chain, 3_600)).to.equal(before + 3_600n);
    for (const seconds of [0, -1, 0.5, MAX_WARP + 1, Number.NaN]) {
      expect(await warp(chain, seconds).catch((cause: unknown) => cause), String(seconds)).to.be.instanceOf(RangeError);
    }
    expect(await chainTime(chain)).to.equal(before + 3_600n);
  });

  it('puts time back after a snapshot, also when something fails in it', async () => {
    const chain = await connect(node.url);
    const before = await chainTime(chain);
    const failing = inSnapshot(chain, async () => {
      await warp(chain, 86_400);
      throw new Error('on purpose');
    });
    expect(await failing.catch((cause: Error) => cause.message)).to.equal('on purpose');
    expect(await chainTime(chain)).to.equal(before);
  });

  it('reads durations with and without units, and nothing else', () => {
    expect(['1', '90s', '15m', '6h', '14d'].map(parseDuration)).to.deep.equal([1, 90, 900, 21_600, 1_209_600]);
    expect(['', '0', '-1', '1.5', '1w', ' 1', '01', '1 h', '9999999999d'].map(parseDuration)).to.deep.equal(
      Array(9).fill(undefined),
    );
  });
});
