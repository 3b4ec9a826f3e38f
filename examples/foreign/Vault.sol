// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ERC20, IERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What goes into the vault: each of some people has as much of it.
contract Token is ERC20 {
    constructor(address[] memory people, uint256 each) ERC20("Token", "TKN") {
        for (uint256 i = 0; i < people.length; i++) _mint(people[i], each);
    }
}

/// @notice OpenZeppelin's vault as it is.
contract Vault is ERC4626 {
    constructor(IERC20 asset) ERC4626(asset) ERC20("Vault", "VLT") {}
}

/// @notice PLANTED FAULT: always rounds down, so that whoever withdraws pays a share too few, at the others' expense.
contract FaultyVault is Vault {
    constructor(IERC20 asset) Vault(asset) {}

    function _convertToShares(uint256 assets, Math.Rounding) internal view override returns (uint256) {
        return super._convertToShares(assets, Math.Rounding.Floor);
    }
}
