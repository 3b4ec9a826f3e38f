// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";

/// @notice What attesters sign (EIP-712, this contract's domain). They sign what they can read: fieldsHash is the
/// keccak of the canonical fields, stateHash the Poseidon commitment of the same fields that receipts are judged on.
struct StateAttestation {
    bytes32 sourceId;
    uint32 configVersion;
    uint64 stateEpoch;
    /// struct hash of the attestation before; zero only for the first of a generation
    bytes32 prevHash;
    bytes32 stateHash;
    bytes32 fieldsHash;
    uint64 createdAt;
}

/// @notice Names the part of a source's configuration that is wrong.
enum SourceField {
    Attesters,
    Threshold,
    MaxStaleness
}

/// @title StateOracle: the state that policies are judged on, attested by k of n operators
interface IStateOracle is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice This part of the configuration is out of range or not in canonical order.
    error SourceInvalid(SourceField field);
    /// @notice No source has this id.
    error SourceUnknown(bytes32 sourceId);
    /// @notice The attestation was made under another configuration.
    error ConfigVersionMismatch(uint32 expected, uint32 given);
    /// @notice State epochs grow, by at most 2^32 at once; the last is `last`.
    error StateEpochInvalid(uint64 last, uint64 given);
    /// @notice The attestation doesn't follow the last accepted one.
    error PrevHashMismatch(bytes32 expected, bytes32 given);
    /// @notice A state hash is a non-zero element of the scalar field.
    error StateHashInvalid(bytes32 stateHash);
    /// @notice Creation times don't decrease; the last is `last`.
    error CreatedAtDecreased(uint64 last, uint64 given);
    /// @notice Created after the latest time that can be accepted now.
    error AttestationFromFuture(uint64 createdAt, uint64 latest);
    /// @notice Created before the earliest time that is still fresh.
    error AttestationStale(uint64 createdAt, uint64 earliest);
    /// @notice Between `least` and `most` signatures are needed.
    error SignatureCountInvalid(uint256 least, uint256 most, uint256 given);
    /// @notice Signers are given in strictly increasing order.
    error SignersNotIncreasing(uint256 index);
    /// @notice This signer is not the current key of an attester of the source.
    error NotAttester(address signer);
    /// @notice Only the latest attestation is usable, and the one before it for a grace.
    error StateNotUsable(uint64 stateEpoch, uint64 latest);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event SourceConfigured(
        bytes32 indexed sourceId,
        bytes32 indexed name,
        uint32 configVersion,
        uint32 generation,
        bytes32[] attesters,
        uint8 threshold,
        uint32 maxStaleness,
        uint32 maxFutureSkew
    );
    event StateAttested(
        bytes32 indexed sourceId,
        uint64 indexed stateEpoch,
        bytes32 attestationHash,
        bytes32 stateHash,
        bytes32 fieldsHash,
        uint64 createdAt
    );

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Creates the source `name` or gives it a new configuration.
    /// @dev Requirements, in order: the caller is the council; 3..16 attesters, strictly increasing; 2k > n and k <=
    /// n-1; maxStaleness not zero. Effects: the configuration version grows, so signatures collected under the old one
    /// are void; without keepState a new generation begins and no state is usable until it is attested.
    function configureSource(
        bytes32 name,
        bytes32[] calldata attesters,
        uint8 threshold,
        uint32 maxStaleness,
        uint32 maxFutureSkew,
        bool keepState
    ) external returns (bytes32 sourceId);

    /// @notice Accepts the next attestation. Anyone may submit it.
    /// @dev Requirements, in order: known source; its configuration; stateEpoch above the last and at most 2^32 above;
    /// prevHash; stateHash in (0, r); createdAt not before the last's; createdAt <= now + maxFutureSkew;
    /// createdAt + maxStaleness >= now; k..n signatures; signers strictly increasing, each the current key of an
    /// attester that isn't ejected. Effects: it becomes the latest; the one before stays usable for attestationGrace.
    function attest(StateAttestation calldata attestation, bytes[] calldata signatures) external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @notice Reverts unless this state epoch is the latest, or the one before within `grace` seconds of its
    /// replacement. `expiresAt` is the last second at which the state is fresh: createdAt + the maxStaleness under
    /// which it was accepted. An unknown source has no usable state.
    function requireUsable(
        bytes32 sourceId,
        uint64 stateEpoch,
        uint64 grace
    ) external view returns (bytes32 stateHash, bytes32 attestationHash, uint64 expiresAt);

    /// @notice When the attestation with this struct hash was accepted; zero for never.
    function acceptedAtOf(bytes32 attestationHash) external view returns (uint64);

    function sourceIdOf(bytes32 name) external view returns (bytes32);

    /// @notice What attesters sign.
    function attestationDigest(StateAttestation calldata attestation) external view returns (bytes32);

    /// @notice Total: version 0 for an unknown source.
    function source(
        bytes32 sourceId
    )
        external
        view
        returns (
            uint32 configVersion,
            uint32 generation,
            uint32 maxStaleness,
            uint32 maxFutureSkew,
            uint8 threshold,
            uint8 attesters
        );

    function isAttester(bytes32 sourceId, bytes32 operatorId) external view returns (bool);

    /// @notice Total: zeroes where there is none. `which`: 0 the latest, 1 the one before.
    function attested(
        bytes32 sourceId,
        uint8 which
    ) external view returns (bytes32 hash, bytes32 stateHash, uint64 stateEpoch, uint64 createdAt, uint64 acceptedAt);
}
