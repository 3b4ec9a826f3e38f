/**
 * The registry's tree: OpenZeppelin's StandardMerkleTree over (key, entryHash).
 * @module
 */
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import { Memo } from '../codec/remember.ts';

const TYPES = ['bytes32', 'bytes32'];

/** An entry in force: its key and the hash of its content. */
export type Leaf = readonly [key: Hex, entryHash: Hex];

const roots = new Memo<Hex>(1_000);

/** Root over the leaves, whatever their order; zero for none. */
export function registryRoot(leaves: readonly Leaf[]): Hex {
  if (leaves.length === 0) return ZERO_HASH;
  const named = leaves.map((leaf) => leaf.join());
  return roots.of(named.sort().join(), [], () => treeOf(leaves).root as Hex);
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
