/**
 * The chain ids on which development keys and recorded verdicts are accepted; contracts/lib/LocalChains.sol has the
 * same.
 * @module
 */
export const LOCAL_CHAIN_IDS: readonly number[] = [31337, 1337];

export function isLocalChain(chainId: number | bigint): boolean {
  return LOCAL_CHAIN_IDS.some((id) => BigInt(id) === BigInt(chainId));
}
