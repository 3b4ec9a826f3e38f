// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ActionWords} from "../adapters/IActionAdapter.sol";
import {ICommonErrors} from "../lib/ICommonErrors.sol";
import {Entry} from "../registry/IPolicyRegistry.sol";

/// @notice Everything an execution needs. What the receipt commits to is built from it by the gate itself.
struct Execution {
    Entry entry;
    /// the registry epoch under which the decision was made
    uint64 policyEpoch;
    /// the attested state on which it was made
    uint64 stateEpoch;
    /// which of the executions that the state allows: 0 .. quotaPerState - 1
    uint64 slot;
    bytes32 operatorId;
    /// last second at which the decision may execute
    uint64 validUntil;
    /// who alone may submit it; zero: anyone
    address submitter;
    bytes32 candidateSetHash;
    ActionWords words;
    bytes payload;
    /// selector and proof, without the journal
    bytes proof;
    /// by the operator's current key, over Decision
    bytes operatorSignature;
    /// by a listed proposer, over Proposal; empty in mode Unsigned
    bytes proposerSignature;
    /// by co-signers in increasing order of address, over Decision
    bytes[] coSignatures;
}

enum NonceStatus {
    Unused,
    Executed,
    Final
}

/// @title ExecutionGate: verifies that a policy allowed exactly this action, and executes it once
interface IExecutionGate is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice A presence bit above the third, or a value for an absent parameter.
    error WordsInvalid();
    /// @notice The state was fresh until `expiresAt`.
    error StateStale(uint64 expiresAt, uint64 nowAt);
    /// @notice The entry allows `quota` executions per state.
    error QuotaExceeded(uint64 slot, uint64 quota);
    /// @notice This nonce was executed before; once is for ever.
    error NonceUsed(bytes32 scope, uint256 nonce);
    /// @notice The entry lists its operators, and this one isn't among them.
    error OperatorNotListed(bytes32 operatorId);
    /// @notice The operator's self-bond is below the minimum.
    error SelfBondTooLow(bytes32 operatorId, uint256 selfBond, uint256 minimum);
    /// @notice The decision was valid until `validUntil`.
    error DecisionExpired(uint64 validUntil, uint64 nowAt);
    /// @notice A decision may be valid at most until `latest`.
    error ValidUntilTooLate(uint64 validUntil, uint64 latest);
    /// @notice The decision names another submitter.
    error NotSubmitter(address caller, address submitter);
    /// @notice The decision isn't signed by the operator's current key.
    error OperatorSignatureInvalid(address expected, address recovered);
    /// @notice The candidate set isn't signed by a proposer of the entry.
    error NotProposer(address recovered);
    /// @notice The action's tier needs between `least` and `most` co-signatures.
    error CoSignatureCountInvalid(uint256 least, uint256 most, uint256 given);
    /// @notice Co-signers are given in strictly increasing order.
    error CoSignersNotIncreasing(uint256 index);
    /// @notice Not a co-signer of the entry, or the operator itself.
    error NotCoSigner(address recovered);
    /// @notice A proof has 4 to 1 024 bytes.
    error ProofLengthInvalid(uint256 length);
    /// @notice The verifier refused without saying why.
    error ReceiptRefused();
    /// @notice Not enough gas to hand `needed` on; nothing is consumed.
    error GasTooLow(uint256 needed, uint256 available);

    /*//////////////////////////////////////////////////////////// EVENTS */

    /// @notice One execution, with everything its log leaf is made of.
    event Executed(
        bytes32 indexed scope,
        uint256 indexed nonce,
        bytes32 indexed operatorId,
        bytes32 policyHash,
        bytes32 journalDigest,
        uint64 logIndex,
        bool succeeded,
        bytes32 returnHash,
        uint64 executedAt
    );

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Executes an allowed action once.
    /// @dev Requirements, in order, nothing being consumed by a refusal: the entry authorises in policyEpoch and the
    /// registry isn't frozen; the words are canonical and decode under the entry's adapter; the state is usable and
    /// fresh; slot < quotaPerState; the nonce is unused; the operator is listed, admitted, not jailed and bonded;
    /// now <= validUntil <= min(now + maxValidity, the state's expiry); the submitter; the operator's signature; the
    /// proposer's; co-signatures of the tier max(entry, adapter); the receipt verifies for the journal that the gate
    /// builds; enough gas for the adapter.
    /// Effects: the nonce is consumed; the adapter is called with exactly resourceCap gas; the log gets a leaf with the
    /// outcome. A failing action is logged as failed and keeps its nonce consumed.
    /// @return succeeded whether the adapter succeeded
    /// @return logIndex index of the log leaf
    function execute(Execution calldata execution) external returns (bool succeeded, uint64 logIndex);

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @notice Two policies over one account share their scope, and so their nonces.
    function scopeOf(address adapter, address account) external view returns (bytes32);

    /// @notice Total. Final at t > executedAt + finalityDelay.
    function statusOf(
        bytes32 scope,
        uint256 nonce
    ) external view returns (NonceStatus status, uint64 executedAt, uint64 finalAfter, uint64 logIndex, bool succeeded);

    function logSize() external view returns (uint64);

    /// @notice Root of the Merkle mountain range over all executions, its size bound in.
    function logRoot() external view returns (bytes32);
}
