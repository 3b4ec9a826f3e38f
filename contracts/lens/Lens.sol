// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ITreasury} from "../adapters/ITreasury.sol";
import {ICouncil, ProposalStatus} from "../council/ICouncil.sol";
import {IParameters, ParameterSet} from "../council/IParameters.sol";
import {CaseStatus, ICourt} from "../court/ICourt.sol";
import {IDisruptions} from "../disruptions/IDisruptions.sol";
import {IExecutionGate, NonceStatus} from "../gate/IExecutionGate.sol";
import {Directory} from "../lib/Directory.sol";
import {OperatorStatus} from "../lib/OperatorStatus.sol";
import {IOperators} from "../operators/IOperators.sol";
import {IStateOracle} from "../oracle/IStateOracle.sol";
import {IReceiptRouter, VerifierStatus} from "../receipts/IReceiptRouter.sol";
import {IPolicyRegistry} from "../registry/IPolicyRegistry.sol";
import {ExitKind, IStaking} from "../staking/IStaking.sol";

struct AllowanceRef {
    address owner;
    address spender;
}

struct TierRef {
    address target;
    bytes4 selector;
}

struct NonceRef {
    bytes32 scope;
    uint256 nonce;
}

struct DelegationRef {
    bytes32 operatorId;
    address account;
}

struct ExitRef {
    ExitKind kind;
    bytes32 operatorId;
    address account;
    uint32 index;
}

/// @notice What to look at. Mappings can't be listed on chain, so the reader names the keys; events tell them all.
/// What stands once (council, parameters, registry, log) is shown if it is asked for, else as zeroes.
struct Query {
    bool council;
    bool parameters;
    bool registry;
    bool log;
    address[] accounts;
    AllowanceRef[] allowances;
    TierRef[] tiers;
    bytes32[] proposals;
    bytes32[] keys;
    bytes32[] operators;
    address[] signers;
    DelegationRef[] delegations;
    ExitRef[] exits;
    bytes32[] sources;
    bytes4[] selectors;
    NonceRef[] nonces;
    bytes32[] scopes;
    bytes32[] commitments;
    bytes32[] offences;
    NonceRef[] cases;
    bytes32[] subjects;
}

struct AccountView {
    uint256 balance;
    uint256 funds;
    uint256 permits;
    bool member;
    uint64 lastSeen;
    uint64 noticeAt;
    uint64 lastFreeze;
}

struct ProposalView {
    ProposalStatus status;
    address proposer;
    uint8 tier;
    uint32 approvals;
    uint32 objections;
    uint64 eta;
    uint64 until;
}

struct CouncilView {
    uint64 version;
    bool genesisSealed;
    address[] members;
}

struct EntryView {
    bytes32 entryHash;
    uint64 since;
    bool staged;
    bytes32 stagedHash;
}

struct RegistryView {
    uint64 epoch;
    bytes32 root;
    bytes32 previousRoot;
    uint64 advancedAt;
    uint64 frozenUntil;
    uint256 entries;
    uint256 stagedKeys;
}

struct OperatorView {
    OperatorStatus status;
    address owner;
    address signer;
    address payout;
    bytes32 metadataHash;
    uint64 jailedUntil;
    address proposedOwner;
    uint64 ownerOpensAt;
    uint8 misses;
    uint64 missesSince;
    uint96[4] totals;
    uint96[4] factors;
    uint24[4] generations;
    uint32 exits;
    uint8 locks;
    uint64 lastExitOpensAt;
    uint64 lastAudit;
}

struct DelegationView {
    uint128 shares;
    uint256 value;
    uint32 exits;
}

struct SignerView {
    bytes32 operatorId;
    uint64 rotatedAt;
    bytes32 current;
}

struct ExitView {
    uint64 opensAt;
    uint128 shares;
    uint256 value;
}

struct AttestedView {
    bytes32 hash;
    bytes32 stateHash;
    uint64 stateEpoch;
    uint64 createdAt;
    uint64 acceptedAt;
    uint64 acceptedAtOf;
}

