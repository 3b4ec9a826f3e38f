// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IParameters, ParameterSet} from "../council/IParameters.sol";
import {Directory} from "../lib/Directory.sol";
import {Signatures} from "../lib/Signatures.sol";
import {Tags} from "../lib/Tags.sol";
import {OperatorStatus} from "../lib/OperatorStatus.sol";
import {IStaking} from "../staking/IStaking.sol";
import {IOperators} from "./IOperators.sol";

contract Operators is IOperators, EIP712 {
    /*/////////////////////////////////////////////////////////// STORAGE */

    bytes32 internal constant POSSESSION_TYPEHASH = keccak256("SignerPossession(address owner,address signer)");

    address public immutable council;
    address public immutable gate;
    address public immutable court;
    IParameters public immutable parameters;
    IStaking public immutable staking;

    struct Operator {
        address signer;
        OperatorStatus status;
        uint40 jailedUntil;
        uint40 missesSince;
        uint8 misses;
        address owner;
        address payout;
        bytes32 metadataHash;
        address proposedOwner;
        uint64 ownerOpensAt;
    }

    struct Key {
        bytes32 operatorId;
        uint64 rotatedAt;
    }

    mapping(bytes32 operatorId => Operator) internal operators;
    mapping(address signer => Key) internal keys;
    bool public admissionOpen;

    constructor(Directory memory directory) EIP712("mprd-net", "1") {
        council = directory.council;
        gate = directory.gate;
        court = directory.court;
        parameters = IParameters(directory.parameters);
        staking = IStaking(directory.staking);
    }

    /*///////////////////////////////////////////////////////// ADMISSION */

    /// @inheritdoc IOperators
    function register(
        address signer,
        address payout,
        bytes32 metadataHash,
        bytes calldata possession
    ) external returns (bytes32 operatorId) {
        if (payout == address(0)) revert PayoutZero();
        operatorId = keccak256(abi.encode(Tags.OPERATOR, block.chainid, address(this), msg.sender, signer));
        _takeKey(operatorId, msg.sender, signer, possession);

        OperatorStatus status = admissionOpen ? OperatorStatus.Admitted : OperatorStatus.Pending;
        Operator storage o = operators[operatorId];
        o.signer = signer;
        o.status = status;
        o.owner = msg.sender;
        o.payout = payout;
        o.metadataHash = metadataHash;
        emit OperatorRegistered(operatorId, msg.sender, signer, payout, metadataHash, status);
    }

    /// @inheritdoc IOperators
    function admit(bytes32 operatorId) external {
        if (msg.sender != council) revert NotCouncil(msg.sender);
        if (operators[operatorId].status != OperatorStatus.Pending) revert OperatorNotPending(operatorId);

        operators[operatorId].status = OperatorStatus.Admitted;
        emit OperatorAdmitted(operatorId);
    }

    /// @inheritdoc IOperators
    function openAdmission() external {
        if (msg.sender != council) revert NotCouncil(msg.sender);
        if (admissionOpen) revert AdmissionOpenAlready();

        admissionOpen = true;
        emit AdmissionOpened();
    }

    /*///////////////////////////////////////////////////////////// OWNER */

    /// @inheritdoc IOperators
    function rotateSigner(bytes32 operatorId, address signer, bytes calldata possession) external {
        Operator storage o = _owned(operatorId);
        _takeKey(operatorId, msg.sender, signer, possession);

        address former = o.signer;
        keys[former].rotatedAt = uint64(block.timestamp);
        o.signer = signer;
        emit SignerRotated(operatorId, former, signer);
    }

    /// @inheritdoc IOperators
    function setPayout(bytes32 operatorId, address payout) external {
        Operator storage o = _owned(operatorId);
        if (payout == address(0)) revert PayoutZero();

        o.payout = payout;
        emit PayoutSet(operatorId, payout);
    }

    /// @inheritdoc IOperators
    function setMetadata(bytes32 operatorId, bytes32 metadataHash) external {
        _owned(operatorId).metadataHash = metadataHash;
        emit MetadataSet(operatorId, metadataHash);
    }

    /// @inheritdoc IOperators
    function proposeOwner(bytes32 operatorId, address proposed) external {
        Operator storage o = _owned(operatorId);

        o.proposedOwner = proposed;
        o.ownerOpensAt = uint64(block.timestamp) + parameters.unbondingPeriod() + 1;
        emit OwnerProposed(operatorId, proposed, o.ownerOpensAt);
    }

    /// @inheritdoc IOperators
    function acceptOwner(bytes32 operatorId) external {
        Operator storage o = _known(operatorId);
        if (msg.sender != o.proposedOwner) revert NotProposedOwner(msg.sender, o.proposedOwner);
        uint64 opensAt = _ownerOpensAt(operatorId, o.ownerOpensAt);
        if (block.timestamp < opensAt) revert OwnerChangeTooEarly(opensAt, uint64(block.timestamp));

        o.owner = msg.sender;
        o.proposedOwner = address(0);
        o.ownerOpensAt = 0;
        emit OwnerChanged(operatorId, msg.sender);
    }

    /// Exits stay slashable for what the operator does, so the former owner gets its last one before it loses control,
    /// and three blocks to claim it.
    function _ownerOpensAt(bytes32 operatorId, uint64 opensAt) internal view returns (uint64) {
        (, , uint64 lastExit) = staking.countsOf(operatorId);
        if (lastExit == 0) return opensAt;
        (, ParameterSet memory set) = parameters.current();
        uint64 afterExits = lastExit + 3 * uint64(set.blockInterval);
        return afterExits > opensAt ? afterExits : opensAt;
    }

    /*///////////////////////////////////////////////////// GATE AND COURT */

    /// @inheritdoc IOperators
    function countMiss(bytes32 operatorId) external {
        if (msg.sender != gate) revert NotGate(msg.sender);
        (uint32 period, uint32 term, uint8 limit) = parameters.missParameters();
        Operator storage o = operators[operatorId];
        (uint40 since, uint8 misses) = (o.missesSince, o.misses);

        uint40 nowAt = uint40(block.timestamp);
        if (misses == 0 || nowAt > uint256(since) + period) (since, misses) = (nowAt, 0);
        misses += 1;
        if (misses >= limit) {
            misses = 0;
            // A term that runs is not cut short by a later, shorter one.
            if (nowAt + term > o.jailedUntil) o.jailedUntil = nowAt + term;
        }
        (o.missesSince, o.misses) = (since, misses);
        emit MissCounted(operatorId, misses, since, o.jailedUntil);
    }

    /// @inheritdoc IOperators
    function eject(bytes32 operatorId) external {
        if (msg.sender != court) revert NotCourt(msg.sender);
        if (operators[operatorId].status == OperatorStatus.Ejected) return;

        operators[operatorId].status = OperatorStatus.Ejected;
        emit Ejected(operatorId);
    }

    /*////////////////////////////////////////////////////////// INTERNAL */

    function _known(bytes32 operatorId) internal view returns (Operator storage o) {
        o = operators[operatorId];
        if (o.status == OperatorStatus.Unknown) revert OperatorUnknown(operatorId);
    }

    function _owned(bytes32 operatorId) internal view returns (Operator storage o) {
        o = _known(operatorId);
        if (msg.sender != o.owner) revert NotOwner(msg.sender, o.owner);
    }

    /// Binds a key to an operator once its possession is shown. The owner is part of what is signed: nobody can
    /// register somebody else's key by copying the signature.
    function _takeKey(bytes32 operatorId, address owner, address signer, bytes calldata possession) internal {
        if (keys[signer].operatorId != 0) revert SignerTaken(signer);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(POSSESSION_TYPEHASH, owner, signer)));
        if (signer == address(0) || Signatures.recover(digest, possession) != signer) revert PossessionInvalid(signer);
        keys[signer].operatorId = operatorId;
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IOperators
    function requireAdmitted(bytes32 operatorId) external view returns (address) {
        Operator storage o = _known(operatorId);
        if (o.status != OperatorStatus.Admitted) revert OperatorNotAdmitted(operatorId, o.status);
        if (block.timestamp <= o.jailedUntil) revert OperatorJailed(operatorId, o.jailedUntil);
        return o.signer;
    }

    /// @inheritdoc IOperators
    function ownerOf(bytes32 operatorId) external view returns (address owner) {
        owner = operators[operatorId].owner;
        if (owner == address(0)) revert OperatorUnknown(operatorId);
    }

    /// @inheritdoc IOperators
    function statusOf(bytes32 operatorId) external view returns (OperatorStatus) {
        return operators[operatorId].status;
    }

    /// @inheritdoc IOperators
    function requireNotEjected(bytes32 operatorId) external view returns (address) {
        Operator storage o = _known(operatorId);
        if (o.status == OperatorStatus.Ejected) revert OperatorEjected(operatorId);
        return o.signer;
    }

    /// @inheritdoc IOperators
    function payoutOf(bytes32 operatorId) external view returns (address payout) {
        payout = operators[operatorId].payout;
        if (payout == address(0)) revert OperatorUnknown(operatorId);
    }

    /// @inheritdoc IOperators
    function missesOf(bytes32 operatorId) external view returns (uint8, uint64) {
        return (operators[operatorId].misses, operators[operatorId].missesSince);
    }

    /// @inheritdoc IOperators
    function currentOperatorOf(address signer) external view returns (bytes32) {
        Key storage key = keys[signer];
        bool current = key.rotatedAt == 0 && operators[key.operatorId].status != OperatorStatus.Ejected;
        return current ? key.operatorId : bytes32(0);
    }

    /// @inheritdoc IOperators
    function keyHistory(address signer) external view returns (bytes32, uint64) {
        return (keys[signer].operatorId, keys[signer].rotatedAt);
    }

    /// @inheritdoc IOperators
    function operator(
        bytes32 operatorId
    ) external view returns (OperatorStatus, address, address, address, bytes32, uint64, address, uint64) {
        Operator storage o = operators[operatorId];
        return (o.status, o.owner, o.signer, o.payout, o.metadataHash, o.jailedUntil, o.proposedOwner, o.ownerOpensAt);
    }
}
