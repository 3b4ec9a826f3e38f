// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ICouncil} from "../council/ICouncil.sol";
import {IParameters, ParameterSet} from "../council/IParameters.sol";
import {IExecutionGate} from "../gate/IExecutionGate.sol";
import {Directory} from "../lib/Directory.sol";
import {Quorum} from "../lib/Quorum.sol";
import {Signatures} from "../lib/Signatures.sol";
import {Tags} from "../lib/Tags.sol";
import {IOperators} from "../operators/IOperators.sol";
import {IStateOracle, StateAttestation} from "../oracle/IStateOracle.sol";
import {IPolicyRegistry} from "../registry/IPolicyRegistry.sol";
import {IStaking, Split} from "../staking/IStaking.sol";
import {CaseStatus, ExecutionRef, Head, HeadKind, ICourt} from "./ICourt.sol";

contract Court is ICourt {
    using SafeERC20 for IERC20;

    /*/////////////////////////////////////////////////////////// STORAGE */

    /// The accuser's part of what a guilty verdict takes from the operator's own stake.
    uint16 public constant AUDIT_REWARD_BPS = 1_000;
    /// Burned of the accuser's bond when nobody rules.
    uint256 public constant DRAW_BURN_BPS = 1_000;

    bytes32 internal constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 internal constant LOG_HEAD_TYPEHASH = keccak256(
        "LogHead(bytes32 operatorId,uint64 size,bytes32 root,bytes32 blockHash)"
    );
    bytes32 internal constant CHECKPOINT_TYPEHASH = keccak256(
        "RegistryCheckpoint(bytes32 operatorId,uint64 epoch,bytes32 root,bytes32 blockHash)"
    );

    IERC20 public immutable agrs;
    IParameters public immutable parameters;
    ICouncil public immutable council;
    IPolicyRegistry public immutable registry;
    IOperators public immutable operators;
    IStaking public immutable staking;
    IStateOracle public immutable oracle;
    IExecutionGate public immutable gate;

    struct Opening {
        uint64 sequence;
        uint64 from;
        uint64 until;
        bool used;
    }

    struct Offence {
        address challenger;
        uint48 sequence;
        uint48 rewardOpensAt;
        uint96 reward;
    }

    struct Case {
        bytes32 operatorId;
        address accuser;
        uint96 bond;
        CaseStatus status;
        uint8 acquittals;
        bool rebutted;
        uint40 voteFrom;
        uint40 voteUntil;
        /// cases ever opened about this execution: votes of an earlier one don't count
        uint32 round;
        /// of the council, whose members' votes are counted
        uint64 version;
        uint8 guilty;
        uint8 notGuilty;
    }

    uint64 public openings;
    mapping(bytes32 commitment => Opening) public openingOf;
    mapping(bytes32 offenceId => Offence) internal offences;
    mapping(bytes32 caseKey => Case) internal cases;
    mapping(bytes32 ballot => bool) internal voted;
    mapping(bytes32 operatorId => uint64) public lastAuditOf;

    constructor(Directory memory directory) {
        agrs = IERC20(directory.agrs);
        parameters = IParameters(directory.parameters);
        council = ICouncil(directory.council);
        registry = IPolicyRegistry(directory.registry);
        operators = IOperators(directory.operators);
        staking = IStaking(directory.staking);
        oracle = IStateOracle(directory.oracle);
        gate = IExecutionGate(directory.gate);
    }

    /*////////////////////////////////////////////////////// EQUIVOCATION */

    /// @inheritdoc ICourt
    function open(bytes32 commitment) external returns (uint64 sequence) {
        if (openingOf[commitment].sequence != 0) revert OpenedBefore(commitment);
        (, ParameterSet memory set) = parameters.current();

        sequence = ++openings;
        uint64 from = uint64(block.timestamp) + set.revealDelay;
        uint64 until = uint64(block.timestamp) + set.proveWindow;
        openingOf[commitment] = Opening(sequence, from, until, false);
        emit Opened(commitment, msg.sender, sequence, from, until);
    }

    /// @inheritdoc ICourt
    function revealAttestations(
        StateAttestation calldata a,
        StateAttestation calldata b,
        bytes calldata signatureA,
        bytes calldata signatureB,
        bytes32 salt
    ) external returns (bytes32 offenceId) {
        bytes32 evidence = keccak256(abi.encode(a, b, signatureA, signatureB));
        bytes32 commitment = _requireOpened(evidence, salt);
        bool contradict =
            a.sourceId == b.sourceId &&
                a.configVersion == b.configVersion &&
                a.stateEpoch == b.stateEpoch &&
                a.prevHash == b.prevHash &&
                (a.stateHash != b.stateHash || a.fieldsHash != b.fieldsHash || a.createdAt != b.createdAt);
        if (!contradict) revert NoContradiction();
        // A generation's first attestation builds on nothing that could have existed before a key was changed.
        uint64 existedAt = oracle.acceptedAtOf(a.prevHash);
        bytes32 operatorId = _requireSigner(oracle.attestationDigest(a), signatureA, existedAt);
        _requireSame(operatorId, _requireSigner(oracle.attestationDigest(b), signatureB, existedAt));

        bytes32 subject = keccak256(abi.encode(a.sourceId, a.configVersion, a.stateEpoch, a.prevHash));
        return _convict("StateAttestation", operatorId, subject, commitment);
    }

    /// @inheritdoc ICourt
    function revealHeads(
        HeadKind kind,
        Head calldata a,
        Head calldata b,
        bytes calldata signatureA,
        bytes calldata signatureB,
        ExecutionRef calldata reached,
        bytes32 salt
    ) external returns (bytes32 offenceId) {
        bytes32 evidence = keccak256(abi.encode(kind, a, b, signatureA, signatureB, reached));
        bytes32 commitment = _requireOpened(evidence, salt);
        bool contradict =
            a.operatorId == b.operatorId && a.height == b.height && a.blockHash == b.blockHash && a.root != b.root;
        if (!contradict) revert NoContradiction();
        uint64 existedAt = _existedAt(kind, a.height, reached);
        bytes32 operatorId = _requireSigner(_headDigest(kind, a), signatureA, existedAt);
        _requireSame(operatorId, a.operatorId);
        _requireSame(operatorId, _requireSigner(_headDigest(kind, b), signatureB, existedAt));

        bytes32 subject = keccak256(abi.encode(a.height, a.blockHash));
        return
            _convict(
                kind == HeadKind.LogHead ? bytes32("LogHead") : bytes32("RegistryCheckpoint"),
                operatorId,
                subject,
                commitment
            );
    }

    /// @inheritdoc ICourt
    function payReward(bytes32 offenceId) external {
        Offence storage o = offences[offenceId];
        uint256 reward = o.reward;
        if (reward == 0) revert RewardUnknown(offenceId);
        if (block.timestamp < o.rewardOpensAt) revert RewardNotDue(o.rewardOpensAt, uint64(block.timestamp));

        o.reward = 0;
        emit RewardPaid(offenceId, o.challenger, reward);
        agrs.safeTransfer(o.challenger, reward);
    }

    function _requireOpened(bytes32 evidence, bytes32 salt) internal returns (bytes32 commitment) {
        commitment = commitmentOf(evidence, msg.sender, salt);
        Opening storage opening = openingOf[commitment];
        if (opening.sequence == 0 || opening.used) revert OpeningUnknown(commitment);
        if (block.timestamp < opening.from || block.timestamp > opening.until) {
            revert RevealOutsideWindow(opening.from, opening.until, uint64(block.timestamp));
        }
        opening.used = true;
    }

    /// The operator for which the message is signed. A former key counts for a while, and only for what existed at
    /// `existedAt`, before it was changed: else whoever finds an old key could make up the past.
    function _requireSigner(
        bytes32 digest,
        bytes calldata signature,
        uint64 existedAt
    ) internal view returns (bytes32 operatorId) {
        address signer = Signatures.recover(digest, signature);
        uint64 rotatedAt;
        (operatorId, rotatedAt) = operators.keyHistory(signer);
        if (operatorId == 0) revert SignerUnknown(signer);
        if (rotatedAt == 0) return operatorId;
        bool late = block.timestamp > uint256(rotatedAt) + parameters.unbondingPeriod();
        if (late || existedAt == 0 || existedAt >= rotatedAt) revert FormerKey(signer, rotatedAt);
    }

    function _requireSame(bytes32 first, bytes32 second) internal pure {
        if (first != second) revert SignersDiffer(first, second);
    }

    /// When the chain had reached this height; zero: not shown.
    function _existedAt(HeadKind kind, uint64 height, ExecutionRef calldata reached) internal view returns (uint64) {
        if (height == 0) return 0;
        if (kind == HeadKind.RegistryCheckpoint) return registry.advancedAtOf(height);
        (, uint64 executedAt, , uint64 logIndex, ) = gate.statusOf(reached.scope, reached.nonce);
        return logIndex + 1 == height ? executedAt : 0;
    }

    function _headDigest(HeadKind kind, Head calldata head) internal view returns (bytes32) {
        bool log = kind == HeadKind.LogHead;
        bytes32 structHash = keccak256(abi.encode(log ? LOG_HEAD_TYPEHASH : CHECKPOINT_TYPEHASH, head));
        address mirrored = log ? address(gate) : address(registry);
        bytes32 separator = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("mprd-net"), keccak256("1"), block.chainid, mirrored)
        );
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }

    /// Punishes at the first proof of an offence; later ones can only take over the reward.
    function _convict(
        bytes32 kind,
        bytes32 operatorId,
        bytes32 subject,
        bytes32 commitment
    ) internal returns (bytes32 offenceId) {
        offenceId = keccak256(abi.encode(Tags.OFFENCE, block.chainid, address(this), kind, operatorId, subject));
        Offence storage o = offences[offenceId];
        Opening storage opening = openingOf[commitment];
        bool first = o.sequence == 0;
        if (first) {
            (uint16 challengerBps, uint16 burnBps) = parameters.splitParameters();
            Split memory split = Split(challengerBps, burnBps, address(this));
            o.reward = uint96(staking.slash(operatorId, 10_000, 10_000, split));
            operators.eject(operatorId);
        }
        // After the reward was due nobody can have opened earlier and still be in time.
        if (first || opening.sequence < o.sequence) {
            o.challenger = msg.sender;
            o.sequence = uint48(opening.sequence);
            o.rewardOpensAt = uint48(opening.until + 1);
        }
        emit Convicted(offenceId, operatorId, msg.sender, commitment, first, o.reward, o.rewardOpensAt);
    }

    /*////////////////////////////////////////////////////////////// AUDIT */

    /// @inheritdoc ICourt
    function accuse(bytes32 scope, uint256 nonce, bytes32 operatorId, uint256 fee, bytes32 reasonHash) external {
        uint64 executedAt = gate.requireExecutedBy(scope, nonce, operatorId, fee);
        (, ParameterSet memory set) = parameters.current();
        uint64 latest = executedAt + set.lookBack;
        if (block.timestamp > latest) revert TooLateToAccuse(latest, uint64(block.timestamp));
        Case storage c = cases[_caseKey(scope, nonce)];
        if (c.status == CaseStatus.Open || c.status == CaseStatus.Guilty) revert CaseExists(scope, nonce, c.status);

        uint256 amount = uint256(set.accuserBond) << c.acquittals;
        agrs.safeTransferFrom(msg.sender, address(this), amount);
        c.operatorId = operatorId;
        c.accuser = msg.sender;
        c.bond = uint96(amount);
        c.status = CaseStatus.Open;
        c.rebutted = false;
        c.voteFrom = uint40(block.timestamp) + set.disputeWindow;
        c.voteUntil = c.voteFrom + set.rulingWindow;
        c.round += 1;
        (c.guilty, c.notGuilty) = (0, 0);
        emit Accused(scope, nonce, operatorId, msg.sender, amount, reasonHash, c.voteFrom, c.voteUntil);
    }

    /// @inheritdoc ICourt
    function rebut(bytes32 scope, uint256 nonce, bytes32 answerHash) external {
        Case storage c = _open(scope, nonce);
        (, address owner, address signer, , , , , ) = operators.operator(c.operatorId);
        if (msg.sender != owner && msg.sender != signer) revert NotAccused(msg.sender);
        if (c.rebutted || block.timestamp >= c.voteFrom) revert TooLateToRebut(c.voteFrom, uint64(block.timestamp));

        c.rebutted = true;
        c.voteFrom = uint40(block.timestamp);
        emit Rebutted(scope, nonce, answerHash);
    }

    /// @inheritdoc ICourt
    function vote(bytes32 scope, uint256 nonce, bool guilty) external {
        Case storage c = _open(scope, nonce);
        if (!council.isMember(msg.sender)) revert NotMember(msg.sender);
        // Owner and key agreed to be that; a payout address didn't, and naming a member there must not silence it.
        (, address owner, address signer, address payout, , , , ) = operators.operator(c.operatorId);
        bool party = msg.sender == c.accuser || msg.sender == owner || msg.sender == signer;
        if (party) revert Recused(msg.sender);
        if (block.timestamp < c.voteFrom || block.timestamp > c.voteUntil) {
            revert VoteOutsideWindow(c.voteFrom, c.voteUntil, uint64(block.timestamp));
        }
        uint64 version = council.version();
        bytes32 ballot = keccak256(abi.encode(_caseKey(scope, nonce), c.round, version, msg.sender));
        if (voted[ballot]) revert VotedBefore(msg.sender);

        voted[ballot] = true;
        // Votes of another membership don't count.
        if (c.version != version) (c.version, c.guilty, c.notGuilty) = (version, 0, 0);
        uint8 votes = guilty ? ++c.guilty : ++c.notGuilty;
        emit Voted(scope, nonce, msg.sender, guilty);
        if (votes < Quorum.needed(Quorum.ELEVATED, council.memberCount())) return;
        if (guilty) _ruleGuilty(scope, nonce, c);
        else _ruleNotGuilty(scope, nonce, c, payout);
    }

    /// @inheritdoc ICourt
    function closeCase(bytes32 scope, uint256 nonce) external {
        Case storage c = _open(scope, nonce);
        if (block.timestamp <= c.voteUntil) revert CaseRunning(c.voteUntil, uint64(block.timestamp));

        uint256 amount = c.bond;
        uint256 burned = (amount * DRAW_BURN_BPS) / 10_000;
        _close(scope, nonce, c, CaseStatus.Closed, false, amount - burned);
        _pay(c.accuser, amount - burned);
        _burn(burned);
    }

    function _ruleGuilty(bytes32 scope, uint256 nonce, Case storage c) internal {
        uint256 amount = c.bond;
        (bytes32 operatorId, address accuser) = (c.operatorId, c.accuser);
        _close(scope, nonce, c, CaseStatus.Guilty, true, amount);
        (, ParameterSet memory set) = parameters.current();
        uint64 last = lastAuditOf[operatorId];
        // Members that judge whatever they like take from nobody more than this in any unbondingPeriod.
        if (last == 0 || block.timestamp > uint256(last) + set.unbondingPeriod) {
            lastAuditOf[operatorId] = uint64(block.timestamp);
            staking.slash(operatorId, set.auditBps, set.auditBps / 2, Split(AUDIT_REWARD_BPS, 0, accuser));
        }
        _pay(accuser, amount);
    }

    function _ruleNotGuilty(bytes32 scope, uint256 nonce, Case storage c, address payout) internal {
        uint256 amount = c.bond;
        c.acquittals += 1;
        _close(scope, nonce, c, CaseStatus.Closed, true, 0);
        _pay(payout, amount / 2);
        _burn(amount - amount / 2);
    }

    function _close(
        bytes32 scope,
        uint256 nonce,
        Case storage c,
        CaseStatus status,
        bool ruled,
        uint256 returned
    ) internal {
        c.status = status;
        c.bond = 0;
        emit CaseClosed(scope, nonce, status, ruled, returned);
    }

    function _pay(address to, uint256 amount) internal {
        if (amount != 0) agrs.safeTransfer(to, amount);
    }

    function _burn(uint256 amount) internal {
        if (amount != 0) ERC20Burnable(address(agrs)).burn(amount);
    }

    function _open(bytes32 scope, uint256 nonce) internal view returns (Case storage c) {
        c = cases[_caseKey(scope, nonce)];
        if (c.status != CaseStatus.Open) revert CaseUnknown(scope, nonce);
    }

    function _caseKey(bytes32 scope, uint256 nonce) internal pure returns (bytes32) {
        return keccak256(abi.encode(scope, nonce));
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc ICourt
    function commitmentOf(bytes32 evidenceHash, address challenger, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(Tags.OPENING, block.chainid, address(this), evidenceHash, challenger, salt));
    }

    /// @inheritdoc ICourt
    function offenceOf(bytes32 offenceId) external view returns (address, uint64, uint64, uint256) {
        Offence storage o = offences[offenceId];
        return (o.challenger, o.sequence, o.rewardOpensAt, o.reward);
    }

    /// @inheritdoc ICourt
    function caseOf(
        bytes32 scope,
        uint256 nonce
    ) external view returns (CaseStatus, bytes32, address, uint256, uint64, uint64, uint8, uint8, uint8) {
        Case storage c = cases[_caseKey(scope, nonce)];
        return (
            c.status,
            c.operatorId,
            c.accuser,
            c.bond,
            c.voteFrom,
            c.voteUntil,
            c.guilty,
            c.notGuilty,
            c.acquittals
        );
    }
}
