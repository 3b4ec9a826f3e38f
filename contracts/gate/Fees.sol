// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Directory} from "../lib/Directory.sol";
import {IExecutionGate} from "./IExecutionGate.sol";
import {Nonces} from "./Nonces.sol";

/// @title Fees: promised by an entry, set aside by the execution, paid at finality from what somebody funded
abstract contract Fees is Nonces {
    using SafeERC20 for IERC20;

    /*/////////////////////////////////////////////////////////// STORAGE */

    struct Escrow {
        uint128 available;
        uint128 owed;
    }

    IERC20 public immutable agrs;

    mapping(bytes32 scope => Escrow) public escrowOf;

    constructor(Directory memory directory) {
        agrs = IERC20(directory.agrs);
    }

    /*////////////////////////////////////////////////////////////// ESCROW */

    /// @inheritdoc IExecutionGate
    function fundEscrow(bytes32 scope, uint256 amount) external nonReentrant {
        if (amount == 0) revert AmountZero();

        agrs.safeTransferFrom(msg.sender, address(this), amount);
        escrowOf[scope].available += uint128(amount);
        emit EscrowFunded(scope, msg.sender, amount);
    }

    /// @inheritdoc IExecutionGate
    function withdrawEscrow(address adapter, uint256 amount) external nonReentrant {
        if (amount == 0) revert AmountZero();
        bytes32 scope = scopeOf(adapter, msg.sender);
        _requireAvailable(scope, amount);

        escrowOf[scope].available -= uint128(amount);
        emit EscrowWithdrawn(scope, msg.sender, amount);
        agrs.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IExecutionGate
    function collectFee(bytes32 scope, uint256 nonce, bytes32 operatorId, uint256 fee) external nonReentrant {
        Record storage record = _executedBy(scope, nonce, operatorId, fee);
        if (record.flags & FEE_OWED == 0) revert FeeNotOwed(scope, nonce);
        uint64 finalAfter = uint64(record.time) + record.finalityDelay;
        if (block.timestamp <= finalAfter) revert NotFinal(finalAfter, uint64(block.timestamp));

        record.flags &= ~FEE_OWED;
        escrowOf[scope].owed -= uint128(fee);
        address payout = operators.payoutOf(operatorId);
        emit FeePaid(scope, nonce, operatorId, payout, fee);
        agrs.safeTransfer(payout, fee);
    }

    /*////////////////////////////////////////////////////////// INTERNAL */

    function _requireAvailable(bytes32 scope, uint256 amount) internal view {
        uint128 available = escrowOf[scope].available;
        if (available < amount) revert EscrowInsufficient(scope, available, amount);
    }

    /// Sets a fee aside, so that nobody can take it back while somebody works for it.
    function _reserve(bytes32 scope, uint128 fee) internal {
        _requireAvailable(scope, fee);
        Escrow memory escrow = escrowOf[scope];
        escrowOf[scope] = Escrow(escrow.available - fee, escrow.owed + fee);
    }

    /// Gives a fee back that will not be owed.
    function _free(bytes32 scope, uint128 fee) internal {
        Escrow memory escrow = escrowOf[scope];
        escrowOf[scope] = Escrow(escrow.available + fee, escrow.owed - fee);
    }
}
