// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Entry} from "../registry/IPolicyRegistry.sol";
import {Tags} from "./Tags.sol";

/// @title Names and hashes of registry entries, bound to chain and registry
library Entries {
    /// @notice The key under which a policy decides about (adapter, account).
    function key(
        address registry,
        bytes32 policyHash,
        address adapter,
        address account
    ) internal view returns (bytes32) {
        return keccak256(abi.encode(Tags.ENTRY_KEY, block.chainid, registry, policyHash, adapter, account));
    }

    /// @notice keccak256(abi.encode(Tags.ENTRY, block.chainid, registry, entry)).
    /// @dev Written out: the compiler re-encodes field by field, for four times the gas, in every execution. A field
    /// with dirty upper bits hashes to what no entry in force has, since the registry encodes what it stages.
    function hash(address registry, Entry calldata entry) internal view returns (bytes32 result) {
        bytes32 tag = Tags.ENTRY;
        bytes32[] calldata operators = entry.operators;
        address[] calldata proposers = entry.proposers;
        address[] calldata coSigners = entry.coSigners;
        assembly ("memory-safe") {
            // Copies a list behind the entry's head and returns where the next one goes.
            function append(head, field, tail, offset, length) -> next {
                mstore(add(head, field), tail)
                let target := add(head, tail)
                mstore(target, length)
                calldatacopy(add(target, 0x20), offset, shl(5, length))
                next := add(tail, add(0x20, shl(5, length)))
            }
            let start := mload(0x40)
            mstore(start, tag)
            mstore(add(start, 0x20), chainid())
            mstore(add(start, 0x40), registry)
            mstore(add(start, 0x60), 0x80)
            let head := add(start, 0x80)
            calldatacopy(head, entry, 0x200)
            let tail := append(head, 0xe0, 0x200, operators.offset, operators.length)
            tail := append(head, 0x120, tail, proposers.offset, proposers.length)
            tail := append(head, 0x160, tail, coSigners.offset, coSigners.length)
            result := keccak256(start, add(0x80, tail))
        }
    }
}
