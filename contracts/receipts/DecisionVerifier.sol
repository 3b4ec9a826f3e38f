// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {LocalChains} from "../lib/LocalChains.sol";
import {IReceiptVerifier} from "./IReceiptVerifier.sol";
import {DecisionKey} from "./generated/DecisionKey.sol";

/// @title DecisionVerifier: receipts of the program `decision`
/// @notice A seal is selector (4 bytes) | A (x, y) B (x im, x re, y im, y re) C (x, y) | journal (7 words): 484 bytes.
/// The journal's words are the proof's public signals.
/// @dev A caller that takes a refusal for a verdict must make sure first that there is gas for the whole check (about
/// 240 000): a precompile that gets too little fails like one that gets a bad point.
contract DecisionVerifier is IReceiptVerifier, DecisionKey {
    uint256 internal constant SEAL_LENGTH = 4 + 8 * 32 + 7 * 32;
    uint256 internal constant JOURNAL_START = 4 + 8 * 32;

    /// @inheritdoc IReceiptVerifier
    bytes4 public constant selector = SELECTOR;
    /// @inheritdoc IReceiptVerifier
    bytes32 public constant imageId = IMAGE_ID;
    /// @inheritdoc IReceiptVerifier
    bool public constant isDevelopment = IS_DEVELOPMENT;

    constructor() {
        _requireChain();
    }

    /// @inheritdoc IReceiptVerifier
    function verify(bytes calldata seal, bytes32 claimedImageId, bytes32 journalDigest) external view {
        _requireChain();
        if (seal.length != SEAL_LENGTH || bytes4(seal) != SELECTOR) revert SealMalformed();
        if (claimedImageId != IMAGE_ID) revert ImageIdMismatch(IMAGE_ID, claimedImageId);
        bytes32 digest = sha256(seal[JOURNAL_START:]);
        if (digest != journalDigest) revert JournalDigestMismatch(journalDigest, digest);

        if (!_verifyProof(seal[4:JOURNAL_START], seal[JOURNAL_START:])) revert ProofInvalid();
    }

    /// Checked in every call as well: a chain that splits off gets a new id, and the contract with it.
    function _requireChain() internal view {
        if (IS_DEVELOPMENT && !LocalChains.isLocal(block.chainid)) revert DevelopmentKeyOnPublicChain(block.chainid);
    }
}
