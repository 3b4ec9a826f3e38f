// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ActionWords, IActionAdapter} from "../adapters/IActionAdapter.sol";

/// @title An adapter that misbehaves as it is told: a test double
/// @notice The action's schema says how. p0 is a number of gas units or of bytes where the behaviour needs one.
contract MockAdapter is IActionAdapter {
    uint32 public constant COUNT = 0;
    uint32 public constant BURN = 1;
    uint32 public constant RETURN_BYTES = 2;
    uint32 public constant REVERT_BYTES = 3;
    uint32 public constant REENTER_AND_BUBBLE = 4;
    uint32 public constant REENTER_AND_SWALLOW = 5;
    uint32 public constant SELF_DESTRUCT = 6;
    uint32 public constant SPEND = 7;
    uint32 public constant CHECK_BURNS = 100;
    uint32 public constant CHECK_RETURNS_BYTES = 101;
    uint32 public constant CHECK_REVERTS_BYTES = 102;
    uint32 public constant CHECK_RETURNS_NO_UINT8 = 103;
    /// 110 + tier: the tier that `check` asks for
    uint32 public constant CHECK_TIER = 110;

    /// How often an action took effect.
    uint256 public performed;
    /// How often the call back into the gate succeeded, whatever became of the action around it.
    uint256 public reentered;
    /// Gas that the last action found when it began.
    uint256 public gasAtStart;

    address internal target;
    bytes internal callBack;

    /// What REENTER_* calls.
    function prepare(address target_, bytes calldata callBack_) external {
        target = target_;
        callBack = callBack_;
    }

    /// @inheritdoc IActionAdapter
    function check(ActionWords calldata words, bytes calldata) external pure returns (uint8) {
        if (words.schema == CHECK_BURNS) _burn();
        if (words.schema == CHECK_RETURNS_BYTES) _return(uint64(words.p0));
        if (words.schema == CHECK_REVERTS_BYTES) _revert(uint64(words.p0));
        if (words.schema == CHECK_RETURNS_NO_UINT8) {
            assembly ("memory-safe") {
                mstore(0, 256)
                return(0, 32)
            }
        }
        return words.schema >= CHECK_TIER ? uint8(words.schema - CHECK_TIER) : 1;
    }

    /// @inheritdoc IActionAdapter
    function perform(address, ActionWords calldata words, bytes calldata) external {
        uint256 begun = gasleft();
        if (words.schema == BURN) _burn();
        if (words.schema == REVERT_BYTES) _revert(uint64(words.p0));
        performed += 1;
        gasAtStart = begun;
        if (words.schema == RETURN_BYTES) _return(uint64(words.p0));
        if (words.schema == REENTER_AND_BUBBLE || words.schema == REENTER_AND_SWALLOW) {
            _reenter(words.schema == REENTER_AND_BUBBLE);
        }
        if (words.schema == SELF_DESTRUCT) _selfDestruct();
        if (words.schema == SPEND) {
            while (begun - gasleft() < uint64(words.p0)) {}
        }
    }

    function _reenter(bool bubble) internal {
        (bool ok, bytes memory returned) = target.call(callBack);
        if (ok) reentered += 1;
        if (!ok && bubble) {
            assembly ("memory-safe") {
                revert(add(returned, 32), mload(returned))
            }
        }
    }

    /// As this contract, by a delegate call to the code CALLER SELFDESTRUCT: the compiler warns of the keyword.
    function _selfDestruct() internal {
        bytes memory creation = hex"6133ff5f526002601ef3";
        assembly ("memory-safe") {
            let code := create(0, add(creation, 32), mload(creation))
            if iszero(delegatecall(gas(), code, 0, 0, 0, 0)) {
                revert(0, 0)
            }
        }
    }

    function _burn() internal pure {
        assembly ("memory-safe") {
            invalid()
        }
    }

    function _return(uint256 size) internal pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, 1)
            return(free, size)
        }
    }

    function _revert(uint256 size) internal pure {
        assembly ("memory-safe") {
            revert(mload(0x40), size)
        }
    }
}
