/**
 * Drawn traces as the handler in bench/forge reads them, and what its runs came to.
 * @module
 */
import type { EvmCall, Hex } from '../../src/mirror/types.ts';

/** A comparison failed, so there is nothing worth timing. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}

/** A drawn trace: the calls as an EVM gets them, and how many of them the model accepts. */
export interface DrawnTrace {
  readonly calls: readonly Pick<EvmCall, 'time' | 'from' | 'to' | 'data'>[];
  readonly accepted: number;
}

/** One run of the handler. */
export interface HandlerRun {
  /** number of the trace */
  readonly trace: number;
  readonly made: number;
  readonly accepted: number;
}

/** Most percentage points by which the shares of accepted calls may differ. */
export const SHARE_TOLERANCE = 5;

/** Bytes of a call before its data: time 8, sender 20, target 20, length of the data 4. */
const HEADER = 52;
const MAX_PLACE = 2 ** 32 - 1;

/**
 * All traces in one piece: their number (4 bytes), the place of each (4 bytes), then their calls. Big-endian.
 * @throws RangeError when a place doesn't fit 4 bytes
 */
export function encodeTraces(traces: readonly Pick<DrawnTrace, 'calls'>[]): Hex {
  const bodies = traces.map(({ calls }) => calls.map(encodeCall).join(''));
  let place = 4 + 4 * traces.length;
  const places = bodies.map((body) => {
    const start = place;
    place += body.length / 2;
    return start;
  });
  if (place > MAX_PLACE) throw new RangeError(`traces: ${place} bytes are more than ${MAX_PLACE}: draw fewer traces`);
  return `0x${[traces.length, ...places].map((n) => unsigned(BigInt(n), 4)).join('')}${bodies.join('')}`;
}

function encodeCall({ time, from, to, data }: DrawnTrace['calls'][number]): string {
  const size = (data.length - 2) / 2;
  return `${unsigned(time, 8)}${from.slice(2)}${to.slice(2)}${unsigned(BigInt(size), 4)}${data.slice(2)}`;
}

const unsigned = (value: bigint, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');

/**
 * The calls of one trace, read as the handler reads them.
 * @param depth number of calls: the encoding doesn't say where a trace ends
 */
export function decodeTrace(encoded: Hex, trace: number, depth: number): DrawnTrace['calls'] {
  const hex = (at: number, bytes: number): string => encoded.slice(2 + 2 * at, 2 + 2 * (at + bytes));
  const integer = (at: number, bytes: number): bigint => BigInt(`0x${hex(at, bytes)}`);
  let at = Number(integer(4 + 4 * trace, 4));
  return Array.from({ length: depth }, () => {
    const size = Number(integer(at + HEADER - 4, 4));
    const call = {
      time: integer(at, 8),
      from: `0x${hex(at + 8, 20)}` as Hex,
      to: `0x${hex(at + 28, 20)}` as Hex,
      data: `0x${hex(at + HEADER, size)}` as Hex,
    };
    at += HEADER + size;
    return call;
  });
}

/**
 * The lines that the handler's runs leave: trace, calls made, calls accepted.
 * @throws Error at the first line that is none
 */
export function parseRuns(text: string): HandlerRun[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => {
      const [, trace, made, accepted] = /^(\d+) (\d+) (\d+)$/.exec(line) ?? [];
      if (accepted === undefined)
        throw new Error(`runs of forge, line ${i + 1}: expected three numbers, got "${line}"`);
      return { trace: Number(trace), made: Number(made), accepted: Number(accepted) };
    });
}

/**
 * Runs of a whole trace in which the handler had another number of calls accepted than the model.
 * @param accepted by the model, for each trace
 */
export function strayRuns(runs: readonly HandlerRun[], accepted: readonly number[], depth: number): HandlerRun[] {
  return runs.filter((run) => run.made === depth && run.accepted !== accepted[run.trace]);
}

/** Whether two shares of accepted calls (0 … 1) are too far apart for their rates to be compared. */
export function sharesDiffer(a: number, b: number): boolean {
  return Math.abs(a - b) * 100 > SHARE_TOLERANCE;
}
