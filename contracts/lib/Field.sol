// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The scalar field of BN254, in which the circuits compute
library Field {
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice A number at or above the modulus would be another name for a smaller one; such aliases are refused.
    function isElement(uint256 x) internal pure returns (bool) {
        return x < R;
    }
}
