// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {IParameters} from "../council/IParameters.sol";
import {Directory} from "../lib/Directory.sol";
import {FactorLedger} from "../lib/FactorLedger.sol";
import {IOperators, OperatorStatus} from "../operators/IOperators.sol";
import {ExitKind, IStaking, Split} from "./IStaking.sol";

contract Staking is IStaking {
    using SafeERC20 for IERC20;
    using FactorLedger for FactorLedger.Ledger;

    /*/////////////////////////////////////////////////////////// STORAGE */

    uint256 public constant MAX_LOCKS = 16;

    IERC20 public immutable agrs;
    IOperators public immutable operators;
    IParameters public immutable parameters;
    address public immutable council;
    address public immutable gate;
    address public immutable court;

    struct Exit {
        uint128 shares;
        uint24 generation;
        uint64 opensAt;
    }

    struct Delegation {
        uint128 shares;
        uint24 generation;
        uint32 exits;
    }

    mapping(bytes32 operatorId => FactorLedger.Ledger) internal selfBonds;
    mapping(bytes32 operatorId => FactorLedger.Ledger) internal pools;
    mapping(ExitKind kind => mapping(bytes32 operatorId => FactorLedger.Ledger)) internal exitLedgers;
    mapping(bytes32 operatorId => mapping(address account => Delegation)) internal delegations;
    mapping(bytes32 name => Exit) internal exits;

    constructor(Directory memory directory) {
        agrs = IERC20(directory.agrs);
        operators = IOperators(directory.operators);
        parameters = IParameters(directory.parameters);
        council = directory.council;
        gate = directory.gate;
        court = directory.court;
    }

    modifier onlyGate() {
        if (msg.sender != gate) revert NotGate(msg.sender);
        _;
    }

    /*////////////////////////////////////////////////////////// SELF-BOND */

    /// @inheritdoc IStaking
    function bond(bytes32 operatorId, uint256 amount) public {
        if (amount == 0) revert AmountZero();
        FactorLedger.Ledger storage ledger = selfBonds[operatorId];
        // Ejection takes the whole self-bond: an operator that has some is known and wasn't ejected.
        if (ledger.total == 0) {
            OperatorStatus status = operators.statusOf(operatorId);
            if (status == OperatorStatus.Unknown) revert OperatorUnknown(operatorId);
            if (status == OperatorStatus.Ejected) revert OperatorEjected(operatorId);
        }

        // The transfer comes first because it says best why it can't be done; the token calls nobody back.
        agrs.safeTransferFrom(msg.sender, address(this), amount);
        ledger.total += uint96(amount);
        emit Bonded(operatorId, msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function bondWithPermit(
        bytes32 operatorId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        _permit(amount, deadline, v, r, s);
        bond(operatorId, amount);
    }

    /// @inheritdoc IStaking
    function requestExit(bytes32 operatorId, uint256 amount) external returns (uint32 index) {
        _requireOwner(operatorId);
        if (amount == 0) revert AmountZero();
        FactorLedger.Ledger memory own = selfBonds[operatorId];
        if (amount > own.total) revert SelfBondInsufficient(operatorId, own.total, amount);

        index = own.exits++;
        own.total -= uint96(amount);
        selfBonds[operatorId] = own;
        _beginExit(ExitKind.Owner, operatorId, index, uint96(amount), 0);
    }

    /// @inheritdoc IStaking
    function cancelExit(bytes32 operatorId, uint32 index) external returns (uint256 value) {
        (bytes32 name, Exit memory e) = _known(ExitKind.Owner, operatorId, msg.sender, index);
        _requireOwner(operatorId);
        if (operators.statusOf(operatorId) == OperatorStatus.Ejected) revert OperatorEjected(operatorId);

        value = _endExit(ExitKind.Owner, operatorId, name, e);
        selfBonds[operatorId].total += uint96(value);
        emit ExitCancelled(operatorId, msg.sender, index, value);
    }

    /*///////////////////////////////////////////////////////// DELEGATION */

    /// @inheritdoc IStaking
    function delegate(bytes32 operatorId, uint256 amount) public returns (uint256) {
        if (amount == 0) revert AmountZero();
        OperatorStatus status = operators.statusOf(operatorId);
        if (status != OperatorStatus.Admitted) revert OperatorNotAdmitted(operatorId, status);
        FactorLedger.Ledger memory pool = pools[operatorId];
        uint256 most = uint256(selfBonds[operatorId].total) * parameters.delegationRatio();
        if (amount > type(uint96).max || pool.total + amount > most) {
            revert DelegationRatioExceeded(operatorId, amount > type(uint96).max ? amount : pool.total + amount, most);
        }

        agrs.safeTransferFrom(msg.sender, address(this), amount);
        uint128 shares = pool.add(uint96(amount));
        pools[operatorId] = pool;
        Delegation memory d = delegations[operatorId][msg.sender];
        // Shares of a generation that is over are worth nothing and never come back.
        if (d.generation != pool.generation) d.shares = 0;
        d.generation = pool.generation;
        d.shares += shares;
        delegations[operatorId][msg.sender] = d;
        emit Delegated(operatorId, msg.sender, amount, shares);
        return shares;
    }

    /// @inheritdoc IStaking
    function delegateWithPermit(
        bytes32 operatorId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 shares) {
        _permit(amount, deadline, v, r, s);
        return delegate(operatorId, amount);
    }

    /// @inheritdoc IStaking
    function undelegate(bytes32 operatorId, uint256 shares) external returns (uint32 index) {
        if (shares == 0) revert AmountZero();
        FactorLedger.Ledger memory pool = pools[operatorId];
        Delegation memory d = delegations[operatorId][msg.sender];
        uint128 available = d.generation == pool.generation ? d.shares : 0;
        if (shares > available) revert SharesInsufficient(operatorId, msg.sender, available, shares);

        uint96 value = pool.remove(uint128(shares), d.generation);
        pools[operatorId] = pool;
        index = d.exits++;
        d.shares = available - uint128(shares);
        delegations[operatorId][msg.sender] = d;
        _beginExit(ExitKind.Delegator, operatorId, index, value, shares);
    }

    /*////////////////////////////////////////////////////////////// EXITS */

    /// @inheritdoc IStaking
    function claimExit(
        ExitKind kind,
        bytes32 operatorId,
        address account,
        uint32 index
    ) external returns (uint256 value) {
        (bytes32 name, Exit memory e) = _known(kind, operatorId, account, index);
        if (block.timestamp < e.opensAt) revert ExitNotMature(e.opensAt, uint64(block.timestamp));

        value = _endExit(kind, operatorId, name, e);
        emit ExitClaimed(operatorId, account, kind, index, value);
        agrs.safeTransfer(account, value);
    }

    function _beginExit(ExitKind kind, bytes32 operatorId, uint32 index, uint96 amount, uint256 poolShares) internal {
        uint64 opensAt = uint64(block.timestamp) + parameters.unbondingPeriod() + 1;
        FactorLedger.Ledger memory leaving = exitLedgers[kind][operatorId];
        uint128 shares = leaving.add(amount);
        if (kind == ExitKind.Owner && opensAt > leaving.exits) leaving.exits = uint32(opensAt);
        exitLedgers[kind][operatorId] = leaving;
        exits[_exitName(kind, operatorId, msg.sender, index)] = Exit(shares, leaving.generation, opensAt);
        emit ExitRequested(operatorId, msg.sender, kind, index, amount, poolShares, opensAt);
    }

    /// Takes the exit out of its ledger at its present value.
    function _endExit(ExitKind kind, bytes32 operatorId, bytes32 name, Exit memory e) internal returns (uint96 value) {
        FactorLedger.Ledger memory leaving = exitLedgers[kind][operatorId];
        value = leaving.remove(e.shares, e.generation);
        exitLedgers[kind][operatorId] = leaving;
        delete exits[name];
    }

    function _known(
        ExitKind kind,
        bytes32 operatorId,
        address account,
        uint32 index
    ) internal view returns (bytes32 name, Exit memory e) {
        name = _exitName(kind, operatorId, account, index);
        e = exits[name];
        if (e.opensAt == 0) revert ExitUnknown(kind, operatorId, account, index);
    }

    /// An exit belongs to the account in its name: nothing of it has to be stored.
    function _exitName(
        ExitKind kind,
        bytes32 operatorId,
        address account,
        uint32 index
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(kind, operatorId, account, index));
    }

    /*////////////////////////////////////////////////////////////// LOCKS */

    /// @inheritdoc IStaking
    function lock(bytes32 operatorId, uint256 amount, uint256 minimum) external onlyGate returns (uint96, uint24) {
        FactorLedger.Ledger memory own = selfBonds[operatorId];
        if (own.total < minimum) revert SelfBondTooLow(operatorId, own.total, minimum);
        if (own.locks >= MAX_LOCKS) revert TooManyLocks(operatorId, MAX_LOCKS);
        if (own.total < amount) revert SelfBondInsufficient(operatorId, own.total, amount);

        own.total -= uint96(amount);
        own.locks += 1;
        selfBonds[operatorId] = own;
        return (own.factorOf(), own.generation);
    }

    /// @inheritdoc IStaking
    function release(
        bytes32 operatorId,
        uint256 amount,
        uint96 factorAtLock,
        uint24 generation,
        uint16 burnBps
    ) external onlyGate {
        FactorLedger.Ledger memory own = selfBonds[operatorId];
        uint256 value = generation == own.generation ? (amount * own.factorOf()) / factorAtLock : 0;

        own.total += uint96(value);
        own.locks -= 1;
        selfBonds[operatorId] = own;
        emit LockReleased(operatorId, value, amount - value);
        if (value != amount) _distribute(amount - value, 0, Split(0, burnBps, address(0)));
    }

    /// @inheritdoc IStaking
    function forfeit(bytes32 operatorId, uint256 amount, Split calldata split) external onlyGate {
        selfBonds[operatorId].locks -= 1;
        _distribute(amount, 0, split);
    }

    /*////////////////////////////////////////////////////////////// SLASH */

    /// @inheritdoc IStaking
    function slash(
        bytes32 operatorId,
        uint256 ownBps,
        uint256 delegatedBps,
        Split calldata split
    ) external returns (uint256) {
        if (msg.sender != court) revert NotCourt(msg.sender);

        uint256 fromSelfBond = _slash(selfBonds[operatorId], ownBps, false);
        uint256 fromExits = _slash(exitLedgers[ExitKind.Owner][operatorId], ownBps, true);
        uint256 fromPool = _slash(pools[operatorId], delegatedBps, true);
        uint256 fromDelegatorExits = _slash(exitLedgers[ExitKind.Delegator][operatorId], delegatedBps, true);
        emit Slashed(operatorId, ownBps, delegatedBps, fromSelfBond, fromExits, fromPool, fromDelegatorExits);
        return _distribute(fromSelfBond + fromExits, fromPool + fromDelegatorExits, split);
    }

    function _slash(FactorLedger.Ledger storage stored, uint256 bps, bool claimed) internal returns (uint256 taken) {
        FactorLedger.Ledger memory ledger = stored;
        taken = ledger.slash(bps, claimed);
        stored.total = ledger.total;
        stored.factor = ledger.factor;
        stored.generation = ledger.generation;
    }

    /// The reward is computed on `own` alone: whoever reports an operator to itself pays with its own stake, not with
    /// its delegators'.
    function _distribute(uint256 own, uint256 delegated, Split memory split) internal returns (uint256 reward) {
        reward = (own * split.rewardBps) / 10_000;
        uint256 burned = ((own + delegated) * split.burnBps) / 10_000;
        uint256 rest = own + delegated - reward - burned;
        if (reward != 0) agrs.safeTransfer(split.rewardTo, reward);
        if (burned != 0) ERC20Burnable(address(agrs)).burn(burned);
        if (rest != 0) agrs.safeTransfer(council, rest);
    }

    /*////////////////////////////////////////////////////////// INTERNAL */

    function _requireOwner(bytes32 operatorId) internal view {
        address owner = operators.ownerOf(operatorId);
        if (msg.sender != owner) revert NotOwner(msg.sender, owner);
    }

    /// Whoever copies a permit can use it up, but not spend it: the allowance is there either way.
    function _permit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) internal {
        try IERC20Permit(address(agrs)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IStaking
    function selfBondOf(bytes32 operatorId) external view returns (uint256) {
        return selfBonds[operatorId].total;
    }

    /// @inheritdoc IStaking
    function ledgersOf(
        bytes32 operatorId
    ) external view returns (uint96[4] memory totals, uint96[4] memory factors, uint24[4] memory generations) {
        FactorLedger.Ledger[4] memory ledgers = [
            selfBonds[operatorId],
            exitLedgers[ExitKind.Owner][operatorId],
            pools[operatorId],
            exitLedgers[ExitKind.Delegator][operatorId]
        ];
        for (uint256 i = 0; i < 4; i++) {
            totals[i] = ledgers[i].total;
            factors[i] = ledgers[i].factorOf();
            generations[i] = ledgers[i].generation;
        }
    }

    /// @inheritdoc IStaking
    function countsOf(bytes32 operatorId) external view returns (uint32, uint8, uint64) {
        return (
            selfBonds[operatorId].exits,
            selfBonds[operatorId].locks,
            exitLedgers[ExitKind.Owner][operatorId].exits
        );
    }

    /// @inheritdoc IStaking
    function delegationOf(bytes32 operatorId, address account) external view returns (uint128, uint256, uint32) {
        FactorLedger.Ledger memory pool = pools[operatorId];
        Delegation memory d = delegations[operatorId][account];
        uint128 shares = d.generation == pool.generation ? d.shares : 0;
        return (shares, pool.valueOf(shares, pool.generation), d.exits);
    }

    /// @inheritdoc IStaking
    function exitOf(
        ExitKind kind,
        bytes32 operatorId,
        address account,
        uint32 index
    ) external view returns (uint64 opensAt, uint128 shares, uint256 value) {
        Exit memory e = exits[_exitName(kind, operatorId, account, index)];
        FactorLedger.Ledger memory leaving = exitLedgers[kind][operatorId];
        return (e.opensAt, e.shares, leaving.valueOf(e.shares, e.generation));
    }
}
