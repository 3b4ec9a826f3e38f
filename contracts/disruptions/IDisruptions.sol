// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Disruptions: when something happened that may keep an honest operator from executing what it claimed
/// @notice Subjects: zero for what concerns everybody (a freeze, a stopped or removed verifier), the hash of an
/// entry's content, a source's id.
interface IDisruptions {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice Only the registry, the oracle and the router mark disruptions.
    error NotMarker(address caller);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event Disrupted(bytes32 indexed subject);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Notes that the subject is disrupted now.
    /// @dev Requirements: the caller is the registry, the oracle or the router.
    function mark(bytes32 subject) external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @notice Whether the subject was marked in [from, to], in time logarithmic in the number of its marks.
    function within(bytes32 subject, uint64 from, uint64 to) external view returns (bool);

    /// @notice What was marked in [from, to]: 1 everybody (subject zero), 2 the first, 3 the second subject, in this
    /// order; 0 none of them.
    function firstWithin(bytes32 first, bytes32 second, uint64 from, uint64 to) external view returns (uint256);

    /// @notice Total: when the subject was marked last; zero for never.
    function lastOf(bytes32 subject) external view returns (uint64);
}
