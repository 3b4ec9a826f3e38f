/**
 * `node test/faults/recompile.ts SOURCE…`: compiles single contracts with the project's settings and puts their code
 * in the place of the generated one. Much faster than a build, which compiles everything that imports them; meant for
 * the copies of the project in which faults are planted.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import config from '../../hardhat.config.ts';
import { camelName } from '../../scripts/compile.ts';
import { projectRoot } from '../../scripts/lib/files.ts';

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } | { error: string } }): string;
}
interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Record<
    string,
    Record<string, { readonly evm: { readonly bytecode: { readonly object: string } } }>
  >;
}

const BYTECODE = 'src/abi/generated/bytecode.ts';
const { solidity } = config as { solidity: { compilers: readonly { readonly settings: object }[] } };
const [compiler] = solidity.compilers;

function sourceAt(path: string): { contents: string } | { error: string } {
  const place = [path, `node_modules/${path}`].map((one) => join(projectRoot, one)).find((one) => existsSync(one));
  return place === undefined ? { error: `${path} does not exist` } : { contents: readFileSync(place, 'utf8') };
}

/** @throws Error with the compiler's own words when the source doesn't compile */
function compiled(solc: Compiler, source: string, name: string): string {
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: readFileSync(join(projectRoot, source), 'utf8') } },
    settings: { ...compiler?.settings, outputSelection: { [source]: { [name]: ['evm.bytecode.object'] } } },
  };
  const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input), { import: sourceAt })) as Output;
  const wrong = errors.find(({ severity }) => severity === 'error');
  if (wrong) throw new Error(wrong.formattedMessage);
  const code = contracts?.[source]?.[name]?.evm.bytecode.object;
  if (!code) throw new Error(`${source}: there is no contract ${name}`);
  return `0x${code}`;
}

const path = join(projectRoot, BYTECODE);
const solc = createRequire(import.meta.url)('solc') as Compiler;
let text = readFileSync(path, 'utf8');
for (const source of process.argv.slice(2)) {
  const name = basename(source, '.sol');
  const place = new RegExp(`^  ${camelName(name)}: '0x[0-9a-f]+',$`, 'm');
  if (!place.test(text)) throw new Error(`${BYTECODE} has no ${camelName(name)}`);
  text = text.replace(place, `  ${camelName(name)}: '${compiled(solc, source, name)}',`);
}
writeFileSync(path, text);
