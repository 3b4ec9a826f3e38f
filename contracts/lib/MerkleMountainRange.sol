// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Tags} from "./Tags.sol";

/// @title An append-only log in O(1) storage writes; src/merkle/mmr.ts makes and checks its proofs
/// @dev A node is keccak-256(0x01 | left | right); leaves are hashes of longer, tagged preimages, so that no node is a
/// leaf. The peak of height h is live exactly when bit h of the size is set; others are left over and never read.
library MerkleMountainRange {
    struct Range {
        uint64 size;
        mapping(uint256 height => bytes32) peaks;
    }

    /// @notice Appends a leaf hash; returns its index.
    function append(Range storage range, bytes32 leaf) internal returns (uint64 index) {
        index = range.size;
        bytes32 node = leaf;
        uint256 height = 0;
        for (; (index >> height) & 1 == 1; height++) {
            node = hashNode(range.peaks[height], node);
        }
        range.peaks[height] = node;
        range.size = index + 1;
    }

    /// @notice keccak-256(tag, size, bag): the peaks bagged from the lowest up, the size bound in.
    function root(Range storage range) internal view returns (bytes32) {
        uint64 size = range.size;
        bytes32 bag;
        bool begun;
        for (uint256 height = 0; size >> height != 0; height++) {
            if ((size >> height) & 1 == 0) continue;
            bytes32 peak = range.peaks[height];
            bag = begun ? hashNode(peak, bag) : peak;
            begun = true;
        }
        return keccak256(abi.encode(Tags.LOG_ROOT, size, bag));
    }

    function hashNode(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
