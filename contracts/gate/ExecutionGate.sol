// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ActionWords, IActionAdapter} from "../adapters/IActionAdapter.sol";
import {GateParameters} from "../council/IParameters.sol";
import {BoundedCall} from "../lib/BoundedCall.sol";
import {Directory} from "../lib/Directory.sol";
import {Entries} from "../lib/Entries.sol";
import {MerkleMountainRange} from "../lib/MerkleMountainRange.sol";
import {Quorum} from "../lib/Quorum.sol";
import {Signatures} from "../lib/Signatures.sol";
import {Tags} from "../lib/Tags.sol";
import {IReceiptRouter} from "../receipts/IReceiptRouter.sol";
import {Entry, ProposerMode} from "../registry/IPolicyRegistry.sol";
import {Claims} from "./Claims.sol";
import {Fees} from "./Fees.sol";
import {Claim, Execution, IExecutionGate} from "./IExecutionGate.sol";
import {Nonces} from "./Nonces.sol";

contract ExecutionGate is Claims, EIP712 {
    using MerkleMountainRange for MerkleMountainRange.Range;

    /*/////////////////////////////////////////////////////////// STORAGE */

    /// What a verifier may use. A Groth16 proof with seven public words costs about 240 000.
    uint256 public constant VERIFIER_GAS_CAP = 400_000;
    /// Kept back for the log after the action.
    uint256 public constant RESERVE_GAS = 150_000;
    uint256 internal constant MAX_PROOF = 1_024;

    bytes32 internal constant DECISION_TYPEHASH = keccak256(
        "Decision(bytes32 scope,uint256 nonce,bytes32 operatorId,uint32 schema,address addressee,int64 p0,int64 p1,"
        "int64 p2,uint8 presence,uint64 validUntil,address submitter,bytes32 journalDigest)"
    );
    bytes32 internal constant PROPOSAL_TYPEHASH = keccak256(
        "Proposal(bytes32 scope,uint256 nonce,bytes32 stateHash,bytes32 candidateSetHash)"
    );

    IReceiptRouter public immutable router;

    MerkleMountainRange.Range internal log;

    /// What the gate learned itself while checking; the journal is built from it.
    struct Facts {
        bytes32 entryKey;
        bytes32 entryHash;
        bytes32 registryRoot;
        bytes32 stateHash;
        bytes32 attestationHash;
        bytes32 scope;
        uint256 nonce;
        bytes32 nonceKey;
        address signer;
        uint8 tier;
        bytes32 journalDigest;
        uint64 expiresAt;
        GateParameters p;
    }

    constructor(
        Directory memory directory
    ) EIP712("mprd-net", "1") Nonces(directory) Fees(directory) Claims(directory) {
        router = IReceiptRouter(directory.router);
    }

    /*/////////////////////////////////////////////////////////// EXECUTE */

    /// @inheritdoc IExecutionGate
    function execute(Execution calldata x) external nonReentrant returns (bool, uint64) {
        return _execute(x);
    }

    /// @inheritdoc IExecutionGate
    function executeClaimed(Execution calldata x, Claim memory c) external nonReentrant returns (bool, uint64) {
        if (block.timestamp > c.deadline) {
            // A lapsed claim is settled like any other; then the nonce is free for everyone.
            _settle(c);
            return _execute(x);
        }
        Facts memory f = _requireEntry(x);
        _requireHeld(x, c, f);
        _requireDecided(x, f);
        (, uint16 burnBps) = parameters.splitParameters();
        _release(c, burnBps);
        return _conclude(x, f, c.fee);
    }

    function _execute(Execution calldata x) internal returns (bool, uint64) {
        Facts memory f = _requireEntry(x);
        _requireOpen(x, f);
        _requireDecided(x, f);
        uint128 fee = x.entry.execFee;
        if (fee != 0) _reserve(f.scope, fee);
        return _conclude(x, f, fee);
    }

    function _requireDecided(Execution calldata x, Facts memory f) internal view {
        _requireTimely(x, f);
        bytes memory journal = _journal(x, f);
        f.journalDigest = sha256(journal);
        _requireSigned(x, f);
        _requireProven(x, f, journal);
    }

    /// @param fee set aside already
    function _conclude(
        Execution calldata x,
        Facts memory f,
        uint128 fee
    ) internal returns (bool succeeded, uint64 logIndex) {
        logIndex = log.size;
        records[f.nonceKey] = Record(
            EXECUTED,
            0,
            uint40(block.timestamp),
            f.p.finalityDelay,
            uint48(logIndex),
            _executionCommitment(x.operatorId, fee)
        );
        bytes memory returned;
        (succeeded, returned) = _perform(x);
        if (succeeded) records[f.nonceKey].flags = fee == 0 ? EXECUTED | SUCCEEDED : EXECUTED | SUCCEEDED | FEE_OWED;
        else if (fee != 0) _free(f.scope, fee);
        _log(x, f, logIndex, succeeded, keccak256(returned));
    }

    function _requireEntry(Execution calldata x) internal view returns (Facts memory f) {
        f.p = current;
        Entry calldata entry = x.entry;

        f.entryKey = Entries.key(address(registry), entry.policyHash, entry.adapter, entry.account);
        f.entryHash = Entries.hash(address(registry), entry);
        f.registryRoot = registry.requireAuthorised(f.entryKey, f.entryHash, x.policyEpoch, f.p.registryGrace);

        _requireCanonical(x.words);
        f.tier = IActionAdapter(entry.adapter).check(x.words, x.payload);
        f.scope = scopeOf(entry.adapter, entry.account);
        f.nonce = (uint256(x.stateEpoch) << 64) | x.slot;
        f.nonceKey = _nonceKey(f.scope, f.nonce);
    }

    /// A nonce that nobody holds: the oracle's state, an active operator.
    function _requireOpen(Execution calldata x, Facts memory f) internal view {
        Entry calldata entry = x.entry;
        (f.stateHash, f.attestationHash, f.expiresAt) = oracle.requireUsable(
            entry.stateSource,
            x.stateEpoch,
            f.p.attestationGrace
        );
        if (block.timestamp > f.expiresAt) revert StateStale(f.expiresAt, uint64(block.timestamp));

        if (x.slot >= entry.quotaPerState) revert QuotaExceeded(x.slot, entry.quotaPerState);
        uint8 flags = records[f.nonceKey].flags;
        if (flags & EXECUTED != 0) revert NonceUsed(f.scope, f.nonce);
        if (flags & CLAIMED != 0) revert NonceClaimed(f.scope, f.nonce);

        if (!_listed(entry.operators, x.operatorId)) revert OperatorNotListed(x.operatorId);
        f.signer = operators.requireAdmitted(x.operatorId);
        uint256 selfBond = staking.selfBondOf(x.operatorId);
        if (selfBond < f.p.minSelfBond) revert SelfBondTooLow(x.operatorId, selfBond, f.p.minSelfBond);
    }

    /// A nonce that the operator holds: the claim's state, whatever was attested since; it needn't be active to finish.
    function _requireHeld(Execution calldata x, Claim memory c, Facts memory f) internal view {
        _requireClaimed(c);
        // The same entry as it was: its quota, its operators and its source were checked at the claim.
        bool same = f.scope == c.scope && f.nonce == c.nonce && f.entryHash == c.entryHash;
        if (!same) revert ClaimMismatch(c.scope, c.nonce);
        if (x.operatorId != c.operatorId) revert NotClaimant(x.operatorId, c.operatorId);
        if (disruptions.within(c.stateSource, c.claimedAt, uint64(block.timestamp))) {
            revert ClaimedStateWithdrawn(c.stateSource);
        }
        (f.stateHash, f.attestationHash, f.expiresAt) = (c.stateHash, c.attestationHash, c.deadline);
        f.signer = operators.requireNotEjected(x.operatorId);
    }

    function _requireTimely(Execution calldata x, Facts memory f) internal view {
        uint64 validUntil = x.validUntil;
        if (block.timestamp > validUntil) revert DecisionExpired(validUntil, uint64(block.timestamp));
        uint64 latest = uint64(block.timestamp) + f.p.maxValidity;
        if (f.expiresAt < latest) latest = f.expiresAt;
        if (validUntil > latest) revert ValidUntilTooLate(validUntil, latest);
        address submitter = x.submitter;
        if (submitter != address(0) && submitter != msg.sender) revert NotSubmitter(msg.sender, submitter);
    }

    /// One action has one encoding: an absent parameter has no value.
    function _requireCanonical(ActionWords calldata w) internal pure {
        uint8 presence = w.presence;
        bool canonical =
            presence < 8 &&
                (presence & 1 != 0 || w.p0 == 0) &&
                (presence & 2 != 0 || w.p1 == 0) &&
                (presence & 4 != 0 || w.p2 == 0);
        if (!canonical) revert WordsInvalid();
    }

    /*//////////////////////////////////////////////////////// SIGNATURES */

    function _requireSigned(Execution calldata x, Facts memory f) internal view {
        Entry calldata entry = x.entry;
        bytes32 digest = _hashTypedDataV4(_decisionHash(x, f));
        address recovered = Signatures.recover(digest, x.operatorSignature);
        if (recovered != f.signer) revert OperatorSignatureInvalid(f.signer, recovered);

        if (entry.proposerMode == ProposerMode.Signed) {
            bytes32 proposal = keccak256(
                abi.encode(PROPOSAL_TYPEHASH, f.scope, f.nonce, f.stateHash, x.candidateSetHash)
            );
            recovered = Signatures.recover(_hashTypedDataV4(proposal), x.proposerSignature);
            if (!_contains(entry.proposers, recovered)) revert NotProposer(recovered);
        }
        _requireCoSigned(x, f, digest);
    }

    function _requireCoSigned(Execution calldata x, Facts memory f, bytes32 digest) internal pure {
        Entry calldata entry = x.entry;
        address[] calldata coSigners = entry.coSigners;
        uint8 tier = f.tier > entry.tier ? f.tier : entry.tier;
        uint256 most = coSigners.length;
        uint256 least = tier <= Quorum.ROUTINE ? 0 : Quorum.needed(tier, most);
        uint256 given = x.coSignatures.length;
        // Without co-signers no action above the routine tier can pass: `least` is 1 and `most` is 0.
        if (most == 0 && tier > Quorum.ROUTINE) least = 1;
        if (given < least || given > most) revert CoSignatureCountInvalid(least, most, given);
        address last;
        for (uint256 i = 0; i < given; i++) {
            address recovered = Signatures.recover(digest, x.coSignatures[i]);
            if (recovered == f.signer || !_contains(coSigners, recovered)) revert NotCoSigner(recovered);
            if (recovered <= last) revert CoSignersNotIncreasing(i);
            last = recovered;
        }
    }

    /// keccak256(abi.encode(DECISION_TYPEHASH, scope, nonce, operatorId, words..., validUntil, submitter,
    /// journalDigest))
    function _decisionHash(Execution calldata x, Facts memory f) internal pure returns (bytes32 result) {
        ActionWords calldata w = x.words;
        (bytes32 typehash, bytes32 scope, uint256 nonce) = (DECISION_TYPEHASH, f.scope, f.nonce);
        (bytes32 operatorId, uint64 validUntil, address submitter) = (x.operatorId, x.validUntil, x.submitter);
        bytes32 journalDigest = f.journalDigest;
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, typehash)
            mstore(add(start, 0x20), scope)
            mstore(add(start, 0x40), nonce)
            mstore(add(start, 0x60), operatorId)
            // Clean: they were encoded for the adapter's check, and encoding refuses dirty bits.
            calldatacopy(add(start, 0x80), w, 0xc0)
            mstore(add(start, 0x140), validUntil)
            mstore(add(start, 0x160), submitter)
            mstore(add(start, 0x180), journalDigest)
            result := keccak256(start, 0x1a0)
        }
    }

    function _contains(address[] calldata list, address account) internal pure returns (bool) {
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] == account) return true;
        }
        return false;
    }

    /*/////////////////////////////////////////////////////////// RECEIPT */

    /// The seven words that the receipt must have as its journal. The prover supplies none of the context.
    function _journal(Execution calldata x, Facts memory f) internal view returns (bytes memory) {
        Entry calldata entry = x.entry;
        bytes32[15] memory context = [
            Tags.CONTEXT,
            bytes32(block.chainid),
            bytes32(uint256(uint160(address(this)))),
            entry.imageId,
            bytes32(uint256(x.policyEpoch)),
            f.registryRoot,
            f.entryKey,
            f.entryHash,
            entry.stateSource,
            bytes32(uint256(x.stateEpoch)),
            f.attestationHash,
            x.operatorId,
            f.scope,
            bytes32(f.nonce),
            bytes32(uint256(x.validUntil))
        ];
        uint256 contextHash;
        assembly ("memory-safe") {
            contextHash := keccak256(context, 0x1e0)
        }
        ActionWords calldata w = x.words;
        uint8 presence = w.presence;
        uint256 w0 = uint256(w.schema) | (uint256(uint160(w.addressee)) << 32);
        uint256 w1 =
            _offset(w.p0, presence & 1) |
                (_offset(w.p1, presence & 2) << 64) |
                (_offset(w.p2, presence & 4) << 128) |
                (uint256(presence) << 192);
        return
            abi.encode(
                entry.policyHash,
                f.stateHash,
                x.candidateSetHash,
                w0,
                w1,
                uint256(keccak256(x.payload)) >> 8,
                contextHash >> 8
            );
    }

    /// v + 2^63 for a present value, 0 for an absent one.
    function _offset(int64 value, uint8 present) internal pure returns (uint256) {
        return present == 0 ? 0 : uint64(value) ^ (1 << 63);
    }

    function _requireProven(Execution calldata x, Facts memory f, bytes memory journal) internal view {
        bytes calldata proof = x.proof;
        if (proof.length < 4 || proof.length > MAX_PROOF) revert ProofLengthInvalid(proof.length);
        bytes memory message = _verifyCall(proof, journal, x.entry.imageId, f.journalDigest);
        _requireGas(VERIFIER_GAS_CAP);
        (bool ok, bytes memory returned) = BoundedCall.staticCall(address(router), VERIFIER_GAS_CAP, message);
        if (ok) return;
        if (returned.length < 4) revert ReceiptRefused();
        assembly ("memory-safe") {
            revert(add(returned, 32), mload(returned))
        }
    }

    /// abi.encodeCall(IReceiptRouter.verify, (bytes.concat(proof, journal), imageId, journalDigest)), copied once
    /// instead of three times.
    function _verifyCall(
        bytes calldata proof,
        bytes memory journal,
        bytes32 imageId,
        bytes32 journalDigest
    ) internal pure returns (bytes memory message) {
        bytes4 selector = IReceiptRouter.verify.selector;
        assembly ("memory-safe") {
            message := mload(0x40)
            let head := add(message, 0x20)
            mstore(head, selector)
            mstore(add(head, 0x04), 0x60)
            mstore(add(head, 0x24), imageId)
            mstore(add(head, 0x44), journalDigest)
            let size := mload(journal)
            let length := add(proof.length, size)
            mstore(add(head, 0x64), length)
            let seal := add(head, 0x84)
            calldatacopy(seal, proof.offset, proof.length)
            mcopy(add(seal, proof.length), add(journal, 0x20), size)
            mstore(add(seal, length), 0)
            let padded := and(add(length, 0x1f), not(0x1f))
            mstore(message, add(0x84, padded))
            // The head has four bytes more than a multiple of words; free memory begins at one.
            mstore(0x40, add(add(seal, padded), 0x1c))
        }
    }

    /*//////////////////////////////////////////////////////////// ACTION */

    function _perform(Execution calldata x) internal returns (bool, bytes memory) {
        Entry calldata entry = x.entry;
        bytes memory call = abi.encodeCall(IActionAdapter.perform, (entry.account, x.words, x.payload));
        // A relayer that saves gas must not be able to make the action fail: without the full cap nothing happens.
        uint256 cap = entry.resourceCap;
        _requireGas(cap + RESERVE_GAS);
        return BoundedCall.call(entry.adapter, cap, call);
    }

    /// A call hands on at most 63/64 of what is left.
    function _requireGas(uint256 needed) internal view {
        uint256 available;
        unchecked {
            available = (gasleft() * 63) / 64;
        }
        if (available < needed) revert GasTooLow(needed, available);
    }

    function _log(Execution calldata x, Facts memory f, uint64 logIndex, bool succeeded, bytes32 returnHash) internal {
        bytes32[12] memory leaf = [
            Tags.LOG_LEAF,
            bytes32(block.chainid),
            bytes32(uint256(uint160(address(this)))),
            bytes32(uint256(logIndex)),
            f.scope,
            bytes32(f.nonce),
            x.operatorId,
            x.entry.policyHash,
            f.journalDigest,
            bytes32(uint256(succeeded ? 1 : 0)),
            returnHash,
            bytes32(block.timestamp)
        ];
        bytes32 leafHash;
        assembly ("memory-safe") {
            leafHash := keccak256(leaf, 0x180)
        }
        log.append(leafHash);
        emit Executed(
            f.scope,
            f.nonce,
            x.operatorId,
            x.entry.policyHash,
            f.journalDigest,
            logIndex,
            succeeded,
            returnHash,
            uint64(block.timestamp),
            x.entry.execFee
        );
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IExecutionGate
    function logSize() external view returns (uint64) {
        return log.size;
    }

    /// @inheritdoc IExecutionGate
    function logRoot() external view returns (bytes32) {
        return log.root();
    }
}
