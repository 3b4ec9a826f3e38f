// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Execution, IExecutionGate} from "../gate/IExecutionGate.sol";

/// @title A relayer that saves gas: a test double
contract MockRelayer {
    IExecutionGate public immutable gate;

    /// As the gate's, without the gas that was left: that depends on the compiler.
    error GasTooLow(uint256 needed, uint256 available);

    constructor(IExecutionGate gate_) {
        gate = gate_;
    }

    /// @notice Executes with so much gas, and fails as the gate does. Of GasTooLow it tells only what was needed.
    function execute(Execution calldata execution, uint256 allowance) external returns (bool, uint64) {
        try gate.execute{gas: allowance}(execution) returns (bool succeeded, uint64 logIndex) {
            return (succeeded, logIndex);
        } catch (bytes memory reason) {
            if (bytes4(reason) == GasTooLow.selector) {
                assembly ("memory-safe") {
                    mstore(add(reason, 0x44), 0)
                }
            }
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }
}
