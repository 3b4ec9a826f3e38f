// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "shape.circom";
include "words.circom";

// The program's commitment.
//
// Checks: every selector bit is boolean, so the three packed elements (240 bits each) have one preimage.
// Free: constants, schema ids and the state schema are hash elements of their own. They are what the policy says they
// are; a constant outside 64 bits is none that the compiler makes, and comparisons with it have no witness.
template PolicyHash() {
    signal input stateSchema;
    signal input schemas[SCHEMAS()];
    signal input stateConstants[STATE_PREDICATES()];
    signal input orderConstants[ORDER_PREDICATES()];
    signal input equalityConstants[EQUALITY_PREDICATES()];
    signal input selectors[SELECTOR_BITS()];
    signal output out;

    assert(SELECTOR_BITS() <= 3 * SELECTOR_CHUNK());
    var chunks[3] = [0, 0, 0];
    for (var k = 0; k < SELECTOR_BITS(); k++) {
        Boolean()(selectors[k]);
        chunks[k \ SELECTOR_CHUNK()] += selectors[k] * (1 << (k % SELECTOR_CHUNK()));
    }

    component inner = Poseidon(16);
    inner.inputs[0] <== TAG_POLICY();
    inner.inputs[1] <== stateSchema;
    for (var i = 0; i < 4; i++) inner.inputs[2 + i] <== schemas[i];
    for (var i = 0; i < 8; i++) inner.inputs[6 + i] <== stateConstants[i];
    inner.inputs[14] <== chunks[0];
    inner.inputs[15] <== chunks[1];

    component outer = Poseidon(14);
    outer.inputs[0] <== inner.out;
    for (var i = 0; i < 6; i++) outer.inputs[1 + i] <== orderConstants[i];
    for (var i = 0; i < 6; i++) outer.inputs[7 + i] <== equalityConstants[i];
    outer.inputs[13] <== chunks[2];

    out <== outer.out;
}

// The selector bits by slot, in the order of the table in docs/circuits.md.
//
// Assumes: the bits are boolean (PolicyHash).
// Checks: each choice picks at most one thing; a predicate has a relation exactly when it has a left side, and a second
// field only then. An unused slot has neither, and its literal is false.
template Selectors() {
    signal input selectors[SELECTOR_BITS()];
    signal output stateField[STATE_PREDICATES()][STATE_FIELDS()];
    signal output stateOther[STATE_PREDICATES()][STATE_FIELDS()];
    signal output stateRelation[STATE_PREDICATES()][6];
    signal output orderParameter[ORDER_PREDICATES()][PARAMETERS()];
    signal output orderField[ORDER_PREDICATES()][STATE_FIELDS()];
    signal output orderRelation[ORDER_PREDICATES()][4];
    signal output equalitySubject[EQUALITY_PREDICATES()][5];
    signal output equalityRelation[EQUALITY_PREDICATES()][2];
    // Gates have different numbers of earlier gates; what a slot doesn't have is zero.
    signal output gateState[GATES()][STATE_PREDICATES()];
    signal output gateOrder[GATES()][ORDER_PREDICATES()];
    signal output gateEquality[GATES()][EQUALITY_PREDICATES()];
    signal output gateEarlier[GATES()][GATES()];
    signal output gateThreshold[GATES()];

    var k = 0;
    signal stateUsed[STATE_PREDICATES()];
    signal stateSum[STATE_PREDICATES()];
    for (var p = 0; p < STATE_PREDICATES(); p++) {
        for (var i = 0; i < 16; i++) { stateField[p][i] <== selectors[k]; k++; }
        for (var i = 0; i < 16; i++) { stateOther[p][i] <== selectors[k]; k++; }
        for (var i = 0; i < 6; i++) { stateRelation[p][i] <== selectors[k]; k++; }
        stateUsed[p] <== AtMostOne(16)(stateField[p]);
        stateSum[p] <== AtMostOne(16)(stateOther[p]);
        var relations = 0;
        for (var i = 0; i < 6; i++) relations += stateRelation[p][i];
        relations === stateUsed[p];
        stateSum[p] * (1 - stateUsed[p]) === 0;
    }

    signal orderUsed[ORDER_PREDICATES()];
    signal orderSum[ORDER_PREDICATES()];
    for (var p = 0; p < ORDER_PREDICATES(); p++) {
        for (var i = 0; i < 3; i++) { orderParameter[p][i] <== selectors[k]; k++; }
        for (var i = 0; i < 16; i++) { orderField[p][i] <== selectors[k]; k++; }
        for (var i = 0; i < 4; i++) { orderRelation[p][i] <== selectors[k]; k++; }
        orderUsed[p] <== AtMostOne(3)(orderParameter[p]);
        orderSum[p] <== AtMostOne(16)(orderField[p]);
        var relations = 0;
        for (var i = 0; i < 4; i++) relations += orderRelation[p][i];
        relations === orderUsed[p];
        orderSum[p] * (1 - orderUsed[p]) === 0;
    }

    signal equalityUsed[EQUALITY_PREDICATES()];
    for (var p = 0; p < EQUALITY_PREDICATES(); p++) {
        for (var i = 0; i < 5; i++) { equalitySubject[p][i] <== selectors[k]; k++; }
        for (var i = 0; i < 2; i++) { equalityRelation[p][i] <== selectors[k]; k++; }
        equalityUsed[p] <== AtMostOne(5)(equalitySubject[p]);
        equalityRelation[p][0] + equalityRelation[p][1] === equalityUsed[p];
    }

    for (var g = 0; g < GATES(); g++) {
        for (var i = 0; i < 8; i++) { gateState[g][i] <== selectors[k]; k++; }
        for (var i = 0; i < 6; i++) { gateOrder[g][i] <== selectors[k]; k++; }
        for (var i = 0; i < 6; i++) { gateEquality[g][i] <== selectors[k]; k++; }
        for (var i = 0; i < g; i++) { gateEarlier[g][i] <== selectors[k]; k++; }
        for (var i = g; i < GATES(); i++) gateEarlier[g][i] <== 0;
        // The bits hold the threshold less one: a gate that needs nothing can't be written down, and an unused gate
        // (all bits zero: no members, threshold 1) is false.
        var threshold = 1;
        for (var i = 0; i < THRESHOLD_BITS(); i++) { threshold += selectors[k] * (1 << i); k++; }
        gateThreshold[g] <== threshold;
    }
    assert(k == SELECTOR_BITS());
}
