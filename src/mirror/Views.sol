// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice The lens of a system that has none: calls views of other contracts, all in one call.
contract Views {
    /// @notice The results one after the other: as long as each has a static type, that is the encoding of them all.
    /// @dev Fails with the error of the first view that fails.
    function look(address[] calldata targets, bytes[] calldata calls) external view {
        bytes memory results;
        for (uint256 i = 0; i < targets.length; i++) {
            (bool ok, bytes memory result) = targets[i].staticcall(calls[i]);
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(result, 32), mload(result))
                }
            }
            results = bytes.concat(results, result);
        }
        assembly ("memory-safe") {
            return(add(results, 32), mload(results))
        }
    }
}
