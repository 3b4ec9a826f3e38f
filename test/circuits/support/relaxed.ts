/**
 * A variant of the circuit for planting faults: every bare constraint (`===`) is gone and the choice is the *last*
 * allowed candidate, or the first one when none is allowed. It computes a full witness, all dependants included, from
 * inputs that the real circuit has no witness for. Without simplification both have the same signals, so that such a
 * witness can be put to the real circuit's constraints.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Constraint, readConstraints } from '../../../scripts/circuits/lib/r1cs.ts';
import { compileCircuit } from '../../../scripts/circuits/lib/setup.ts';
import { includeClosure, NODE_MODULES, toolVersions } from '../../../scripts/circuits/lib/sources.ts';
import { projectRoot } from '../../../scripts/lib/files.ts';
import { WitnessCalculator } from '../../../src/receipts/calculator.ts';
import type { CircuitInputs } from '../../../src/receipts/witness.ts';
import { wiresOf } from './witnesses.ts';

const MAIN = 'circuits/decision.circom';
const FIRST_ALLOWED = /\/\/ out\[c\] = 1 for the first candidate[\s\S]*?\n}\n/;
const LAST_ALLOWED = `template FirstAllowed() {
  signal input allowed[8]; signal output out[8]; signal noneBefore[9];
  noneBefore[0] <== 1;
  var last = 0;
  for (var c = 0; c < 8; c++) { if (allowed[c] == 1) { last = c; } }
  for (var c = 0; c < 8; c++) {
    noneBefore[c + 1] <-- c < last ? 1 : 0;
    out[c] <== noneBefore[c] - noneBefore[c + 1];
  }
}`;

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** Keeps the place of everything, after which circom names anonymous components. */
function relax(name: string, source: string): string {
  const bare = source.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/^[^/\n]*===[^;]*;/gm, blank);
  if (name !== 'circuits/lib/candidates.circom') return bare;
  const length = FIRST_ALLOWED.exec(bare)?.[0].length ?? 0;
  if (length <= LAST_ALLOWED.length)
    throw new Error('relaxed circuit: FirstAllowed has changed, and so must its replacement');
  return bare.replace(FIRST_ALLOWED, `${LAST_ALLOWED.padEnd(length - 1)}\n`);
}

export interface Variants {
  /** constraints of the real circuit without simplification */
  readonly constraints: readonly Constraint[];
  /** the real circuit's wires, as the relaxed one computes them */
  compute(inputs: CircuitInputs): Promise<bigint[]>;
  /** the wire of a signal of the main component */
  wireOf(signal: string): number;
}

/** Signal → wire. An anonymous component's name carries a running number, which differs between the variants. */
function readSymbols(file: string): Map<string, number> {
  const symbols = new Map<string, number>();
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const [, wire, , name] = line.split(',') as [string, string, string, string];
    symbols.set(name.replace(/_\d+_(\d+)/g, '_$1'), Number(wire));
  }
  return symbols;
}

/** For each wire of the real circuit the relaxed one's wire of the same signal. */
function matchWires(real: Map<string, number>, relaxed: Map<string, number>): number[] {
  if (real.size !== relaxed.size) throw new Error(`${real.size} signals of one variant, ${relaxed.size} of the other`);
  const match = [0];
  for (const [name, wire] of real) {
    const other = relaxed.get(name);
    if (other === undefined) throw new Error(`the relaxed circuit has no signal ${name}`);
    match[wire] = other;
  }
  return match;
}

async function compileVariants(folder: string): Promise<void> {
  const sources = join(folder, 'sources');
  for (const name of Object.keys(includeClosure(MAIN))) {
    const from = join(name.startsWith('circomlib/') ? NODE_MODULES : projectRoot, name);
    mkdirSync(dirname(join(sources, name)), { recursive: true });
    writeFileSync(join(sources, name), relax(name, readFileSync(from, 'utf8')));
  }
  for (const variant of ['real', 'relaxed']) mkdirSync(join(folder, variant));
  const relative = sources.slice(projectRoot.length);
  await Promise.all([
    compileCircuit(MAIN, 'decision', join(folder, 'real'), { level: 'O0' }),
    compileCircuit(`${relative}/${MAIN}`, 'decision', join(folder, 'relaxed'), { level: 'O0', libraries: relative }),
  ]);
}

/** Variants of other sources; what is being compiled stays. */
function removeVariants(folder: string): void {
  for (const entry of readdirSync(folder)) {
    if (/^variants-[0-9a-f]+$/.test(entry)) rmSync(join(folder, entry), { recursive: true, force: true });
  }
}

/** Compiles both variants, once per state of the sources. */
export async function loadVariants(): Promise<Variants> {
  const key = JSON.stringify([includeClosure(MAIN), toolVersions(), readFileSync(import.meta.filename, 'utf8')]);
  const stamp = createHash('sha256').update(key).digest('hex').slice(0, 16);
  const folder = join(projectRoot, 'build/circuits', `variants-${stamp}`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.part-${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    try {
      await compileVariants(unfinished);
      removeVariants(dirname(folder));
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  const file = (variant: string, extension: string): string => join(folder, variant, `decision.${extension}`);
  const symbols = readSymbols(file('real', 'sym'));
  const match = matchWires(symbols, readSymbols(file('relaxed', 'sym')));
  const calculator = await WitnessCalculator.create(new Uint8Array(readFileSync(file('relaxed', 'wasm'))));
  return {
    constraints: readConstraints(readFileSync(file('real', 'r1cs'))),
    compute: async (inputs) => {
      const wires = wiresOf(await calculator.calculate(inputs));
      return match.map((wire) => wires[wire] as bigint);
    },
    wireOf: (signal) => {
      const wire = symbols.get(`main.${signal}`);
      if (wire === undefined) throw new Error(`the circuit has no signal ${signal}`);
      return wire;
    },
  };
}
