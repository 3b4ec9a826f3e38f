// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";

/// @notice The governed parameters. Durations are seconds, amounts base units of AGRS. The first storage slot holds
/// what claims and executions read, the second what slashes read.
struct ParameterSet {
    /// an operator with less self-bond than this is not active
    uint80 minSelfBond;
    /// locked by a claim on a nonce; doubles with every miss of that nonce
    uint80 claimBond;
    /// how far in the future a decision's validUntil may lie
    uint24 maxValidity;
    /// an execution is final at t > executedAt + finalityDelay
    uint24 finalityDelay;
    /// how long an unchanged entry authorises in the previous epoch after an advance
    uint24 registryGrace;
    /// how long the previous attestation stays usable after a newer one was accepted
    uint24 attestationGrace;
    /// an exit can be claimed at t > requestedAt + unbondingPeriod
    uint32 unbondingPeriod;
    /// missed claims are counted over this long
    uint32 missPeriod;
    /// how long an operator is jailed
    uint32 jailTerm;
    /// the reporter's part of what is taken from the operator's own stake, 1/10 000
    uint16 challengerBps;
    /// the part that is burned, 1/10 000
    uint16 burnBps;
    /// an operator that misses so many claims in one missPeriod is jailed
    uint8 missLimit;
    /// delegations to an operator sum to at most so many times its self-bond
    uint16 delegationRatio;
    /// deposit of an accuser; doubles with every acquittal of that execution
    uint96 accuserBond;
    /// an execution can be accused until executedAt + lookBack
    uint32 lookBack;
    /// the accused operator can answer alone for so long, then the ruling begins
    uint32 disputeWindow;
    /// how long the members can rule
    uint32 rulingWindow;
    /// evidence is revealed at least so long after it was opened
    uint32 revealDelay;
    /// and at most so long
    uint32 proveWindow;
    /// part of an operator's own stake that a guilty verdict takes, 1/10 000; half of it from its delegators
    uint16 auditBps;
    /// a member silent for so long can be put on notice
    uint32 silencePeriod;
    /// and is removed when it stays silent for so long after
    uint32 noticePeriod;
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

/// @notice The part of the set that the gate reads, as in ParameterSet.
struct GateParameters {
    uint80 minSelfBond;
    uint80 claimBond;
    uint24 maxValidity;
    uint24 finalityDelay;
    uint24 registryGrace;
    uint24 attestationGrace;
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
    /// Effects: the version grows by one; the set is in force from this call on, in the gate too. Objects that carry a
    /// deadline keep it.
    function setParameters(uint32 expectedVersion, ParameterSet calldata set) external;

    /// @notice The version and the set in force.
    function current() external view returns (uint32 version, ParameterSet memory set);

    /// @notice What claims and executions need. The gate keeps a copy, which setParameters renews.
    function gateParameters() external view returns (GateParameters memory);

    /// @notice What a settlement needs, in one storage read.
    function splitParameters() external view returns (uint16 challengerBps, uint16 burnBps);

    /// @notice What counts missed claims, in one storage read.
    function missParameters() external view returns (uint32 missPeriod, uint32 jailTerm, uint8 missLimit);

    function unbondingPeriod() external view returns (uint32);

    function delegationRatio() external view returns (uint16);
}
