/**
 * Processor time of this process and its children, so that engines can be compared on a machine that has other work.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second in /proc, on every Linux that Node runs on. */
const TICKS = 100;

/** Seconds of processor time. */
export interface CpuSeconds {
  /** of this process */
  readonly own: number;
  /** of its children, gone or alive, and of theirs once they are gone */
  readonly children: number;
}

/** What was used up to now; undefined where there is no /proc. */
export function cpuSeconds(): CpuSeconds | undefined {
  const self = ticksOf('self');
  if (!self) return undefined;
  const { user, system } = process.cpuUsage();
  let ticks = self.children;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const other = ticksOf(pid);
    if (other?.parent === process.pid) ticks += other.own + other.children;
  }
  return { own: (user + system) / 1e6, children: ticks / TICKS };
}

function ticksOf(pid: string): { parent: number; own: number; children: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything: the fields are counted from behind it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const sum = (...places: readonly number[]): number => places.reduce((total, i) => total + Number(fields[i]), 0);
    return { parent: Number(fields[1]), own: sum(11, 12), children: sum(13, 14) };
  } catch {
    return undefined; // ended meanwhile, or no /proc
  }
}
