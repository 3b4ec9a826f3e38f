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
        uint64 version;
    }

    address[] internal members_;
    /// Position in the member list plus one, so that zero means no member.
    mapping(address account => uint256) internal seat;
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
            p.eta = 0;
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
        uint64 eta = p.eta;
        if (eta == 0) revert QuorumMissing(id, _count(p.approvals), _needed(tier));
        (, uint64 grace) = _delayAndGrace(tier);
        if (block.timestamp < eta) revert ProposalNotReady(id, eta, uint64(block.timestamp));
        if (block.timestamp > eta + grace) revert ProposalExpired(id, eta + grace, uint64(block.timestamp));
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
        for (uint256 i = 0; i < members_.length; i++) delete seat[members_[i]];
        address last = address(0);
        for (uint256 i = 0; i < newMembers.length; i++) {
            if (newMembers[i] <= last) revert MembersNotIncreasing(i);
            last = newMembers[i];
            seat[last] = i + 1;
        }
        members_ = newMembers;
        version += 1;
        emit MembersSet(version, newMembers);
    }

    /*////////////////////////////////////////////////////////// INTERNAL */

    /// The caller's bit in the sets of approvals and objections.
    function _memberBit() internal view returns (uint256) {
        uint256 place = seat[msg.sender];
        if (place == 0) revert NotMember(msg.sender);
        return 1 << (place - 1);
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
            (uint64 delay, ) = _delayAndGrace(p.tier);
            p.eta = uint40(block.timestamp + delay);
            emit QuorumReached(id, p.eta);
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
        return seat[account] != 0;
    }

    /// @inheritdoc ICouncil
    function members() external view returns (address[] memory) {
        return members_;
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
    function proposal(bytes32 id) external view returns (ProposalStatus, address, uint8, uint32, uint32, uint64) {
        Proposal storage p = proposals[id];
        bool dead = p.status == ProposalStatus.Open && p.version != version;
        ProposalStatus status = dead ? ProposalStatus.None : p.status;
        return (status, p.proposer, p.tier, p.approvals, p.objections, p.eta);
    }
}
