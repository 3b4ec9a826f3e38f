/**
 * One run of the devnet: node, deployment, walk, refusals; then it stays up for whoever wants to work with it.
 * @module
 */
import { createInterface } from 'node:readline/promises';
import { writeAddressBook } from '../chain/address-book.ts';
import { devnetSource } from '../chain/config.ts';
import { connect } from '../chain/connection.ts';
import { startDevnode } from '../chain/devnode.ts';
import { chainTime, parseDuration, warp } from '../chain/devtime.ts';
import { formatAgrs, formatDuration, formatTime, shortHex } from '../chain/format.ts';
import { TREASURY_FUNDS } from './devnet.ts';
import type { Example } from './example.ts';
import { explainFailure } from './explain.ts';
import { openProver } from './prover.ts';
import { showRefusals } from './refusals.ts';
import type { Reporter } from './report.ts';
import { deployDevnet } from './setup.ts';
import { step, type Walk, WalkStopped, walkThrough } from './walkthrough.ts';

export interface RunOptions {
  /** 0: any free one */
  readonly port: number;
  readonly example: Example;
  /** folder with the circuit's artefacts */
  readonly artefacts: string;
  readonly reporter: Reporter;
  /** called with what has to be closed at the end, as soon as it is open */
  readonly onOpen: (close: () => Promise<void>) => void;
}

export interface RunningDevnet {
  /** whether every step went as expected */
  readonly ok: boolean;
  /** Tells where everything is and answers commands; resolves when the user ends it. */
  stay(): Promise<void>;
}

/**
 * Starts the devnet and walks through the example.
 *
 * @throws ChainError port-taken, and whatever the deployment throws
 */
export async function runDevnet(options: RunOptions): Promise<RunningDevnet> {
  const { reporter, onOpen, example } = options;
  reporter.phase('Deploy');
  const node = await startDevnode(options.port);
  onOpen(() => node.close());
  const chain = await connect(node.url);
  reporter.step({ name: 'chain', status: 'ok', lines: [`${chain.chainId} at ${node.url}`], data: { url: node.url } });

  const { book, roles, entry } = await step(reporter, 'contracts', async () => {
    const result = await deployDevnet(chain, example);
    const count = Object.keys(result.book.contracts).length + Object.keys(result.book.verifiers).length;
    return {
      lines: [`${count} at the addresses computed before, genesis sealed`],
      result,
      data: { contracts: result.book.contracts },
    };
  });
  const file = await writeAddressBook(book);
  const funds = formatAgrs(TREASURY_FUNDS);
  const bond = formatAgrs(2n * book.parameters.minSelfBond);
  reporter.step({
    name: 'operators',
    status: 'ok',
    lines: [`3 admitted, ${bond} bonded each; they attest the treasury's state, 2 of 3`],
  });
  reporter.step({
    name: 'policy',
    status: 'ok',
    lines: [`"${example.policy.name}" decides about ${funds} of the council's`],
  });
  reporter.step({ name: 'addresses', status: 'ok', lines: [file], data: { file } });

  const prover = await openProver(options.artefacts, chain.chainId);
  onOpen(() => prover.close());
  const walk: Walk = { system: { chain, contracts: book.contracts }, book, roles, example, entry, prover, reporter };
  const ok = await walkAll(walk);
  reporter.note(ok ? ['Every step went as expected.'] : ['Not every step went as expected: see ✗ above.']);
  return { ok, stay: () => stay(walk, node.url, file) };
}

async function walkAll(walk: Walk): Promise<boolean> {
  try {
    walk.reporter.phase('One decision, from proposal to payment');
    const { decided } = await walkThrough(walk);
    walk.reporter.phase('What the gate refuses');
    return await showRefusals(walk, decided);
  } catch (error) {
    if (error instanceof WalkStopped) return false;
    throw error;
  }
}

const COMMANDS = [
  'warp 6h    move the time forward (s, m, h, d)',
  "time       the chain's time",
  'accounts   who is who',
  'contracts  what is where',
  'quit       end the devnet (or Ctrl-C)',
];

async function stay(walk: Walk, url: string, file: string): Promise<void> {
  const { reporter, book } = walk;
  const interactive = process.stdin.isTTY === true;
  reporter.note([
    `The devnet is up: ${url}, chain ${book.chainId}.`,
    `Addresses and accounts: ${file}. Attested states are fresh for ${formatDuration(devnetSource.maxStaleness)}.`,
    ...(interactive ? COMMANDS : ['Move its time with `npm run warp -- 6h`; end it with Ctrl-C.']),
  ]);
  // Without a terminal it stays up until a signal ends the process; the node keeps the process alive.
  if (!interactive) return new Promise(() => {});
  const prompt = createInterface({ input: process.stdin, output: process.stdout, prompt: 'devnet> ' });
  // Ctrl-C in a prompt is the prompt's; it should mean what it means everywhere.
  prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  prompt.prompt();
  for await (const line of prompt) {
    const [command = '', argument = ''] = line.trim().split(/\s+/);
    if (command === 'quit' || command === 'exit') break;
    const answer = await answerCommand(walk, command, argument).catch((error: unknown) => [explainFailure(error)]);
    for (const text of answer) console.log(`  ${text}`);
    prompt.prompt();
  }
  prompt.close();
}

/** What the devnet answers to a line that was typed. */
export async function answerCommand(
  { book, system }: Pick<Walk, 'book' | 'system'>,
  command: string,
  argument: string,
): Promise<readonly string[]> {
  switch (command) {
    case '':
      return [];
    case 'warp': {
      const seconds = parseDuration(argument);
      if (seconds === undefined) return ['warp: expected a duration such as 90, 15m, 6h or 14d'];
      const now = await warp(system.chain, seconds);
      return [`${formatDuration(seconds)} later: it is ${formatTime(now)}`];
    }
    case 'time':
      return [formatTime(await chainTime(system.chain))];
    case 'accounts':
      return book.accounts.map(({ role, address, development }) => {
        const key = development ? '  development key' : '';
        return `${role.padEnd(16)}${address}${key}`;
      });
    case 'contracts':
      return [
        ...Object.entries(book.contracts).map(([name, address]) => `${name.padEnd(16)}${address}`),
        ...Object.entries(book.verifiers).map(
          ([name, { address, selector, imageId }]) =>
            `${`${name} proofs`.padEnd(16)}${address}  selector ${selector}, image ${shortHex(imageId)}`,
        ),
      ];
    default:
      return COMMANDS;
  }
}
