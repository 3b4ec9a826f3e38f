// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IDisruptions} from "../disruptions/IDisruptions.sol";
import {Directory} from "../lib/Directory.sol";
import {Field} from "../lib/Field.sol";
import {Signatures} from "../lib/Signatures.sol";
import {Tags} from "../lib/Tags.sol";
import {IOperators} from "../operators/IOperators.sol";
import {IStateOracle, SourceField, StateAttestation} from "./IStateOracle.sol";

contract StateOracle is IStateOracle, EIP712 {
    /*/////////////////////////////////////////////////////////// STORAGE */

    uint256 internal constant MIN_ATTESTERS = 3;
    uint256 internal constant MAX_ATTESTERS = 16;
    uint256 internal constant MAX_EPOCH_JUMP = 1 << 32;
    bytes32 internal constant ATTESTATION_TYPEHASH = keccak256(
        "StateAttestation(bytes32 sourceId,uint32 configVersion,uint64 stateEpoch,bytes32 prevHash,bytes32 stateHash,"
        "bytes32 fieldsHash,uint64 createdAt)"
    );

    address public immutable council;
    IOperators public immutable operators;
    IDisruptions public immutable disruptions;

    struct Source {
        uint32 configVersion;
        uint32 generation;
        uint32 maxStaleness;
        uint32 maxFutureSkew;
        uint8 threshold;
        uint8 attesters;
    }

    struct Attested {
        bytes32 hash;
        bytes32 stateHash;
        uint64 stateEpoch;
        uint64 createdAt;
        uint64 acceptedAt;
        /// createdAt + the source's maxStaleness of the time
        uint64 expiresAt;
    }

    mapping(bytes32 sourceId => Source) internal sources;
    mapping(bytes32 sourceId => mapping(uint32 configVersion => mapping(bytes32 operatorId => bool)))
        internal attesters_;
    mapping(bytes32 sourceId => Attested) internal latest;
    mapping(bytes32 sourceId => Attested) internal previous;
    /// By struct hash, for ever: evidence by a former key must build on what existed before the key was changed.
    mapping(bytes32 attestationHash => uint64) public acceptedAtOf;

    constructor(Directory memory directory) EIP712("mprd-net", "1") {
        council = directory.council;
        operators = IOperators(directory.operators);
        disruptions = IDisruptions(directory.disruptions);
    }

    /*//////////////////////////////////////////////////////////// COUNCIL */

    /// @inheritdoc IStateOracle
    function configureSource(
        bytes32 name,
        bytes32[] calldata attesters,
        uint8 threshold,
        uint32 maxStaleness,
        uint32 maxFutureSkew,
        bool keepState
    ) external returns (bytes32 sourceId) {
        if (msg.sender != council) revert NotCouncil(msg.sender);
        uint256 n = attesters.length;
        if (n < MIN_ATTESTERS || n > MAX_ATTESTERS) revert SourceInvalid(SourceField.Attesters);
        sourceId = sourceIdOf(name);
        Source storage s = sources[sourceId];
        uint32 version = s.configVersion + 1;
        bytes32 last;
        for (uint256 i = 0; i < n; i++) {
            if (attesters[i] <= last) revert SourceInvalid(SourceField.Attesters);
            last = attesters[i];
            attesters_[sourceId][version][last] = true;
        }
        // More than half, so that two disjoint sets can't attest; not all, so that one lost key doesn't halt the
        // source.
        if (2 * uint256(threshold) <= n || threshold > n - 1) revert SourceInvalid(SourceField.Threshold);
        if (maxStaleness == 0) revert SourceInvalid(SourceField.MaxStaleness);

        s.configVersion = version;
        s.maxStaleness = maxStaleness;
        s.maxFutureSkew = maxFutureSkew;
        s.threshold = threshold;
        s.attesters = uint8(n);
        if (!keepState || s.generation == 0) {
            s.generation += 1;
            delete latest[sourceId];
            delete previous[sourceId];
            disruptions.mark(sourceId);
        }
        emit SourceConfigured(sourceId, name, version, s.generation, attesters, threshold, maxStaleness, maxFutureSkew);
    }

    /*//////////////////////////////////////////////////////////// ANYONE */

    /// @inheritdoc IStateOracle
    function attest(StateAttestation calldata a, bytes[] calldata signatures) external {
        Source memory s = _known(a.sourceId);
        Attested memory last = latest[a.sourceId];
        _requireNext(a, s, last);
        bytes32 structHash = _structHash(a);
        _requireSigned(a.sourceId, s, _hashTypedDataV4(structHash), signatures);

        previous[a.sourceId] = last;
        latest[a.sourceId] = Attested(
            structHash,
            a.stateHash,
            a.stateEpoch,
            a.createdAt,
            uint64(block.timestamp),
            a.createdAt + s.maxStaleness
        );
        acceptedAtOf[structHash] = uint64(block.timestamp);
        emit StateAttested(a.sourceId, a.stateEpoch, structHash, a.stateHash, a.fieldsHash, a.createdAt);
    }

    function _requireNext(StateAttestation calldata a, Source memory s, Attested memory last) internal view {
        if (a.configVersion != s.configVersion) revert ConfigVersionMismatch(s.configVersion, a.configVersion);
        if (a.stateEpoch <= last.stateEpoch || a.stateEpoch - last.stateEpoch > MAX_EPOCH_JUMP) {
            revert StateEpochInvalid(last.stateEpoch, a.stateEpoch);
        }
        if (a.prevHash != last.hash) revert PrevHashMismatch(last.hash, a.prevHash);
        if (a.stateHash == 0 || !Field.isElement(uint256(a.stateHash))) revert StateHashInvalid(a.stateHash);
        if (a.createdAt < last.createdAt) revert CreatedAtDecreased(last.createdAt, a.createdAt);
        uint64 newest = uint64(block.timestamp) + s.maxFutureSkew;
        if (a.createdAt > newest) revert AttestationFromFuture(a.createdAt, newest);
        if (a.createdAt + s.maxStaleness < block.timestamp) {
            revert AttestationStale(a.createdAt, uint64(block.timestamp) - s.maxStaleness);
        }
    }

    function _requireSigned(
        bytes32 sourceId,
        Source memory s,
        bytes32 digest,
        bytes[] calldata signatures
    ) internal view {
        uint256 n = signatures.length;
        if (n < s.threshold || n > s.attesters) revert SignatureCountInvalid(s.threshold, s.attesters, n);
        address last;
        for (uint256 i = 0; i < n; i++) {
            address signer = Signatures.recover(digest, signatures[i]);
            bytes32 operatorId = operators.currentOperatorOf(signer);
            if (!attesters_[sourceId][s.configVersion][operatorId]) revert NotAttester(signer);
            if (signer <= last) revert SignersNotIncreasing(i);
            last = signer;
        }
    }

    function _known(bytes32 sourceId) internal view returns (Source memory s) {
        s = sources[sourceId];
        if (s.configVersion == 0) revert SourceUnknown(sourceId);
    }

    function _structHash(StateAttestation calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(ATTESTATION_TYPEHASH, a));
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IStateOracle
    function requireUsable(
        bytes32 sourceId,
        uint64 stateEpoch,
        uint64 grace
    ) external view returns (bytes32, bytes32, uint64) {
        Attested storage a = latest[sourceId];
        uint64 newest = a.stateEpoch;
        if (stateEpoch != newest && block.timestamp <= uint256(a.acceptedAt) + grace) a = previous[sourceId];
        // Epoch 0 is none: an attested epoch is above its predecessor's.
        if (stateEpoch == 0 || a.stateEpoch != stateEpoch) revert StateNotUsable(stateEpoch, newest);
        return (a.stateHash, a.hash, a.expiresAt);
    }

    /// @inheritdoc IStateOracle
    function sourceIdOf(bytes32 name) public view returns (bytes32) {
        return keccak256(abi.encode(Tags.SOURCE, block.chainid, address(this), name));
    }

    /// @inheritdoc IStateOracle
    function attestationDigest(StateAttestation calldata attestation) external view returns (bytes32) {
        return _hashTypedDataV4(_structHash(attestation));
    }

    /// @inheritdoc IStateOracle
    function source(bytes32 sourceId) external view returns (uint32, uint32, uint32, uint32, uint8, uint8) {
        Source storage s = sources[sourceId];
        return (s.configVersion, s.generation, s.maxStaleness, s.maxFutureSkew, s.threshold, s.attesters);
    }

    /// @inheritdoc IStateOracle
    function isAttester(bytes32 sourceId, bytes32 operatorId) external view returns (bool) {
        return attesters_[sourceId][sources[sourceId].configVersion][operatorId];
    }

    /// @inheritdoc IStateOracle
    function attested(bytes32 sourceId, uint8 which) external view returns (bytes32, bytes32, uint64, uint64, uint64) {
        Attested storage a = which == 0 ? latest[sourceId] : previous[sourceId];
        return (a.hash, a.stateHash, a.stateEpoch, a.createdAt, a.acceptedAt);
    }
}
