/**
 * The project obeys its house rules, and the checks that say so notice when it doesn't.
 *
 * @module
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { listFiles, projectRoot } from '../../scripts/lib/files.ts';
import * as checks from './checks.ts';

type Check = (path: string, text: string) => string[];

/** Complaints printed at once. */
const SHOWN = 40;
const CODE = ['.ts', '.mjs', '.cjs', '.sol', '.circom'];
const isOwn = (path: string) => !path.includes('/generated/');

const source = (folders: readonly string[], suffixes: readonly string[]) =>
  folders.flatMap((folder) => listFiles(folder, suffixes)).filter(isOwn);

const code = source(['src', 'scripts', 'test', 'contracts', 'circuits'], CODE);
const documents = [...source(['docs', 'examples'], ['.md']), 'README.md'].filter(exists);
const settings = ['package.json', 'hardhat.config.ts', 'biome.jsonc', '.npmrc', '.ci/run'].filter(exists);
const examples = source(['examples', 'docs'], ['.json']);

function exists(path: string): boolean {
  return existsSync(join(projectRoot, path));
}

function read(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

function lookup(path: string): string | undefined {
  if (!exists(path)) return undefined;
  return statSync(join(projectRoot, path)).isDirectory() ? '' : read(path);
}

function expectTidy(check: Check, paths: readonly string[]): void {
  // A check of nothing would pass for ever.
  expect(paths).not.to.deep.equal([]);
  const complaints = paths.flatMap((path) => check(path, read(path)));
  if (complaints.length > 0)
    expect.fail(`${complaints.length} places to tidy:\n${complaints.slice(0, SHOWN).join('\n')}`);
}

describe('House rules', () => {
  it('keep functions short enough to be read at once', () => {
    expectTidy(checks.longFunctions, source(['src', 'scripts'], ['.ts', '.mjs']));
  });

  it('keep lines within the width of the formatters', () => {
    expectTidy(checks.longLines, code);
  });

  it('put the licence on top of every contract and circuit', () => {
    expectTidy(checks.missingLicence, source(['contracts', 'circuits'], ['.sol', '.circom']));
  });

  it('have every module of src say what it is for', () => {
    const modules = source(['src'], ['.ts']).filter((path) => !path.endsWith('.d.ts'));
    expectTidy(checks.missingModuleComment, modules);
  });

  it('leave no unfinished work behind', () => {
    expectTidy(checks.unfinishedWork, [...code, ...documents]);
  });

  it('name no path of one machine', () => {
    const others = code.filter((path) => path !== 'test/tidy/tidy.test.ts');
    expectTidy(checks.machinePaths, [...others, ...documents, ...settings, ...examples]);
  });

  it('name no package registry', () => {
    const others = code.filter((path) => path !== 'test/tidy/tidy.test.ts');
    const paths = [...others, ...documents, ...settings, 'package-lock.json'];
    expectTidy(checks.registryHosts, paths);
  });

  it('keep randomness, clock and locale out of what machines must agree on', () => {
    const pure = source(['src/abi', 'src/codec', 'src/merkle', 'src/policy', 'src/model'], ['.ts']);
    expectTidy(checks.indeterminism, pure);
  });

  it('have every relative link of the documents lead somewhere', () => {
    expectTidy((path, text) => checks.brokenLinks(path, text, lookup), documents);
  });
});

describe('The checks of the house rules', () => {
  const lines = (count: number) => '  void 0;\n'.repeat(count);

  it('count the lines of a function from its first to its last', () => {
    expect(checks.longFunctions('a.ts', `function f() {\n${lines(68)}}\n`)).to.deep.equal([]);
    expect(checks.longFunctions('a.ts', `function f() {\n${lines(69)}}\n`)).to.deep.equal([
      'a.ts:1: f has 71 lines, at most 70 are allowed',
    ]);
    expect(checks.longFunctions('a.ts', `class A {\n  m = () => {\n${lines(69)}  };\n}\n`)).to.have.length(1);
  });

  it('accept 120 characters and refuse 121', () => {
    expect(checks.longLines('a.ts', `${'x'.repeat(120)}\n`)).to.deep.equal([]);
    expect(checks.longLines('a.ts', `\n${'x'.repeat(121)}\n`)).to.deep.equal([
      'a.ts:2: 121 characters, at most 120 are allowed',
    ]);
  });

  it('refuse a contract under another licence, or with it further down', () => {
    const licence = '// SPDX-License-Identifier: GPL-3.0-or-later\n';
    expect(checks.missingLicence('A.sol', `${licence}pragma solidity 0.8.37;\n`)).to.deep.equal([]);
    expect(checks.missingLicence('A.sol', `\n${licence}`)).to.have.length(1);
    expect(checks.missingLicence('A.sol', '// SPDX-License-Identifier: MIT\n')).to.have.length(1);
  });

  it('refuse a module without a comment, without @module, or with an empty comment', () => {
    const check = (text: string) => checks.missingModuleComment('a.ts', text);
    expect(check('/**\n * What this is for.\n * @module\n */\n')).to.deep.equal([]);
    expect(check('export const a = 1;\n')).to.have.length(1);
    expect(check('/** What this is for. */\n/** @module */\n')).to.have.length(1);
    expect(check('/**\n * @module\n */\n')).to.have.length(1);
  });

  it('refuse each mark of unfinished work, and no word that contains one', () => {
    for (const mark of ['TO\u0044O', 'FIX\u004dE', 'X\u0058X']) {
      expect(checks.unfinishedWork('a.ts', `// ${mark}: later`)).to.have.length(1);
      expect(checks.unfinishedWork('a.ts', `const A${mark}A = 1;`)).to.deep.equal([]);
    }
  });

  it('refuse paths of home folders on every system', () => {
    for (const path of ['/home/me/x', '/root/x', '/Users/me/x', 'C:\\Users\\me']) {
      expect(checks.machinePaths('a.md', `see "${path}"`)).to.have.length(1);
    }
    expect(checks.machinePaths('a.md', 'see ./home/x, https://example.org/home/x and /tmp')).to.deep.equal([]);
  });

  it('refuse the address of a registry, and no contract of that name', () => {
    expect(checks.registryHosts('a.json', '"resolved": "https://registry.npmjs.org/viem"')).to.have.length(1);
    expect(checks.registryHosts('a.json', '"resolved": "http://packages.nexus.example/viem"')).to.have.length(1);
    expect(checks.registryHosts('a.md', 'registry.stage(entry), https://example.org/registry')).to.deep.equal([]);
  });

  it('refuse each source of indeterminism', () => {
    const sources = ['Math.random()', 'Date.now()', 'new Date()', 'a.localeCompare(b)', 'n.toLocaleString()'];
    for (const use of sources) expect(checks.indeterminism('a.ts', `const x = ${use};`), use).to.have.length(1);
    expect(checks.indeterminism('a.ts', 'const date = env.time;')).to.deep.equal([]);
  });

  it('refuse links to files and headings that do not exist', () => {
    const files: Record<string, string> = { 'docs/b.md': '# One thing\n\n## One thing\n', 'src/c.ts': '' };
    const check = (text: string) => checks.brokenLinks('docs/a.md', text, (path) => files[path]);
    expect(check('[b](b.md) [c](../src/c.ts) [h](b.md#one-thing-1) [w](https://example.org)')).to.deep.equal([]);
    expect(check('`[code](nowhere.md)`')).to.deep.equal([]);
    expect(check('[x](x.md)')).to.deep.equal(["docs/a.md: the link x.md leads to docs/x.md, which doesn't exist"]);
    expect(check('[h](b.md#two)')).to.have.length(1);
    expect(check('# Here\n[h](#there)')).to.have.length(1);
    expect(check('# Here\n[h](#here)')).to.deep.equal([]);
  });
});
