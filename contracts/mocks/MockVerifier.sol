// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IReceiptVerifier} from "../receipts/IReceiptVerifier.sol";

/// @title A verifier that misbehaves in one way: a test double
contract MockVerifier is IReceiptVerifier {
    enum Behaviour {
        BurnGas,
        RevertManyBytes,
        RevertFewBytes,
        RevertForeignError,
        ReturnManyBytes
    }

    /// An error that no contract of the system has.
    error Foreign(uint256[] words);

    bytes32 public constant imageId = 0;
    bytes4 public immutable selector;
    bool public immutable isDevelopment;
    Behaviour internal immutable behaviour;

    constructor(bytes4 selector_, Behaviour behaviour_, bool isDevelopment_) {
        selector = selector_;
        behaviour = behaviour_;
        isDevelopment = isDevelopment_;
    }

    /// @inheritdoc IReceiptVerifier
    function verify(bytes calldata, bytes32, bytes32) external view {
        if (behaviour == Behaviour.RevertForeignError) revert Foreign(new uint256[](32));
        Behaviour b = behaviour;
        assembly ("memory-safe") {
            switch b
            case 0 {
                invalid()
            }
            case 1 {
                revert(0, 1000000)
            }
            case 2 {
                revert(0, 3)
            }
            default {
                return(0, 100000)
            }
        }
    }
}
