// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {OperatorStatus} from "./OperatorStatus.sol";

/// @title Errors that mean the same in several contracts
interface ICommonErrors {
    /// @notice Only the council may do this, by an executed proposal.
    error NotCouncil(address caller);
    /// @notice Only a member of the council may do this.
    error NotMember(address caller);
    /// @notice Only the slashing court may do this.
    error NotCourt(address caller);
    /// @notice Only the execution gate may do this.
    error NotGate(address caller);
    /// @notice `caller` is not the owner, who is `owner`.
    error NotOwner(address caller, address owner);
    /// @notice The amount must not be zero.
    error AmountZero();
    /// @notice A tier is 1 (routine), 2 (elevated) or 3 (critical).
    error TierInvalid(uint8 tier);
    /// @notice No operator has this id.
    error OperatorUnknown(bytes32 operatorId);
    /// @notice The operator's self-bond is below the minimum.
    error SelfBondTooLow(bytes32 operatorId, uint256 selfBond, uint256 minimum);
    /// @notice The operator isn't admitted.
    error OperatorNotAdmitted(bytes32 operatorId, OperatorStatus status);
    /// @notice The operator was ejected for ever.
    error OperatorEjected(bytes32 operatorId);
}
