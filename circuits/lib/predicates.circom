// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "shape.circom";
include "words.circom";

// Predicates are literals on one rail, "known true": presence · relation. All words are offset coded (v + 2^63), so a
// difference of two words is the difference of their values; a sum of two words is 2^63 too much.
//
// out is boolean in every template: a product of booleans. An unused slot (no selector bit set) is false.

// out = whether an order holds, of the four lt, le, gt, ge; 0 when none is selected.
// `difference` = left - right. Enforces that it lies within ±2^65 (IsNonNegative), which legal words never leave.
// Assumes: at most one relation bit is set (Selectors).
template Order() {
    signal input difference;
    signal input relation[4];
    signal output out;

    // lt and ge ask for left >= right; le and gt for left > right, that is left - right - 1 >= 0.
    signal strict <== relation[1] + relation[2];
    signal atLeast <== IsNonNegative(65)(difference - strict);
    signal below <== relation[0] + relation[1];
    signal above <== relation[2] + relation[3];
    out <== below + (above - below) * atLeast;
}

// out = whether an equality holds, of the two eq, ne; 0 when none is selected.
// Assumes: at most one relation bit is set (Selectors). The difference is free.
template Equality() {
    signal input difference;
    signal input relation[2];
    signal output out;

    signal equal <== IsZero()(difference);
    out <== relation[1] + (relation[0] - relation[1]) * equal;
}

// A constant plus at most one state field: the right side of state and order predicates.
// `word` is offset coded once, however many terms it has. `known` = the field is present, or there is none.
// Assumes: at most one bit of `field` is set (Selectors); words have 64 bits and presence is boolean (StateHash).
template Bound() {
    signal input constant;
    signal input field[STATE_FIELDS()];
    signal input words[STATE_FIELDS()];
    signal input present[STATE_FIELDS()];
    signal output word;
    signal output known;

    var selected = 0;
    for (var i = 0; i < STATE_FIELDS(); i++) selected += field[i];
    signal fieldWord <== Select(16)(field, words);
    signal fieldPresent <== Select(16)(field, present);
    word <== constant + fieldWord - selected * (1 << 63);
    known <== 1 - selected + fieldPresent;
}

// A literal over the state: field REL constant (+ other field).
// Assumes: what Bound, Order and Equality assume.
template StatePredicate() {
    signal input constant;
    signal input field[STATE_FIELDS()];
    signal input other[STATE_FIELDS()];
    signal input relation[6];
    signal input words[STATE_FIELDS()];
    signal input present[STATE_FIELDS()];
    signal output out;

    signal left <== Select(16)(field, words);
    signal leftPresent <== Select(16)(field, present);
    component right = Bound();
    right.constant <== constant;
    right.field <== other;
    right.words <== words;
    right.present <== present;

    var orders[4];
    for (var i = 0; i < 4; i++) orders[i] = relation[i];
    signal order <== Order()(left - right.word, orders);
    signal equality <== Equality()(left - right.word, [relation[4], relation[5]]);

    signal known <== leftPresent * right.known;
    out <== known * (order + equality);
}

// A literal on one candidate: parameter REL bound.
// Assumes: at most one bit of `parameter` is set (Selectors), presence is boolean (CandidateHash), `bound` and
// `boundKnown` come from Bound. Parameters are free: Order has no witness for one that is far out of range.
template OrderPredicate() {
    signal input bound;
    signal input boundKnown;
    signal input parameter[PARAMETERS()];
    signal input relation[4];
    signal input parameters[PARAMETERS()];
    signal input present[PARAMETERS()];
    signal output out;

    signal left <== Select(3)(parameter, parameters);
    signal leftPresent <== Select(3)(parameter, present);
    signal order <== Order()(left - bound, relation);
    signal known <== leftPresent * boundKnown;
    out <== known * order;
}

// A literal on one candidate: schema, addressee or a parameter REL constant.
// Assumes: at most one bit of `subject` is set (Selectors), presence is boolean (CandidateHash). The words are free.
template EqualityPredicate() {
    signal input constant;
    signal input subject[5];
    signal input relation[2];
    signal input schema;
    signal input addressee;
    signal input parameters[PARAMETERS()];
    signal input present[PARAMETERS()];
    signal output out;

    signal value <== Select(5)(subject, [schema, addressee, parameters[0], parameters[1], parameters[2]]);
    signal parameterPresent <== Select(3)([subject[2], subject[3], subject[4]], present);
    signal equality <== Equality()(value - constant, relation);
    // Schema and addressee are always there.
    out <== (subject[0] + subject[1] + parameterPresent) * equality;
}
