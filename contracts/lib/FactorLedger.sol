// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A sum of claims that a slash reduces in constant time, however many claims there are
/// @notice A claim is a number of shares in one generation of the ledger. A share is worth factor / 10^27 base units,
/// rounded down, and nothing once its generation is over.
library FactorLedger {
    /// The factor of a generation that was never slashed: one share is worth one base unit.
    uint96 internal constant ONE = 1e27;
    /// Below a billionth of its start a generation is over: what is left is taken too, so that no later claim can be
    /// diluted by, or dilute, claims worth almost nothing. A generation without value is not continued either.
    uint96 internal constant MIN_FACTOR = 1e18;

    /// One slot. `factor` is stored as zero until the first slash.
    struct Ledger {
        /// base units
        uint96 total;
        uint96 factor;
        uint24 generation;
        /// self-bonds: exits ever begun; owner's exits: second from which on the last of them can be claimed (until
        /// 2106)
        uint32 exits;
        /// open locks; self-bonds only
        uint8 locks;
    }

    function factorOf(Ledger memory ledger) internal pure returns (uint96) {
        return ledger.factor == 0 ? ONE : ledger.factor;
    }

    /// @notice Adds a claim and returns its shares: at least as many as base units, at most 10^9 times as many, so that
    /// 128 bits hold every sum of them.
    function add(Ledger memory ledger, uint96 amount) internal pure returns (uint128 shares) {
        // A worn factor would let a small slash end the generation with this claim in it.
        if (ledger.total == 0 && ledger.factor != 0) renew(ledger);
        ledger.total += amount;
        return uint128((uint256(amount) * ONE) / factorOf(ledger));
    }

    /// @notice What the shares are worth now, base units, rounded down.
    function valueOf(Ledger memory ledger, uint128 shares, uint24 generation) internal pure returns (uint96) {
        if (generation != ledger.generation) return 0;
        return uint96((uint256(shares) * factorOf(ledger)) / ONE);
    }

    /// @notice Takes shares out at their present value.
    function remove(Ledger memory ledger, uint128 shares, uint24 generation) internal pure returns (uint96 value) {
        value = valueOf(ledger, shares, generation);
        ledger.total -= value;
    }

    /// @notice Takes bps/10 000 of the ledger, rounded up and at most all of it; returns what was taken.
    /// @param claimed the total belongs to the claims alone, so that it ends with their generation; else the rest
    /// stays, with its owner
    function slash(Ledger memory ledger, uint256 bps, bool claimed) internal pure returns (uint96 taken) {
        uint256 total = ledger.total;
        if (bps == 0 || (claimed && total == 0)) return 0;
        uint256 cut = Math.ceilDiv(total * bps, 10_000);
        // What is locked left the total but follows the factor, by the rate itself: an empty self-bond is worn all the
        // same, and a gift of one unit, whose cut is rounded up to all of it, takes no more from the locks.
        uint256 factor =
            claimed
                ? (uint256(factorOf(ledger)) * (total - cut)) / total
                : (uint256(factorOf(ledger)) * (10_000 - bps)) / 10_000;
        if (factor >= MIN_FACTOR) {
            ledger.factor = uint96(factor);
        } else {
            renew(ledger);
            if (claimed) cut = total;
        }
        ledger.total = uint96(total - cut);
        return uint96(cut);
    }

    /// @notice Begins a generation; claims of the one before are worth nothing from now on.
    function renew(Ledger memory ledger) internal pure {
        ledger.factor = 0;
        ledger.generation += 1;
    }
}
