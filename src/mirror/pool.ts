/**
 * A campaign over several processes. Traces are numbered, and seed and number decide everything in a trace: process k
 * of n takes every n-th one, so what is tested doesn't hang on the number of processes.
 * @module
 */
import { createHash } from 'node:crypto';
import type { CampaignOptions, Failure } from './campaign.ts';
import { startProcesses } from './processes.ts';
import { Coverage, type Progress, teller } from './report.ts';
import type { Divergence } from './types.ts';

/** What all processes are to do. */
export interface Job
  extends Pick<CampaignOptions<never>, 'traces' | 'length' | 'seed' | 'profile' | 'directory' | 'opener'> {
  /** URL of a module whose `open` gives a `Subject` */
  readonly module: string;
  /** given to that function */
  readonly options: unknown;
  /** the command that replays a file, without the file */
  readonly replay: string;
}

/** What one of them is to do. */
export interface Share extends Required<Pick<CampaignOptions<never>, 'share'>> {
  /** files of traces that are replayed before new ones are drawn */
  readonly stored: readonly string[];
}

/** No trace with this number or a higher one is wanted any more. */
export type Limit = number;

/** A failure without what can't leave its process. */
export type ToldFailure = Omit<Failure, 'report'>;

type Counts = Pick<Coverage, 'functions' | 'errors' | 'events' | 'goals'>;

export type FromWorker =
  | { readonly kind: 'traces'; readonly digests: readonly (readonly [number, string])[]; readonly coverage: Counts }
  | { readonly kind: 'replayed'; readonly file: string; readonly calls: number; readonly screen?: string }
  | { readonly kind: 'found'; readonly file: string; readonly divergence: Divergence }
  | { readonly kind: 'failure'; readonly failure: ToldFailure };

export interface PoolOptions extends Job, Pick<Share, 'stored'> {
  /** number of processes, 1 … MAX_WORKERS */
  readonly workers: number;
  /** the part of the campaign that is run here (default all) */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly progressEverySeconds?: number;
  readonly onProgress?: (progress: Progress) => void;
  /** told the file of a failing trace as soon as it is written, before it is shrunk */
  readonly onFound?: (file: string, divergence: Divergence) => void;
}

export interface PoolResult {
  /** traces on which both sides agree */
  readonly traces: number;
  readonly calls: number;
  readonly seconds: number;
  readonly coverage: Coverage;
  /** sha-256 over the traces' own, in the order of their numbers: the same for the same traces, whoever ran them */
  readonly tracesHash: string;
  /** the one with the lowest number */
  readonly failure?: ToldFailure;
  /** stored traces that were replayed, and their calls (which don't count as the campaign's) */
  readonly replayed: { readonly traces: number; readonly calls: number };
  /** stored traces on which the sides differ */
  readonly broken: readonly { readonly file: string; readonly screen: string }[];
}

/**
 * Runs the campaign's traces (or those of the shard) in `workers` processes.
 * @throws MirrorError if a process ends before its time; the others are ended too
 */
export async function pool(options: PoolOptions): Promise<PoolResult> {
  const {
    workers,
    shard = { index: 0, of: 1 },
    stored,
    progressEverySeconds: _,
    onProgress: __,
    onFound: ___,
    ...job
  } = options;
  const tally = new Tally(options);
  const processes = startProcesses<Share, void, FromWorker, Limit>({
    module: new URL('worker.ts', import.meta.url).href,
    options: job,
    workers,
    onMessage(message) {
      tally.take(message);
      // A stored trace that fails says what is wrong; more of the same would only bury it.
      const end = message.kind === 'failure' ? message.failure.index : isBroken(message) ? 0 : undefined;
      if (end !== undefined) processes.tellAll(end);
    },
  });
  try {
    const shares = Array.from({ length: workers }, (_, k) => ({
      share: { first: shard.index + k * shard.of, stride: workers * shard.of },
      stored: stored.filter((_, i) => i % workers === k),
    }));
    await processes.map(shares);
  } finally {
    await processes.stop();
  }
  return tally.result();
}

const isBroken = (message: FromWorker): boolean => message.kind === 'replayed' && message.screen !== undefined;

/** Adds up what the processes tell. */
class Tally {
  readonly #onFound: PoolOptions['onFound'];
  readonly #tell: (traces: number) => void;
  readonly #coverage = new Coverage({ contracts: {} });
  readonly #digests: (readonly [number, string])[] = [];
  readonly #started = performance.now();
  readonly #replayed = { traces: 0, calls: 0 };
  readonly #broken: { readonly file: string; readonly screen: string }[] = [];
  #failure: ToldFailure | undefined;

  constructor(options: PoolOptions) {
    this.#onFound = options.onFound;
    this.#tell = teller(options, this.#coverage, () => this.#seconds);
  }

  take(message: FromWorker): void {
    if (message.kind === 'found') this.#onFound?.(message.file, message.divergence);
    else if (message.kind === 'replayed') {
      this.#replayed.traces++;
      this.#replayed.calls += message.calls;
      if (message.screen !== undefined) this.#broken.push({ file: message.file, screen: message.screen });
    } else if (message.kind === 'failure') {
      if (!this.#failure || message.failure.index < this.#failure.index) this.#failure = message.failure;
    } else {
      this.#coverage.merge(message.coverage);
      for (const digest of message.digests) this.#digests.push(digest);
      this.#tell(this.#digests.length);
    }
  }

  get #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  result(): PoolResult {
    const failure = this.#failure;
    const { ok, refused } = this.#coverage.calls;
    const hash = createHash('sha256');
    for (const [, digest] of this.#digests.sort(([a], [b]) => a - b)) hash.update(digest);
    return {
      traces: this.#digests.length,
      calls: ok + refused,
      seconds: this.#seconds,
      coverage: this.#coverage,
      tracesHash: hash.digest('hex'),
      ...(failure ? { failure } : {}),
      replayed: this.#replayed,
      broken: this.#broken,
    };
  }
}
