// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";

/// @title AGRS: the token in which operators stand behind their decisions
/// @notice Fixed supply, 18 decimals, burnable; no hooks, fees, pause or blacklist. Nothing mints.
contract Agrs is ERC20Burnable {
    /// @notice Sums of tokens fit 128 bits everywhere.
    error SupplyTooLarge(uint256 supply);

    /// @param holder receives the whole supply
    /// @param supply in base units (10^-18 AGRS)
    constructor(address holder, uint256 supply) ERC20("AGRS", "AGRS") {
        if (supply > type(uint128).max) revert SupplyTooLarge(supply);
        _mint(holder, supply);
    }
}
