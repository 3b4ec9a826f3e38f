#!/usr/bin/env node
/**
 * What forge takes for a native solc: the compiler of the npm package behind the two options that forge uses. Nothing
 * is downloaded, and the version is the one that compiles the contracts.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const solc = createRequire(import.meta.url)('solc');

if (process.argv.includes('--version')) {
  const [version] = solc.version().split('.Emscripten');
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}.Linux.g++\n`);
} else if (process.argv.includes('--standard-json')) {
  process.stdout.write(solc.compile(readFileSync(0, 'utf8')));
} else {
  process.stderr.write('solc.mjs: expected --version or --standard-json\n');
  process.exitCode = 1;
}
