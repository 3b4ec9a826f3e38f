/**
 * `npm run gas:check`: what each user operation costs on a fresh deployment, compared with the committed snapshot.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createProver } from '../src/receipts/prover.ts';
import { deployFixture, type Fixture, refusalText, send } from '../test/contracts/fixture.ts';
import {
  CLAIM,
  EXIT,
  FIRST_DEPOSIT,
  LATER_DEPOSIT,
  type Operation,
  operations,
  PAYMENT,
  SETTLEMENT,
} from '../test/contracts/operations.ts';
import { projectRoot } from './lib/files.ts';

const HELP = `npm run gas:check [-- --update] [-- --json]

Deploys the system on an anvil of its own, makes real proofs, sends every user operation as a transaction and compares
the gas it used, whole transaction, with test/gas-snapshot.json.

  --update   writes what was measured as the new snapshot
  --json     prints the table as JSON
  --help     prints this

Exit code: 0 nothing rose by more than 1 %; 1 something did, has no line in the snapshot, is no longer measured, or is
above its limit; 2 wrong usage or an unreadable snapshot.
`;

export const SNAPSHOT = 'test/gas-snapshot.json';
/** Parts of ten thousand. A proof's bytes are random, and a zero byte costs less: that alone is 0.02 %. */
const TOLERANCE = 100;
/** What the project promises. */
export const LIMITS: Readonly<Record<string, number>> = {
  [FIRST_DEPOSIT]: 85_000,
  [LATER_DEPOSIT]: 55_000,
  [EXIT]: 100_000,
  [CLAIM]: 100_000,
  [SETTLEMENT]: 110_000,
  [PAYMENT]: 400_000,
};
const TRANSACTION_GAS = 16_000_000n;

export type Snapshot = Readonly<Record<string, number>>;

export interface Line {
  readonly operation: string;
  /** whole transaction */
  readonly gas: number | undefined;
  readonly snapshot: number | undefined;
  readonly limit?: number;
  readonly problem?: string;
}

/** One line per operation, in the order of measuring; then those that only the snapshot knows. */
export function compareGas(measured: Snapshot, snapshot: Snapshot, limits: Snapshot = LIMITS): Line[] {
  const gone = Object.keys(snapshot).filter((operation) => measured[operation] === undefined);
  return [...Object.keys(measured), ...gone].map((operation) => {
    const [gas, before, limit] = [measured[operation], snapshot[operation], limits[operation]];
    const problem = problemOf(gas, before, limit);
    return {
      operation,
      gas,
      snapshot: before,
      ...(limit === undefined ? {} : { limit }),
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

function problemOf(gas: number | undefined, before: number | undefined, limit: number | undefined): string | undefined {
  if (gas === undefined) return 'is no longer measured';
  if (limit !== undefined && gas > limit) return `is above its limit of ${limit}`;
  if (before === undefined) return 'is not in the snapshot';
  return gas * 10_000 > before * (10_000 + TOLERANCE) ? 'rose by more than 1 %' : undefined;
}

/** @throws Error when an operation doesn't do what it is measured for */
async function measure(f: Fixture, list: readonly Operation[]): Promise<Snapshot> {
  const measured: Record<string, number> = {};
  for (const { name, before, call, refused = false } of list) {
    const results = await send(f, [...before, call], { time: f.time, gas: TRANSACTION_GAS });
    const last = results.at(-1);
    const wrong = results.slice(0, -1).find(({ ok }) => !ok) ?? (last?.ok === refused ? last : undefined);
    if (wrong || !last)
      throw new Error(`gas-check: "${name}" can't be measured: a call is ${wrong ? refusalText(wrong) : 'missing'}`);
    measured[name] = Number(last.gasUsed);
  }
  return measured;
}

function printTable(lines: readonly Line[]): void {
  const width = Math.max(...lines.map(({ operation }) => operation.length));
  const cell = (value: number | undefined): string =>
    (value === undefined ? '–' : value.toLocaleString('en-US')).padStart(11);
  console.log(`${'operation'.padEnd(width)} ${'gas'.padStart(11)} ${'snapshot'.padStart(11)}   change`);
  for (const { operation, gas, snapshot, problem } of lines) {
    const known = gas !== undefined && snapshot !== undefined;
    const change = known ? `${(((gas - snapshot) * 100) / snapshot).toFixed(2)} %`.padStart(8) : '       –';
    console.log(
      `${operation.padEnd(width)} ${cell(gas)} ${cell(snapshot)} ${change}${problem ? `  ✗ ${problem}` : ''}`,
    );
  }
  const payment = lines.find(({ operation }) => operation === PAYMENT);
  if (payment?.gas === undefined) return;
  console.log(
    `\nA treasury payment (proposer signature, no co-signers, warm log) costs ${payment.gas.toLocaleString('en-US')} gas all in; ` +
      `at most ${(payment.limit as number).toLocaleString('en-US')} is promised.`,
  );
}

function readSnapshot(path: string): Snapshot {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Snapshot;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new UsageError(
      `${SNAPSHOT} is no JSON (${(error as Error).message}). Restore it, or write it again with --update.`,
    );
  }
}

class UsageError extends Error {}

function options(): { update: boolean; json: boolean; help: boolean } {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ options: { update: flag, json: flag, help: flag } }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

async function main(): Promise<number> {
  const { update, json, help } = options();
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const path = join(projectRoot, SNAPSHOT);
  const snapshot = update ? {} : readSnapshot(path);
  const prover = await createProver();
  const f = await deployFixture();
  let measured: Snapshot;
  try {
    measured = await measure(f, await operations(f, prover));
  } finally {
    await prover.close();
    await f.anvil.stop();
  }
  if (update) writeFileSync(path, `${JSON.stringify(measured, null, 2)}\n`);
  const lines = compareGas(measured, update ? measured : snapshot);
  if (json) console.log(JSON.stringify(lines, null, 2));
  else printTable(lines);
  return lines.some(({ problem }) => problem !== undefined) ? 1 : 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
