/**
 * The time of a development chain: reading it, moving it forward, and going back to a snapshot.
 * @module
 */
import type { Chain } from './connection.ts';
import { ChainError } from './failure.ts';

/** Seconds that one warp may move at most: a century is enough for every window there is. */
export const MAX_WARP = 100 * 365 * 24 * 60 * 60;

/** Timestamp of the latest block, in seconds. */
export async function chainTime(chain: Chain): Promise<bigint> {
  return (await chain.reader.getBlock()).timestamp;
}

async function request<T>(chain: Chain, method: string, params: readonly unknown[]): Promise<T> {
  if (!chain.local) {
    throw new ChainError(
      'unsupported',
      `chain ${chain.chainId} has its own time, which nobody can move; expected a development chain. ` +
        'Wait, or use `npm start`.',
    );
  }
  try {
    return (await chain.reader.request({ method, params } as never)) as T;
  } catch (cause) {
    throw new ChainError('unsupported', `${chain.name} refuses ${method}; expected Hardhat's node or anvil.`, {
      cause,
    });
  }
}

/**
 * Moves the chain's time forward and mines a block at the new time.
 *
 * @param seconds 1 to MAX_WARP
 * @returns the new block's timestamp
 * @throws ChainError unsupported
 */
export async function warp(chain: Chain, seconds: number): Promise<bigint> {
  if (!Number.isSafeInteger(seconds) || seconds < 1 || seconds > MAX_WARP) {
    throw new RangeError(
      `warp: ${seconds} seconds; expected a whole number from 1 to ${MAX_WARP}. Time only goes forward.`,
    );
  }
  const target = (await chainTime(chain)) + BigInt(seconds);
  await request(chain, 'evm_setNextBlockTimestamp', [`0x${target.toString(16)}`]);
  await request(chain, 'evm_mine', []);
  return chainTime(chain);
}

/** Runs `action` on the chain as it is and puts everything back afterwards: its time too. */
export async function inSnapshot<T>(chain: Chain, action: () => Promise<T>): Promise<T> {
  const id = await request<string>(chain, 'evm_snapshot', []);
  try {
    return await action();
  } finally {
    await request(chain, 'evm_revert', [id]);
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a text such as `90`, `90s`, `15m`, `6h` or `14d`; undefined for anything else or beyond MAX_WARP. */
export function parseDuration(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,9})([smhd]?)$/.exec(text);
  if (match === null) return undefined;
  const seconds = Number(match[1]) * (UNITS[match[2] || 's'] as number);
  return seconds <= MAX_WARP ? seconds : undefined;
}
