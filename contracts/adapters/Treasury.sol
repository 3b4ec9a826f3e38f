// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Directory} from "../lib/Directory.sol";
import {Quorum} from "../lib/Quorum.sol";
import {ActionWords, IActionAdapter} from "./IActionAdapter.sol";
import {ActionField, ITreasury} from "./ITreasury.sol";

contract Treasury is ITreasury {
    using SafeERC20 for IERC20;

    /*/////////////////////////////////////////////////////////// STORAGE */

    /// Id of the action schema `treasury.pay`; docs/policy.md says how it follows from the schema's text.
    uint32 public constant PAY = 0x3b73925a;
    /// Parameter p0 counts 10^-6 AGRS.
    uint256 public constant UNIT = 1e12;
    uint256 public constant MAX_MEMO = 256;

    IERC20 public immutable agrs;
    address public immutable gate;
    /// Payments of at least this many units need co-signatures of the elevated, of the critical tier.
    uint256 public immutable elevatedFrom;
    uint256 public immutable criticalFrom;

    mapping(address account => uint256) public fundsOf;

    constructor(Directory memory directory, uint256 elevatedFrom_, uint256 criticalFrom_) {
        agrs = IERC20(directory.agrs);
        gate = directory.gate;
        elevatedFrom = elevatedFrom_;
        criticalFrom = criticalFrom_;
    }

    /*////////////////////////////////////////////////////////////// FUNDS */

    /// @inheritdoc ITreasury
    function fund(address account, uint256 amount) external {
        if (amount == 0) revert AmountZero();

        // The transfer comes first because it says best why it can't be done; the token calls nobody back.
        agrs.safeTransferFrom(msg.sender, address(this), amount);
        fundsOf[account] += amount;
        emit Funded(account, msg.sender, amount);
    }

    /// @inheritdoc ITreasury
    function withdraw(uint256 amount) external {
        if (amount == 0) revert AmountZero();
        _take(msg.sender, amount);

        emit Withdrawn(msg.sender, amount);
        agrs.safeTransfer(msg.sender, amount);
    }

    /*//////////////////////////////////////////////////////////// ACTION */

    /// @inheritdoc IActionAdapter
    function check(ActionWords calldata words, bytes calldata payload) external view returns (uint8 tier) {
        if (words.schema != PAY) revert ActionInvalid(ActionField.Schema);
        if (words.addressee == address(0)) revert ActionInvalid(ActionField.Addressee);
        if (words.presence != 1) revert ActionInvalid(ActionField.Presence);
        if (words.p0 <= 0) revert ActionInvalid(ActionField.Amount);
        if (payload.length > MAX_MEMO) revert ActionInvalid(ActionField.Payload);
        uint256 units = uint64(words.p0);
        if (units >= criticalFrom) return Quorum.CRITICAL;
        return units >= elevatedFrom ? Quorum.ELEVATED : Quorum.ROUTINE;
    }

    /// @inheritdoc IActionAdapter
    function perform(address account, ActionWords calldata words, bytes calldata payload) external {
        if (msg.sender != gate) revert NotGate(msg.sender);
        uint256 amount = uint256(uint64(words.p0)) * UNIT;
        _take(account, amount);

        emit Paid(account, words.addressee, amount, payload);
        agrs.safeTransfer(words.addressee, amount);
    }

    function _take(address account, uint256 amount) internal {
        uint256 available = fundsOf[account];
        if (available < amount) revert FundsInsufficient(account, available, amount);
        fundsOf[account] = available - amount;
    }
}
