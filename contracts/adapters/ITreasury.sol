// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommonErrors} from "../lib/ICommonErrors.sol";
import {IActionAdapter} from "./IActionAdapter.sol";

/// @notice Names the part of an action that doesn't decode.
enum ActionField {
    Schema,
    Addressee,
    Presence,
    Amount,
    Payload
}

/// @title Treasury: holds AGRS for accounts and pays from them what their policies allow
interface ITreasury is IActionAdapter, ICommonErrors {
    /*//////////////////////////////////////////////////////////// ERRORS */

    /// @notice This part of the action doesn't decode to a payment.
    error ActionInvalid(ActionField field);
    /// @notice The account holds `available`.
    error FundsInsufficient(address account, uint256 available, uint256 needed);

    /*//////////////////////////////////////////////////////////// EVENTS */

    event Funded(address indexed account, address indexed from, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);
    event Paid(address indexed account, address indexed payee, uint256 amount, bytes memo);

    /*///////////////////////////////////////////////////////// FUNCTIONS */

    /// @notice Adds to an account. Anyone may.
    /// @dev Requirements: amount not zero; the token allows it.
    function fund(address account, uint256 amount) external;

    /// @notice The account takes its own funds back.
    /// @dev Requirements: amount not zero; the caller's funds suffice.
    function withdraw(uint256 amount) external;

    /*///////////////////////////////////////////////////////////// VIEWS */

    function fundsOf(address account) external view returns (uint256);
}
