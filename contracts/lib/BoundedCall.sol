// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Calls to contracts that somebody else chose: exact gas, and never more than 256 bytes of return data copied
library BoundedCall {
    uint256 internal constant MAX_RETURN = 256;

    function call(address target, uint256 gasCap, bytes memory data) internal returns (bool ok, bytes memory returned) {
        assembly ("memory-safe") {
            ok := call(gasCap, target, 0, add(data, 32), mload(data), 0, 0)
        }
        returned = _returned();
    }

    function staticCall(
        address target,
        uint256 gasCap,
        bytes memory data
    ) internal view returns (bool ok, bytes memory returned) {
        assembly ("memory-safe") {
            ok := staticcall(gasCap, target, add(data, 32), mload(data), 0, 0)
        }
        returned = _returned();
    }

    function _returned() private pure returns (bytes memory returned) {
        assembly ("memory-safe") {
            let size := returndatasize()
            if gt(size, MAX_RETURN) {
                size := MAX_RETURN
            }
            returned := mload(0x40)
            mstore(returned, size)
            returndatacopy(add(returned, 32), 0, size)
            mstore(0x40, add(returned, add(32, and(add(size, 31), not(31)))))
        }
    }
}
