/**
 * Starts anvil from the npm package `@foundry-rs/anvil` and makes sure that it doesn't outlive this process.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { connect, type JsonRpc } from './jsonrpc.ts';
import { MirrorError } from './types.ts';

export interface AnvilOptions {
  /** block.timestamp of the genesis block, seconds; each later block is one second later unless told otherwise */
  readonly timestamp?: bigint;
  readonly chainId?: number;
  /** such as `prague`; anvil's newest by default */
  readonly hardfork?: string;
  /** the program, if not the npm package's */
  readonly binary?: string;
}

export interface Anvil extends JsonRpc {
  /** Ends the process; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Start-up takes 0.1 s; a machine under load may need more. */
const START_TIMEOUT_MS = 30_000;

/**
 * Starts a node on a free port of 127.0.0.1.
 *
 * Its own output is read, not silenced: with `--port 0` anvil picks the port itself and prints it, which leaves no
 * moment in which someone else can take the port. One line is printed per request afterwards, so it costs nothing.
 * @throws MirrorError if the program is missing or doesn't start
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const { timestamp = 1_700_000_000n, chainId = 31_337, hardfork, binary = packagedBinary('anvil') } = options;
  const args = [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--timestamp',
    String(timestamp),
    '--chain-id',
    String(chainId),
    '--threads',
    '1',
    '--no-request-size-limit',
    '--prune-history',
    ...(hardfork === undefined ? [] : ['--hardfork', hardfork]),
  ];
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  guard(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const rpc = connect(`http://127.0.0.1:${await listeningPort(child, binary)}`);
    // Without this, blocks made by hand would carry the wall clock, and no two runs would be alike.
    await rpc.call('anvil_setBlockTimestampInterval', [1]);
    return {
      ...rpc,
      async stop() {
        rpc.close();
        child.kill('SIGKILL');
        await ended;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
}

function listeningPort(child: ChildProcess, binary: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => fail(`did not start within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new MirrorError(`anvil (${binary}) ${why}${text === '' ? '' : `:\n${text.slice(-2000)}`}`));
    };
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      for (const stream of [child.stdout!, child.stderr!]) {
        stream.off('data', read);
        stream.resume(); // a full pipe would stop the node
      }
      resolve(port);
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.once('error', (error) => fail(`can't be started: ${error.message}`));
    child.once('close', (code) => fail(`ended with code ${code}`));
  });
}

/**
 * A program of the packages @foundry-rs/…, by path, since npm doesn't always link it into node_modules/.bin.
 * @throws MirrorError if the package for this platform is not installed
 */
export function packagedBinary(program: 'anvil' | 'forge'): string {
  const name = `@foundry-rs/${program}-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  let folder: string;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve(`@foundry-rs/${program}/package.json`));
    folder = path.dirname(require.resolve(`${name}/package.json`));
  } catch (cause) {
    throw new MirrorError(`${name} is not installed: run npm ci with optional dependencies, or name a binary`, {
      cause,
    });
  }
  const binary = path.join(folder, 'bin', process.platform === 'win32' ? `${program}.exe` : program);
  if (!existsSync(binary)) throw new MirrorError(`${binary} is missing: reinstall ${name}`);
  return binary;
}

/*/////////////////////////////////////////////////////////// NO ORPHANS */

const alive = new Set<ChildProcess>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function guard(child: ChildProcess): void {
  if (alive.size === 0) {
    process.on('exit', killAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  alive.add(child);
  const release = (): void => {
    alive.delete(child);
    if (alive.size === 0) unguard();
  };
  child.once('close', release);
  child.once('error', release);
}

function unguard(): void {
  process.off('exit', killAll);
  for (const signal of signals) process.off(signal, onSignal);
}

function killAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

/** A handler replaces the signal's own effect: unless someone else handles it too, bring that effect back. */
function onSignal(signal: NodeJS.Signals): void {
  killAll();
  unguard();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
