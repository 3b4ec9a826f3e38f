// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";

enum VerifierStatus {
    None,
    Active,
    Stopped,
    Removed
}

/// @title ReceiptRouter: picks the verifier by the first four bytes of the seal
interface IReceiptRouter is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice No verifier has this selector.
    error SelectorUnknown(bytes4 selector);
    /// @notice The selector is in use, or was once: a removed selector never returns.
    error SelectorTaken(bytes4 selector);
    /// @notice The verifier was removed for ever.
    error SelectorRemoved(bytes4 selector);
    /// @notice The verifier is stopped.
    error SelectorStopped(bytes4 selector);
    /// @notice The verifier isn't stopped.
    error SelectorNotStopped(bytes4 selector);
    /// @notice A verifier needs code.
    error VerifierNotContract(address verifier);
    /// @notice Verifiers whose proofs anyone can make up belong on local chains only.
    error DevelopmentVerifierRefused(uint256 chainId);
    /// @notice A seal starts with a selector of four bytes.
    error SealTooShort(uint256 length);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event VerifierAdded(bytes4 indexed selector, address indexed verifier, bytes32 imageId, bool development);
    event VerifierStopped(bytes4 indexed selector);
    event VerifierResumed(bytes4 indexed selector);
    event VerifierRemoved(bytes4 indexed selector);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Adds a verifier under its own selector.
    /// @dev Requirements, in order: the caller is the council; the verifier has code; no development verifier off local
    /// chains; the selector was never used.
    function addVerifier(address verifier) external;

    /// @notice Emergency stop of one verifier.
    /// @dev Requirements: the caller is the council; known, not removed, not stopped.
    function stopVerifier(bytes4 selector) external;

    /// @dev Requirements: the caller is the council; known, not removed, stopped.
    function resumeVerifier(bytes4 selector) external;

    /// @notice Removes a verifier for ever.
    /// @dev Requirements: the caller is the council; known, not removed.
    function removeVerifier(bytes4 selector) external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @notice Returns when the receipt is good, reverts otherwise, with the verifier's error if it has one.
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view;

    /// @notice Total: None for an unknown selector.
    function verifierOf(bytes4 selector) external view returns (VerifierStatus status, address verifier);
}
