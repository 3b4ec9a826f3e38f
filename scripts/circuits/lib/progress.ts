/**
 * Progress of a long job on stderr: one line per phase with its seconds; on a terminal a live line while it runs.
 * @module
 */

const LIVE_INTERVAL_MS = 200;

export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #lastLive = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** Runs a phase. Its messages go to the live line; what it warns of is printed. */
  async phase<T>(name: string, work: (logger: Logger) => Promise<T>): Promise<T> {
    const start = performance.now();
    const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    const live = (message: string): void => {
      const now = performance.now();
      if (!this.#stream.isTTY || now - this.#lastLive < LIVE_INTERVAL_MS) return;
      this.#lastLive = now;
      this.#stream.write(`\r\x1b[K${`${name} ${seconds()}  ${message}`.slice(0, (this.#stream.columns || 80) - 1)}`);
    };
    const warn = (message: string): void => this.line(`${name}: ${message}`);
    live('');
    const result = await work({ debug: live, info: live, warn, error: warn });
    this.line(`${name}: ${seconds()}`);
    return result;
  }

  line(text: string): void {
    this.#stream.write(`${this.#stream.isTTY ? '\r\x1b[K' : ''}${text}\n`);
  }
}
