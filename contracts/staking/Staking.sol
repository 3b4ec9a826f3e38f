// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IParameters, ParameterSet} from "../council/IParameters.sol";
import {Directory} from "../lib/Directory.sol";
import {FactorLedger} from "../lib/FactorLedger.sol";
import {Tags} from "../lib/Tags.sol";
import {IOperators, OperatorStatus} from "../operators/IOperators.sol";
import {IStaking} from "./IStaking.sol";

contract Staking is IStaking {
    using SafeERC20 for IERC20;
    using FactorLedger for FactorLedger.Ledger;

    /*/////////////////////////////////////////////////////////// STORAGE */

    IERC20 public immutable agrs;
    IOperators public immutable operators;
    IParameters public immutable parameters;
    address public immutable court;

    struct Exit {
        bytes32 operatorId;
        address recipient;
        uint64 opensAt;
        uint32 generation;
        uint128 amount;
        uint96 factorAtStart;
    }

    mapping(bytes32 operatorId => FactorLedger.Ledger) internal selfBonds;
    mapping(bytes32 operatorId => FactorLedger.Ledger) internal exitLedgers;
    mapping(bytes32 operatorId => uint64) internal exitCounts;
    mapping(bytes32 exitId => Exit) internal exits;

    constructor(Directory memory directory) {
        agrs = IERC20(directory.agrs);
        operators = IOperators(directory.operators);
        parameters = IParameters(directory.parameters);
        court = directory.court;
    }

    /*///////////////////////////////////////////////////////////// OWNER */

    /// @inheritdoc IStaking
    function bond(bytes32 operatorId, uint256 amount) external {
        _requireOwner(operatorId);
        _requireNotEjected(operatorId);
        if (amount == 0) revert AmountZero();

        // The transfer comes first because it says best why it can't be done; the token calls nobody back.
        agrs.safeTransferFrom(msg.sender, address(this), amount);
        selfBonds[operatorId].total += uint128(amount);
        emit Bonded(operatorId, msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function requestExit(bytes32 operatorId, uint256 amount) external returns (bytes32 exitId) {
        _requireOwner(operatorId);
        if (amount == 0) revert AmountZero();
        FactorLedger.Ledger storage selfBond = selfBonds[operatorId];
        if (amount > selfBond.total) revert SelfBondInsufficient(operatorId, selfBond.total, amount);
        (, ParameterSet memory set) = parameters.current();

        FactorLedger.Ledger storage ledger = exitLedgers[operatorId];
        // A worn factor would let a small slash end the generation with this exit in it.
        if (ledger.total == 0 && ledger.factor != 0) ledger.renew();
        uint64 count = exitCounts[operatorId]++;
        exitId = keccak256(abi.encode(Tags.EXIT, block.chainid, address(this), operatorId, count));
        uint64 opensAt = uint64(block.timestamp) + set.unbondingPeriod + 1;
        selfBond.total -= uint128(amount);
        ledger.total += uint128(amount);
        exits[exitId] = Exit(operatorId, msg.sender, opensAt, ledger.generation, uint128(amount), ledger.factorOf());
        emit ExitRequested(operatorId, exitId, msg.sender, amount, opensAt);
    }

    /// @inheritdoc IStaking
    function cancelExit(bytes32 exitId) external returns (uint256 value) {
        Exit memory e = _known(exitId);
        if (msg.sender != e.recipient) revert NotOwner(msg.sender, e.recipient);
        _requireOwner(e.operatorId);
        _requireNotEjected(e.operatorId);

        value = _close(exitId, e);
        selfBonds[e.operatorId].total += uint128(value);
        emit ExitCancelled(e.operatorId, exitId, value);
    }

    /*//////////////////////////////////////////////////////////// ANYONE */

    /// @inheritdoc IStaking
    function claimExit(bytes32 exitId) external returns (uint256 value) {
        Exit memory e = _known(exitId);
        if (block.timestamp < e.opensAt) revert ExitNotMature(e.opensAt, uint64(block.timestamp));

        value = _close(exitId, e);
        emit ExitClaimed(e.operatorId, exitId, e.recipient, value);
        agrs.safeTransfer(e.recipient, value);
    }

    /*///////////////////////////////////////////////////////////// COURT */

    /// @inheritdoc IStaking
    function slash(bytes32 operatorId, uint256 bps) external returns (uint256 taken) {
        if (msg.sender != court) revert NotCourt(msg.sender);
        if (bps == 0 || bps > 10_000) revert BpsInvalid(bps);

        uint256 fromSelfBond = selfBonds[operatorId].slash(bps, false);
        uint256 fromExits = exitLedgers[operatorId].slash(bps, true);
        taken = fromSelfBond + fromExits;
        emit Slashed(operatorId, bps, fromSelfBond, fromExits);
        agrs.safeTransfer(court, taken);
    }

    /*////////////////////////////////////////////////////////// INTERNAL */

    function _requireOwner(bytes32 operatorId) internal view {
        (address owner, ) = operators.ownerOf(operatorId);
        if (msg.sender != owner) revert NotOwner(msg.sender, owner);
    }

    function _requireNotEjected(bytes32 operatorId) internal view {
        (, OperatorStatus status) = operators.ownerOf(operatorId);
        if (status == OperatorStatus.Ejected) revert OperatorEjected(operatorId);
    }

    function _known(bytes32 exitId) internal view returns (Exit memory e) {
        e = exits[exitId];
        if (e.operatorId == 0) revert ExitUnknown(exitId);
    }

    /// Takes the exit out of the ledger at its present value.
    function _close(bytes32 exitId, Exit memory e) internal returns (uint128 value) {
        FactorLedger.Ledger storage ledger = exitLedgers[e.operatorId];
        value = ledger.valueOf(e.amount, e.factorAtStart, e.generation);
        ledger.total -= value;
        delete exits[exitId];
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IStaking
    function selfBondOf(bytes32 operatorId) external view returns (uint256) {
        return selfBonds[operatorId].total;
    }

    /// @inheritdoc IStaking
    function ledgersOf(
        bytes32 operatorId
    ) external view returns (uint128, uint96, uint32, uint128, uint96, uint32, uint64) {
        FactorLedger.Ledger storage bonded = selfBonds[operatorId];
        FactorLedger.Ledger storage leaving = exitLedgers[operatorId];
        return (
            bonded.total,
            bonded.factorOf(),
            bonded.generation,
            leaving.total,
            leaving.factorOf(),
            leaving.generation,
            exitCounts[operatorId]
        );
    }

    /// @inheritdoc IStaking
    function exitOf(
        bytes32 exitId
    ) external view returns (bytes32 operatorId, address recipient, uint64 opensAt, uint128 amount, uint128 value) {
        Exit storage e = exits[exitId];
        if (e.operatorId != 0) {
            value = exitLedgers[e.operatorId].valueOf(e.amount, e.factorAtStart, e.generation);
        }
        return (e.operatorId, e.recipient, e.opensAt, e.amount, value);
    }
}
