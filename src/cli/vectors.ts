/**
 * `mprd vectors`: the conformance vectors of the protocol: what they cover, whether they hold, and their making.
 * @module
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { faultsOfContracts, faultsOfModel } from '../campaign/conformance.ts';
import { ready } from '../campaign/system.ts';
import {
  filesOf,
  formatVectors,
  PROLOGUE_FILE,
  parseVectors,
  type Stage,
  search,
  stage,
  uncovered,
  VECTORS_FOLDER,
  type VectorFile,
} from '../campaign/vectors.ts';
import { throttled } from '../mirror/report.ts';
import { type Io, optionsFrom, requireNoPositionals, UsageError } from './options.ts';
import { fromRoot } from './project.ts';
import { table, toJson } from './table.ts';

export const help = `Shows the conformance vectors in ${VECTORS_FOLDER}/: calls with what each must come to, for other implementations of the
protocol (docs/vectors.md has the format).

  mprd vectors [--check | --write] [--folder FOLDER] [--json]

  --check          does what the files say with the reference model and with the contracts, on a local anvil
  --write          searches the cases anew, which takes a minute, and writes the files
  --folder FOLDER  where the files are (default ${VECTORS_FOLDER}/ of this project)
  --json           one JSON object instead of the table
  --help           this text

Example: whether model and contracts satisfy all files:

  mprd vectors --check

Exit code: 0 done, 1 a file is not satisfied or something is not covered, 2 wrong usage.`;

/** The files are missing, damaged, or not satisfied: the message says what to do. */
class VectorsError extends Error {
  override readonly name = 'VectorsError';
}

const PROGRESS_MS = 2_000;

export async function run(args: readonly string[], io: Io): Promise<number> {
  const { check, write, folder, json } = optionsOf(args);
  const scene = stage();
  const files = write ? await made(scene, folder, io) : await read(folder, io);
  const faults = check ? await faultsOf(scene, files, io) : [];
  const missing = uncovered(scene.begun, coversOf(files));
  show(files, faults, missing, json, io);
  const wrong = faults.length + missing.length;
  if (wrong > 0) throw new VectorsError(`${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong with the vectors.`);
  return 0;
}

function optionsOf(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string', default: fromRoot(VECTORS_FOLDER) } as const;
  const parsed = optionsFrom(args, { check: flag, write: flag, folder: text, json: flag });
  requireNoPositionals(parsed);
  const { values } = parsed;
  if (values.check && values.write) throw new UsageError('--write and --check exclude each other: write, then check.');
  return values;
}

const coversOf = (files: ReadonlyMap<string, VectorFile>): string[] =>
  [...files.values()].flatMap(({ cases }) => cases.flatMap(({ covers }) => covers));

/** @throws VectorsError naming the file that is missing or malformed */
async function read(folder: string, io: Io): Promise<Map<string, VectorFile>> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new VectorsError(`${folder} has no vectors. Run \`mprd vectors --write\`.`);
  const files = new Map<string, VectorFile>();
  for (const name of names) {
    try {
      files.set(name.slice(0, -'.json'.length), parseVectors(await readFile(path.join(folder, name), 'utf8')));
    } catch (error) {
      io.err(`${path.join(folder, name)}: ${(error as Error).message}\n`);
      throw new VectorsError(`${name} can't be read. Restore it, or run \`mprd vectors --write\`.`, { cause: error });
    }
  }
  return files;
}

async function made(scene: Stage, folder: string, io: Io): Promise<Map<string, VectorFile>> {
  const found = await search(
    scene,
    throttled(PROGRESS_MS, (done: string) => io.err(`${done}\n`)),
  );
  const files = filesOf(scene, found);
  await mkdir(folder, { recursive: true });
  for (const [name, file] of files) await writeFile(path.join(folder, `${name}.json`), formatVectors(file));
  return files;
}

async function faultsOf(scene: Stage, files: ReadonlyMap<string, VectorFile>, io: Io): Promise<string[]> {
  const faults: string[] = [];
  const add = (name: string, who: string, found: readonly string[]): void => {
    for (const fault of found) faults.push(`${who}: ${name}: ${fault}`);
  };
  for (const [name, file] of files) {
    io.err(`model: ${name}\n`);
    add(name, 'model', faultsOfModel(name === PROLOGUE_FILE ? scene.deployed : scene.begun, file));
  }
  // The prologue itself runs, and is compared, while the contracts are made ready.
  const contracts = await ready(undefined, false);
  try {
    for (const [name, file] of files) {
      if (name === PROLOGUE_FILE) continue;
      io.err(`contracts: ${name}\n`);
      add(name, 'contracts', await faultsOfContracts(contracts, file));
    }
  } finally {
    await contracts.stop();
  }
  return faults;
}

function show(
  files: ReadonlyMap<string, VectorFile>,
  faults: readonly string[],
  missing: readonly string[],
  json: boolean,
  io: Io,
): void {
  const rows = [...files].map(([name, { cases }]) => ({
    file: `${name}.json`,
    cases: cases.length,
    calls: cases.reduce((sum, { calls }) => sum + calls.length, 0),
    covered: new Set(cases.flatMap(({ covers }) => covers)).size,
  }));
  if (json) {
    io.out(toJson({ files: rows, faults, uncovered: missing }));
    return;
  }
  const cells = rows.map(({ file, cases, calls, covered }) => [file, ...[cases, calls, covered].map(String)]);
  for (const line of table('Conformance vectors', ['file', 'cases', 'calls', 'things shown'], cells)) io.out(line);
  for (const fault of faults) io.out(`wrong: ${fault}`);
  for (const name of missing) io.out(`not covered: ${name}`);
}
