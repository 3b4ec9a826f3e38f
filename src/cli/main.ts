/**
 * `mprd`: the command line of mprd-net. Each command is a file of this folder.
 * @module
 */
import { type Command, type Io, UsageError } from './options.ts';

/** Imported late: they need the ABIs, which a fresh clone has to generate first. */
const commands: Readonly<Record<string, { readonly does: string; readonly load: () => Promise<Command> }>> = {
  status: { does: 'where a deployment stands', load: () => import('./status.ts') },
  payouts: { does: 'what an address is owed, when, and how it is collected', load: () => import('./payouts.ts') },
  fuzz: {
    does: 'random calls on model and contracts, compared one by one',
    load: () => import('./fuzz.ts'),
  },
  replay: { does: 'runs a stored trace again', load: () => import('./replay.ts') },
  shrink: { does: 'makes a stored trace that fails as short as it can be', load: () => import('./shrink.ts') },
  corpus: { does: 'the stored traces that reach everything', load: () => import('./corpus.ts') },
  explore: { does: 'all states of a small instance of the protocol', load: () => import('./explore.ts') },
  vectors: { does: 'the conformance vectors: shown, checked, made', load: () => import('./vectors.ts') },
  mutate: { does: 'whether the campaign notices changes of the contracts', load: () => import('./mutate.ts') },
  canary: { does: 'whether the campaign notices planted faults', load: () => import('./canary.ts') },
};

const HELP = `The command line of mprd-net.

  mprd COMMAND [OPTIONS]

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(9)} ${does}`)
  .join('\n')}

  mprd COMMAND --help   all about a command, with an example

Exit code: 0 done, 1 failed, 2 wrong usage.`;

/** Runs one command line; gives its exit code. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const [first, second, ...others] = args;
  // `help COMMAND` is `COMMAND --help`.
  const asked = first === 'help' && second !== undefined;
  const [name, rest] = asked ? [second, ['--help']] : [first, args.slice(1)];
  if (asked && others.length > 0) {
    io.err(`mprd: help explains one command, got ${args.slice(1).join(' ')}. See \`mprd --help\`.\n`);
    return 2;
  }
  if (name === undefined || name === '--help' || name === 'help') {
    if (name === undefined) io.err(`${HELP}\n`);
    else io.out(HELP);
    return name === undefined ? 2 : 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    io.err(`mprd: there is no command "${name}"; expected ${listed(Object.keys(commands))}. See \`mprd --help\`.\n`);
    return 2;
  }
  try {
    const command = await entry.load();
    if (rest.includes('--help')) io.out(command.help);
    else return await command.run(rest, io);
    return 0;
  } catch (error) {
    const usage = error instanceof UsageError;
    const hint = usage ? ` See \`mprd ${name} --help\`.` : '';
    io.err(`mprd ${name}: ${await explained(error)}${hint}\n`);
    return usage ? 2 : 1;
  }
}

const listed = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

async function explained(error: unknown): Promise<string> {
  if (error instanceof UsageError) return error.message;
  const { code, url } = error as { readonly code?: string; readonly url?: string };
  if (code === 'ERR_MODULE_NOT_FOUND' && url?.includes('/abi/generated/')) {
    return 'the contracts were never compiled here, so their events are unknown. Run `npm run compile`.';
  }
  const { explainFailure } = await import('../operator/explain.ts');
  return explainFailure(error);
}

if (import.meta.main) {
  // Whoever reads our output may stop reading.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await main(process.argv.slice(2), {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
  });
}
