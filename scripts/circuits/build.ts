/**
 * `npm run circuits:build`: compiles the receipt programs and makes their development keys.
 *
 *     node scripts/circuits/build.ts [--force] [--out DIR] [--check]
 *
 * Artefacts go to build/circuits/<program>, the manifest to circuits/keys and the generated contract to
 * contracts/receipts/generated. With --out everything goes to DIR and nothing else is touched. With --check nothing
 * committed is written: a difference is an error. What is up to date is left alone unless --force is given.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { releaseCurve } from '../../src/receipts/snarkjs.ts';
import { projectRoot, writeIfChanged } from '../lib/files.ts';
import {
  type CircuitProgram,
  type Committed,
  contractPath,
  DECISION,
  describeArtefacts,
  manifestPath,
  manifestText,
} from './lib/manifest.ts';
import { Progress } from './lib/progress.ts';
import { domainOf, readR1csHeader } from './lib/r1cs.ts';
import { applyBeacon, compileCircuit, initialKey } from './lib/setup.ts';
import { CircuitBuildError, descriptionFingerprint, keyFingerprint, sha256File } from './lib/sources.ts';

/** Written last: a folder without it, or whose files differ from it, is a build that was cut short. */
const STAMP = 'build.json';

interface Stamp {
  /** what circuit and key were made from */
  readonly key: string;
  /** what manifest and contract were made with */
  readonly description: string;
  /** file → SHA-256 */
  readonly files: Readonly<Record<string, string>>;
}

export function artefactFolder(program: CircuitProgram): string {
  return join(projectRoot, 'build', 'circuits', program.name);
}

function keyFiles(program: CircuitProgram): string[] {
  return ['r1cs', 'sym', 'wasm', 'zkey'].map((extension) => `${program.name}.${extension}`);
}

const DESCRIPTION_FILES = ['manifest.json', 'Key.sol'];

/** Which halves of a build in the folder are complete and up to date, each file as it was written. */
function currentParts(program: CircuitProgram, folder: string): { key: boolean; description: boolean } {
  const path = join(folder, STAMP);
  if (!existsSync(path)) return { key: false, description: false };
  try {
    const { key, description, files } = JSON.parse(readFileSync(path, 'utf8')) as Stamp;
    const intact = (names: readonly string[]): boolean =>
      names.every((name) => existsSync(join(folder, name)) && files[name] === sha256File(join(folder, name)));
    return {
      key: key === keyFingerprint(program.main) && intact(keyFiles(program)),
      description: description === descriptionFingerprint(program.main) && intact(DESCRIPTION_FILES),
    };
  } catch (error) {
    if (error instanceof CircuitBuildError) throw error;
    return { key: false, description: false };
  }
}

/** Whether the folder holds a complete build of these sources, each file as it was written. */
export function isCurrent(program: CircuitProgram, folder: string): boolean {
  const { key, description } = currentParts(program, folder);
  return key && description;
}

/** Removes what builds left behind that no longer run. */
function removeLeftovers(target: string): void {
  const prefix = `${basename(target)}.part-`;
  for (const entry of readdirSync(dirname(target))) {
    if (!entry.startsWith(prefix)) continue;
    try {
      process.kill(Number(entry.slice(prefix.length)), 0);
    } catch {
      rmSync(join(dirname(target), entry), { recursive: true, force: true });
    }
  }
}

