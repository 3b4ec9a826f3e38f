/**
 * The registry's tree: OpenZeppelin's StandardMerkleTree over (key, entryHash).
 * @module
 */
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';

const TYPES = ['bytes32', 'bytes32'];

/** An entry in force: its key and the hash of its content. */
export type Leaf = readonly [key: Hex, entryHash: Hex];

// The same few policies are in force in call after call of a campaign, in one order or another. The cache only saves
// time: what was dropped is computed again, with the same result.
const CACHE_LIMIT = 1_000;
const roots = new Map<string, Hex>();

/** Root over the leaves, whatever their order; zero for none. */
export function registryRoot(leaves: readonly Leaf[]): Hex {
  if (leaves.length === 0) return ZERO_HASH;
  const name = leaves
    .map((leaf) => leaf.join())
    .sort()
    .join();
  const known = roots.get(name);
  if (known !== undefined) return known;
  const root = treeOf(leaves).root as Hex;
  if (roots.size >= CACHE_LIMIT) roots.clear();
  roots.set(name, root);
  return root;
}

/** Siblings from the leaf to the root. Throws when the leaf isn't among them. */
export function proveEntry(leaves: readonly Leaf[], leaf: Leaf): readonly Hex[] {
  return treeOf(leaves).getProof([...leaf]) as Hex[];
}

export function verifyEntry(root: Hex, leaf: Leaf, proof: readonly Hex[]): boolean {
  return StandardMerkleTree.verify(root, TYPES, [...leaf], [...proof]);
}

function treeOf(leaves: readonly Leaf[]): StandardMerkleTree<string[]> {
  return StandardMerkleTree.of<string[]>(
    leaves.map((leaf) => [...leaf]),
    TYPES,
  );
}
