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

    /// @notice keccak-256 of the entry's ABI encoding.
    function hash(address registry, Entry calldata entry) internal view returns (bytes32) {
        return keccak256(abi.encode(Tags.ENTRY, block.chainid, registry, entry));
    }
}
