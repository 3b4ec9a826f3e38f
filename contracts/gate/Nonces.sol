// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {GateParameters, IParameters} from "../council/IParameters.sol";
import {Directory} from "../lib/Directory.sol";
import {Tags} from "../lib/Tags.sol";
import {IOperators} from "../operators/IOperators.sol";
import {IStateOracle} from "../oracle/IStateOracle.sol";
import {IPolicyRegistry} from "../registry/IPolicyRegistry.sol";
import {IStaking} from "../staking/IStaking.sol";
import {IExecutionGate, NonceStatus} from "./IExecutionGate.sol";

/// @title What the gate keeps of a nonce: one storage word, whatever happens to it
abstract contract Nonces is IExecutionGate, ReentrancyGuardTransient {
    /*/////////////////////////////////////////////////////////// STORAGE */

    uint8 internal constant CLAIMED = 1;
    uint8 internal constant EXECUTED = 2;
    uint8 internal constant SUCCEEDED = 4;
    uint8 internal constant FEE_OWED = 8;

    struct Record {
        /// CLAIMED, or EXECUTED with what became of it; zero: free
        uint8 flags;
        /// missed claims, while the nonce isn't executed
        uint8 misses;
        /// deadline of the claim, or time of the execution
        uint40 time;
        /// of the time of the execution
        uint24 finalityDelay;
        uint48 logIndex;
        /// to the open claim; to the operators that missed a free nonce; to operator and fee of an execution. Half of a
        /// keccak-256: whoever wants another preimage has to try 2^128.
        uint128 commitment;
    }

    IParameters public immutable parameters;
    IPolicyRegistry public immutable registry;
    IOperators public immutable operators;
    IStaking public immutable staking;
    IStateOracle public immutable oracle;

    mapping(bytes32 nonceKey => Record) internal records;
    /// A copy: reading it here saves a call in every claim and execution.
    GateParameters internal current;

    constructor(Directory memory directory) {
        parameters = IParameters(directory.parameters);
        current = IParameters(directory.parameters).gateParameters();
        registry = IPolicyRegistry(directory.registry);
        operators = IOperators(directory.operators);
        staking = IStaking(directory.staking);
        oracle = IStateOracle(directory.oracle);
    }

    /*//////////////////////////////////////////////////////// PARAMETERS */

    /// @inheritdoc IExecutionGate
    function renewParameters() external {
        current = parameters.gateParameters();
    }

    /*////////////////////////////////////////////////////////// INTERNAL */

    function _nonceKey(bytes32 scope, uint256 nonce) internal pure returns (bytes32) {
        return keccak256(abi.encode(Tags.NONCE, scope, nonce));
    }

    function _executionCommitment(bytes32 operatorId, uint256 fee) internal pure returns (uint128) {
        return uint128(uint256(keccak256(abi.encode(Tags.EXECUTION, operatorId, fee))));
    }

    function _listed(bytes32[] calldata list, bytes32 operatorId) internal pure returns (bool) {
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] == operatorId) return true;
        }
        return list.length == 0;
    }

    /// The record of what this operator executed for this fee.
    function _executedBy(
        bytes32 scope,
        uint256 nonce,
        bytes32 operatorId,
        uint256 fee
    ) internal view returns (Record storage record) {
        record = records[_nonceKey(scope, nonce)];
        bool known = record.flags & EXECUTED != 0 && record.commitment == _executionCommitment(operatorId, fee);
        if (!known) revert ExecutionUnknown(scope, nonce);
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IExecutionGate
    function scopeOf(address adapter, address account) public view returns (bytes32) {
        return keccak256(abi.encode(Tags.SCOPE, block.chainid, address(this), adapter, account));
    }

    /// @inheritdoc IExecutionGate
    function statusOf(
        bytes32 scope,
        uint256 nonce
    )
        external
        view
        returns (NonceStatus status, uint64 executedAt, uint64 finalAfter, uint64 logIndex, bool succeeded)
    {
        Record memory record = records[_nonceKey(scope, nonce)];
        if (record.flags & CLAIMED != 0) return (NonceStatus.Claimed, 0, 0, 0, false);
        if (record.flags & EXECUTED == 0) return (NonceStatus.Unused, 0, 0, 0, false);
        finalAfter = uint64(record.time) + record.finalityDelay;
        status = block.timestamp > finalAfter ? NonceStatus.Final : NonceStatus.Executed;
        return (status, record.time, finalAfter, record.logIndex, record.flags & SUCCEEDED != 0);
    }

    /// @inheritdoc IExecutionGate
    function claimOf(bytes32 scope, uint256 nonce) external view returns (uint64, uint8, uint128) {
        Record memory record = records[_nonceKey(scope, nonce)];
        if (record.flags & EXECUTED != 0) return (0, 0, 0);
        return (record.time, record.misses, record.commitment);
    }

    /// @inheritdoc IExecutionGate
    function requireExecutedBy(
        bytes32 scope,
        uint256 nonce,
        bytes32 operatorId,
        uint256 fee
    ) external view returns (uint64) {
        return _executedBy(scope, nonce, operatorId, fee).time;
    }
}
