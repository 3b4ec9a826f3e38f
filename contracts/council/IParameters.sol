// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";

/// @notice The governed parameters. Durations are seconds, amounts base units of AGRS. The first storage slot holds
/// what an execution reads.
struct ParameterSet {
    /// an operator with less self-bond than this is not active
    uint128 minSelfBond;
    /// how far in the future a decision's validUntil may lie
    uint32 maxValidity;
    /// an execution is final at t > executedAt + finalityDelay
    uint32 finalityDelay;
    /// how long an unchanged entry authorises in the previous epoch after an advance
    uint32 registryGrace;
    /// how long the previous attestation stays usable after a newer one was accepted
    uint32 attestationGrace;
    /// an exit can be claimed at t > requestedAt + unbondingPeriod
    uint32 unbondingPeriod;
    /// from quorum to execution of an elevated proposal
    uint32 elevatedDelay;
    /// from quorum to execution of a critical proposal
    uint32 criticalDelay;
    /// a proposal can be executed in [eta, eta + proposalGrace]
    uint32 proposalGrace;
    /// between two epochs of the registry
    uint32 epochMinInterval;
    /// how long a freeze by one member lasts
    uint32 freezeDuration;
    /// a member can freeze again only this long after the last time
    uint32 freezeCooldown;
    /// how far in the future the council may move the end of a freeze
    uint32 freezeExtension;
    /// assumed time between blocks of this chain
    uint32 blockInterval;
    /// assumed time to make a proof
    uint32 proofTime;
}

/// @title Parameters: the governed numbers, in one versioned set that is refused when it is unsafe
interface IParameters is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice The set was made for another version than the current one.
    error ParametersVersionMismatch(uint32 expected, uint32 actual);
    /// @notice The set breaks the inequality with this number (docs/protocol.md, "Parameters").
    error ParametersUnsafe(uint8 rule);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event ParametersSet(uint32 indexed version, ParameterSet set);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Replaces the whole set.
    /// @dev Requirements: the caller is the council; `expectedVersion` is the current version; every inequality holds.
    /// Effects: the version grows by one; the set is in force from this call on. Objects that carry a deadline keep it.
    function setParameters(uint32 expectedVersion, ParameterSet calldata set) external;

    /// @notice The version and the set in force.
    function current() external view returns (uint32 version, ParameterSet memory set);

    /// @notice What an execution needs, in one storage read.
    function gateParameters()
        external
        view
        returns (
            uint128 minSelfBond,
            uint32 maxValidity,
            uint32 finalityDelay,
            uint32 registryGrace,
            uint32 attestationGrace
        );
}
