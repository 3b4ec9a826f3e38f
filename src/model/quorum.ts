/**
 * Tiers, and how many signers each asks for. Mirrors contracts/lib/Quorum.sol.
 * @module
 */
export const Tier = { Routine: 1, Elevated: 2, Critical: 3 } as const;

/**
 * Elevated: more than half of n. Critical: two thirds of n rounded up, and at most n - 1 for n >= 3, so that one lost key
 * never blocks. Routine: one.
 */
export function signaturesNeeded(tier: number, n: number): number {
  if (tier === Tier.Routine) return 1;
  if (tier === Tier.Elevated) return Math.floor(n / 2) + 1;
  const twoThirds = Math.ceil((2 * n) / 3);
  return n >= 3 ? Math.min(twoThirds, n - 1) : twoThirds;
}

export function isTier(tier: number): boolean {
  return tier >= Tier.Routine && tier <= Tier.Critical;
}
