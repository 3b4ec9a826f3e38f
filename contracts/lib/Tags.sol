// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Domain tags of every keccak-256 preimage; src/codec/tags.ts holds the same list
library Tags {
    bytes32 internal constant SCOPE = keccak256("mprd-net:scope:v1");
    bytes32 internal constant ENTRY = keccak256("mprd-net:entry:v1");
    bytes32 internal constant ENTRY_KEY = keccak256("mprd-net:entry-key:v1");
    bytes32 internal constant PROPOSAL = keccak256("mprd-net:proposal:v1");
    bytes32 internal constant OPERATOR = keccak256("mprd-net:operator:v1");
    bytes32 internal constant SOURCE = keccak256("mprd-net:source:v1");
    bytes32 internal constant NONCE = keccak256("mprd-net:nonce:v1");
    bytes32 internal constant CLAIM = keccak256("mprd-net:claim:v1");
    bytes32 internal constant MISSED = keccak256("mprd-net:missed:v1");
    bytes32 internal constant EXECUTION = keccak256("mprd-net:execution:v1");
    bytes32 internal constant OPENING = keccak256("mprd-net:opening:v1");
    bytes32 internal constant OFFENCE = keccak256("mprd-net:offence:v1");
    bytes32 internal constant CONTEXT = keccak256("mprd-net:context:v1");
    bytes32 internal constant LOG_LEAF = keccak256("mprd-net:log-leaf:v1");
    bytes32 internal constant LOG_ROOT = keccak256("mprd-net:log-root:v1");
}
