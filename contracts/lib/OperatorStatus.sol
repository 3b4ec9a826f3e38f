// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

enum OperatorStatus {
    Unknown,
    Pending,
    Admitted,
    Ejected
}
