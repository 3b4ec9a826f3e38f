// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title AGRS: the token in which operators stand behind their decisions
/// @notice Fixed supply, 18 decimals, burnable, with permits (EIP-2612); no hooks, fees, pause or blacklist. Nothing
/// mints. Every change of an allowance and of a permit nonce has an event, so that events alone tell the whole state.
contract Agrs is ERC20Burnable, ERC20Permit {
    /// @notice Sums of tokens fit 96 bits everywhere.
    error SupplyTooLarge(uint256 supply);

    /// @notice The owner's permit with this nonce was used.
    event PermitUsed(address indexed owner, uint256 nonce);

    /// @param holder receives the whole supply
    /// @param supply in base units (10^-18 AGRS)
    constructor(address holder, uint256 supply) ERC20("AGRS", "AGRS") ERC20Permit("AGRS") {
        if (supply > type(uint96).max) revert SupplyTooLarge(supply);
        _mint(holder, supply);
    }

    /// Also what a transferFrom leaves of an allowance is told.
    function _approve(address owner, address spender, uint256 value, bool) internal override {
        super._approve(owner, spender, value, true);
    }

    function _useNonce(address owner) internal override returns (uint256 nonce) {
        nonce = super._useNonce(owner);
        emit PermitUsed(owner, nonce);
    }
}
