// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A sum of claims that a slash reduces in constant time, however many claims there are
/// @notice A claim remembers its amount, the factor and the generation of the moment it was made; its value is
/// amount x factor / factorAtStart, rounded down, and zero once its generation is over.
library FactorLedger {
    /// The factor of a generation that was never slashed.
    uint96 internal constant ONE = 1e27;
    /// Below a billionth of its start a generation is over: what is left is taken too, so that no later claim can be
    /// diluted by, or dilute, claims worth almost nothing. A generation without value is not continued either.
    uint96 internal constant MIN_FACTOR = 1e18;

    /// One slot. `factor` is stored as zero until the first slash.
    struct Ledger {
        uint128 total;
        uint96 factor;
        uint32 generation;
    }

    function factorOf(Ledger storage ledger) internal view returns (uint96) {
        return ledger.factor == 0 ? ONE : ledger.factor;
    }

    function valueOf(
        Ledger storage ledger,
        uint128 amount,
        uint96 factorAtStart,
        uint32 generation
    ) internal view returns (uint128) {
        if (generation != ledger.generation) return 0;
        return uint128(Math.mulDiv(amount, factorOf(ledger), factorAtStart));
    }

    /// @notice Takes bps/10 000 of the ledger, rounded up and at most all of it; returns what was taken.
    /// @param claimed the total belongs to the claims alone, so that it ends with their generation; else the rest
    /// stays, with its owner
    function slash(Ledger storage ledger, uint256 bps, bool claimed) internal returns (uint128 taken) {
        uint256 total = ledger.total;
        if (total == 0) return 0;
        uint256 cut = Math.mulDiv(total, bps, 10_000, Math.Rounding.Ceil);
        uint256 factor = Math.mulDiv(factorOf(ledger), total - cut, total);
        if (factor >= MIN_FACTOR) {
            ledger.factor = uint96(factor);
        } else {
            renew(ledger);
            if (claimed) cut = total;
        }
        ledger.total = uint128(total - cut);
        return uint128(cut);
    }

    /// @notice Begins a generation; claims of the one before are worth nothing from now on.
    function renew(Ledger storage ledger) internal {
        ledger.factor = 0;
        ledger.generation += 1;
    }
}
