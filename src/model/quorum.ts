/**
 * Tiers, and how many signers each asks for. Mirrors contracts/lib/Quorum.sol.
 * @module
 */
export const Tier = { Routine: 1, Elevated: 2, Critical: 3 } as const;

/**
 * Elevated: more than half of n. Critical: two thirds of n rounded up, which for n >= 3 is at most n - 1, so that one
 * lost key never blocks. Routine: one.
 */
export function signaturesNeeded(tier: number, n: number): number {
  if (tier === Tier.Routine) return 1;
  if (tier === Tier.Elevated) return Math.floor(n / 2) + 1;
  return Math.ceil((2 * n) / 3);
}

export function isTier(tier: number): boolean {
  return tier >= Tier.Routine && tier <= Tier.Critical;
}
