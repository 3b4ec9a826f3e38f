/**
 * A JSON-RPC client over HTTP with bounded answers and one connection pool per node.
 * @module
 */
import { isAscii } from 'node:buffer';
import http from 'node:http';
import https from 'node:https';
import { MirrorError } from './types.ts';

export interface JsonRpc {
  readonly url: string;
  /** @throws RpcError if the node refuses; MirrorError if it can't be reached, answers no JSON, too much or too late */
  call(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** The same for parameters that are JSON already: a list, cut into pieces of at most `PIECE` characters for speed. */
  callText(method: string, params: readonly string[]): Promise<unknown>;
  close(): void;
}

/**
 * Texts up to this length stay where V8 makes short-lived objects. A longer one (from 128 kB on) gets pages of its own
 * from the operating system and gives them back soon after, which can take longer than all work on the text.
 */
export const PIECE = 96 * 1024;

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

  const post = (pieces: readonly string[]): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const length = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
      const ascii = length === pieces.reduce((sum, piece) => sum + piece.length, 0);
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
        response.on('end', () => {
          try {
            resolve(parse(joined(chunks, size)));
          } catch (error) {
            reject(error as Error);
          }
        });
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)));
      request.on('error', reject);
      // Of one byte per character it is ASCII, which is written much faster as such.
      for (const piece of pieces) request.write(piece, ascii ? 'latin1' : 'utf8');
      request.end();
    });

  const callText: JsonRpc['callText'] = async (method, params) => {
    const head = `{"jsonrpc":"2.0","id":${++id},"method":${JSON.stringify(method)},"params":`;
    const answer = await post([head, ...params, '}']).catch((error: Error) => {
      throw new MirrorError(`${method} to ${url}: ${error.message}`, { cause: error });
    });
    if (answer.error) throw new RpcError(method, answer.error);
    return answer.result;
  };

  return {
    url,
    callText,
    call: (method, params = []) => callText(method, [JSON.stringify(params)]),
    close: () => agent.destroy(),
  };
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** For one answer after the other: memory that is new to the process is slow. */
let scratch = Buffer.alloc(0);
const MAX_SCRATCH = 2 ** 22;

function joined(chunks: readonly Buffer[], size: number): Buffer {
  if (size > MAX_SCRATCH) return Buffer.concat(chunks, size);
  if (size > scratch.length) scratch = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(size)));
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(scratch, at);
  return scratch.subarray(0, size);
}

/** @throws Error if it isn't a JSON object */
function parse(bytes: Buffer): Answer {
  const answer = (bytes.length > PIECE && parsePieces(bytes)) || jsonOf(bytes);
  if (typeof answer === 'object' && answer !== null) return answer;
  throw new Error(`the answer is not JSON-RPC: ${bytes.subarray(0, 200).toString()}`);
}

/** Undefined for what is no JSON. */
function jsonOf(...parts: readonly Buffer[]): unknown {
  try {
    return JSON.parse(parts.map(textOf).join(''));
  } catch {
    return undefined;
  }
}

const textOf = (part: Buffer): string => part.toString(isAscii(part) ? 'latin1' : 'utf8');

/** The beginning of an answer that is a list of objects: nothing before it holds other values. */
const LIST_OF_OBJECTS = /^(\{(?:"\w+":(?:"[^"\\]*"|[\w.-]+),)*"result":)\[(\{"\w+":)/;
const MAX_BEGINNING = 200;
const [COMMA, OPENING, CLOSING] = [...Buffer.from(',[]')] as unknown as readonly [number, number, number];

/**
 * A long answer that is a list of objects, cut between them: each piece is a list of its own, with brackets where
 * commas were. Where objects inside the objects begin like those of the list, a piece is no JSON, and there is no
 * result: then the whole is parsed, as it was.
 */
function parsePieces(bytes: Buffer): Answer | undefined {
  const [, head, first] = LIST_OF_OBJECTS.exec(bytes.toString('latin1', 0, MAX_BEGINNING)) ?? [];
  if (head === undefined || first === undefined) return undefined;
  const items: unknown[] = [];
  const cuts: number[] = [];
  const undone = (): undefined => {
    for (const cut of cuts) bytes[cut] = COMMA;
  };
  let from = head.length;
  while (bytes.length - from > PIECE) {
    // All that JSON writes as itself: a text that holds it has its quotes escaped.
    const cut = bytes.subarray(0, from + PIECE).lastIndexOf(`},${first}`) + 1;
    if (cut <= from) return undone();
    cuts.push(cut);
    bytes[cut] = CLOSING;
    const piece = jsonOf(bytes.subarray(from, cut + 1)) as unknown[] | undefined;
    if (!piece) return undone();
    items.push(...piece);
    bytes[cut] = OPENING;
    from = cut;
  }
  const rest = jsonOf(bytes.subarray(0, head.length), bytes.subarray(from)) as Answer | undefined;
  return rest ? { ...rest, result: [...items, ...(rest.result as unknown[])] } : undone();
}
