import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { connect, type JsonRpc, PIECE, RpcError } from '../../src/mirror/jsonrpc.ts';
import { MirrorError } from '../../src/mirror/types.ts';

describe('the JSON-RPC client', () => {
  /** what the server answers, and the body that it got last */
  let answer: string;
  let body: string;
  let server: Server;
  let rpc: JsonRpc;

  before((done) => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        body = Buffer.concat(chunks).toString();
        response.end(answer);
      });
    }).listen(0, '127.0.0.1', () => {
      rpc = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      done();
    });
  });
  after((done) => {
    rpc.close();
    server.close(done);
  });

  const answered = (result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id: 1, result });
  const long = 'x'.repeat(PIECE / 5);
  const list = <T>(item: (i: number) => T): T[] => Array.from({ length: 40 }, (_, i) => item(i));

  /** Longer than a piece, so that they are cut, or must not be. */
  const answers: Readonly<Record<string, unknown>> = {
    'a list of objects': list((i) => ({ hash: `${i}`, text: long, calls: [{ status: i }, { status: i + 1 }] })),
    'a list of objects of all sizes': list((i) => ({ hash: i, text: long.repeat(i % 8) })),
    'objects that hold lists of objects which begin alike': list((i) => ({
      hash: i,
      calls: [{ hash: long }, { hash: i }],
    })),
    'texts in which an object seems to end and another to begin': list((i) => ({
      hash: `"},{"hash":${i}`,
      text: long,
    })),
    'letters outside of ASCII': list((i) => ({ hash: `Žluťoučký ${i} 🐎`, text: long })),
    'an object with a list called result': { result: list(() => ({ result: [{ a: long }] })) },
    'a list of texts': list(() => long),
    'a list of nothing and one long text': [{}, long.repeat(10)],
    'a text': long.repeat(10),
  };
  for (const [title, result] of Object.entries(answers)) {
    it(`reads ${title} as JSON.parse does`, async () => {
      answer = answered(result);
      expect(answer.length).to.be.greaterThan(PIECE);
      expect(await rpc.call('any')).to.deep.equal(result);
    });
  }

  it('keeps what follows a long list', async () => {
    const error = { code: 3, message: 'half done' };
    answer = JSON.stringify({ result: list((i) => ({ hash: i, text: long })), error });
    const refusal = await rpc.call('any').catch((cause: unknown) => cause);
    expect(refusal).to.be.instanceOf(RpcError).and.include({ code: 3, message: 'any: half done (3)' });
  });

  it('keeps answers apart that come one after the other', async () => {
    answer = answered(list((i) => ({ hash: i, text: long })));
    const first = await rpc.call('any');
    const before = structuredClone(first);
    answer = answer.replaceAll('x', 'y');
    await rpc.call('any');
    expect(first).to.deep.equal(before);
  });

  for (const [title, text] of [
    ['a long text that is cut off', answered(list((i) => ({ hash: i, text: long }))).slice(0, -3)],
    [
      'a long list with a fault in its midst',
      answered(list((i) => ({ hash: i, text: long }))).replace('"hash":20', '"hash":'),
    ],
    ['a short text', 'Bad gateway'],
    ['JSON that is no object', '7'],
  ] as const) {
    it(`says of ${title} that it is not JSON-RPC, with its beginning`, async () => {
      answer = text;
      const error = await rpc.call('any').catch((cause: unknown) => cause);
      expect(error).to.be.instanceOf(MirrorError);
      expect((error as Error).message)
        .to.match(/^any to http:.*: the answer is not JSON-RPC: /)
        .and.contain(text.slice(0, 100));
    });
  }

  it('sends parameters in pieces as one list', async () => {
    answer = answered(true);
    await rpc.callText('any', [`["${long}",`, '{"é":1}', `,"${long}"]`]);
    expect(JSON.parse(body)).to.deep.include({ method: 'any', params: [long, { é: 1 }, long] });
  });
});
