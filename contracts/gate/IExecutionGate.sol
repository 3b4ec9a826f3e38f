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
    Final,
    /// until its deadline one operator alone may execute it; after that the claim can be settled
    Claimed
}

/// @notice A claim on a nonce, as it was made. The gate keeps only a commitment to it; the event Claimed tells it.
struct Claim {
    bytes32 scope;
    uint256 nonce;
    bytes32 entryHash;
    bytes32 operatorId;
    /// the attested state on which the claimant decides; it stays usable for the claim whatever is attested meanwhile
    bytes32 stateSource;
    bytes32 stateHash;
    bytes32 attestationHash;
    uint64 claimedAt;
    /// last second at which the claimant alone may execute; never after the state's last fresh second
    uint64 deadline;
    /// what was locked, and the price of self-bond at that time
    uint96 bond;
    uint96 factorAtLock;
    uint24 generation;
    /// set aside in the scope's escrow
    uint128 fee;
    /// zero, then keccak-256(tag, missedHash before, operator) for each operator that missed this nonce before
    bytes32 missedHash;
}

/// @notice Why a claim that lapsed was no fault.
enum Excuse {
    None,
    /// a freeze, or a verifier stopped or removed
    Halt,
    EntryChanged,
    SourceReset
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
    /// @notice An operator claimed this nonce and may execute it alone until `deadline`.
    error NonceClaimed(bytes32 scope, uint256 nonce);
    /// @notice No open claim on this nonce is this one.
    error ClaimUnknown(bytes32 scope, uint256 nonce);
    /// @notice The claim is about another nonce, or another content of the entry.
    error ClaimMismatch(bytes32 scope, uint256 nonce);
    /// @notice The claimant has time until and including `deadline`.
    error ClaimOpen(uint64 deadline, uint64 nowAt);
    /// @notice The source was reset after the claim: its state was withdrawn.
    error ClaimedStateWithdrawn(bytes32 stateSource);
    /// @notice The claim is another operator's.
    error NotClaimant(bytes32 operatorId, bytes32 claimant);
    /// @notice The operators that missed this nonce are others.
    error MissedListInvalid(bytes32 scope, uint256 nonce);
    /// @notice The operator missed this nonce before.
    error MissedBefore(bytes32 operatorId);
    /// @notice The nonce was missed so often that it can only be executed directly.
    error MissedTooOften(bytes32 scope, uint256 nonce);
    /// @notice Only the operator's current key may claim.
    error NotSigner(address caller, address signer);
    /// @notice The scope's escrow has `available` that isn't owed yet.
    error EscrowInsufficient(bytes32 scope, uint256 available, uint256 needed);
    /// @notice This operator didn't execute this nonce for this fee.
    error ExecutionUnknown(bytes32 scope, uint256 nonce);
    /// @notice No fee is owed for this execution, or it was paid.
    error FeeNotOwed(bytes32 scope, uint256 nonce);
    /// @notice Final at t > `finalAfter`.
    error NotFinal(uint64 finalAfter, uint64 nowAt);
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
        uint64 executedAt,
        uint256 fee
    );
    /// @notice A nonce was claimed. The gate keeps a commitment only: whoever executes or settles gives the claim back.
    event Claimed(bytes32 indexed operatorId, Claim claim);
    /// @notice A claim lapsed: without an excuse its bond was forfeited.
    event ClaimSettled(bytes32 indexed scope, uint256 indexed nonce, bytes32 indexed operatorId, Excuse excuse);
    event EscrowFunded(bytes32 indexed scope, address indexed from, uint256 amount);
    event EscrowWithdrawn(bytes32 indexed scope, address indexed account, uint256 amount);
    event FeePaid(
        bytes32 indexed scope,
        uint256 indexed nonce,
        bytes32 indexed operatorId,
        address payout,
        uint256 fee
    );

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Executes an allowed action once.
    /// @dev Requirements, in order, nothing being consumed by a refusal: the entry authorises in policyEpoch and the
    /// registry isn't frozen; the words are canonical and decode under the entry's adapter; the state is usable and
    /// fresh; slot < quotaPerState; the nonce is neither used nor claimed; the operator is listed, admitted, not jailed
    /// and bonded; now <= validUntil <= min(now + maxValidity, the state's expiry); the submitter; the operator's
    /// signature; the proposer's; co-signatures of the tier max(entry, adapter); the receipt verifies for the journal
    /// that the gate builds; the scope's escrow has the fee; enough gas for the adapter. Effects: the nonce is
    /// consumed; the adapter is called with exactly resourceCap gas; the log gets a leaf with the outcome; the fee of a
    /// successful action is owed from finality on. A failing action is logged as failed and keeps its nonce consumed;
    /// no fee is owed for it.
    /// @return succeeded whether the adapter succeeded
    /// @return logIndex index of the log leaf
    function execute(Execution calldata execution) external returns (bool succeeded, uint64 logIndex);

    /// @notice Renews the gate's copy of the parameters it reads. Anyone may call; setParameters does.
    /// @dev Requirements: none. Effects: none, unless the parameters just changed.
    function renewParameters() external;

    /// @notice Executes a nonce that was claimed. By the claimant until the deadline: then its lock is released, and
    /// the state is the claim's. After the deadline the claim is settled first, and anyone's execution is as any other.
    /// @dev Requirements: the claim is the open one on this nonce, under this entry as it was; until the deadline the
    /// operator is the claimant and isn't ejected (it needn't be active: only opening does) and the source wasn't
    /// reset; all else as for execute.
    function executeClaimed(
        Execution calldata execution,
        Claim calldata claim
    ) external returns (bool succeeded, uint64 logIndex);

    /// @notice Reserves a nonce for the caller's operator for claimTtl seconds, at most until the state gets stale.
    /// @dev Requirements, in order: the entry is in force and the registry isn't frozen; the state is usable and fresh;
    /// slot < quotaPerState; the nonce is neither executed nor claimed; `missed` are the operators that missed it, in
    /// order, then zeroes: at most three; the operator is listed, not among them, admitted, not jailed; the caller is
    /// its current key; it is bonded, has fewer than 16 claims, and self-bond for the lock: claimBond x 2^misses; the
    /// escrow has the fee. Effects: lock and fee are set aside.
    /// @return deadline last second of the reservation
    function claim(
        Entry calldata entry,
        uint64 stateEpoch,
        uint64 slot,
        bytes32 operatorId,
        bytes32[3] calldata missed
    ) external returns (uint64 deadline);

    /// @notice Settles a lapsed claim and claims its nonce in the same call.
    /// @dev Requirements: those of settle, then those of claim; `missed` are those that missed it when it is settled.
    function takeOver(
        Entry calldata entry,
        uint64 stateEpoch,
        uint64 slot,
        bytes32 operatorId,
        bytes32[3] calldata missed,
        Claim calldata lapsed
    ) external returns (uint64 deadline);

    /// @notice Ends a claim that lapsed without execution, by anyone. Excused when a disruption falls in [claimedAt,
    /// deadline]: the lock is released. Else the bond is forfeited, the caller gets the challenger's part, and the miss
    /// is counted.
    /// @dev Requirements: the claim is open; now > deadline.
    function settle(Claim calldata lapsed) external returns (Excuse excuse);

    /// @notice Adds to the escrow from which a scope's fees are paid, by anyone.
    /// @dev Requirements: amount not zero; the token allows it.
    function fundEscrow(bytes32 scope, uint256 amount) external;

    /// @notice Takes back what isn't owed, by the account of the scope.
    /// @dev Requirements: amount not zero and available in the escrow of (adapter, caller).
    function withdrawEscrow(address adapter, uint256 amount) external;

    /// @notice Pays the fee of a final execution to the operator's payout address, by anyone.
    /// @dev Requirements: this operator executed the nonce for this fee; it is owed; now > finalAfter.
    function collectFee(bytes32 scope, uint256 nonce, bytes32 operatorId, uint256 fee) external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @notice Two policies over one account share their scope, and so their nonces.
    function scopeOf(address adapter, address account) external view returns (bytes32);

    /// @notice Total. Final at t > executedAt + the finalityDelay of that time.
    function statusOf(
        bytes32 scope,
        uint256 nonce
    ) external view returns (NonceStatus status, uint64 executedAt, uint64 finalAfter, uint64 logIndex, bool succeeded);

    /// @notice Total: zeroes where there is none. The open claim's deadline and commitment, and how often the nonce was
    /// missed.
    function claimOf(
        bytes32 scope,
        uint256 nonce
    ) external view returns (uint64 deadline, uint8 misses, uint128 commitment);

    /// @notice When this operator executed this nonce for this fee.
    /// @dev Reverts with ExecutionUnknown when it didn't.
    function requireExecutedBy(
        bytes32 scope,
        uint256 nonce,
        bytes32 operatorId,
        uint256 fee
    ) external view returns (uint64 executedAt);

    /// @notice What the scope's escrow can still promise, and what it owes already.
    function escrowOf(bytes32 scope) external view returns (uint128 available, uint128 owed);

    function logSize() external view returns (uint64);

    /// @notice Root of the Merkle mountain range over all executions, its size bound in.
    function logRoot() external view returns (bytes32);
}
