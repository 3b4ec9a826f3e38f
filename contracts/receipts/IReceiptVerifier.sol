// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title A verifier of one receipt program, behind the interface that zkVM users know
/// @notice A receipt says: the program `imageId` ran on private inputs and produced a journal with this digest.
interface IReceiptVerifier {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice The seal has not the length or the selector that this verifier reads.
    error SealMalformed();
    /// @notice The receipt is for another program.
    error ImageIdMismatch(bytes32 expected, bytes32 actual);
    /// @notice The digest is not that of the journal inside the seal.
    error JournalDigestMismatch(bytes32 expected, bytes32 actual);
    /// @notice The proof does not verify for this journal.
    error ProofInvalid();
    /// @notice Development keys can be forged by anyone; they are accepted on local chains only.
    error DevelopmentKeyOnPublicChain(uint256 chainId);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Returns when the receipt is good, reverts otherwise.
    /// @param seal selector (4 bytes) and whatever the verifier needs to check the proof
    /// @param imageId the program that must have run
    /// @param journalDigest SHA-256 of the journal it must have produced
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view;

    /// @notice The first four bytes of every seal this verifier reads: a hash of all its parameters.
    function selector() external view returns (bytes4);

    /// @notice The one program this verifier accepts; zero when it accepts any.
    function imageId() external view returns (bytes32);

    /// @notice True when a proof can be made up without a witness: such a verifier belongs on local chains only.
    function isDevelopment() external view returns (bool);
}
