// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Tiers and the number of signers that each asks for
library Quorum {
    uint8 internal constant ROUTINE = 1;
    uint8 internal constant ELEVATED = 2;
    uint8 internal constant CRITICAL = 3;

    /// @notice Elevated: more than half of n. Critical: two thirds of n rounded up, which for n >= 3 is at most n - 1,
    /// so that one lost key never blocks. Routine: one.
    function needed(uint8 tier, uint256 n) internal pure returns (uint256) {
        if (tier == ROUTINE) return 1;
        if (tier == ELEVATED) return n / 2 + 1;
        return (2 * n + 2) / 3;
    }
}
