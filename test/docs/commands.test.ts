/** The commands that the documents show: each is executed here, or by something that is named and checked. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Devnode, startDevnode } from '../../src/chain/devnode.ts';
import { bare, blocks, read, rows } from './markdown.ts';
import { brokenReferences } from './references.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [
  'README.md',
  ...readdirSync(`${ROOT}/docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const REGRESSIONS = readdirSync(`${ROOT}/test/regressions`)
  .filter((name) => name.endsWith('.json'))
  .sort();
const MOST_OUTPUT = 200_000;

/** Documented command → what is executed for it: values in place of placeholders, URL being that of a devnet's node. */
const EXECUTED: Readonly<Record<string, string>> = {
  'npm start -- --once': 'npm start -- --once --port 0',
  'npm start -- --help': 'npm start -- --help',
  'npm run warp -- 6h': 'npm run warp -- 6h --url URL',
  'npm run warp -- 1h --url http://127.0.0.1:9000': 'npm run warp -- 1h --url URL',
  // The same deployment, on Hardhat's own chain instead of one that answers on port 8545.
  'npx hardhat run scripts/deploy.ts --network localhost': 'npx hardhat run scripts/deploy.ts',
  'npm run test:deep -- --steps N --seed S': 'npm run test:deep -- --steps 300 --seed documents',
  'npm run test:deep -- --steps 600 --seed 1': 'npm run test:deep -- --steps 600 --seed 1',
  'npm run gas:check': 'npm run gas:check',
  'npx --no mprd replay FILE': `npx --no mprd replay test/regressions/${REGRESSIONS[0]}`,
  'npm run bench:mirror -- --help': 'npm run bench:mirror -- --help',
  'npx --no mprd vectors --check': 'npx --no mprd vectors --check',
  'npx --no mprd explore --instance small': 'npx --no mprd explore --instance small',
};

/** Documented command → the file that runs it, or the same program, and the text in which it does. */
const RUN_ELSEWHERE: Readonly<Record<string, { readonly file: string; readonly text: string; readonly why: string }>> =
  {
    'npm test': { file: '.ci/run', text: 'exec npm test', why: 'it is what runs this test' },
    'npm start': {
      file: 'scripts/start.ts',
      text: 'if (!options.once) await devnet.stay();',
      why: 'it is the same as with --once, which is executed here, and then waits',
    },
    'npm run properties': {
      file: 'test/docs/properties.test.ts',
      text: 'PROPERTIES.md',
      why: 'it prints the table of docs/PROPERTIES.md, which that test reads by the same functions',
    },
    'npx --no mprd status --rpc URL': {
      file: 'test/cli/status.test.ts',
      text: 'status',
      why: 'it needs a node with a deployment, which the tests of the command have',
    },
    'npx --no mprd payouts ADDRESS --rpc URL': {
      file: 'test/cli/payouts.test.ts',
      text: 'payouts',
      why: 'it needs a node with a deployment, which the tests of the command have',
    },
    'npx --no mprd explore --json': {
      file: 'test/cli/explore.test.ts',
      text: "'--instance', 'small', '--json'",
      why: 'it takes minutes; the smaller instance takes seconds',
    },
    'npx --no mprd shrink FILE': {
      file: 'test/cli/shrink.test.ts',
      text: 'comes to what the campaign came to, byte by byte',
      why: 'it needs a trace that fails, and those that are stored here do so no longer',
    },
    'npx --no mprd mutate --json': {
      file: 'test/mutation/mutation.test.ts',
      text: 'tells the killed from those that survive, all at once',
      why: 'it compiles all mutants and runs 200 000 calls; that test does the same with a small contract',
    },
    'npx --no mprd canary --json': {
      file: 'test/mutation/canaries.test.ts',
      text: 'is noticed',
      why: 'it compiles all mutants and runs 200 000 calls; that test flies canaries on a few traces',
    },
    'npm run keys:check': {
      file: 'scripts/test.ts',
      text: "'scripts/circuits/build.ts', '--check'",
      why: 'making the keys twice takes minutes; npm test makes them once and compares them with the committed hashes',
    },
  };

interface Run {
  readonly code: number | null;
  readonly output: string;
}

function run(command: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-MOST_OUTPUT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Commands of the fenced shell blocks and of the table in the README. */
function documented(): Map<string, string> {
  const lines = PAGES.flatMap((page) =>
    blocks(read(page), 'sh').flatMap((block) =>
      block.split('\n').map((line) => [line.replace(/\s+#.*$/, '').trim(), page] as const),
    ),
  );
  const table = rows(read('README.md'), '| command | does |').map(([command]) => [bare(command), 'README.md'] as const);
  return new Map([...lines, ...table].filter(([command]) => command !== '' && !command.startsWith('#')));
}

const packageScripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;

describe('the commands in the documents', function () {
  this.timeout(300_000);
  let node: Devnode;

  before(async () => {
    node = await startDevnode(0);
  });
  after(() => node?.close());

  it('are all executed here, or by something that is named', () => {
    const unknown = [...documented()].filter(([command]) => !(command in EXECUTED) && !(command in RUN_ELSEWHERE));
    expect(unknown, 'add them to EXECUTED or RUN_ELSEWHERE').to.deep.equal([]);
    const references = Object.values(RUN_ELSEWHERE).map(({ file, text }) => ({ file, texts: [text] }));
    expect(brokenReferences(references)).to.deep.equal([]);
  });

  it('are no longer listed here when they are gone from the documents', () => {
    const shown = documented();
    const gone = [...Object.keys(EXECUTED), ...Object.keys(RUN_ELSEWHERE)].filter((command) => !shown.has(command));
    expect(gone).to.deep.equal([]);
  });

  it('name scripts of package.json, whose files exist', () => {
    for (const page of PAGES) {
      for (const [, name] of read(page).matchAll(/npm (?:run )?((?<=run )[\w:-]+|start|test)\b/g)) {
        expect(packageScripts, `${page}: npm run ${name}`).to.have.property(name as string);
      }
    }
    for (const [name, script] of Object.entries(packageScripts)) {
      for (const [file] of script.matchAll(/scripts\/[\w/.-]+/g))
        expect(existsSync(`${ROOT}/${file}`), `${name}: ${file}`).to.equal(true);
    }
  });

  for (const name of ['test:deep', 'replay']) {
    it(`explain themselves: npm run ${name} -- --help`, async () => {
      const { code, output } = await run(`npm run ${name} -- --help`);
      expect(code, output).to.equal(0);
      expect(output).to.include('Exit code: 0');
    });
  }

  for (const [shown, command] of Object.entries(EXECUTED)) {
    it(`work as shown: ${shown}`, async () => {
      const { code, output } = await run(command.replace('URL', node.url));
      expect(code, output).to.equal(0);
    });
  }
});
