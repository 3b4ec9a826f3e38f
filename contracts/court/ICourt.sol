// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";
import {StateAttestation} from "../oracle/IStateOracle.sol";

/// @notice What an operator signs about chain state: LogHead of the gate's log (height is its size), RegistryCheckpoint
/// of the registry (height is the epoch). The parent is the block at which it was read: after a reorganisation another
/// block has another root, and that is no contradiction.
enum HeadKind {
    LogHead,
    RegistryCheckpoint
}

struct Head {
    bytes32 operatorId;
    uint64 height;
    bytes32 root;
    bytes32 blockHash;
}

/// @notice An execution: evidence that the log had reached a size before a key was changed.
struct ExecutionRef {
    bytes32 scope;
    uint256 nonce;
}

enum CaseStatus {
    None,
    Open,
    /// closed without a verdict, or the last verdict was "not guilty": the execution can be accused again
    Closed,
    /// punished: for ever
    Guilty
}

/// @title Court: what is proven is punished at once, what must be judged is judged within fixed windows
/// @notice Equivocation by evidence, opened under a commitment and revealed later; audits by accusation, answer and
/// vote. Missed claims are settled by the gate, which alone knows them.
interface ICourt is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice This commitment was opened before.
    error OpenedBefore(bytes32 commitment);
    /// @notice Nothing was opened under this commitment, or it was revealed already.
    error OpeningUnknown(bytes32 commitment);
    /// @notice Can be revealed from `from` to `until`.
    error RevealOutsideWindow(uint64 from, uint64 until, uint64 nowAt);
    /// @notice The two messages don't contradict: they must agree in source, configuration, height and parent (of
    /// heads: in operator, height and block) and differ in the rest.
    error NoContradiction();
    /// @notice The signer never signed for an operator.
    error SignerUnknown(address signer);
    /// @notice The messages are not signed for one and the same operator.
    error SignersDiffer(bytes32 first, bytes32 second);
    /// @notice The key was changed at `rotatedAt`: it counts for so long, and only for what existed on chain before.
    error FormerKey(address signer, uint64 rotatedAt);
    /// @notice No unpaid reward belongs to this offence.
    error RewardUnknown(bytes32 offenceId);
    /// @notice Evidence opened earlier can still be revealed; payable from `opensAt` on.
    error RewardNotDue(uint64 opensAt, uint64 nowAt);
    /// @notice The execution was punished before, or a case about it is open.
    error CaseExists(bytes32 scope, uint256 nonce, CaseStatus status);
    /// @notice No case about this execution is open.
    error CaseUnknown(bytes32 scope, uint256 nonce);
    /// @notice An execution can be accused until `until`.
    error TooLateToAccuse(uint64 until, uint64 nowAt);
    /// @notice Only the accused operator's owner or current key may answer.
    error NotAccused(address caller);
    /// @notice The answer was due until `until`, or was given.
    error TooLateToRebut(uint64 until, uint64 nowAt);
    /// @notice The members vote from `from` to `until`.
    error VoteOutsideWindow(uint64 from, uint64 until, uint64 nowAt);
    /// @notice Accuser and accused don't judge.
    error Recused(address member);
    /// @notice This member voted already.
    error VotedBefore(address member);
    /// @notice The members can rule until `until`.
    error CaseRunning(uint64 until, uint64 nowAt);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event Opened(bytes32 indexed commitment, address indexed challenger, uint64 sequence, uint64 from, uint64 until);
    /// @notice Evidence was revealed; `first`: it convicted. The reward is `challenger`'s unless earlier-opened
    /// evidence follows until `rewardOpensAt`.
    event Convicted(
        bytes32 indexed offenceId,
        bytes32 indexed operatorId,
        address indexed challenger,
        bytes32 commitment,
        bool first,
        uint256 reward,
        uint64 rewardOpensAt
    );
    event RewardPaid(bytes32 indexed offenceId, address indexed challenger, uint256 reward);
    event Accused(
        bytes32 indexed scope,
        uint256 indexed nonce,
        bytes32 indexed operatorId,
        address accuser,
        uint256 bond,
        bytes32 reasonHash,
        uint64 voteFrom,
        uint64 voteUntil
    );
    event Rebutted(bytes32 indexed scope, uint256 indexed nonce, bytes32 answerHash);
    event Voted(bytes32 indexed scope, uint256 indexed nonce, address indexed member, bool guilty);
    /// @notice A case ended: guilty, not guilty, or without a majority in time (a draw).
    event CaseClosed(bytes32 indexed scope, uint256 indexed nonce, CaseStatus status, bool ruled, uint256 returned);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Opens evidence that nobody can read yet. `commitment` is commitmentOf(evidenceHash, caller, salt).
    /// @dev Requirements: not opened before. Effects: it can be revealed in [now + revealDelay, now + proveWindow].
    function open(bytes32 commitment) external returns (uint64 sequence);

    /// @notice Reveals two attestations of one operator for the same source, configuration, epoch and predecessor.
    /// @dev Requirements, in order: opened by the caller, not revealed; in its window; the messages contradict; both
    /// signed for one operator, each by its current key, or by a former one within unbondingPeriod of its change if the
    /// predecessor had been accepted before the change. Effects: the first reveal takes all stake and ejects; the
    /// reward belongs to the earliest opened among those revealed in time.
    function revealAttestations(
        StateAttestation calldata a,
        StateAttestation calldata b,
        bytes calldata signatureA,
        bytes calldata signatureB,
        bytes32 salt
    ) external returns (bytes32 offenceId);

    /// @notice Reveals two heads of one operator for the same height and block.
    /// @dev Requirements: as above; a former key counts if the height existed before its change: the epoch had begun,
    /// or `reached`, the execution with log index height - 1, had happened.
    function revealHeads(
        HeadKind kind,
        Head calldata a,
        Head calldata b,
        bytes calldata signatureA,
        bytes calldata signatureB,
        ExecutionRef calldata reached,
        bytes32 salt
    ) external returns (bytes32 offenceId);

    /// @notice Pays the reward of an offence, by anyone.
    /// @dev Requirements: unpaid; now >= rewardOpensAt.
    function payReward(bytes32 offenceId) external;

    /// @notice Accuses the operator of an execution.
    /// @dev Requirements, in order: the operator executed the nonce for this fee; now <= executedAt + lookBack; no case
    /// about it is open, none ended guilty; the token allows the bond: accuserBond x 2^(acquittals).
    function accuse(bytes32 scope, uint256 nonce, bytes32 operatorId, uint256 fee, bytes32 reasonHash) external;

    /// @notice Answers an accusation; then the members may rule at once.
    /// @dev Requirements: open; the caller is the operator's owner or current key; not answered, and now < voteFrom.
    function rebut(bytes32 scope, uint256 nonce, bytes32 answerHash) external;

    /// @notice A member's vote. A majority of all members (the elevated tier) rules at once.
    /// @dev Requirements, in order: open; member; neither accuser nor the operator's owner or key; voteFrom <= now
    /// <= voteUntil; not voted under the present membership. Effects of "guilty": auditBps of the operator's own stake
    /// and half of it of its delegators', unless an audit took within unbondingPeriod; the bond returns. Of "not
    /// guilty": half the bond to the operator's payout, half burned.
    function vote(bytes32 scope, uint256 nonce, bool guilty) external;

    /// @notice Ends a case in which no majority ruled in time, by anyone: a tenth of the bond is burned, the rest
    /// returns.
    /// @dev Requirements: open; now > voteUntil.
    function closeCase(bytes32 scope, uint256 nonce) external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    function commitmentOf(bytes32 evidenceHash, address challenger, bytes32 salt) external view returns (bytes32);

    /// @notice Total: zeroes for an unknown commitment.
    function openingOf(
        bytes32 commitment
    ) external view returns (uint64 sequence, uint64 from, uint64 until, bool used);

    /// @notice Total: zeroes for an unknown offence.
    function offenceOf(
        bytes32 offenceId
    ) external view returns (address challenger, uint64 sequence, uint64 rewardOpensAt, uint256 reward);

    /// @notice Total: zeroes for an unknown case.
    function caseOf(
        bytes32 scope,
        uint256 nonce
    )
        external
        view
        returns (
            CaseStatus status,
            bytes32 operatorId,
            address accuser,
            uint256 bond,
            uint64 voteFrom,
            uint64 voteUntil,
            uint8 guilty,
            uint8 notGuilty,
            uint8 acquittals
        );

    /// @notice When an audit took stake of the operator last; zero for never.
    function lastAuditOf(bytes32 operatorId) external view returns (uint64);
}
