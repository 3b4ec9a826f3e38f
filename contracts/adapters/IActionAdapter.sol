// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice The words that the policy judged and that the receipt commits to. An absent parameter is zero and its bit in
/// `presence` (bit i for p_i) is not set.
struct ActionWords {
    uint32 schema;
    address addressee;
    int64 p0;
    int64 p1;
    int64 p2;
    uint8 presence;
}

/// @title What turns judged words into an effect
/// @dev An adapter holds no role in the protocol: whatever it does, it does as itself.
interface IActionAdapter {
    /// @notice Reverts when the words or the payload don't decode to an action of this adapter.
    /// @return tier least tier of co-signing that this action asks for (1 none, 2 more than half, 3 two thirds)
    function check(ActionWords calldata words, bytes calldata payload) external view returns (uint8 tier);

    /// @notice Executes for `account`. A revert is a failed action, which is logged; it doesn't undo the execution.
    function perform(address account, ActionWords calldata words, bytes calldata payload) external;
}
