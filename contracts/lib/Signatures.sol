// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title ECDSA signers without reverting, so that the caller names the error
library Signatures {
    /// @notice The signer of a 65-byte signature (r, s, v); zero for a malformed one, a high s or v outside {27, 28}.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address signer) {
        (signer, , ) = ECDSA.tryRecoverCalldata(digest, signature);
    }
}
