// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Directory} from "../lib/Directory.sol";
import {Quorum} from "../lib/Quorum.sol";
import {Tags} from "../lib/Tags.sol";
import {ICouncil, ProposalStatus, TierRule} from "./ICouncil.sol";
import {IParameters, ParameterSet} from "./IParameters.sol";

contract Council is ICouncil {
    /*/////////////////////////////////////////////////////////// STORAGE */

    uint256 internal constant MAX_CALLDATA = 16_384;
    uint256 internal constant MAX_MEMBERS = 32;

    IParameters public immutable parameters;

    struct Proposal {
        address proposer;
        uint32 approvals;
        uint40 eta;
        uint8 tier;
        ProposalStatus status;
        uint32 objections;
        uint40 until;
        uint64 version;
    }

    struct Seat {
        /// position in the member list plus one, so that zero means no member
        uint8 place;
        uint40 lastSeen;
        uint40 noticeAt;
    }

    address[] internal members_;
    mapping(address account => Seat) internal seats;
    mapping(address target => mapping(bytes4 selector => uint8)) internal tierOf;
    mapping(bytes32 id => Proposal) internal proposals;
    uint64 public version;
    bool public genesisSealed;

    constructor(Directory memory directory, address[] memory initialMembers) {
        parameters = IParameters(directory.parameters);
        _setMembers(initialMembers);
    }

    /*///////////////////////////////////////////////////////// PROPOSALS */

    /// @inheritdoc ICouncil
    function propose(address target, bytes calldata data, uint8 tier, bytes32 salt) external returns (bytes32 id) {
        uint256 bit = _memberBit();
        if (tier < Quorum.ROUTINE || tier > Quorum.CRITICAL) revert TierInvalid(tier);
        if (data.length < 4 || data.length > MAX_CALLDATA) revert CalldataLengthInvalid(data.length);
        uint8 required = minimumTier(target, bytes4(data));
        if (tier < required) revert TierTooLow(required, tier);
        id = proposalId(target, data, tier, salt);
        Proposal storage p = proposals[id];
        if (p.status != ProposalStatus.None) revert ProposalExists(id);

        p.proposer = msg.sender;
        p.tier = tier;
        p.status = ProposalStatus.Open;
        p.version = version;
        emit Proposed(id, msg.sender, target, data, tier, salt);
        _approve(id, p, bit);
    }

    /// @inheritdoc ICouncil
    function approve(bytes32 id) external {
        uint256 bit = _memberBit();
        Proposal storage p = _open(id);
        if (p.approvals & bit != 0) revert AlreadyApproved(id, msg.sender);

        _approve(id, p, bit);
    }

    /// @inheritdoc ICouncil
    function withdrawApproval(bytes32 id) external {
        uint256 bit = _memberBit();
        Proposal storage p = _open(id);
        if (p.approvals & bit == 0) revert NotApproved(id, msg.sender);

        p.approvals = uint32(p.approvals & ~bit);
        emit ApprovalWithdrawn(id, msg.sender);
        if (p.eta != 0 && _count(p.approvals) < _needed(p.tier)) {
            (p.eta, p.until) = (0, 0);
            emit QuorumLost(id);
        }
    }

    /// @inheritdoc ICouncil
    function object(bytes32 id) external {
        uint256 bit = _memberBit();
        Proposal storage p = _open(id);
        if (p.objections & bit != 0) revert AlreadyObjected(id, msg.sender);

        p.objections = uint32(p.objections | bit);
        emit Objected(id, msg.sender);
        uint256 blocking = members_.length - _needed(p.tier) + 1;
        if (msg.sender == p.proposer || _count(p.objections) >= blocking) {
            p.status = ProposalStatus.Cancelled;
            emit ProposalCancelled(id);
        }
    }

    /// @inheritdoc ICouncil
    function execute(address target, bytes calldata data, uint8 tier, bytes32 salt) external {
        bytes32 id = proposalId(target, data, tier, salt);
        Proposal storage p = _open(id);
        (uint64 eta, uint64 until) = (p.eta, p.until);
        if (eta == 0) revert QuorumMissing(id, _count(p.approvals), _needed(tier));
        if (block.timestamp < eta) revert ProposalNotReady(id, eta, uint64(block.timestamp));
        if (block.timestamp > until) revert ProposalExpired(id, until, uint64(block.timestamp));
        if (target.code.length == 0) revert TargetNotContract(target);

        p.status = ProposalStatus.Executed;
        emit ProposalExecuted(id);
        (bool ok, bytes memory returned) = target.call(data);
        if (!ok) {
            if (returned.length == 0) revert CallReverted(id);
            assembly ("memory-safe") {
                revert(add(returned, 32), mload(returned))
            }
        }
    }

    /*///////////////////////////////////////////////// THE COUNCIL ITSELF */

    /// @inheritdoc ICouncil
    function sealGenesis() external {
        _memberBit();
        if (genesisSealed) revert GenesisSealedAlready();

        genesisSealed = true;
        // Whatever was approved while there were no delays dies here.
        version += 1;
        emit GenesisSealed();
    }

    /// @inheritdoc ICouncil
    function heartbeat() external {
        _memberBit();
    }

    /// @inheritdoc ICouncil
    function putOnNotice(address member) external {
        _memberBit();
        Seat storage s = seats[member];
        if (s.place == 0) revert NotMember(member);
        if (s.noticeAt != 0) revert OnNoticeAlready(member);
        (, ParameterSet memory set) = parameters.current();
        uint64 opensAt = s.lastSeen + set.silencePeriod + 1;
        if (block.timestamp < opensAt) revert MemberNotSilent(member, s.lastSeen, opensAt);

        s.noticeAt = uint40(block.timestamp);
        emit PutOnNotice(member, msg.sender);
    }

    /// @inheritdoc ICouncil
    function removeSilent(address member) external {
        Seat storage s = seats[member];
        if (s.place == 0) revert NotMember(member);
        uint256 n = members_.length;
        if (n == 1) revert LastMember(member);
        if (s.noticeAt == 0) revert NotOnNotice(member);
        (, ParameterSet memory set) = parameters.current();
        uint64 opensAt = s.noticeAt + set.noticePeriod + 1;
        if (block.timestamp < opensAt) revert NoticeRunning(member, opensAt);

        address[] memory left = new address[](n - 1);
        for (uint256 i = 0; i < n; i++) {
            if (i + 1 != s.place) left[i + 1 < s.place ? i : i - 1] = members_[i];
        }
        // The members that stay keep their signs of life.
        _seat(left);
    }

    /// @inheritdoc ICouncil
    function setMembers(address[] calldata newMembers) external {
        if (msg.sender != address(this)) revert NotCouncil(msg.sender);
        _setMembers(newMembers);
    }

    /// @inheritdoc ICouncil
    function setTiers(TierRule[] calldata rules) external {
        if (msg.sender != address(this)) revert NotCouncil(msg.sender);
        version += 1;
        for (uint256 i = 0; i < rules.length; i++) {
            TierRule calldata rule = rules[i];
            if (rule.tier < Quorum.ROUTINE || rule.tier > Quorum.CRITICAL) revert TierInvalid(rule.tier);
            tierOf[rule.target][rule.selector] = rule.tier;
        }
        emit TiersSet(version, rules);
    }

    function _setMembers(address[] memory newMembers) internal {
        if (newMembers.length == 0 || newMembers.length > MAX_MEMBERS) revert MemberCountInvalid(newMembers.length);
        address last = address(0);
        for (uint256 i = 0; i < newMembers.length; i++) {
            if (newMembers[i] <= last) revert MembersNotIncreasing(i);
            last = newMembers[i];
        }
        _seat(newMembers);
    }

    /// Seats a new list. Who was no member before is seen now; the others keep their signs of life and notices.
    function _seat(address[] memory newMembers) internal {
        for (uint256 i = 0; i < members_.length; i++) seats[members_[i]].place = 0;
        for (uint256 i = 0; i < newMembers.length; i++) {
            Seat storage s = seats[newMembers[i]];
            s.place = uint8(i + 1);
            if (s.lastSeen == 0) s.lastSeen = uint40(block.timestamp);
        }
        for (uint256 i = 0; i < members_.length; i++) {
            if (seats[members_[i]].place == 0) delete seats[members_[i]];
        }
        members_ = newMembers;
        version += 1;
        emit MembersSet(version, newMembers);
    }

    /*////////////////////////////////////////////////////////// INTERNAL */

    /// The caller's bit in the sets of approvals and objections; that it calls is a sign of life.
    function _memberBit() internal returns (uint256) {
        Seat storage s = seats[msg.sender];
        if (s.place == 0) revert NotMember(msg.sender);
        (s.lastSeen, s.noticeAt) = (uint40(block.timestamp), 0);
        emit Seen(msg.sender);
        return 1 << (s.place - 1);
    }

    function _open(bytes32 id) internal view returns (Proposal storage p) {
        p = proposals[id];
        // Under another version the bits of its sets would belong to other members.
        if (p.status == ProposalStatus.None || p.version != version) revert ProposalUnknown(id);
        if (p.status != ProposalStatus.Open) revert ProposalClosed(id, p.status);
    }

    function _approve(bytes32 id, Proposal storage p, uint256 bit) internal {
        p.approvals = uint32(p.approvals | bit);
        emit Approved(id, msg.sender);
        if (p.eta == 0 && _count(p.approvals) >= _needed(p.tier)) {
            (uint64 delay, uint64 grace) = _delayAndGrace(p.tier);
            p.eta = uint40(block.timestamp + delay);
            p.until = p.eta + uint40(grace);
            emit QuorumReached(id, p.eta, p.until);
        }
    }

    function _needed(uint8 tier) internal view returns (uint256) {
        return Quorum.needed(tier, members_.length);
    }

    function _count(uint256 bits) internal pure returns (uint256 n) {
        for (; bits != 0; bits &= bits - 1) n++;
    }

    function _delayAndGrace(uint8 tier) internal view returns (uint64 delay, uint64 grace) {
        (, ParameterSet memory set) = parameters.current();
        grace = set.proposalGrace;
        if (genesisSealed && tier != Quorum.ROUTINE) {
            delay = tier == Quorum.ELEVATED ? set.elevatedDelay : set.criticalDelay;
        }
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc ICouncil
    function isMember(address account) external view returns (bool) {
        return seats[account].place != 0;
    }

    /// @inheritdoc ICouncil
    function members() external view returns (address[] memory) {
        return members_;
    }

    /// @inheritdoc ICouncil
    function memberCount() external view returns (uint256) {
        return members_.length;
    }

    /// @inheritdoc ICouncil
    function presenceOf(address account) external view returns (uint64, uint64) {
        return (seats[account].lastSeen, seats[account].noticeAt);
    }

    /// @inheritdoc ICouncil
    function delayOf(uint8 tier) external view returns (uint64 delay) {
        (delay, ) = _delayAndGrace(tier);
    }

    /// @inheritdoc ICouncil
    function minimumTier(address target, bytes4 selector) public view returns (uint8) {
        uint8 tier = tierOf[target][selector];
        return tier == 0 ? Quorum.CRITICAL : tier;
    }

    /// @inheritdoc ICouncil
    function proposalId(address target, bytes calldata data, uint8 tier, bytes32 salt) public view returns (bytes32) {
        return
            keccak256(
                abi.encode(Tags.PROPOSAL, block.chainid, address(this), target, keccak256(data), tier, salt, version)
            );
    }

    /// @inheritdoc ICouncil
    function proposal(
        bytes32 id
    ) external view returns (ProposalStatus, address, uint8, uint32, uint32, uint64, uint64) {
        Proposal storage p = proposals[id];
        bool dead = p.status == ProposalStatus.Open && p.version != version;
        ProposalStatus status = dead ? ProposalStatus.None : p.status;
        return (status, p.proposer, p.tier, p.approvals, p.objections, p.eta, p.until);
    }
}
