/**
 * A failing trace as a test of its own: fails until model and contracts agree on it, and stays as the regression test.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Codec } from './codec.ts';
import { formatTrace, type Trace } from './trace.ts';
import { MirrorError } from './types.ts';

/** Who opens what a trace belongs to: a function that promises a `Subject`. */
export interface Opener {
  /** absolute path of its module */
  readonly file: string;
  /** of the export, `default` or another */
  readonly name: string;
  /** absolute paths of the files of laws that it takes as `{ properties }`; without it, it takes no arguments */
  readonly properties?: readonly string[];
}

export interface ReproducerOptions {
  readonly codec: Codec;
  /** import path of the folder of this engine, from the test's folder, such as `../src/mirror` */
  readonly engine: string;
  /**
   * who opens the system: an import path from the test's folder and the name of an export, a function that promises `{
   * system, backend, stop }`. It takes no arguments, or `{ properties }`, files whose paths are given from the test's
   * folder too
   */
  readonly open: { readonly module: string; readonly name: string; readonly properties?: readonly string[] };
}

/** Longest trace that a test waits for, milliseconds: opening a system may compile and deploy. */
const TIMEOUT_MS = 120_000;

/**
 * Source of a mocha test, in TypeScript that Node runs as it is. It holds the whole trace, so it can be moved alone.
 * The same trace gives the same text.
 * @throws MirrorError if the name of the export is no name
 */
export function reproducerOf(trace: Trace, { codec, engine, open }: ReproducerOptions): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(open.name)) {
    throw new MirrorError(`open.name: expected the name of an export, got ${JSON.stringify(open.name)}`);
  }
  const { profile, seed, index, divergence } = trace;
  const from = (module: string): string => JSON.stringify(module);
  const properties = open.properties?.map((file) => `path.join(import.meta.dirname, ${from(file)})`);
  const imports = properties ? `import path from 'node:path';\n` : '';
  const given = properties ? `{ properties: [${properties.join(', ')}] }` : '';
  const title = `trace ${index} of profile ${profile}, seed ${seed}`;
  const behaviour = `model and contracts agree${divergence ? `, where ${divergence.signature} differed` : ''}`;
  return `${imports}import { expect } from 'chai';
import { codecOf } from ${from(`${engine}/codec.ts`)};
import { formatFailure } from ${from(`${engine}/report.ts`)};
import { runTrace } from ${from(`${engine}/run.ts`)};
import { parseTrace } from ${from(`${engine}/trace.ts`)};
import { ${open.name} as open } from ${from(open.module)};

const file = ${formatTrace(codec, trace).trimEnd()};

describe(${JSON.stringify(title)}, () => {
  it(${JSON.stringify(behaviour)}, async function () {
    this.timeout(${TIMEOUT_MS});
    const { system, backend, stop } = await open(${given});
    try {
      const { steps, startTime } = parseTrace(codecOf(system.contracts), JSON.stringify(file));
      const report = await runTrace(system, backend, steps, startTime);
      if (report.divergence) expect.fail(formatFailure(report, system.contracts, backend.gasPerCall));
    } finally {
      await stop();
    }
  });
});
`;
}

/** Writes the test to a file, importing by paths from its folder. */
export async function writeReproducer(file: string, trace: Trace, codec: Codec, opener: Opener): Promise<void> {
  const from = (target: string): string => {
    const way = path
      .relative(path.dirname(path.resolve(file)), target)
      .split(path.sep)
      .join('/');
    return way.startsWith('.') ? way : `./${way}`;
  };
  const { name, properties } = opener;
  const open = { module: from(opener.file), name, ...(properties ? { properties: properties.map(from) } : {}) };
  await writeFile(file, reproducerOf(trace, { codec, engine: from(import.meta.dirname), open }));
}
