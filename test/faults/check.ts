/**
 * Plants faults one after the other in copies of the project, and sees whether the tests that hunt the law notice.
 * What is not the law's own test is never run, so a fault counts only if that test finds it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../scripts/lib/files.ts';
import { type Fault, planted } from '../../src/campaign/faults.ts';
import type { Reference } from '../docs/references.ts';
import { CAMPAIGN_TEST, type Law, testsOf } from './catalogue.ts';

/** Copies in which tests run beside each other. */
const WORKERS = 2;
/** Milliseconds; a run of tests that takes longer hangs. */
const RUN_LIMIT = 15 * 60 * 1000;
/** Characters of a program's output that are kept. */
const KEPT_OUTPUT = 20_000;
/** Characters of a failure's message that are shown. */
const SHOWN_MESSAGE = 300;
/** What tests need of the project. Made things are copied too: a fault in their sources would make them anew. */
const COPIED = [
  ...[
    'src',
    'test',
    'scripts',
    'contracts',
    'circuits',
    'docs',
    'examples',
    'deployments',
    'build',
    'bin',
    'README.md',
  ],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'hardhat.config.ts', 'biome.jsonc', '.mocharc.json', '.ci'],
];
const BYTECODE = 'src/abi/generated/bytecode.ts';

/** What came of one fault. */
export interface Verdict {
  readonly fault: Fault;
  /** title of the test that failed, if one did as it should */
  readonly caughtBy?: string;
  /** why the fault counts as not caught */
  readonly problem?: string;
  readonly seconds: number;
}

/** One test as mocha reports it. */
interface Test {
  readonly fullTitle: string;
  readonly file: string;
  /** why it failed */
  readonly err?: string;
}
interface Report {
  readonly passes: readonly Test[];
  readonly failures: readonly Test[];
}

/** The tests can't be relied on: they fail without a fault, or a quoted title is no test. */
export class CheckError extends Error {
  override name = 'CheckError';
}

/** A copy of the project in which one thing is wrong at a time. */
class Copy {
  readonly #root: string;
  readonly #signal: AbortSignal;

  constructor(root: string, signal: AbortSignal) {
    this.#root = root;
    this.#signal = signal;
    mkdirSync(root);
    for (const name of COPIED) {
      const from = join(projectRoot, name);
      if (existsSync(from)) cpSync(from, join(root, name), { recursive: true });
    }
    symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  }

  /** Runs the tests with these titles; none given means all of the file. */
  async run(tests: readonly Reference[], bail: boolean): Promise<Report> {
    const grep = tests.some(({ texts }) => texts.length === 0) ? [] : ['--grep', patternOf(tests)];
    const mocha = join(this.#root, 'node_modules/mocha/bin/mocha.js');
    const flags = [
      '--require',
      './test/faults/patience.ts',
      '--reporter',
      'json-stream',
      ...(bail ? ['--bail'] : []),
      ...grep,
    ];
    const report = { passes: [] as Test[], failures: [] as Test[] };
    const { output } = await this.#node([mocha, ...flags, ...tests.map(({ file }) => file)], (line) => {
      if (line.startsWith('["pass",')) report.passes.push((JSON.parse(line) as [string, Test])[1]);
      if (line.startsWith('["fail",')) report.failures.push((JSON.parse(line) as [string, Test])[1]);
    });
    const ended = /^\["end",/m.test(output);
    if (!ended) throw new CheckError(`mocha could not run ${fileNames(tests)}:\n${output}`);
    return report;
  }

