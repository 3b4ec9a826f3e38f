/**
 * `npm run properties`: the laws of the protocol, where each is hunted and what is planted to break it; with `--check`
 * it plants every fault and sees whether the tests notice.
 * @module
 */
import { parseArgs } from 'node:util';
import { type Fault, faults } from '../src/campaign/faults.ts';
import { wrap } from '../src/operator/report.ts';
import type { Reference } from '../test/docs/references.ts';
import { isCampaignLaw, type Law, laws, testsOf } from '../test/faults/catalogue.ts';
import { CheckError, check, type Verdict, verdictText } from '../test/faults/check.ts';
import { stopOnSignals } from './lib/steps.ts';

const HELP = `npm run properties [-- [--json] [--check] [ID…]]

Prints the laws of docs/PROPERTIES.md: what each says, which tests hunt it, and what is planted to break it. With ids
only those.

  --check   plants each fault in a copy of the project and runs exactly the tests quoted for its law; first it runs
            them without a fault. Two copies at once; all of it takes about half an hour
  --json    the same as JSON
  --help    prints this

Exit code: 0; 1 a fault that no test noticed, or a test that fails without one; 2 wrong usage.
`;

class UsageError extends Error {}

/** A law with everything that is known of it. */
interface Line extends Omit<Law, 'planted' | 'plantedElsewhere' | 'hunted'> {
  readonly tests: readonly Reference[];
  readonly faults: readonly Pick<Fault, 'name' | 'file' | 'find' | 'replace'>[];
  readonly faultsInTests: readonly Reference[];
}

const faultsOf = (law: Law): readonly Fault[] => faults.filter(({ property }) => property === law.id);

function lineOf(law: Law): Line {
  const { id, sentence, severity, origin, plantedElsewhere } = law;
  return {
    id,
    sentence,
    severity,
    origin,
    tests: testsOf(law),
    faults: faultsOf(law).map(({ name, file, find, replace }) => ({ name, file, find, replace })),
    faultsInTests: plantedElsewhere,
  };
}

const ID_WIDTH = Math.max(...laws.map(({ id }) => id.length)) + 2;
const LABEL_WIDTH = 10;
const LINE_WIDTH = 118;

/** The law's sentence beside its id, then a block each for tests and faults. */
function textOf(law: Law): string {
  const quoted = ({ file, texts }: Reference): string[] => [file, ...texts.map((text) => `  ${text}`)];
  const tests = testsOf(law).flatMap((test) =>
    isCampaignLaw(law) && test.texts.length === 0 ? [`${test.file}, after every call`] : quoted(test),
  );
  const planted = [
    ...faultsOf(law).map(({ name, file }) => `${name} (${file})`),
    ...law.plantedElsewhere.flatMap(quoted),
  ];
  const block = (label: string, lines: readonly string[]): string[] =>
    lines.flatMap((line) => wrapped(line)).map((line, i) => `${(i === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`);
  const lines = [...block(law.severity, [law.sentence]), ...block('hunted in', tests), ...block('planted', planted)];
  return lines.map((line, i) => `${(i === 0 ? law.id : '').padEnd(ID_WIDTH)}${line}`.trimEnd()).join('\n');
}

/** Further lines of a text stand as far to the right as its first. */
function wrapped(line: string): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const width = LINE_WIDTH - ID_WIDTH - LABEL_WIDTH - indent.length;
  return wrap(line.trimStart(), width).map((part) => `${indent}${part}`);
}

function options() {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ options: { check: flag, json: flag, help: flag }, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function chosen(ids: readonly string[]): readonly Law[] {
  const unknown = ids.filter((id) => !laws.some((law) => law.id === id));
  if (unknown.length > 0) {
    throw new UsageError(`${unknown.join(', ')}: expected ids of docs/PROPERTIES.md, such as ${laws[0]?.id}`);
  }
  return ids.length === 0 ? laws : laws.filter(({ id }) => ids.includes(id));
}

/** @returns the exit code */
async function checked(list: readonly Law[], json: boolean): Promise<number> {
  const planted = list.flatMap(faultsOf);
  const { signal } = stopOnSignals();
  const verdicts = await check(list, planted, (line) => console.error(line), signal).catch((error) => {
    throw signal.aborted ? new CheckError('stopped; the copies of the project are removed') : error;
  });
  const survivors = verdicts.filter(({ caughtBy }) => caughtBy === undefined);
  console.log(json ? JSON.stringify(verdicts.map(verdictLine), null, 2) : summary(list, verdicts, survivors));
  return survivors.length === 0 ? 0 : 1;
}

function summary(list: readonly Law[], verdicts: readonly Verdict[], survivors: readonly Verdict[]): string {
  const inTests = list.flatMap(({ plantedElsewhere }) => plantedElsewhere.flatMap(({ texts }) => texts));
  const counts = [
    `laws ${list.length}`,
    `planted faults ${verdicts.length}`,
    `not noticed ${survivors.length}`,
    `faults that tests plant themselves ${inTests.length}`,
  ];
  return [...survivors.map(verdictText), counts.join(', ')].join('\n');
}

function verdictLine({ fault, caughtBy, problem, seconds }: Verdict) {
  const { name, property } = fault;
  return { property, fault: name, ...(caughtBy ? { caughtBy } : { problem }), seconds: Number(seconds.toFixed(1)) };
}

async function main(): Promise<number> {
  const { values, positionals } = options();
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const list = chosen(positionals);
  if (values.check) return checked(list, values.json);
  console.log(values.json ? JSON.stringify(list.map(lineOf), null, 2) : list.map(textOf).join('\n\n'));
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else if (error instanceof CheckError) {
    console.error(error.message);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