struct SourceView {
    uint32 configVersion;
    uint32 generation;
    uint32 maxStaleness;
    uint32 maxFutureSkew;
    uint8 threshold;
    uint8 attesters;
    AttestedView latest;
    AttestedView previous;
}

struct VerifierView {
    VerifierStatus status;
    address verifier;
}

struct NonceView {
    NonceStatus status;
    uint64 executedAt;
    uint64 finalAfter;
    uint64 logIndex;
    bool succeeded;
    uint64 deadline;
    uint8 misses;
    uint128 commitment;
}

struct EscrowView {
    uint128 available;
    uint128 owed;
}

struct OpeningView {
    uint64 sequence;
    uint64 from;
    uint64 until;
    bool used;
}

struct OffenceView {
    address challenger;
    uint64 sequence;
    uint64 rewardOpensAt;
    uint256 reward;
}

struct CaseView {
    CaseStatus status;
    bytes32 operatorId;
    address accuser;
    uint256 bond;
    uint64 voteFrom;
    uint64 voteUntil;
    uint8 guilty;
    uint8 notGuilty;
    uint8 acquittals;
}

struct Snapshot {
    uint256 totalSupply;
    AccountView[] accounts;
    uint256[] allowances;
    CouncilView council;
    uint8[] tiers;
    ProposalView[] proposals;
    uint32 parametersVersion;
    ParameterSet parameters;
    RegistryView registry;
    EntryView[] keys;
    bool admissionOpen;
    OperatorView[] operators;
    SignerView[] signers;
    DelegationView[] delegations;
    ExitView[] exits;
    SourceView[] sources;
    VerifierView[] verifiers;
    NonceView[] nonces;
    EscrowView[] escrows;
    OpeningView[] openings;
    OffenceView[] offences;
    CaseView[] cases;
    uint64[] disruptions;
    uint64 logSize;
    bytes32 logRoot;
}

