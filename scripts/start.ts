/**
 * `npm start`: a devnet with everything deployed, the example from proposal to payment, what the gate refuses, and then
 * a chain to work with.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { requireFreePort } from '../src/chain/devnode.ts';
import { ChainError } from '../src/chain/failure.ts';
import { EXAMPLE_FOLDER, loadExample } from '../src/operator/example.ts';
import { OperatorError } from '../src/operator/failure.ts';
import { jsonReporter, type Reporter, styleFor, terminalReporter } from '../src/operator/report.ts';
import { artefactFolder, committedDifferences, ensureArtefacts, isCurrent } from './circuits/build.ts';
import { DECISION } from './circuits/lib/manifest.ts';
import { compile } from './compile.ts';

const DEFAULT_PORT = 8545;

const HELP = `Starts a development chain with mprd-net on it and walks through an example.

  npm start [-- OPTIONS]

  --port N        answer JSON-RPC on 127.0.0.1:N (default ${DEFAULT_PORT}; 0: any free port)
  --once          end after the walk instead of staying up
  --example DIR   folder with policy.json, state.json and proposals.json (default examples/treasury)
  --json          one JSON object per step instead of text; progress goes to stderr
  --help          this text

What you see: the system is deployed and its genesis sealed; operators attest a state; proposed payments are judged by
the policy; a zero-knowledge proof shows that the policy allowed exactly one of them; the gate verifies it and pays.
Then everything is tried that must be refused. Edit the three files of the example and start again.

While it runs: type "help" for its commands, or use \`npm run warp -- 6h\` from elsewhere.
Exit code: 0 every step went as expected, 1 one didn't or something failed, 2 wrong usage.`;

interface Options {
  readonly port: number;
  readonly once: boolean;
  readonly example: string;
  readonly json: boolean;
}

/** The options, or undefined after help or a complaint was printed. */
function readOptions(args: readonly string[]): Options | undefined {
  const options = {
    port: { type: 'string', default: String(DEFAULT_PORT) },
    once: { type: 'boolean', default: false },
    example: { type: 'string', default: EXAMPLE_FOLDER },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
    if (values.help) {
      console.log(HELP);
      return undefined;
    }
    const port = /^[0-9]{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
    if (!(port <= 65_535)) throw new Error(`--port ${values.port}: expected a number from 0 to 65535`);
    return { port, once: values.once, example: values.example, json: values.json };
  } catch (error) {
    console.error(`start: ${(error as Error).message}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

function reporterFor(json: boolean): Reporter {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  return json ? jsonReporter(write) : terminalReporter(write, styleFor(process.stdout, process.env));
}

/** Circuits with keys, then contracts with ABIs; what is up to date is left alone. Gives the keys' folder. */
async function build(reporter: Reporter): Promise<string> {
  reporter.phase('Build');
  const folder = artefactFolder(DECISION);
  await timed(reporter, 'circuits', async () => {
    if (isCurrent(DECISION, folder)) return false;
    await ensureArtefacts();
    return true;
  });
  const differences = committedDifferences(DECISION, folder);
  if (differences.length > 0) {
    throw new OperatorError(
      'bad-proof',
      `the circuits and the verifier contract don't belong together: ${differences.join('; ')}. ` +
        'Run `npm run circuits:build`.',
    );
  }
  await timed(reporter, 'contracts', () => compile());
  return folder;
}

/** Reports a build step, which says whether there was anything to do. */
async function timed(reporter: Reporter, name: string, action: () => Promise<boolean>): Promise<void> {
  const begun = performance.now();
  const built = await action();
  const seconds = (performance.now() - begun) / 1000;
  reporter.step({ name, status: 'ok', lines: [built ? 'built' : 'up to date'], seconds, data: { built } });
}

/** Things to close, in reverse order, once: at the end or when a signal comes. */
class Closing {
  readonly #actions: (() => Promise<void>)[] = [];

  add(action: () => Promise<void>): void {
    this.#actions.push(action);
  }

  async run(): Promise<void> {
    for (const action of this.#actions.splice(0).reverse()) await action();
  }
}

async function run(options: Options, closing: Closing): Promise<boolean> {
  const reporter = reporterFor(options.json);
  // Both are told before anything is built.
  const example = await loadExample(options.example);
  if (options.port !== 0) await requireFreePort(options.port);

  const artefacts = await build(reporter);
  // Imported late: it needs what has just been generated.
  const { runDevnet } = await import('../src/operator/run.ts');
  const devnet = await runDevnet({
    port: options.port,
    example,
    artefacts,
    reporter,
    onOpen: (close) => closing.add(close),
  });
  if (!options.once) await devnet.stay();
  return devnet.ok;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return;
  // What the build steps print is no step result.
  if (options.json) console.log = console.error;
  const closing = new Closing();
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted = true;
      void closing.run().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
    });
  }
  try {
    process.exitCode = (await run(options, closing)) ? 0 : 1;
  } catch (error) {
    if (interrupted) return;
    const known = error instanceof ChainError || error instanceof OperatorError;
    const message = known
      ? error.message
      : await import('../src/operator/explain.ts').then((m) => m.explainFailure(error));
    console.error(`start: ${message}`);
    process.exitCode = 1;
  } finally {
    if (!interrupted) await closing.run();
  }
}

await main();
