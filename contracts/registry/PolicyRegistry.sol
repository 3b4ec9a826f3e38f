// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICouncil} from "../council/ICouncil.sol";
import {IParameters, ParameterSet} from "../council/IParameters.sol";
import {IDisruptions} from "../disruptions/IDisruptions.sol";
import {Directory} from "../lib/Directory.sol";
import {Entries} from "../lib/Entries.sol";
import {Field} from "../lib/Field.sol";
import {Quorum} from "../lib/Quorum.sol";
import {StandardTree} from "../lib/StandardTree.sol";
import {Entry, EntryField, IPolicyRegistry, ProposerMode} from "./IPolicyRegistry.sol";

contract PolicyRegistry is IPolicyRegistry {
    /*/////////////////////////////////////////////////////////// STORAGE */

    uint256 internal constant MAX_LIST = 16;
    uint256 internal constant MIN_RESOURCE_CAP = 100_000;
    /// A transaction may use 16.7 M gas; the rest is for everything around the action.
    uint256 internal constant MAX_RESOURCE_CAP = 14_000_000;

    ICouncil public immutable council;
    IParameters public immutable parameters;
    IDisruptions public immutable disruptions;
    uint256 public immutable maxEntries;

    struct Applied {
        bytes32 entryHash;
        uint64 since;
    }

    struct Staged {
        bytes32 entryHash;
        bool staged;
    }

    struct Head {
        uint64 epoch;
        uint64 advancedAt;
        uint64 frozenUntil;
    }

    Head internal head;
    mapping(uint64 epoch => bytes32) internal roots;
    mapping(uint64 epoch => uint64) public advancedAtOf;
    mapping(bytes32 key => Applied) internal applied;
    bytes32[] internal keys;
    mapping(bytes32 key => Staged) internal staged_;
    bytes32[] internal stagedKeys_;
    mapping(address member => uint64) internal lastFreeze;

    constructor(Directory memory directory, uint256 maxEntries_) {
        council = ICouncil(directory.council);
        parameters = IParameters(directory.parameters);
        disruptions = IDisruptions(directory.disruptions);
        maxEntries = maxEntries_;
    }

    modifier onlyCouncil() {
        if (msg.sender != address(council)) revert NotCouncil(msg.sender);
        _;
    }

    /*/////////////////////////////////////////////////////////// STAGING */

    /// @inheritdoc IPolicyRegistry
    function stageEntry(Entry calldata entry) external onlyCouncil returns (bytes32 key) {
        _requireValid(entry);
        key = entryKey(entry.policyHash, entry.adapter, entry.account);
        bytes32 entryHash = hashEntry(entry);
        if (applied[key].entryHash == entryHash) revert EntryUnchanged(key);

        _stage(key, entryHash);
        emit EntryStaged(key, entryHash, entry);
    }

    /// @inheritdoc IPolicyRegistry
    function stageRemoval(bytes32 key) external onlyCouncil {
        if (applied[key].entryHash == 0) revert EntryUnknown(key);

        _stage(key, 0);
        emit RemovalStaged(key);
    }

    /// @inheritdoc IPolicyRegistry
    function unstage(bytes32 key) external onlyCouncil {
        if (!staged_[key].staged) revert NotStaged(key);

        delete staged_[key];
        // The order of the others stays: it is the order in which they are applied.
        uint256 last = stagedKeys_.length - 1;
        bool found;
        for (uint256 i = 0; i < last; i++) {
            found = found || stagedKeys_[i] == key;
            if (found) stagedKeys_[i] = stagedKeys_[i + 1];
        }
        stagedKeys_.pop();
        emit Unstaged(key);
    }

    function _stage(bytes32 key, bytes32 entryHash) internal {
        if (!staged_[key].staged) {
            if (stagedKeys_.length >= maxEntries) revert TooManyStaged(maxEntries);
            stagedKeys_.push(key);
        }
        staged_[key] = Staged(entryHash, true);
    }

    /*//////////////////////////////////////////////////////////// EPOCHS */

    /// @inheritdoc IPolicyRegistry
    function advanceEpoch() external onlyCouncil returns (uint64 epoch, bytes32 root) {
        uint256 n = stagedKeys_.length;
        if (n == 0) revert NothingStaged();
        (, ParameterSet memory set) = parameters.current();
        uint64 opensAt = head.advancedAt + set.epochMinInterval;
        if (block.timestamp < opensAt) revert EpochTooSoon(opensAt, uint64(block.timestamp));

        epoch = head.epoch + 1;
        for (uint256 i = 0; i < n; i++) {
            bytes32 key = stagedKeys_[i];
            _apply(key, staged_[key].entryHash, epoch);
            delete staged_[key];
        }
        delete stagedKeys_;
        if (keys.length > maxEntries) revert TooManyEntries(keys.length, maxEntries);

        root = _root();
        roots[epoch] = root;
        head.epoch = epoch;
        head.advancedAt = uint64(block.timestamp);
        advancedAtOf[epoch] = uint64(block.timestamp);
        emit EpochAdvanced(epoch, root, keys.length);
    }

    function _apply(bytes32 key, bytes32 entryHash, uint64 epoch) internal {
        // Whoever claimed under the former content can't execute any more.
        bytes32 former = applied[key].entryHash;
        if (former != 0) disruptions.mark(former);
        if (entryHash != 0) {
            if (former == 0) keys.push(key);
            applied[key] = Applied(entryHash, epoch);
            emit EntryApplied(key, entryHash, epoch);
            return;
        }
        delete applied[key];
        uint256 last = keys.length - 1;
        for (uint256 i = 0; i < last; i++) {
            if (keys[i] == key) {
                keys[i] = keys[last];
                break;
            }
        }
        keys.pop();
        emit EntryRemoved(key, epoch);
    }

    function _root() internal view returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](keys.length);
        for (uint256 i = 0; i < leaves.length; i++) {
            leaves[i] = StandardTree.leaf(keys[i], applied[keys[i]].entryHash);
        }
        return StandardTree.root(leaves);
    }

    /*//////////////////////////////////////////////////////////// FREEZE */

    /// @inheritdoc IPolicyRegistry
    function freeze() external {
        if (!council.isMember(msg.sender)) revert NotMember(msg.sender);
        if (_frozen()) revert RegistryFrozen(head.frozenUntil);
        (, ParameterSet memory set) = parameters.current();
        uint64 last = lastFreeze[msg.sender];
        uint64 opensAt = last + set.freezeCooldown;
        if (last != 0 && block.timestamp < opensAt) revert FreezeTooSoon(msg.sender, opensAt);

        lastFreeze[msg.sender] = uint64(block.timestamp);
        head.frozenUntil = uint64(block.timestamp) + set.freezeDuration;
        emit Frozen(msg.sender, head.frozenUntil);
        disruptions.mark(0);
    }

    /// @inheritdoc IPolicyRegistry
    function moveFreeze(uint64 until) external onlyCouncil {
        if (!_frozen()) revert NotFrozen();
        (, ParameterSet memory set) = parameters.current();
        uint64 latest = uint64(block.timestamp) + set.freezeExtension;
        if (until > latest) revert FreezeTooLong(until, latest);

        head.frozenUntil = until;
        emit FreezeMoved(until);
    }

    /// @inheritdoc IPolicyRegistry
    function endFreeze() external onlyCouncil {
        if (!_frozen()) revert NotFrozen();

        head.frozenUntil = 0;
        emit FreezeEnded();
    }

    function _frozen() internal view returns (bool) {
        return block.timestamp <= head.frozenUntil;
    }

    /*//////////////////////////////////////////////////////// VALIDATION */

    function _requireValid(Entry calldata e) internal view {
        (, ParameterSet memory set) = parameters.current();
        if (e.policyHash == 0 || !Field.isElement(uint256(e.policyHash))) revert EntryInvalid(EntryField.PolicyHash);
        if (e.imageId == 0) revert EntryInvalid(EntryField.ImageId);
        if (uint256(e.stateSchema) >= 1 << 248) revert EntryInvalid(EntryField.StateSchema);
        if (e.adapter.code.length == 0) revert EntryInvalid(EntryField.Adapter);
        if (e.account == address(0)) revert EntryInvalid(EntryField.Account);
        if (!_increasing(e.operators)) revert EntryInvalid(EntryField.Operators);
        if (!_increasing(e.proposers) || (e.proposerMode == ProposerMode.Signed && e.proposers.length == 0)) {
            revert EntryInvalid(EntryField.Proposers);
        }
        if (e.tier < Quorum.ROUTINE || e.tier > Quorum.CRITICAL) revert EntryInvalid(EntryField.Tier);
        if (!_increasing(e.coSigners) || (e.tier > Quorum.ROUTINE && e.coSigners.length == 0)) {
            revert EntryInvalid(EntryField.CoSigners);
        }
        if (e.quotaPerState == 0) revert EntryInvalid(EntryField.QuotaPerState);
        // A claim made just before an epoch lives through the grace of the one before.
        if (
            e.claimTtl < 3 * uint256(set.blockInterval) + set.proofTime ||
            e.claimTtl > set.maxValidity ||
            uint256(e.claimTtl) + set.proofTime > set.registryGrace
        ) {
            revert EntryInvalid(EntryField.ClaimTtl);
        }
        if (e.resourceCap < MIN_RESOURCE_CAP || e.resourceCap > MAX_RESOURCE_CAP) {
            revert EntryInvalid(EntryField.ResourceCap);
        }
    }

    function _increasing(bytes32[] calldata list) internal pure returns (bool) {
        bytes32 last;
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] <= last) return false;
            last = list[i];
        }
        return list.length <= MAX_LIST;
    }

    function _increasing(address[] calldata list) internal pure returns (bool) {
        address last;
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] <= last) return false;
            last = list[i];
        }
        return list.length <= MAX_LIST;
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IPolicyRegistry
    function requireAuthorised(
        bytes32 key,
        bytes32 entryHash,
        uint64 epoch,
        uint64 grace
    ) external view returns (bytes32) {
        bytes32 stored = applied[key].entryHash;
        if (stored == 0) revert EntryUnknown(key);
        if (stored != entryHash) revert EntryMismatch(key, stored, entryHash);
        Head memory h = head;
        if (epoch != h.epoch) {
            bool graced =
                h.epoch != 0 &&
                    epoch == h.epoch - 1 &&
                    applied[key].since <= epoch &&
                    block.timestamp <= h.advancedAt + grace;
            if (!graced) revert EpochNotAuthorised(epoch, h.epoch);
        }
        if (block.timestamp <= h.frozenUntil) revert RegistryFrozen(h.frozenUntil);
        return roots[epoch];
    }

    /// @inheritdoc IPolicyRegistry
    function requireInForce(bytes32 key, bytes32 entryHash) external view {
        bytes32 stored = applied[key].entryHash;
        if (stored == 0) revert EntryUnknown(key);
        if (stored != entryHash) revert EntryMismatch(key, stored, entryHash);
        if (_frozen()) revert RegistryFrozen(head.frozenUntil);
    }

    /// @inheritdoc IPolicyRegistry
    function hashEntry(Entry calldata entry) public view returns (bytes32) {
        return Entries.hash(address(this), entry);
    }

    /// @inheritdoc IPolicyRegistry
    function entryKey(bytes32 policyHash, address adapter, address account) public view returns (bytes32) {
        return Entries.key(address(this), policyHash, adapter, account);
    }

    /// @inheritdoc IPolicyRegistry
    function current() external view returns (uint64, bytes32, uint64, uint64, uint256, uint256) {
        return (head.epoch, roots[head.epoch], head.advancedAt, head.frozenUntil, keys.length, stagedKeys_.length);
    }

    /// @inheritdoc IPolicyRegistry
    function rootOf(uint64 epoch) external view returns (bytes32) {
        return roots[epoch];
    }

    /// @inheritdoc IPolicyRegistry
    function entryOf(bytes32 key) external view returns (bytes32, uint64) {
        return (applied[key].entryHash, applied[key].since);
    }

    /// @inheritdoc IPolicyRegistry
    function stagedOf(bytes32 key) external view returns (bool, bytes32) {
        return (staged_[key].staged, staged_[key].entryHash);
    }

    /// @inheritdoc IPolicyRegistry
    function lastFreezeOf(address member) external view returns (uint64) {
        return lastFreeze[member];
    }
}
