// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";
import {OperatorStatus} from "../lib/OperatorStatus.sol";

/// @title Operators: who they are, which key signs for them, and whether they may act
interface IOperators is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice A key belongs to one operator for ever.
    error SignerTaken(address signer);
    /// @notice The signature doesn't show that the owner's side holds the key `signer`.
    error PossessionInvalid(address signer);
    /// @notice Payments need an address.
    error PayoutZero();
    /// @notice The operator isn't waiting for admission.
    error OperatorNotPending(bytes32 operatorId);
    /// @notice Admission was opened before; opening is once and for ever.
    error AdmissionOpenAlready();
    /// @notice `caller` isn't the proposed owner, who is `proposed`.
    error NotProposedOwner(address caller, address proposed);
    /// @notice The owner can change from `opensAt` on.
    error OwnerChangeTooEarly(uint64 opensAt, uint64 nowAt);
    /// @notice Jailed until and including `until`.
    error OperatorJailed(bytes32 operatorId, uint64 until);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event OperatorRegistered(
        bytes32 indexed operatorId,
        address indexed owner,
        address indexed signer,
        address payout,
        bytes32 metadataHash,
        OperatorStatus status
    );
    event OperatorAdmitted(bytes32 indexed operatorId);
    event AdmissionOpened();
    event SignerRotated(bytes32 indexed operatorId, address indexed former, address indexed signer);
    event PayoutSet(bytes32 indexed operatorId, address payout);
    event MetadataSet(bytes32 indexed operatorId, bytes32 metadataHash);
    event OwnerProposed(bytes32 indexed operatorId, address indexed proposed, uint64 opensAt);
    event OwnerChanged(bytes32 indexed operatorId, address indexed owner);
    /// @notice A missed claim was counted; `misses` is zero when the count led to jail.
    event MissCounted(bytes32 indexed operatorId, uint8 misses, uint64 since, uint64 jailedUntil);
    event Ejected(bytes32 indexed operatorId);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Registers the caller as owner of a new operator.
    /// @dev Requirements, in order: payout not zero; the key never belonged to an operator; `possession` is the key's
    /// EIP-712 signature over SignerPossession(owner, signer). Effects: the operator is pending, or admitted once
    /// admission is open.
    function register(
        address signer,
        address payout,
        bytes32 metadataHash,
        bytes calldata possession
    ) external returns (bytes32 operatorId);

    /// @notice Admits a pending operator.
    /// @dev Requirements: the caller is the council; the operator is pending.
    function admit(bytes32 operatorId) external;

    /// @notice From now on registering is enough. One way.
    /// @dev Requirements: the caller is the council; not open yet.
    function openAdmission() external;

    /// @notice Changes the key that signs for the operator; the former one authorises nothing from this call on.
    /// @dev Requirements: known; the caller is the owner; the new key never belonged to an operator; possession.
    function rotateSigner(bytes32 operatorId, address signer, bytes calldata possession) external;

    /// @dev Requirements: known; the caller is the owner; payout not zero.
    function setPayout(bytes32 operatorId, address payout) external;

    /// @dev Requirements: known; the caller is the owner.
    function setMetadata(bytes32 operatorId, bytes32 metadataHash) external;

    /// @notice Names the next owner, who can accept after unbondingPeriod; zero withdraws the proposal.
    /// @dev Requirements: known; the caller is the owner.
    function proposeOwner(bytes32 operatorId, address proposed) external;

    /// @notice The proposed owner takes the operator over. Exits that began before stay with the former owner.
    /// @dev Requirements: known; the caller is the proposed owner; now > proposedAt + unbondingPeriod, and
    /// three blocks after the last exit of an owner can be claimed.
    function acceptOwner(bytes32 operatorId) external;

    /// @notice Counts a missed claim. Counts begin anew when the first of them is older than missPeriod; the
    /// missLimit-th bars the operator from opening anything until and including now + jailTerm, and it returns by
    /// itself.
    /// @dev Requirements: the caller is the gate.
    function countMiss(bytes32 operatorId) external;

    /// @notice Ejects for ever; nothing happens to whom that happened before.
    /// @dev Requirements: the caller is the court.
    function eject(bytes32 operatorId) external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @notice Reverts unless the operator is known, admitted and not jailed; returns its current key.
    function requireAdmitted(bytes32 operatorId) external view returns (address signer);

    /// @notice Reverts for an unknown operator.
    function ownerOf(bytes32 operatorId) external view returns (address owner);

    /// @notice Total: Unknown for an unknown operator.
    function statusOf(bytes32 operatorId) external view returns (OperatorStatus status);

    /// @notice The current key of an operator that isn't ejected: enough to finish what was opened.
    /// @dev Reverts for an unknown or ejected operator.
    function requireNotEjected(bytes32 operatorId) external view returns (address signer);

    /// @notice Reverts for an unknown operator.
    function payoutOf(bytes32 operatorId) external view returns (address payout);

    /// @notice Missed claims counted since `since`.
    function missesOf(bytes32 operatorId) external view returns (uint8 misses, uint64 since);

    /// @notice The operator for which this key signs now; zero for former keys, strangers and ejected operators.
    function currentOperatorOf(address signer) external view returns (bytes32 operatorId);

    /// @notice The operator to which this key ever belonged, and when it stopped (zero: it is current).
    function keyHistory(address signer) external view returns (bytes32 operatorId, uint64 rotatedAt);

    function admissionOpen() external view returns (bool);

    /// @notice Total: an unknown id has status Unknown.
    function operator(
        bytes32 operatorId
    )
        external
        view
        returns (
            OperatorStatus status,
            address owner,
            address signer,
            address payout,
            bytes32 metadataHash,
            uint64 jailedUntil,
            address proposedOwner,
            uint64 ownerOpensAt
        );
}
