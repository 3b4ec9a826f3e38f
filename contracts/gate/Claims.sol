// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {GateParameters} from "../council/IParameters.sol";
import {IDisruptions} from "../disruptions/IDisruptions.sol";
import {Directory} from "../lib/Directory.sol";
import {Entries} from "../lib/Entries.sol";
import {Tags} from "../lib/Tags.sol";
import {Entry} from "../registry/IPolicyRegistry.sol";
import {Split} from "../staking/IStaking.sol";
import {Claim, Excuse, IExecutionGate} from "./IExecutionGate.sol";
import {Fees} from "./Fees.sol";

/// @title Claims: a nonce reserved for one operator, at the risk of a lock
abstract contract Claims is Fees {
    /*/////////////////////////////////////////////////////////// STORAGE */

    /// A nonce missed so often is executed directly or not at all: squatters block it for so many claimTtl at most.
    uint256 public constant MAX_MISSES = 4;
    /// 14 words.
    uint256 internal constant CLAIM_BYTES = 0x1c0;

    IDisruptions public immutable disruptions;

    constructor(Directory memory directory) {
        disruptions = IDisruptions(directory.disruptions);
    }

    /*////////////////////////////////////////////////////////////// CLAIM */

    /// @inheritdoc IExecutionGate
    /// @dev Without a reentrancy guard: it calls nothing but contracts of the system, and whoever claims from inside an
    /// action finds the nonce of that action used.
    function claim(
        Entry calldata entry,
        uint64 stateEpoch,
        uint64 slot,
        bytes32 operatorId,
        bytes32[3] calldata missed
    ) external returns (uint64) {
        return _claim(entry, stateEpoch, slot, operatorId, missed);
    }

    /// @inheritdoc IExecutionGate
    function takeOver(
        Entry calldata entry,
        uint64 stateEpoch,
        uint64 slot,
        bytes32 operatorId,
        bytes32[3] calldata missed,
        Claim memory lapsed
    ) external nonReentrant returns (uint64) {
        _settle(lapsed);
        return _claim(entry, stateEpoch, slot, operatorId, missed);
    }

    function _claim(
        Entry calldata entry,
        uint64 stateEpoch,
        uint64 slot,
        bytes32 operatorId,
        bytes32[3] calldata missed
    ) internal returns (uint64) {
        Claim memory c;
        c.entryHash = Entries.hash(address(registry), entry);
        registry.requireInForce(
            Entries.key(address(registry), entry.policyHash, entry.adapter, entry.account),
            c.entryHash
        );

        GateParameters memory p = current;
        uint64 expiresAt;
        c.stateSource = entry.stateSource;
        (c.stateHash, c.attestationHash, expiresAt) = oracle.requireUsable(
            c.stateSource,
            stateEpoch,
            p.attestationGrace
        );
        if (block.timestamp > expiresAt) revert StateStale(expiresAt, uint64(block.timestamp));
        if (slot >= entry.quotaPerState) revert QuotaExceeded(slot, entry.quotaPerState);

        c.scope = scopeOf(entry.adapter, entry.account);
        c.nonce = (uint256(stateEpoch) << 64) | slot;
        c.operatorId = operatorId;
        bytes32 key = _nonceKey(c.scope, c.nonce);
        uint8 misses = _requireFree(c, records[key], missed);
        _requireClaimant(entry, operatorId, missed, misses);

        c.bond = uint96(p.claimBond) << misses;
        c.claimedAt = uint64(block.timestamp);
        c.deadline = c.claimedAt + entry.claimTtl;
        if (c.deadline > expiresAt) c.deadline = expiresAt;
        (c.factorAtLock, c.generation) = staking.lock(operatorId, c.bond, p.minSelfBond);
        c.fee = entry.execFee;
        if (c.fee != 0) _reserve(c.scope, c.fee);
        records[key] = Record(CLAIMED, misses, uint40(c.deadline), 0, 0, _commitment(c));
        _emitClaimed(c);
        return c.deadline;
    }

    /// Leaves the hash of those that missed the nonce in the claim.
    function _requireFree(
        Claim memory c,
        Record memory record,
        bytes32[3] calldata missed
    ) internal pure returns (uint8 misses) {
        misses = record.misses;
        if (record.flags & EXECUTED != 0) revert NonceUsed(c.scope, c.nonce);
        if (record.flags & CLAIMED != 0) revert NonceClaimed(c.scope, c.nonce);
        if (misses >= MAX_MISSES) revert MissedTooOften(c.scope, c.nonce);
        for (uint256 i = 0; i < misses; i++) c.missedHash = _missed(c.missedHash, missed[i]);
        if (uint128(uint256(c.missedHash)) != record.commitment) revert MissedListInvalid(c.scope, c.nonce);
    }

    function _requireClaimant(
        Entry calldata entry,
        bytes32 operatorId,
        bytes32[3] calldata missed,
        uint8 misses
    ) internal view {
        if (!_listed(entry.operators, operatorId)) revert OperatorNotListed(operatorId);
        for (uint256 i = 0; i < misses; i++) {
            if (missed[i] == operatorId) revert MissedBefore(operatorId);
        }
        address signer = operators.requireAdmitted(operatorId);
        if (msg.sender != signer) revert NotSigner(msg.sender, signer);
    }

    /*///////////////////////////////////////////////////////////// SETTLE */

    /// @inheritdoc IExecutionGate
    function settle(Claim memory lapsed) external nonReentrant returns (Excuse excuse) {
        return _settle(lapsed);
    }

    function _settle(Claim memory c) internal returns (Excuse excuse) {
        uint8 misses = _requireClaimed(c);
        if (block.timestamp <= c.deadline) revert ClaimOpen(c.deadline, uint64(block.timestamp));

        excuse = _excuse(c);
        (uint16 challengerBps, uint16 burnBps) = parameters.splitParameters();
        emit ClaimSettled(c.scope, c.nonce, c.operatorId, excuse);
        if (c.fee != 0) _free(c.scope, c.fee);
        if (excuse != Excuse.None) {
            _release(c, burnBps);
        } else {
            misses += 1;
            c.missedHash = _missed(c.missedHash, c.operatorId);
            staking.forfeit(c.operatorId, c.bond, Split(challengerBps, burnBps, msg.sender));
            operators.countMiss(c.operatorId);
        }
        records[_nonceKey(c.scope, c.nonce)] = Record(0, misses, 0, 0, 0, uint128(uint256(c.missedHash)));
    }

    function _release(Claim memory c, uint16 burnBps) internal {
        staking.release(c.operatorId, c.bond, c.factorAtLock, c.generation, burnBps);
    }

    function _excuse(Claim memory c) internal view returns (Excuse) {
        return Excuse(disruptions.firstWithin(c.entryHash, c.stateSource, c.claimedAt, c.deadline));
    }

    /*////////////////////////////////////////////////////////// INTERNAL */

    function _requireClaimed(Claim memory c) internal view returns (uint8 misses) {
        Record memory record = records[_nonceKey(c.scope, c.nonce)];
        misses = record.misses;
        bool known = record.flags & CLAIMED != 0 && record.commitment == _commitment(c);
        if (!known) revert ClaimUnknown(c.scope, c.nonce);
    }

    /// The lower half of keccak256(abi.encode(Tags.CLAIM, keccak256(abi.encode(c)))).
    /// @dev In memory a claim is what its encoding is: so many words.
    function _commitment(Claim memory c) internal pure returns (uint128) {
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(c, CLAIM_BYTES)
        }
        return uint128(uint256(keccak256(abi.encode(Tags.CLAIM, hash))));
    }

    /// emit Claimed(c.operatorId, c), without encoding the claim again.
    function _emitClaimed(Claim memory c) internal {
        bytes32 topic = Claimed.selector;
        bytes32 operatorId = c.operatorId;
        assembly ("memory-safe") {
            log2(c, CLAIM_BYTES, topic, operatorId)
        }
    }

    function _missed(bytes32 before, bytes32 operatorId) internal pure returns (bytes32) {
        return keccak256(abi.encode(Tags.MISSED, before, operatorId));
    }
}
