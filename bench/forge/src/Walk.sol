// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice The cheat codes that are used here.
interface Vm {
    function envString(string calldata name) external view returns (string memory);
    function loadAllocs(string calldata path) external;
    function prank(address sender) external;
    function warp(uint256 time) external;
    function writeLine(string calldata path, string calldata line) external;
    function toString(uint256 value) external pure returns (string memory);
}

/// @dev keccak256("hevm cheat code"), as an address.
Vm constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

/// @dev Its code isn't code but the drawn traces, as scripts/bench/traces.ts writes them.
address constant TRACES = 0x7ACe7ACE7Ace7acE7aCE7ACe7aCE7Ace7acE7ace;

/// @notice Makes the concrete calls of a drawn trace, one per step, and nothing else.
contract Walk {
    /// @dev What a call of the differential engine gets.
    uint256 private constant GAS = 16_777_216;
    uint256 private constant HEADER = 52;

    /// @notice Number of the trace that this run walks through.
    uint64 public trace;
    /// @notice Where in TRACES the next call stands.
    uint64 public next;
    /// @notice Calls made, and how many of them succeeded.
    uint64 public made;
    uint64 public accepted;

    /// @notice Makes the next call. The first step of a run chooses the trace.
    function step(uint256 choice) external {
        uint256 start = next;
        if (start == 0) {
            (trace, next) = chosen(choice);
            start = next;
        }
        (bool ok, uint256 end) = perform(start);
        next = uint64(end);
        ++made;
        if (ok) ++accepted;
    }

    /// @dev Layout: number of traces (4 bytes), their places (4 bytes each), then the traces.
    function chosen(uint256 choice) private view returns (uint64 number, uint64 place) {
        uint256 count = read(0, 4);
        number = uint64(uint256(keccak256(abi.encode(choice))) % count);
        place = uint64(read(4 + 4 * uint256(number), 4));
    }

    /// @dev A big-endian integer of up to 32 bytes.
    function read(uint256 start, uint256 size) private view returns (uint256 value) {
        assembly ("memory-safe") {
            extcodecopy(TRACES, 0, start, 32)
            value := shr(sub(256, mul(8, size)), mload(0))
        }
    }

    /// @dev Layout of a call: time (8 bytes), sender (20), target (20), length of the data (4), data.
    function perform(uint256 start) private returns (bool ok, uint256 end) {
        uint256 time;
        address sender;
        address target;
        uint256 size;
        uint256 data;
        assembly ("memory-safe") {
            data := mload(0x40)
            extcodecopy(TRACES, data, start, HEADER)
            time := shr(192, mload(data))
            sender := shr(96, mload(add(data, 8)))
            target := shr(96, mload(add(data, 28)))
            size := shr(224, mload(add(data, 48)))
        }
        VM.warp(time);
        VM.prank(sender);
        assembly ("memory-safe") {
            data := mload(0x40)
            extcodecopy(TRACES, data, add(start, HEADER), size)
            ok := call(GAS, target, 0, data, size, 0, 0)
        }
        end = start + HEADER + size;
    }
}

/// @notice What forge runs. One contract per thread, as forge runs the contracts side by side.
abstract contract Campaign {
    Walk internal walk;

    function setUp() external {
        VM.loadAllocs(VM.envString("BENCH_ALLOCS"));
        walk = new Walk();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(walk);
    }

    function targetSenders() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(this);
    }

    function invariant_true() external pure {}

    /// @notice One line per run: trace, calls made, calls accepted.
    function afterInvariant() external {
        string memory line = string.concat(
            VM.toString(walk.trace()), " ", VM.toString(walk.made()), " ", VM.toString(walk.accepted())
        );
        VM.writeLine(VM.envString("BENCH_RUNS"), line);
    }
}

contract Campaign1 is Campaign {}

contract Campaign2 is Campaign {}

contract Campaign3 is Campaign {}

contract Campaign4 is Campaign {}
