// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";

/// @notice The least tier at which `selector` of `target` may be proposed.
struct TierRule {
    address target;
    bytes4 selector;
    uint8 tier;
}

/// @notice None: never proposed under the present membership and tiers.
enum ProposalStatus {
    None,
    Open,
    Executed,
    Cancelled
}

/// @title Council: members propose calls, a quorum approves, a delay passes, anyone executes
interface ICouncil is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice Calldata must hold a selector and at most 16 384 bytes.
    error CalldataLengthInvalid(uint256 length);
    /// @notice This call needs at least tier `required`.
    error TierTooLow(uint8 required, uint8 given);
    /// @notice The same call with the same salt was proposed before.
    error ProposalExists(bytes32 id);
    /// @notice No proposal has this id under the present membership and tiers.
    error ProposalUnknown(bytes32 id);
    /// @notice The proposal was executed or cancelled.
    error ProposalClosed(bytes32 id, ProposalStatus status);
    /// @notice This member approved already.
    error AlreadyApproved(bytes32 id, address member);
    /// @notice This member has no approval to withdraw.
    error NotApproved(bytes32 id, address member);
    /// @notice This member objected already.
    error AlreadyObjected(bytes32 id, address member);
    /// @notice Too few members approve.
    error QuorumMissing(bytes32 id, uint256 approvals, uint256 needed);
    /// @notice Executable from `eta` on; it is `nowAt`.
    error ProposalNotReady(bytes32 id, uint64 eta, uint64 nowAt);
    /// @notice Was executable until `until`; it is `nowAt`.
    error ProposalExpired(bytes32 id, uint64 until, uint64 nowAt);
    /// @notice The target has no code.
    error TargetNotContract(address target);
    /// @notice The target reverted without saying why.
    error CallReverted(bytes32 id);
    /// @notice Genesis was sealed before; sealing is once and for ever.
    error GenesisSealedAlready();
    /// @notice A council has 1 to 32 members.
    error MemberCountInvalid(uint256 count);
    /// @notice The member was seen at `lastSeen`; it can be put on notice from `opensAt` on.
    error MemberNotSilent(address member, uint64 lastSeen, uint64 opensAt);
    /// @notice The member is on notice already.
    error OnNoticeAlready(address member);
    /// @notice The member isn't on notice.
    error NotOnNotice(address member);
    /// @notice The member can be removed from `opensAt` on.
    error NoticeRunning(address member, uint64 opensAt);
    /// @notice The last member stays.
    error LastMember(address member);
    /// @notice Members are given in strictly increasing order, without the zero address.
    error MembersNotIncreasing(uint256 index);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event Proposed(
        bytes32 indexed id,
        address indexed proposer,
        address indexed target,
        bytes data,
        uint8 tier,
        bytes32 salt
    );
    event Approved(bytes32 indexed id, address indexed member);
    event ApprovalWithdrawn(bytes32 indexed id, address indexed member);
    event Objected(bytes32 indexed id, address indexed member);
    event QuorumReached(bytes32 indexed id, uint64 eta, uint64 until);
    event QuorumLost(bytes32 indexed id);
    event ProposalCancelled(bytes32 indexed id);
    event ProposalExecuted(bytes32 indexed id);
    event GenesisSealed();
    /// @notice The member gave a sign of life.
    event Seen(address indexed member);
    event PutOnNotice(address indexed member, address indexed by);
    event MembersSet(uint64 indexed version, address[] members);
    event TiersSet(uint64 indexed version, TierRule[] rules);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Proposes a call; the proposer approves it in the same step.
    /// @dev Requirements, in order: the caller is a member; the tier is 1..3; 4 <= data length <= 16 384; the tier is
    /// at least the call's minimum; the same (target, data, tier, salt) was not proposed under this version.
    /// Effects: the proposal is open with one approval; quorum may be reached at once.
    function propose(address target, bytes calldata data, uint8 tier, bytes32 salt) external returns (bytes32 id);

    /// @notice Adds the caller's approval; the delay runs from the moment the quorum is held.
    /// @dev Requirements: member; known; open; not approved by the caller before.
    function approve(bytes32 id) external;

    /// @notice Takes the caller's approval back; losing the quorum resets the delay.
    /// @dev Requirements: member; known; open; approved by the caller.
    function withdrawApproval(bytes32 id) external;

    /// @notice Objects: with n - k + 1 objections no quorum of k can be held and the proposal is cancelled.
    /// The proposer's objection cancels alone. An approval of the caller stands beside it until withdrawn.
    /// @dev Requirements: member; known; open; not objected by the caller before.
    function object(bytes32 id) external;

    /// @notice Executes an approved call, by anyone.
    /// @dev Requirements: known; open; quorum; now >= eta; now <= until; the target has code; the call succeeds (its
    /// own error is passed on). eta = time of quorum + the tier's delay of that moment, which is zero before genesis is
    /// sealed, and until = eta + the proposalGrace of that moment: a later change of either moves neither. Effects: the
    /// proposal is executed; the call's effects.
    function execute(address target, bytes calldata data, uint8 tier, bytes32 salt) external;

    /// @notice Ends genesis: from now on delays hold, and every open proposal dies. One way.
    /// @dev Requirements: member; not sealed.
    function sealGenesis() external;

    /// @notice A sign of life of a member; whatever else it does here is one too.
    /// @dev Requirements: member. Effects: a notice ends.
    function heartbeat() external;

    /// @notice Puts a silent member on notice.
    /// @dev Requirements: the caller is a member; so is `member`; it isn't on notice; now > its last sign of life +
    /// silencePeriod.
    function putOnNotice(address member) external;

    /// @notice Removes a member that stayed silent on notice; by anyone. Every open proposal dies.
    /// @dev Requirements: `member` is a member, not the last one, on notice; now > the notice + noticePeriod.
    function removeSilent(address member) external;

    /// @notice Replaces the members. Every open proposal dies.
    /// @dev Requirements: the caller is the council itself; 1..32 members, strictly increasing, none zero.
    function setMembers(address[] calldata members_) external;

    /// @notice Sets minimum tiers. Every open proposal dies. A call without a rule needs the critical tier.
    /// @dev Requirements: the caller is the council itself; tiers are 1..3.
    function setTiers(TierRule[] calldata rules) external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    function isMember(address account) external view returns (bool);

    function members() external view returns (address[] memory);

    function memberCount() external view returns (uint256);

    /// @notice Total: zeroes for a stranger. Last sign of life and begin of a notice (zero: none).
    function presenceOf(address account) external view returns (uint64 lastSeen, uint64 noticeAt);

    /// @notice Grows with every change of members or tiers; part of each proposal's id.
    function version() external view returns (uint64);

    function genesisSealed() external view returns (bool);

    /// @notice Seconds from quorum to execution.
    function delayOf(uint8 tier) external view returns (uint64);

    function minimumTier(address target, bytes4 selector) external view returns (uint8);

    function proposalId(address target, bytes calldata data, uint8 tier, bytes32 salt) external view returns (bytes32);

    /// @notice Total: an unknown id has status None. Approvals and objections are bit sets over the member list;
    /// `eta` and `until` are zero while there is no quorum.
    function proposal(
        bytes32 id
    )
        external
        view
        returns (
            ProposalStatus status,
            address proposer,
            uint8 tier,
            uint32 approvals,
            uint32 objections,
            uint64 eta,
            uint64 until
        );
}
