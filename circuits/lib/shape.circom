// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

// Sizes and domain tags of the `decision` program. The same sizes are in src/policy/program.ts (SHAPE), the same tags
// in src/codec/tags.ts; a differential test would notice any difference.

function CANDIDATES() { return 8; }
function STATE_FIELDS() { return 16; }
function STATE_PREDICATES() { return 8; }
function ORDER_PREDICATES() { return 6; }
function EQUALITY_PREDICATES() { return 6; }
function GATES() { return 8; }
function SCHEMAS() { return 4; }
function PARAMETERS() { return 3; }

// Selector bits of one slot of each kind (the table in docs/circuits.md).
function STATE_PREDICATE_BITS() { return 16 + 16 + 6; }
function ORDER_PREDICATE_BITS() { return 3 + 16 + 4; }
function EQUALITY_PREDICATE_BITS() { return 5 + 2; }
function THRESHOLD_BITS() { return 5; }
// Slot g: members among 8 state, 6 order and 6 equality predicates and g earlier gates, then the threshold less one.
function GATE_BITS(g) { return 8 + 6 + 6 + g + THRESHOLD_BITS(); }

// All gates have 8·(8 + 6 + 6 + 5) + (0 + 1 + … + 7) bits.
function SELECTOR_BITS() {
    return 8 * STATE_PREDICATE_BITS() + 6 * ORDER_PREDICATE_BITS() + 6 * EQUALITY_PREDICATE_BITS() + 8 * 25 + 28;
}
function SELECTOR_CHUNK() { return 240; }

// keccak-256("mprd-net:<name>:v1") >> 8
function TAG_POLICY() { return 425070866699989632175839690673487155391299920101757395442535430077507775569; }
function TAG_STATE() { return 157285699563071650268756306008379417811924679340944535284259939462972853460; }
function TAG_CANDIDATE_SET() { return 128907603196096201783290035918953183452949552659961889804802296510875752277; }
// The low 128 bits of keccak-256("mprd-net:candidate:v1") >> 8: it shares an element with a candidate's small words.
function TAG_CANDIDATE() { return 112517134600708323551719499943369855013; }