/** Builds into a folder beside the target and moves it there when it is complete. */
async function build(program: CircuitProgram, target: string, progress: Progress): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  removeLeftovers(target);
  const key = keyFingerprint(program.main);
  const folder = `${target}.part-${process.pid}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    await makeKey(program, folder, progress);
    if (key !== keyFingerprint(program.main)) {
      throw new CircuitBuildError(`The sources of ${program.name} changed during the build. Build again.`);
    }
    await describe(program, folder, key);
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeKey(program: CircuitProgram, folder: string, progress: Progress): Promise<void> {
  const file = (extension: string): string => join(folder, `${program.name}.${extension}`);
  await progress.phase(`${program.name}: compile`, () => compileCircuit(program.main, program.name, folder));
  const header = readR1csHeader(readFileSync(file('r1cs')));
  progress.line(`${program.name}: ${header.constraints} constraints, domain ${domainOf(header)}`);
  await progress.phase(`${program.name}: initial key (a minute or so)`, (log) =>
    initialKey(file('r1cs'), file('0.zkey'), log),
  );
  await progress.phase(`${program.name}: beacon`, (log) => applyBeacon(file('0.zkey'), file('zkey'), log));
  rmSync(file('0.zkey'));
}

/** Writes manifest and contract of a key, and the stamp. */
async function describe(program: CircuitProgram, folder: string, key: string): Promise<void> {
  rmSync(join(folder, STAMP), { force: true });
  const description = descriptionFingerprint(program.main);
  const { manifest, contract } = await describeArtefacts(program, folder);
  writeFileSync(join(folder, 'manifest.json'), manifestText(manifest));
  writeFileSync(join(folder, 'Key.sol'), contract);
  const names = [...keyFiles(program), ...DESCRIPTION_FILES];
  const files = Object.fromEntries(names.map((name) => [name, sha256File(join(folder, name))]));
  const unfinished = join(folder, `${STAMP}.part`);
  writeFileSync(unfinished, JSON.stringify({ key, description, files } satisfies Stamp));
  renameSync(unfinished, join(folder, STAMP));
}

function readCommitted(folder: string): { manifest: string; contract: string } {
  return {
    manifest: readFileSync(join(folder, 'manifest.json'), 'utf8'),
    contract: readFileSync(join(folder, 'Key.sol'), 'utf8'),
  };
}

/**
 * Makes sure that the program's artefacts are there and up to date.
 *
 * @returns the folder with NAME.r1cs, NAME.sym, NAME.wasm and NAME.zkey
 * @throws CircuitBuildError when something a person can repair is wrong
 */
export async function ensureArtefacts(
  program: CircuitProgram = DECISION,
  options: { force?: boolean; out?: string } = {},
): Promise<string> {
  const folder = options.out ?? artefactFolder(program);
  const current = options.force ? { key: false, description: false } : currentParts(program, folder);
  try {
    if (!current.key) await build(program, folder, new Progress());
    else if (!current.description) await describe(program, folder, keyFingerprint(program.main));
  } finally {
    if (!current.key || !current.description) await releaseCurve();
  }
  return folder;
}

/** Files that are committed and differ from what the build gives, as sentences. */
export function committedDifferences(program: CircuitProgram, folder: string): string[] {
  const built = readCommitted(folder);
  const differs = (path: string, text: string): boolean =>
    !existsSync(join(projectRoot, path)) || readFileSync(join(projectRoot, path), 'utf8') !== text;
  const differences: string[] = [];
  if (differs(manifestPath(program), built.manifest)) differences.push(...manifestDifferences(program, built.manifest));
  if (differs(contractPath(program), built.contract)) {
    differences.push(`${contractPath(program)} isn't what the build generates`);
  }
  return differences;
}

/** Names each top-level part of the manifest that differs. */
function manifestDifferences(program: CircuitProgram, built: string): string[] {
  const path = manifestPath(program);
  if (!existsSync(join(projectRoot, path))) return [`${path} is missing`];
  let committed: Partial<Committed['manifest']>;
  try {
    committed = JSON.parse(readFileSync(join(projectRoot, path), 'utf8')) as Partial<Committed['manifest']>;
  } catch {
    return [`${path} isn't JSON`];
  }
  const fresh = JSON.parse(built) as Committed['manifest'];
  const names = [...new Set([...Object.keys(fresh), ...Object.keys(committed)])] as (keyof Committed['manifest'])[];
  const parts = names.filter((name) => JSON.stringify(fresh[name]) !== JSON.stringify(committed[name]));
  if (parts.length === 0) return [`${path}: same content, other formatting`];
  return parts.map((name) => `${path}: ${name} is ${brief(committed[name])}, the build gives ${brief(fresh[name])}`);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  if (text.length <= 160) return text;
  return `${text.slice(0, 120)}… (SHA-256 ${createHash('sha256').update(text).digest('hex').slice(0, 16)}…)`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { force: { type: 'boolean' }, check: { type: 'boolean' }, out: { type: 'string' } },
  });
  const out = values.out === undefined ? undefined : resolve(values.out);
  const folder = await ensureArtefacts(DECISION, { force: values.force ?? false, ...(out && { out }) });
  process.stdout.write(`${folder}\n`);
  if (values.check) {
    const differences = committedDifferences(DECISION, folder);
    if (differences.length > 0) throw new CircuitBuildError(differences.join('\n'));
    return;
  }
  if (out !== undefined) return;
  const { manifest, contract } = readCommitted(folder);
  const texts = [
    [manifestPath(DECISION), manifest],
    [contractPath(DECISION), contract],
  ] as const;
  for (const [path, text] of texts) if (writeIfChanged(path, text)) process.stderr.write(`wrote ${path}\n`);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    process.stderr.write(
      `${error instanceof Error && error.name !== 'Error' ? error.message : (error as Error).stack}\n`,
    );
    process.exitCode = 1;
  });
}
