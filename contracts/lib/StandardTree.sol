// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title The Merkle tree of @openzeppelin/merkle-tree (StandardMerkleTree), built in memory
/// @dev Leaves are hashed twice, so no inner node can be offered as a leaf.
library StandardTree {
    function leaf(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(a, b))));
    }

    /// @notice Root over the leaves in ascending order; zero for none. Sorts in place: n is at most 64, and sorting
    /// here rather than taking the order as an argument keeps an approved epoch valid whatever was staged before it.
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        uint256 n = leaves.length;
        if (n == 0) return 0;
        for (uint256 i = 1; i < n; i++) {
            bytes32 moved = leaves[i];
            uint256 j = i;
            for (; j > 0 && leaves[j - 1] > moved; j--) leaves[j] = leaves[j - 1];
            leaves[j] = moved;
        }
        bytes32[] memory tree = new bytes32[](2 * n - 1);
        for (uint256 i = 0; i < n; i++) tree[2 * n - 2 - i] = leaves[i];
        for (uint256 i = n - 1; i > 0; i--) {
            tree[i - 1] = Hashes.commutativeKeccak256(tree[2 * i - 1], tree[2 * i]);
        }
        return tree[0];
    }
}
