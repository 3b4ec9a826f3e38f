/**
 * A sum of claims that a slash reduces in constant time. Mirrors contracts/lib/FactorLedger.sol.
 * @module
 */
import type { Claimed, Ledger } from './state.ts';

/** The factor of a generation that was never slashed. */
export const ONE = 10n ** 27n;
/** Below a billionth of its start a generation is over. */
const MIN_FACTOR = 10n ** 18n;
export const BPS = 10_000n;

export const EMPTY: Ledger = { total: 0n, factor: ONE, generation: 0 };

/** Adds a claim; a worn generation without value is not continued. */
export function addClaim(ledger: Ledger, amount: bigint): { readonly ledger: Ledger; readonly claimed: Claimed } {
  const worn = ledger.total === 0n && ledger.factor !== ONE;
  const { total, factor, generation } = worn ? renewed(ledger) : ledger;
  const shares = (amount * ONE) / factor;
  return { ledger: { total: total + amount, factor, generation }, claimed: { shares, generation } };
}

/** What shares of a generation are worth now, base units, rounded down. */
export function valueOf({ factor, generation }: Ledger, claimed: Claimed): bigint {
  return claimed.generation === generation ? (claimed.shares * factor) / ONE : 0n;
}

/** Takes shares out at their present value. */
export function removeClaim(ledger: Ledger, claimed: Claimed): { readonly ledger: Ledger; readonly value: bigint } {
  const value = valueOf(ledger, claimed);
  return { ledger: { ...ledger, total: ledger.total - value }, value };
}

/**
 * Takes bps of a ledger, rounded up. A generation whose price would fall below a billionth ends: its claims are worth
 * nothing, so what is left of a ledger that belongs to the claims alone (`owned` by them) is taken too. The factor of a
 * self-bond falls by the rate itself, whatever its total is: what is locked follows it.
 */
export function slashLedger(
  ledger: Ledger,
  bps: bigint,
  owned: boolean,
): { readonly ledger: Ledger; readonly taken: bigint } {
  const { total, factor, generation } = ledger;
  if (bps === 0n || (owned && total === 0n)) return { ledger, taken: 0n };
  const cut = (total * bps + BPS - 1n) / BPS;
  const reduced = owned ? (factor * (total - cut)) / total : (factor * (BPS - bps)) / BPS;
  if (reduced >= MIN_FACTOR) return { ledger: { total: total - cut, factor: reduced, generation }, taken: cut };
  const taken = owned ? total : cut;
  return { ledger: renewed({ ...ledger, total: total - taken }), taken };
}

/** Begins a generation; claims of the one before are worth nothing from now on. */
function renewed({ total, generation }: Ledger): Ledger {
  return { total, factor: ONE, generation: generation + 1 };
}
