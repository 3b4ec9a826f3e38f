// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {LocalChains} from "../lib/LocalChains.sol";
import {IReceiptVerifier} from "./IReceiptVerifier.sol";

/// @title RecordedVerifier: a stand-in for high-volume property tests, which carries its verdict in the seal
/// @notice It proves nothing. A seal is selector | verdict | journal, and the verdict is good when it is the keccak-256
/// of what a real proof would bind: image and journal digest. Its selector is reserved, it reports itself as a
/// development verifier, and it refuses to exist off local chains.
contract RecordedVerifier is IReceiptVerifier {
    /// Reserved: no hash of parameters is all ones.
    bytes4 public constant selector = 0xffffffff;
    bytes32 public constant imageId = 0;
    bool public constant isDevelopment = true;

    constructor() {
        if (!LocalChains.isLocal(block.chainid)) revert DevelopmentKeyOnPublicChain(block.chainid);
    }

    /// @inheritdoc IReceiptVerifier
    function verify(bytes calldata seal, bytes32 claimedImageId, bytes32 journalDigest) external view {
        if (!LocalChains.isLocal(block.chainid)) revert DevelopmentKeyOnPublicChain(block.chainid);
        if (seal.length < 36 || bytes4(seal) != selector) revert SealMalformed();
        bytes32 digest = sha256(seal[36:]);
        if (digest != journalDigest) revert JournalDigestMismatch(journalDigest, digest);
        if (bytes32(seal[4:36]) != keccak256(abi.encode(claimedImageId, journalDigest))) revert ProofInvalid();
    }
}