  /** Does something while the fault is in place. */
  async with<T>(fault: Fault, act: () => Promise<T>): Promise<T> {
    const kept = [fault.file, BYTECODE].map((file) => [file, this.#read(file)] as const);
    try {
      this.#write(fault.file, planted(fault, this.#read(fault.file)));
      if (fault.file.endsWith('.sol')) await this.#recompile(fault.contracts ?? [fault.file]);
      return await act();
    } finally {
      for (const [file, text] of kept) this.#write(file, text);
    }
  }

  async #recompile(sources: readonly string[]): Promise<void> {
    const { code, output } = await this.#node(['test/faults/recompile.ts', ...sources]);
    if (code !== 0) throw new CheckError(`${sources.join(', ')} can't be compiled:\n${output}`);
  }

  #read(file: string): string {
    return readFileSync(join(this.#root, file), 'utf8');
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#root, file), text);
  }

  /** @param each takes every line that the program writes */
  #node(
    args: readonly string[],
    each: (line: string) => void = () => {},
  ): Promise<{ readonly code: number | null; readonly output: string }> {
    const limit = AbortSignal.timeout(RUN_LIMIT);
    return new Promise((resolve, reject) => {
      const child: ChildProcess = spawn(process.execPath, args, {
        cwd: this.#root,
        env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: 'true' },
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: AbortSignal.any([this.#signal, limit]),
      });
      let output = '';
      const keep = (chunk: Buffer): void => {
        output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
      };
      child.stdout?.on('data', keep);
      child.stderr?.on('data', keep);
      if (child.stdout) createInterface({ input: child.stdout }).on('line', each);
      child.once('error', (error) => {
        const hangs = limit.aborted && !this.#signal.aborted;
        reject(hangs ? new CheckError(`it ran for more than ${RUN_LIMIT / 60_000} minutes and was ended`) : error);
      });
      child.once('close', (code) => resolve({ code, output }));
    });
  }
}

function patternOf(tests: readonly Reference[]): string {
  return tests
    .flatMap(({ texts }) => texts)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|');
}

const fileNames = (tests: readonly Reference[]): string => tests.map(({ file }) => file).join(', ');

/**
 * Checks faults: first the tests without any, those that plant faults themselves included, then each fault.
 *
 * @param tell takes a line for the person who waits
 * @throws {CheckError} when a test fails without a fault, or a quoted title is none of a test
 */
export async function check(
  laws: readonly Law[],
  faults: readonly Fault[],
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mprd-faults-'));
  try {
    const copies = Array.from({ length: WORKERS }, (_, i) => new Copy(join(folder, `${i}`), signal));
    const tests = laws.flatMap((law) => [...testsOf(law), ...law.plantedElsewhere]);
    await shared(copies, merged(tests), async (copy, tests) => {
      const started = performance.now();
      await passes(copy, tests);
      tell(`✓ ${tests.file} passes without a fault (${seconds(started).toFixed(0)} s)`);
    });
    const verdicts: Verdict[] = [];
    await shared(copies, faults, async (copy, fault) => {
      const law = laws.find(({ id }) => id === fault.property) as Law;
      const verdict = await judged(copy, law, fault);
      verdicts.push(verdict);
      tell(`${verdicts.length} of ${faults.length}: ${verdictText(verdict)}`);
    });
    return verdicts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A line that says what became of a fault. */
export function verdictText({ fault: { name, property }, caughtBy, problem, seconds }: Verdict): string {
  const end = caughtBy === undefined ? problem : `is caught by "${caughtBy}"`;
  return `${caughtBy === undefined ? '✗' : '✓'} ${property}: "${name}" ${end} (${seconds.toFixed(0)} s)`;
}

const seconds = (started: number): number => (performance.now() - started) / 1000;

/** Everything that is to be done, each by whichever copy is free. */
async function shared<T>(copies: readonly Copy[], list: readonly T[], act: (copy: Copy, item: T) => Promise<void>) {
  const waiting = [...list];
  const work = async (copy: Copy): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(copy, item);
  };
  await Promise.all(copies.map(work));
}

/** The titles of each file in one run. */
function merged(tests: readonly Reference[]): Reference[] {
  const byFile = new Map<string, Set<string>>();
  for (const { file, texts } of tests) {
    const known = byFile.get(file) ?? new Set();
    for (const text of texts) known.add(text);
    byFile.set(file, known);
  }
  return [...byFile].map(([file, texts]) => ({ file, texts: [...texts] }));
}

async function passes(copy: Copy, tests: Reference): Promise<void> {
  const { passes: passed, failures } = await copy.run([tests], false);
  const [failed] = failures;
  if (failed) throw new CheckError(`${tests.file} fails without a fault: ${failed.fullTitle}\n${failed.err}`);
  const missing = tests.texts.filter((text) => !passed.some(({ fullTitle }) => fullTitle.includes(text)));
  if (missing.length > 0) throw new CheckError(`${tests.file} has no test with the title "${missing.join('", "')}"`);
  if (passed.length === 0) throw new CheckError(`${tests.file} has no test`);
}

async function judged(copy: Copy, law: Law, fault: Fault): Promise<Verdict> {
  const started = performance.now();
  try {
    const { failures } = await copy.with(fault, () => copy.run(testsOf(law), true));
    return { fault, ...opinion(law, failures[0]), seconds: seconds(started) };
  } catch (error) {
    if (!(error instanceof CheckError || error instanceof RangeError)) throw error;
    return { fault, problem: `can't be tested (${error.message})`, seconds: seconds(started) };
  }
}

/** Whether the first failure shows that the law's own test saw the fault. */
function opinion(law: Law, failed: Test | undefined): Pick<Verdict, 'caughtBy' | 'problem'> {
  if (!failed) return { problem: 'survives' };
  const { fullTitle, file, err = '' } = failed;
  const why = err.slice(0, SHOWN_MESSAGE);
  if (/"(?:before|after) (?:all|each)" hook/.test(fullTitle)) {
    return { problem: `is too crude, it ends the preparation of the tests (${why})` };
  }
  const named = !file.endsWith(CAMPAIGN_TEST) || err.includes(`${law.id}:`);
  return named ? { caughtBy: fullTitle } : { problem: `breaks another law first (${why})` };
}
