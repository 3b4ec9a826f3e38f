/**
 * Draws the traces of a benchmark and writes them down: for forge, in one file with the state they begin in; for the
 * model alone, as trace files and the signatures that their making showed to be good. A program of its own, so that
 * what is measured later finds no cache that the drawing warmed.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TRACE_LENGTH } from '../../src/campaign/run.ts';
import { type Ready, ready } from '../../src/campaign/system.ts';
import { knownSigners, rememberSigner } from '../../src/codec/typed-data.ts';
import { generated } from '../../src/mirror/campaign.ts';
import { codecOf } from '../../src/mirror/codec.ts';
import type { ModelRun } from '../../src/mirror/model.ts';
import { formatTrace } from '../../src/mirror/trace.ts';
import type { Hex, Step } from '../../src/mirror/types.ts';
import { type DrawnTrace, encodeTraces } from './traces.ts';

/** Calls per trace: those of a campaign and the beginning of its teardown, so that all traces are of one length. */
export const DEPTH = TRACE_LENGTH + 12;

/** The account whose code holds the traces; bench/forge/src/Walk.sol reads it there. */
const TRACES_ACCOUNT = '0x7ace7ace7ace7ace7ace7ace7ace7ace7ace7ace';

export const traceFile = (folder: string, index: number): string => join(folder, `${index}.json`);
export const allocsFile = (folder: string): string => join(folder, 'allocs.json');
const signersFile = (folder: string): string => join(folder, 'signers.json');
export const drawnFile = (folder: string): string => join(folder, 'drawn.json');

/** What was drawn. */
export interface Drawn {
  /** of the contracts that the calls are for */
  readonly bytecodeHash: Hex;
  /** for each trace how many of its calls the model accepts */
  readonly accepted: readonly number[];
}

/** The campaign's own generator and teardown, cut at the common length. */
export function cutTeardown({ teardown }: Pick<Ready, 'teardown'>): Ready['teardown'] {
  const calls = (history: readonly Step[]): number => history.filter(({ kind }) => kind === 'call').length;
  return (rng, state, now) => (calls(now.history) < DEPTH ? teardown(rng, state, now) : undefined);
}

interface Options {
  /** where to; made if need be */
  readonly folder: string;
  readonly seed: string;
  /** number of traces */
  readonly traces: number;
}

/** Whole traces only: the few that end early are left out, and others drawn instead. */
function drawTraces(system: Ready, { folder, seed, traces }: Options): DrawnTrace[] {
  // What nobody compares need not be encoded, and the laws are checked when it is measured.
  const plain = { ...system.system, properties: [], look: () => undefined };
  const codec = codecOf(plain.contracts);
  const options = { ...system, system: plain, teardown: cutTeardown(system), length: TRACE_LENGTH, seed };
  const drawn: DrawnTrace[] = [];
  for (let index = 0; drawn.length < traces; index++) {
    if (index >= 2 * traces) throw new Error(`draw: of ${index} traces only ${drawn.length} have ${DEPTH} calls`);
    const run = generated(options, index);
    if (run.divergence) throw new Error(`draw: the model fails in trace ${index}: ${run.divergence.model}`);
    if (run.records.length < DEPTH) continue;
    const trace = {
      profile: 'bench',
      seed,
      index,
      meta: { bytecodeHash: system.bytecodeHash },
      startTime: plain.startTime,
      steps: run.steps,
    };
    writeFileSync(traceFile(folder, drawn.length), formatTrace(codec, trace));
    drawn.push({ calls: run.records.map(({ evm }) => evm), accepted: acceptedIn(run) });
    if (index % 50 === 49) process.stderr.write(`drawn ${drawn.length} of ${traces} traces of seed ${seed}\n`);
  }
  return drawn;
}

const acceptedIn = <S>({ records }: ModelRun<S>): number =>
  records.filter(({ outcome }) => outcome.status === 'ok').length;

interface Account {
  readonly balance: Hex;
  readonly nonce: number | Hex;
  readonly code: Hex;
  readonly storage: Readonly<Record<Hex, Hex>>;
}

/** All accounts at the head of the node's chain, as forge's `loadAllocs` takes them. */
async function accountsOf({ rpc }: Ready): Promise<Record<string, Account>> {
  const dump = Buffer.from(((await rpc.call('anvil_dumpState')) as Hex).slice(2), 'hex');
  const { accounts } = JSON.parse(gunzipSync(dump).toString()) as { accounts: Record<string, Account> };
  return Object.fromEntries(
    Object.entries(accounts).map(([address, { balance, nonce, code, storage }]) => [
      address,
      { balance, nonce: `0x${Number(nonce).toString(16)}`, code, storage },
    ]),
  );
}

async function draw(options: Options): Promise<void> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true });
  const system = await ready();
  try {
    const accounts = await accountsOf(system);
    const drawn = drawTraces(system, options);
    const traces: Account = { balance: '0x0', nonce: '0x1', code: encodeTraces(drawn), storage: {} };
    writeFileSync(allocsFile(folder), JSON.stringify({ ...accounts, [TRACES_ACCOUNT]: traces }));
    writeFileSync(signersFile(folder), JSON.stringify([...knownSigners()], tagged));
    const { bytecodeHash } = system;
    const summary: Drawn = { bytecodeHash, accepted: drawn.map(({ accepted }) => accepted) };
    writeFileSync(drawnFile(folder), JSON.stringify(summary));
  } finally {
    await system.stop();
  }
}

/** Makes the signers known that the drawing showed. @param shared makes equal texts one object */
export function recallSigners(folder: string, shared: <T>(value: T) => T): void {
  const signed = JSON.parse(readFileSync(signersFile(folder), 'utf8'), untagged) as Parameters<typeof rememberSigner>[];
  for (const known of signed) rememberSigner(...shared(known));
}

/** Integers in JSON, for `untagged`. */
export const tagged = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
const untagged = (_: string, value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

export const readDrawn = (folder: string): Drawn => JSON.parse(readFileSync(drawnFile(folder), 'utf8')) as Drawn;

if (import.meta.main) {
  const [folder, seed, traces] = process.argv.slice(2) as [string, string, string];
  await draw({ folder, seed, traces: Number(traces) });
}
