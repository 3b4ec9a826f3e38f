// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IDisruptions} from "../disruptions/IDisruptions.sol";
import {Directory} from "../lib/Directory.sol";
import {LocalChains} from "../lib/LocalChains.sol";
import {IReceiptRouter, VerifierStatus} from "./IReceiptRouter.sol";
import {IReceiptVerifier} from "./IReceiptVerifier.sol";

contract ReceiptRouter is IReceiptRouter {
    /*/////////////////////////////////////////////////////////// STORAGE */

    address public immutable council;
    IDisruptions public immutable disruptions;

    struct Route {
        address verifier;
        VerifierStatus status;
    }

    mapping(bytes4 selector => Route) internal routes;

    constructor(Directory memory directory) {
        council = directory.council;
        disruptions = IDisruptions(directory.disruptions);
    }

    modifier onlyCouncil() {
        if (msg.sender != council) revert NotCouncil(msg.sender);
        _;
    }

    /*//////////////////////////////////////////////////////////// COUNCIL */

    /// @inheritdoc IReceiptRouter
    function addVerifier(address verifier) external onlyCouncil {
        if (verifier.code.length == 0) revert VerifierNotContract(verifier);
        bool development = IReceiptVerifier(verifier).isDevelopment();
        if (development && !LocalChains.isLocal(block.chainid)) revert DevelopmentVerifierRefused(block.chainid);
        bytes4 selector = IReceiptVerifier(verifier).selector();
        if (routes[selector].status != VerifierStatus.None) revert SelectorTaken(selector);

        routes[selector] = Route(verifier, VerifierStatus.Active);
        emit VerifierAdded(selector, verifier, IReceiptVerifier(verifier).imageId(), development);
    }

    /// @inheritdoc IReceiptRouter
    function stopVerifier(bytes4 selector) external onlyCouncil {
        Route storage route = _present(selector);
        if (route.status == VerifierStatus.Stopped) revert SelectorStopped(selector);

        route.status = VerifierStatus.Stopped;
        emit VerifierStopped(selector);
        disruptions.mark(0);
    }

    /// @inheritdoc IReceiptRouter
    function resumeVerifier(bytes4 selector) external onlyCouncil {
        Route storage route = _present(selector);
        if (route.status != VerifierStatus.Stopped) revert SelectorNotStopped(selector);

        route.status = VerifierStatus.Active;
        emit VerifierResumed(selector);
    }

    /// @inheritdoc IReceiptRouter
    function removeVerifier(bytes4 selector) external onlyCouncil {
        _present(selector).status = VerifierStatus.Removed;
        emit VerifierRemoved(selector);
        disruptions.mark(0);
    }

    function _present(bytes4 selector) internal view returns (Route storage route) {
        route = routes[selector];
        if (route.status == VerifierStatus.None) revert SelectorUnknown(selector);
        if (route.status == VerifierStatus.Removed) revert SelectorRemoved(selector);
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IReceiptRouter
    function verify(bytes calldata seal, bytes32, bytes32) external view {
        if (seal.length < 4) revert SealTooShort(seal.length);
        bytes4 selector = bytes4(seal);
        Route storage route = _present(selector);
        if (route.status == VerifierStatus.Stopped) revert SelectorStopped(selector);
        // The verifier's function is this one, so the call is handed on as it came, and so is the answer.
        address verifier = route.verifier;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            if iszero(staticcall(gas(), verifier, free, calldatasize(), 0, 0)) {
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }

    /// @inheritdoc IReceiptRouter
    function verifierOf(bytes4 selector) external view returns (VerifierStatus, address) {
        return (routes[selector].status, routes[selector].verifier);
    }
}
