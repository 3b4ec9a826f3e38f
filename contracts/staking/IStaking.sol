// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";

/// @notice Whose stake an exit was.
enum ExitKind {
    Owner,
    Delegator
}

/// @notice Where slashed stake goes: the reward to `rewardTo`, a part is burned, the rest with the dust is the
/// council's treasury's. The reward is computed only on what was the operator's own.
struct Split {
    uint16 rewardBps;
    uint16 burnBps;
    address rewardTo;
}

/// @title Staking: what operators and their delegators stand behind decisions with, and how they leave
interface IStaking is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice The operator's self-bond is `available`.
    error SelfBondInsufficient(bytes32 operatorId, uint256 available, uint256 needed);
    /// @notice Delegations to an operator sum to at most delegationRatio times its self-bond.
    error DelegationRatioExceeded(bytes32 operatorId, uint256 delegated, uint256 most);
    /// @notice The account has `available` shares in the operator's pool.
    error SharesInsufficient(bytes32 operatorId, address account, uint256 available, uint256 needed);
    /// @notice No exit has this name (any more).
    error ExitUnknown(ExitKind kind, bytes32 operatorId, address account, uint32 index);
    /// @notice Claimable from `opensAt` on.
    error ExitNotMature(uint64 opensAt, uint64 nowAt);
    /// @notice An operator has at most `most` locks at once.
    error TooManyLocks(bytes32 operatorId, uint256 most);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event Bonded(bytes32 indexed operatorId, address indexed from, uint256 amount);
    event Delegated(bytes32 indexed operatorId, address indexed account, uint256 amount, uint256 shares);
    /// @notice An exit began; of a delegator, it took `shares` out of the pool (zero for an owner).
    event ExitRequested(
        bytes32 indexed operatorId,
        address indexed account,
        ExitKind kind,
        uint32 index,
        uint256 amount,
        uint256 shares,
        uint64 opensAt
    );
    event ExitCancelled(bytes32 indexed operatorId, address indexed account, uint32 index, uint256 value);
    event ExitClaimed(bytes32 indexed operatorId, address indexed account, ExitKind kind, uint32 index, uint256 value);
    /// @notice A lock ended without fault: `value` returned, `lost` had been slashed meanwhile.
    event LockReleased(bytes32 indexed operatorId, uint256 value, uint256 lost);
    event Slashed(
        bytes32 indexed operatorId,
        uint256 ownBps,
        uint256 delegatedBps,
        uint256 fromSelfBond,
        uint256 fromExits,
        uint256 fromDelegation,
        uint256 fromDelegatorExits
    );

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Adds to the operator's self-bond, by anyone: a gift binds nobody but the giver.
    /// @dev Requirements, in order: amount not zero; without self-bond: known, not ejected; the token allows it.
    function bond(bytes32 operatorId, uint256 amount) external;

    /// @notice `bond` on a permit for this contract. A permit that was used before or doesn't fit is ignored: then the
    /// allowance decides.
    /// @dev Requirements: as for bond.
    function bondWithPermit(
        bytes32 operatorId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Moves self-bond into an exit. It stays slashable until it is claimed.
    /// @dev Requirements: known; the caller is the owner; amount not zero and at most the self-bond.
    /// Effects: claimable at t > now + unbondingPeriod, at the value of that moment, by anyone for the caller.
    function requestExit(bytes32 operatorId, uint256 amount) external returns (uint32 index);

    /// @notice Puts the present value of the caller's exit back into the self-bond.
    /// @dev Requirements: known exit of the caller; the caller is still the owner; the operator isn't ejected.
    function cancelExit(bytes32 operatorId, uint32 index) external returns (uint256 value);

    /// @notice Stands behind an operator with own tokens, for shares of its pool.
    /// @dev Requirements, in order: amount not zero; the operator is admitted; all delegations together are at most
    /// delegationRatio times the self-bond; the token allows it.
    function delegate(bytes32 operatorId, uint256 amount) external returns (uint256 shares);

    /// @notice `delegate` on a permit for this contract, as bondWithPermit.
    /// @dev Requirements: as for delegate.
    function delegateWithPermit(
        bytes32 operatorId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 shares);

    /// @notice Moves shares of the pool, at their present value, into an exit of the caller's.
    /// @dev Requirements: shares not zero and at most the caller's. Effects: as for requestExit.
    function undelegate(bytes32 operatorId, uint256 shares) external returns (uint32 index);

    /// @notice Pays a matured exit to its account. Anyone may call.
    /// @dev Requirements: known exit; now >= opensAt.
    function claimExit(
        ExitKind kind,
        bytes32 operatorId,
        address account,
        uint32 index
    ) external returns (uint256 value);

    /// @notice Moves self-bond into a lock that the gate remembers.
    /// @dev Requirements, in order: the caller is the gate; self-bond >= minimum; at most 16 locks; self-bond >=
    /// amount.
    /// @return factor and generation of the self-bond, by which the lock's value is computed at its release
    function lock(
        bytes32 operatorId,
        uint256 amount,
        uint256 minimum
    ) external returns (uint96 factor, uint24 generation);

    /// @notice Ends a lock without fault: returns amount x factorNow / factorAtLock to the self-bond; what the operator
    /// was slashed meanwhile goes to burn and treasury.
    /// @dev Requirements: the caller is the gate.
    function release(
        bytes32 operatorId,
        uint256 amount,
        uint96 factorAtLock,
        uint24 generation,
        uint16 burnBps
    ) external;

    /// @notice Ends a lock with fault: takes it at face value.
    /// @dev Requirements: the caller is the gate.
    function forfeit(bytes32 operatorId, uint256 amount, Split calldata split) external;

    /// @notice Takes ownBps of self-bond and owner's exits, delegatedBps of the pool and the delegators' exits, each
    /// rounded up, at most all of it. Never reverts for lack of stake.
    /// @dev Requirements: the caller is the court.
    /// @return reward what `split.rewardTo` got
    function slash(
        bytes32 operatorId,
        uint256 ownBps,
        uint256 delegatedBps,
        Split calldata split
    ) external returns (uint256 reward);

    /*///////////////////////////////////////////////////////////// VIEWS */

    function selfBondOf(bytes32 operatorId) external view returns (uint256);

    /// @notice Total value, factor (10^27 = never slashed), generation of the four ledgers, in the order self-bond,
    /// owner's exits, delegation pool, delegators' exits.
    function ledgersOf(
        bytes32 operatorId
    ) external view returns (uint96[4] memory totals, uint96[4] memory factors, uint24[4] memory generations);

    /// @notice Exits that owners of the operator ever began, locks that are open, and the second from which on the last
    /// of the exits can be claimed (zero: there was none).
    function countsOf(bytes32 operatorId) external view returns (uint32 exits, uint8 locks, uint64 lastExitOpensAt);

    /// @notice Total. Shares of an account in the pool, their present value, and the exits it ever began.
    function delegationOf(
        bytes32 operatorId,
        address account
    ) external view returns (uint128 shares, uint256 value, uint32 exits);

    /// @notice Total: zeroes for an unknown exit. `value` is what a claim would pay now.
    function exitOf(
        ExitKind kind,
        bytes32 operatorId,
        address account,
        uint32 index
    ) external view returns (uint64 opensAt, uint128 shares, uint256 value);
}
