// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";

/// @notice Unsigned: a receipt claims "allowed by the policy". Signed: a listed proposer signed the candidate set, so
/// the receipt also claims "the best allowed of what was proposed".
enum ProposerMode {
    Unsigned,
    Signed
}

/// @notice What a policy may decide about, and under which conditions. Lists are strictly increasing and hold at most
/// 16.
struct Entry {
    /// Poseidon commitment of the compiled policy
    bytes32 policyHash;
    /// the receipt program that must have run
    bytes32 imageId;
    /// keccak-256 of the canonical policy document
    bytes32 sourceHash;
    /// the oracle source whose attested state the policy is judged on
    bytes32 stateSource;
    /// hash of the state's schema, as the policy commits to it
    bytes32 stateSchema;
    /// decodes and executes the action
    address adapter;
    /// on whose behalf the adapter acts
    address account;
    /// who may execute; empty: any active operator
    bytes32[] operators;
    ProposerMode proposerMode;
    address[] proposers;
    /// least tier of co-signing: 1 none, 2 more than half, 3 two thirds of the co-signers
    uint8 tier;
    address[] coSigners;
    /// executions per attested state
    uint64 quotaPerState;
    /// seconds from a claim to its deadline
    uint64 claimTtl;
    /// gas that the adapter gets
    uint64 resourceCap;
    /// base units of AGRS, owed to the operator at finality from the scope's escrow
    uint128 execFee;
}

/// @notice Names the part of an entry that is wrong.
enum EntryField {
    PolicyHash,
    ImageId,
    StateSchema,
    Adapter,
    Account,
    Operators,
    Proposers,
    Tier,
    CoSigners,
    QuotaPerState,
    ClaimTtl,
    ResourceCap
}

