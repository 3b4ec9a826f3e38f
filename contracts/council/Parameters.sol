// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IExecutionGate} from "../gate/IExecutionGate.sol";
import {Directory} from "../lib/Directory.sol";
import {GateParameters, IParameters, ParameterSet} from "./IParameters.sol";

contract Parameters is IParameters {
    /*/////////////////////////////////////////////////////////// STORAGE */

    /// Open claims of one operator (Staking.MAX_LOCKS).
    uint256 internal constant MAX_LOCKS = 16;

    address public immutable council;
    IExecutionGate public immutable gate;

    ParameterSet internal set_;
    uint32 internal version_;

    constructor(Directory memory directory, ParameterSet memory initial) {
        council = directory.council;
        gate = IExecutionGate(directory.gate);
        _requireSafe(initial);
        set_ = initial;
        emit ParametersSet(0, initial);
    }

    /*//////////////////////////////////////////////////////// GOVERNANCE */

    /// @inheritdoc IParameters
    function setParameters(uint32 expectedVersion, ParameterSet calldata set) external {
        if (msg.sender != council) revert NotCouncil(msg.sender);
        if (expectedVersion != version_) revert ParametersVersionMismatch(expectedVersion, version_);
        _requireSafe(set);

        version_ += 1;
        set_ = set;
        emit ParametersSet(version_, set);
        gate.renewParameters();
    }

    /// The rules are numbered in the order in which they are checked.
    function _requireSafe(ParameterSet memory s) internal pure {
        // The shortest useful claim: three blocks and a proof.
        uint256 claim = 3 * uint256(s.blockInterval) + s.proofTime;

        if (s.minSelfBond == 0) revert ParametersUnsafe(1);
        if (s.blockInterval == 0 || s.proofTime == 0) revert ParametersUnsafe(2);
        // Whoever dislikes a critical change can leave before it bites, with three blocks to see it and to claim.
        uint256 slack = 3 * uint256(s.blockInterval);
        if (s.criticalDelay <= uint256(s.unbondingPeriod) + slack) revert ParametersUnsafe(3);
        if (s.elevatedDelay > s.criticalDelay) revert ParametersUnsafe(4);
        if (s.maxValidity < claim) revert ParametersUnsafe(5);
        // A proof in flight survives an epoch change and a newer attestation.
        if (s.registryGrace < claim + s.proofTime) revert ParametersUnsafe(6);
        if (s.attestationGrace < claim + s.proofTime) revert ParametersUnsafe(7);
        // One member can't keep the registry frozen for more than half of the time.
        if (s.freezeDuration == 0 || 2 * uint256(s.freezeDuration) > s.freezeCooldown) revert ParametersUnsafe(8);
        if (s.proposalGrace < 2 * uint256(s.blockInterval)) revert ParametersUnsafe(9);
        // The grace of one epoch ends before the next epoch's can begin to matter.
        if (s.epochMinInterval < s.registryGrace) revert ParametersUnsafe(10);
        // All claims of an operator are covered by the least self-bond.
        if (s.claimBond == 0 || MAX_LOCKS * uint256(s.claimBond) > s.minSelfBond) revert ParametersUnsafe(11);
        // Who plays both sides loses at least what is burned and what the treasury gets.
        if (s.challengerBps > 5_000 || s.burnBps < 1_000 || uint256(s.challengerBps) + s.burnBps > 10_000) {
            revert ParametersUnsafe(12);
        }
        if (s.missLimit == 0 || s.missPeriod == 0 || s.jailTerm == 0) revert ParametersUnsafe(13);
        if (s.delegationRatio > 100) revert ParametersUnsafe(14);
        // Whoever leaves right after an offence is still in reach when the ruling ends.
        if (s.unbondingPeriod <= uint256(s.lookBack) + s.disputeWindow + s.rulingWindow + slack) {
            revert ParametersUnsafe(15);
        }
        if (s.unbondingPeriod <= s.proveWindow + slack) revert ParametersUnsafe(16);
        if (s.lookBack == 0 || s.disputeWindow < slack || s.rulingWindow < slack) revert ParametersUnsafe(17);
        if (s.proveWindow < 20 * uint256(s.blockInterval) || s.proveWindow < 10 * uint256(s.proofTime)) {
            revert ParametersUnsafe(18);
        }
        if (s.revealDelay < 2 * uint256(s.blockInterval) || 4 * uint256(s.revealDelay) >= s.proveWindow) {
            revert ParametersUnsafe(19);
        }
        if (s.auditBps == 0 || s.auditBps > 1_000 || s.accuserBond == 0) revert ParametersUnsafe(20);
        // A member is not gone faster than by a critical proposal.
        if (uint256(s.silencePeriod) + s.noticePeriod <= s.criticalDelay || s.noticePeriod < slack) {
            revert ParametersUnsafe(21);
        }
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IParameters
    function current() external view returns (uint32 version, ParameterSet memory set) {
        return (version_, set_);
    }

    /// @inheritdoc IParameters
    function gateParameters() external view returns (GateParameters memory) {
        ParameterSet storage s = set_;
        return
            GateParameters(
                s.minSelfBond,
                s.claimBond,
                s.maxValidity,
                s.finalityDelay,
                s.registryGrace,
                s.attestationGrace
            );
    }

    /// @inheritdoc IParameters
    function splitParameters() external view returns (uint16, uint16) {
        return (set_.challengerBps, set_.burnBps);
    }

    /// @inheritdoc IParameters
    function missParameters() external view returns (uint32, uint32, uint8) {
        return (set_.missPeriod, set_.jailTerm, set_.missLimit);
    }

    /// @inheritdoc IParameters
    function unbondingPeriod() external view returns (uint32) {
        return set_.unbondingPeriod;
    }

    /// @inheritdoc IParameters
    function delegationRatio() external view returns (uint16) {
        return set_.delegationRatio;
    }
}
