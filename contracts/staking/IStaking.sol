// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";

/// @title Staking: what an operator stands behind its decisions with, and how it leaves
interface IStaking is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice The operator's self-bond is `available`.
    error SelfBondInsufficient(bytes32 operatorId, uint256 available, uint256 needed);
    /// @notice No exit has this id (any more).
    error ExitUnknown(bytes32 exitId);
    /// @notice Claimable from `opensAt` on.
    error ExitNotMature(uint64 opensAt, uint64 nowAt);
    /// @notice A slash takes 1 to 10 000 basis points.
    error BpsInvalid(uint256 bps);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event Bonded(bytes32 indexed operatorId, address indexed owner, uint256 amount);
    event ExitRequested(
        bytes32 indexed operatorId,
        bytes32 indexed exitId,
        address indexed recipient,
        uint256 amount,
        uint64 opensAt
    );
    event ExitCancelled(bytes32 indexed operatorId, bytes32 indexed exitId, uint256 value);
    event ExitClaimed(bytes32 indexed operatorId, bytes32 indexed exitId, address indexed recipient, uint256 value);
    event Slashed(bytes32 indexed operatorId, uint256 bps, uint256 fromSelfBond, uint256 fromExits);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Adds to the operator's self-bond.
    /// @dev Requirements, in order: known; the caller is the owner; not ejected; amount not zero; the token allows it.
    function bond(bytes32 operatorId, uint256 amount) external;

    /// @notice Moves self-bond into an exit. It stays slashable until it is claimed.
    /// @dev Requirements: known; the caller is the owner; amount not zero and at most the self-bond.
    /// Effects: claimable at t > now + unbondingPeriod, at the value of that moment, by anyone for the caller.
    function requestExit(bytes32 operatorId, uint256 amount) external returns (bytes32 exitId);

    /// @notice Puts an exit's present value back into the self-bond.
    /// @dev Requirements: known exit; the caller is its recipient and still the owner; the operator isn't ejected.
    function cancelExit(bytes32 exitId) external returns (uint256 value);

    /// @notice Pays a matured exit to its recipient. Anyone may call.
    /// @dev Requirements: known exit; now >= opensAt.
    function claimExit(bytes32 exitId) external returns (uint256 value);

    /// @notice Takes bps of the self-bond and of the owner's exits and hands it to the court. Never reverts for lack of
    /// stake. Each ledger rounds up.
    /// @dev Requirements: the caller is the court; 1 <= bps <= 10 000.
    function slash(bytes32 operatorId, uint256 bps) external returns (uint256 taken);

    /*///////////////////////////////////////////////////////////// VIEWS */

    function selfBondOf(bytes32 operatorId) external view returns (uint256);

    /// @notice Total value, factor (10^27 = never slashed), generation of both ledgers and the number of exits ever.
    function ledgersOf(
        bytes32 operatorId
    )
        external
        view
        returns (
            uint128 selfBond,
            uint96 selfFactor,
            uint32 selfGeneration,
            uint128 exits,
            uint96 exitFactor,
            uint32 exitGeneration,
            uint64 exitCount
        );

    /// @notice Total: zeroes for an unknown exit. `value` is what a claim would pay now.
    function exitOf(
        bytes32 exitId
    ) external view returns (bytes32 operatorId, address recipient, uint64 opensAt, uint128 amount, uint128 value);
}
