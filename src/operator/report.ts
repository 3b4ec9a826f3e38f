/**
 * What a run tells while it goes: phases and steps, for a terminal or as one JSON object per line.
 * @module
 */

export type StepStatus =
  /** went as expected */
  | 'ok'
  /** went otherwise */
  | 'failed'
  /** doesn't apply to the files that were given */
  | 'skipped';

export interface Step {
  readonly name: string;
  readonly status: StepStatus;
  /** one line each; the first stands beside the name */
  readonly lines: readonly string[];
  /** machine-readable results */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly seconds?: number;
}

export interface Reporter {
  /** A new screenful: what the next steps are about. */
  phase(title: string): void;
  step(step: Step): void;
  /** Text that belongs to no step. */
  note(lines: readonly string[]): void;
}

const NAME_WIDTH = 11;
const LINE_WIDTH = 100;

/** ANSI styles; empty where colours aren't wanted. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

const plain = (text: string) => text;
const ansi = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;

/** Colours only on a terminal, and only when NO_COLOR (no-color.org) isn't set. */
export function styleFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const coloured = stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return coloured
    ? { bold: ansi(1), dim: ansi(2), good: ansi(32), bad: ansi(31) }
    : { bold: plain, dim: plain, good: plain, bad: plain };
}

/** Breaks at spaces so that no line is longer than `width`, except for words that are. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

export function terminalReporter(write: (line: string) => void, style: Style): Reporter {
  const marks = { ok: style.good('✓'), failed: style.bad('✗'), skipped: style.dim('–') };
  return {
    phase: (title) => write(`\n${style.bold(title)}`),
    step({ name, status, lines, seconds }) {
      const indent = ' '.repeat(4 + NAME_WIDTH);
      const broken = lines.flatMap((line, index) => {
        const timed =
          index === 0 && seconds !== undefined && seconds >= 0.05 ? `${line} (${seconds.toFixed(1)}\u00a0s)` : line;
        return wrap(timed, LINE_WIDTH - indent.length);
      });
      const [first = '', ...rest] = broken;
      write(`  ${marks[status]} ${name.padEnd(NAME_WIDTH)}${status === 'failed' ? style.bad(first) : first}`);
      for (const line of rest) write(`${indent}${style.dim(line)}`);
    },
    note(lines) {
      write('');
      for (const line of lines) write(`  ${line}`);
    },
  };
}

/** One JSON object per line; bigints as decimal strings. */
export function jsonReporter(write: (line: string) => void): Reporter {
  let current = '';
  const put = (value: Readonly<Record<string, unknown>>) =>
    write(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)));
  return {
    phase: (title) => {
      current = title;
    },
    step: (step) => put({ phase: current, ...step }),
    note: () => {},
  };
}
