// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Directory} from "../lib/Directory.sol";
import {IParameters, ParameterSet} from "./IParameters.sol";

contract Parameters is IParameters {
    /*/////////////////////////////////////////////////////////// STORAGE */

    address public immutable council;

    ParameterSet internal set_;
    uint32 internal version_;

    constructor(Directory memory directory, ParameterSet memory initial) {
        council = directory.council;
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
    }

    /// The rules are numbered in the order in which they are checked.
    function _requireSafe(ParameterSet memory s) internal pure {
        // The shortest useful claim: three blocks and a proof.
        uint256 claim = 3 * uint256(s.blockInterval) + s.proofTime;

        if (s.minSelfBond == 0) revert ParametersUnsafe(1);
        if (s.blockInterval == 0 || s.proofTime == 0) revert ParametersUnsafe(2);
        // Whoever dislikes a critical change can leave before it bites, with three blocks to see it and to claim.
        if (s.criticalDelay <= uint256(s.unbondingPeriod) + 3 * uint256(s.blockInterval)) revert ParametersUnsafe(3);
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
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IParameters
    function current() external view returns (uint32 version, ParameterSet memory set) {
        return (version_, set_);
    }

    /// @inheritdoc IParameters
    function gateParameters() external view returns (uint128, uint32, uint32, uint32, uint32) {
        ParameterSet storage s = set_;
        return (s.minSelfBond, s.maxValidity, s.finalityDelay, s.registryGrace, s.attestationGrace);
    }
}
