// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Directory} from "../lib/Directory.sol";
import {IDisruptions} from "./IDisruptions.sol";

contract Disruptions is IDisruptions {
    using Checkpoints for Checkpoints.Trace208;

    /*/////////////////////////////////////////////////////////// STORAGE */

    address public immutable registry;
    address public immutable oracle;
    address public immutable router;

    /// Times of marks; each is its own value.
    mapping(bytes32 subject => Checkpoints.Trace208) internal marks;

    constructor(Directory memory directory) {
        registry = directory.registry;
        oracle = directory.oracle;
        router = directory.router;
    }

    /*////////////////////////////////////////////////////////////// MARK */

    /// @inheritdoc IDisruptions
    function mark(bytes32 subject) external {
        if (msg.sender != registry && msg.sender != oracle && msg.sender != router) revert NotMarker(msg.sender);

        marks[subject].push(uint48(block.timestamp), uint208(block.timestamp));
        emit Disrupted(subject);
    }

    /*///////////////////////////////////////////////////////////// VIEWS */

    /// @inheritdoc IDisruptions
    function within(bytes32 subject, uint64 from, uint64 to) public view returns (bool) {
        uint208 last = marks[subject].upperLookupRecent(uint48(to));
        return last != 0 && last >= from;
    }

    /// @inheritdoc IDisruptions
    function firstWithin(bytes32 first, bytes32 second, uint64 from, uint64 to) external view returns (uint256) {
        if (within(0, from, to)) return 1;
        if (within(first, from, to)) return 2;
        return within(second, from, to) ? 3 : 0;
    }

    /// @inheritdoc IDisruptions
    function lastOf(bytes32 subject) external view returns (uint64) {
        return uint64(marks[subject].latest());
    }
}