/// @title Lens: the whole state that anyone can name, in one call
contract Lens {
    IERC20 public immutable agrs;
    IParameters public immutable parameters;
    ICouncil public immutable council;
    IPolicyRegistry public immutable registry;
    IOperators public immutable operators;
    IStaking public immutable staking;
    IStateOracle public immutable oracle;
    IReceiptRouter public immutable router;
    IExecutionGate public immutable gate;
    ITreasury public immutable treasury;
    ICourt public immutable court;
    IDisruptions public immutable disruptions;

    constructor(Directory memory d) {
        agrs = IERC20(d.agrs);
        parameters = IParameters(d.parameters);
        council = ICouncil(d.council);
        registry = IPolicyRegistry(d.registry);
        operators = IOperators(d.operators);
        staking = IStaking(d.staking);
        oracle = IStateOracle(d.oracle);
        router = IReceiptRouter(d.router);
        gate = IExecutionGate(d.gate);
        treasury = ITreasury(d.treasury);
        court = ICourt(d.court);
        disruptions = IDisruptions(d.disruptions);
    }

    /// @notice Everything the query names, in its order. Total: unknown keys give zeroes.
    function snapshot(Query calldata q) external view returns (Snapshot memory s) {
        s.totalSupply = agrs.totalSupply();
        s.accounts = _accounts(q);
        s.allowances = new uint256[](q.allowances.length);
        for (uint256 i = 0; i < q.allowances.length; i++) {
            s.allowances[i] = agrs.allowance(q.allowances[i].owner, q.allowances[i].spender);
        }
        if (q.council) s.council = _council();
        s.tiers = _tiers(q);
        s.proposals = _proposals(q);
        if (q.parameters) (s.parametersVersion, s.parameters) = parameters.current();
        if (q.registry) s.registry = _registry();
        s.keys = _keys(q);
        s.admissionOpen = operators.admissionOpen();
        s.operators = _operators(q);
        s.signers = _signers(q);
        s.delegations = _delegations(q);
        s.exits = _exits(q);
        s.sources = _sources(q);
        s.verifiers = _verifiers(q);
        s.nonces = _nonces(q);
        s.escrows = _escrows(q);
        s.openings = _openings(q);
        s.offences = _offences(q);
        s.cases = _cases(q);
        s.disruptions = _disruptions(q);
        if (q.log) (s.logSize, s.logRoot) = (gate.logSize(), gate.logRoot());
    }

    function _accounts(Query calldata q) internal view returns (AccountView[] memory out) {
        out = new AccountView[](q.accounts.length);
        for (uint256 i = 0; i < out.length; i++) {
            address account = q.accounts[i];
            out[i].balance = agrs.balanceOf(account);
            out[i].funds = treasury.fundsOf(account);
            out[i].permits = IERC20Permit(address(agrs)).nonces(account);
            out[i].member = council.isMember(account);
            (out[i].lastSeen, out[i].noticeAt) = council.presenceOf(account);
            out[i].lastFreeze = registry.lastFreezeOf(account);
        }
    }

    function _council() internal view returns (CouncilView memory out) {
        out.version = council.version();
        out.genesisSealed = council.genesisSealed();
        out.members = council.members();
    }

    function _tiers(Query calldata q) internal view returns (uint8[] memory out) {
        out = new uint8[](q.tiers.length);
        for (uint256 i = 0; i < out.length; i++) {
            out[i] = council.minimumTier(q.tiers[i].target, q.tiers[i].selector);
        }
    }

    function _proposals(Query calldata q) internal view returns (ProposalView[] memory out) {
        out = new ProposalView[](q.proposals.length);
        for (uint256 i = 0; i < out.length; i++) {
            ProposalView memory p = out[i];
            (p.status, p.proposer, p.tier, p.approvals, p.objections, p.eta, p.until) = council.proposal(
                q.proposals[i]
            );
        }
    }

    function _registry() internal view returns (RegistryView memory out) {
        (out.epoch, out.root, out.advancedAt, out.frozenUntil, out.entries, out.stagedKeys) = registry.current();
        if (out.epoch != 0) out.previousRoot = registry.rootOf(out.epoch - 1);
    }

    function _keys(Query calldata q) internal view returns (EntryView[] memory out) {
        out = new EntryView[](q.keys.length);
        for (uint256 i = 0; i < out.length; i++) {
            (out[i].entryHash, out[i].since) = registry.entryOf(q.keys[i]);
            (out[i].staged, out[i].stagedHash) = registry.stagedOf(q.keys[i]);
        }
    }

    function _operators(Query calldata q) internal view returns (OperatorView[] memory out) {
        out = new OperatorView[](q.operators.length);
        for (uint256 i = 0; i < out.length; i++) {
            OperatorView memory o = out[i];
            (
                o.status,
                o.owner,
                o.signer,
                o.payout,
                o.metadataHash,
                o.jailedUntil,
                o.proposedOwner,
                o.ownerOpensAt
            ) = operators.operator(q.operators[i]);
            (o.misses, o.missesSince) = operators.missesOf(q.operators[i]);
            (o.totals, o.factors, o.generations) = staking.ledgersOf(q.operators[i]);
            (o.exits, o.locks, o.lastExitOpensAt) = staking.countsOf(q.operators[i]);
            o.lastAudit = court.lastAuditOf(q.operators[i]);
        }
    }

    function _delegations(Query calldata q) internal view returns (DelegationView[] memory out) {
        out = new DelegationView[](q.delegations.length);
        for (uint256 i = 0; i < out.length; i++) {
            DelegationRef calldata d = q.delegations[i];
            (out[i].shares, out[i].value, out[i].exits) = staking.delegationOf(d.operatorId, d.account);
        }
    }

    function _signers(Query calldata q) internal view returns (SignerView[] memory out) {
        out = new SignerView[](q.signers.length);
        for (uint256 i = 0; i < out.length; i++) {
            (out[i].operatorId, out[i].rotatedAt) = operators.keyHistory(q.signers[i]);
            out[i].current = operators.currentOperatorOf(q.signers[i]);
        }
    }

    function _exits(Query calldata q) internal view returns (ExitView[] memory out) {
        out = new ExitView[](q.exits.length);
        for (uint256 i = 0; i < out.length; i++) {
            ExitView memory v = out[i];
            ExitRef calldata e = q.exits[i];
            (v.opensAt, v.shares, v.value) = staking.exitOf(e.kind, e.operatorId, e.account, e.index);
        }
    }

    function _sources(Query calldata q) internal view returns (SourceView[] memory out) {
        out = new SourceView[](q.sources.length);
        for (uint256 i = 0; i < out.length; i++) {
            SourceView memory s = out[i];
            (s.configVersion, s.generation, s.maxStaleness, s.maxFutureSkew, s.threshold, s.attesters) = oracle.source(
                q.sources[i]
            );
            s.latest = _attested(q.sources[i], 0);
            s.previous = _attested(q.sources[i], 1);
        }
    }

    function _attested(bytes32 sourceId, uint8 which) internal view returns (AttestedView memory a) {
        (a.hash, a.stateHash, a.stateEpoch, a.createdAt, a.acceptedAt) = oracle.attested(sourceId, which);
        a.acceptedAtOf = oracle.acceptedAtOf(a.hash);
    }

    function _verifiers(Query calldata q) internal view returns (VerifierView[] memory out) {
        out = new VerifierView[](q.selectors.length);
        for (uint256 i = 0; i < out.length; i++) {
            (out[i].status, out[i].verifier) = router.verifierOf(q.selectors[i]);
        }
    }

    function _nonces(Query calldata q) internal view returns (NonceView[] memory out) {
        out = new NonceView[](q.nonces.length);
        for (uint256 i = 0; i < out.length; i++) {
            NonceView memory n = out[i];
            (n.status, n.executedAt, n.finalAfter, n.logIndex, n.succeeded) = gate.statusOf(
                q.nonces[i].scope,
                q.nonces[i].nonce
            );
            (n.deadline, n.misses, n.commitment) = gate.claimOf(q.nonces[i].scope, q.nonces[i].nonce);
        }
    }

    function _escrows(Query calldata q) internal view returns (EscrowView[] memory out) {
        out = new EscrowView[](q.scopes.length);
        for (uint256 i = 0; i < out.length; i++) (out[i].available, out[i].owed) = gate.escrowOf(q.scopes[i]);
    }

    function _openings(Query calldata q) internal view returns (OpeningView[] memory out) {
        out = new OpeningView[](q.commitments.length);
        for (uint256 i = 0; i < out.length; i++) {
            OpeningView memory o = out[i];
            (o.sequence, o.from, o.until, o.used) = court.openingOf(q.commitments[i]);
        }
    }

    function _offences(Query calldata q) internal view returns (OffenceView[] memory out) {
        out = new OffenceView[](q.offences.length);
        for (uint256 i = 0; i < out.length; i++) {
            OffenceView memory o = out[i];
            (o.challenger, o.sequence, o.rewardOpensAt, o.reward) = court.offenceOf(q.offences[i]);
        }
    }

    function _cases(Query calldata q) internal view returns (CaseView[] memory out) {
        out = new CaseView[](q.cases.length);
        for (uint256 i = 0; i < out.length; i++) {
            CaseView memory c = out[i];
            (
                c.status,
                c.operatorId,
                c.accuser,
                c.bond,
                c.voteFrom,
                c.voteUntil,
                c.guilty,
                c.notGuilty,
                c.acquittals
            ) = court.caseOf(q.cases[i].scope, q.cases[i].nonce);
        }
    }

    function _disruptions(Query calldata q) internal view returns (uint64[] memory out) {
        out = new uint64[](q.subjects.length);
        for (uint256 i = 0; i < out.length; i++) out[i] = disruptions.lastOf(q.subjects[i]);
    }
}