/// @title PolicyRegistry: which policies may decide about what, in epochs with a Merkle root each
interface IPolicyRegistry is ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice This field of the entry is out of its range or not in canonical order.
    error EntryInvalid(EntryField field);
    /// @notice No entry has this key in the current epoch.
    error EntryUnknown(bytes32 key);
    /// @notice The entry in force has another content.
    error EntryMismatch(bytes32 key, bytes32 expected, bytes32 actual);
    /// @notice Exactly this entry is in force already.
    error EntryUnchanged(bytes32 key);
    /// @notice Nothing is staged under this key.
    error NotStaged(bytes32 key);
    /// @notice Nothing is staged at all.
    error NothingStaged();
    /// @notice Staged changes are bounded by the number of entries a registry holds.
    error TooManyStaged(uint256 max);
    /// @notice The next epoch would hold more entries than `max`.
    error TooManyEntries(uint256 count, uint256 max);
    /// @notice Epochs keep a distance: possible from `opensAt` on.
    error EpochTooSoon(uint64 opensAt, uint64 nowAt);
    /// @notice The entry doesn't authorise in this epoch (any more).
    error EpochNotAuthorised(uint64 epoch, uint64 current);
    /// @notice Frozen until and including `until`.
    error RegistryFrozen(uint64 until);
    /// @notice This member may freeze again from `opensAt` on.
    error FreezeTooSoon(address member, uint64 opensAt);
    /// @notice The registry isn't frozen.
    error NotFrozen();
    /// @notice A freeze may end at most at `latest`.
    error FreezeTooLong(uint64 until, uint64 latest);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event EntryStaged(bytes32 indexed key, bytes32 entryHash, Entry entry);
    event RemovalStaged(bytes32 indexed key);
    event Unstaged(bytes32 indexed key);
    event EntryApplied(bytes32 indexed key, bytes32 entryHash, uint64 indexed epoch);
    event EntryRemoved(bytes32 indexed key, uint64 indexed epoch);
    event EpochAdvanced(uint64 indexed epoch, bytes32 root, uint256 entries);
    event Frozen(address indexed member, uint64 until);
    event FreezeMoved(uint64 until);
    event FreezeEnded();

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Stages an entry for the next epoch, in place of whatever was staged under its key.
    /// @dev Requirements, in order: the caller is the council; the fields in the order of EntryField: 0 < policyHash <
    /// r; imageId not zero; stateSchema < 2^248; the adapter has code; account not zero; lists at most 16 and strictly
    /// increasing; proposers not empty in mode Signed; tier 1..3; co-signers not empty for a tier above 1;
    /// quotaPerState >= 1; three blocks and a proof <= claimTtl <= maxValidity and claimTtl + proofTime <=
    /// registryGrace; 100 000 <= resourceCap <= 14 000 000; then: the entry differs from the one in force; at most
    /// maxEntries keys are staged.
    function stageEntry(Entry calldata entry) external returns (bytes32 key);

    /// @notice Stages the removal of an entry in force.
    /// @dev Requirements: the caller is the council; the entry is in force; at most maxEntries keys are staged.
    function stageRemoval(bytes32 key) external;

    /// @notice Takes a staged change back.
    /// @dev Requirements: the caller is the council; something is staged under the key.
    function unstage(bytes32 key) external;

    /// @notice Applies the staged changes, in the order of their staging, and begins the next epoch.
    /// @dev Requirements: the caller is the council; something is staged; now >= advancedAt + epochMinInterval; at most
    /// maxEntries remain. Effects: what was removed or changed stops authorising at once; what is unchanged authorises
    /// in the previous epoch for registryGrace more seconds. The root is that of a StandardMerkleTree
    /// (OpenZeppelin merkle-tree) over ['bytes32','bytes32'] = (key, entryHash); zero without entries.
    function advanceEpoch() external returns (uint64 epoch, bytes32 root);

    /// @notice One member stops claims, executions and upgrades for freezeDuration; exits, challenges, proofs,
    /// settlement and epochs go on.
    /// @dev Requirements: the caller is a member; not frozen; now >= the member's last freeze + freezeCooldown.
    function freeze() external;

    /// @notice Moves the end of a freeze.
    /// @dev Requirements: the caller is the council; frozen; until <= now + freezeExtension.
    function moveFreeze(uint64 until) external;

    /// @notice Ends a freeze.
    /// @dev Requirements: the caller is the council; frozen.
    function endFreeze() external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @notice Reverts unless the entry authorises in this epoch and the registry isn't frozen; returns the epoch's
    /// root.
    /// @dev Checks, in order: known key; same content; the current epoch, or the previous one within `grace` seconds of
    /// the advance and unchanged in both; not frozen.
    function requireAuthorised(
        bytes32 key,
        bytes32 entryHash,
        uint64 epoch,
        uint64 grace
    ) external view returns (bytes32 root);

    /// @notice Reverts unless the entry is in force and the registry isn't frozen: enough to claim a nonce.
    /// @dev Checks, in order: known key; same content; not frozen.
    function requireInForce(bytes32 key, bytes32 entryHash) external view;

    /// @notice When the epoch began; zero for an unknown one.
    function advancedAtOf(uint64 epoch) external view returns (uint64);

    /// @notice keccak-256 of the entry's ABI encoding, bound to this chain and contract.
    function hashEntry(Entry calldata entry) external view returns (bytes32);

    /// @notice The key under which a policy decides about (adapter, account).
    function entryKey(bytes32 policyHash, address adapter, address account) external view returns (bytes32);

    function current()
        external
        view
        returns (
            uint64 epoch,
            bytes32 root,
            uint64 advancedAt,
            uint64 frozenUntil,
            uint256 entries,
            uint256 stagedKeys
        );

    function rootOf(uint64 epoch) external view returns (bytes32);

    /// @notice Total: zeroes for a key that isn't in force.
    function entryOf(bytes32 key) external view returns (bytes32 entryHash, uint64 since);

    /// @notice Total. `staged` with a zero hash is a staged removal.
    function stagedOf(bytes32 key) external view returns (bool staged, bytes32 entryHash);

    function lastFreezeOf(address member) external view returns (uint64);
}
