// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice The addresses of one deployment. They are known before the first contract exists (they follow from the
/// deployer and its nonce), so that every contract can hold its peers as immutables.
struct Directory {
    address agrs;
    address parameters;
    address council;
    address disruptions;
    address registry;
    address operators;
    address staking;
    address oracle;
    address router;
    address gate;
    address treasury;
    address court;
}
