// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IReceiptVerifier} from "../receipts/IReceiptVerifier.sol";

/// @title A verifier that refuses every receipt without a word: a test double
contract MockSilentVerifier is IReceiptVerifier {
    bytes4 public constant selector = 0xfffffffe;
    bytes32 public constant imageId = 0;
    bool public constant isDevelopment = true;

    /// @inheritdoc IReceiptVerifier
    function verify(bytes calldata, bytes32, bytes32) external pure {
        assembly ("memory-safe") {
            revert(0, 0)
        }
    }
}
