/**
 * A JSON-RPC client over HTTP with bounded answers and one connection pool per node.
 * @module
 */
import http from 'node:http';
import https from 'node:https';
import { MirrorError } from './types.ts';

export interface JsonRpc {
  readonly url: string;
  /** @throws RpcError if the node refuses; MirrorError if it can't be reached, answers no JSON, too much or too late */
  call(method: string, params?: readonly unknown[]): Promise<unknown>;
  close(): void;
}

/** The node's own refusal. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly data: unknown;
  constructor(method: string, error: { code: number; message: string; data?: unknown }) {
    super(`${method}: ${error.message} (${error.code})`);
    this.code = error.code;
    this.data = error.data;
  }
}

/** Longest answer, bytes: a trace of full length with 10 kB of lens data per call fits. */
const MAX_ANSWER = 256 * 2 ** 20;

/** @param timeout for one request, milliseconds */
export function connect(url: string, timeout = 120_000): JsonRpc {
  const { protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new MirrorError(`${url}: expected an http or https address`);
  const client = protocol === 'http:' ? http : https;
  const agent = new client.Agent({ keepAlive: true, maxSockets: 4 });
  let id = 0;

  const post = (body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const length = Buffer.byteLength(body);
      const headers = { 'content-type': 'application/json', 'content-length': length };
      const request = client.request(url, { method: 'POST', agent, headers, timeout }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER) request.destroy(new Error(`the answer is longer than ${MAX_ANSWER} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)));
      request.on('error', reject);
      // Of one byte per character it is ASCII, which is written much faster as such.
      request.end(body, length === body.length ? 'latin1' : 'utf8');
    });

  return {
    url,
    async call(method, params = []) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params });
      const text = await post(body).catch((error: Error) => {
        throw new MirrorError(`${method} to ${url}: ${error.message}`, { cause: error });
      });
      const answer = parse(text, method, url);
      if (answer.error) throw new RpcError(method, answer.error);
      return answer.result;
    },
    close: () => agent.destroy(),
  };
}

function parse(
  text: string,
  method: string,
  url: string,
): { result?: unknown; error?: { code: number; message: string } } {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // falls through: both cases get the same message
  }
  throw new MirrorError(`${method} to ${url}: the answer is not JSON-RPC: ${text.slice(0, 200)}`);
}
