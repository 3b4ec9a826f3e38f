// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ActionWords, IActionAdapter} from "../adapters/IActionAdapter.sol";

/// @title An adapter that calls whatever its action names: a test double
/// @notice The action's payload is sent to its addressee; an empty one isn't. Everything else of the words means
/// nothing, so that they may hold anything.
contract MockCaller is IActionAdapter {
    /// Schema: the action fails when its call fails, with the error of the call. With any other schema it succeeds all
    /// the same and returns that error.
    uint32 public constant BUBBLE = 1;

    /// @inheritdoc IActionAdapter
    function check(ActionWords calldata, bytes calldata) external pure returns (uint8) {
        return 1;
    }

    /// @inheritdoc IActionAdapter
    function perform(address, ActionWords calldata words, bytes calldata payload) external {
        if (payload.length == 0) return;
        (bool ok, bytes memory returned) = words.addressee.call(payload);
        if (ok) return;
        bool fails = words.schema == BUBBLE;
        assembly ("memory-safe") {
            if fails {
                revert(add(returned, 32), mload(returned))
            }
            return(add(returned, 32), mload(returned))
        }
    }
}
