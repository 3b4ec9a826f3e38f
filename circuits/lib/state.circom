// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "shape.circom";
include "words.circom";

// The state's commitment.
//
// Checks: words have 64 bits, presence is boolean, an absent field's word is 0. So the packed elements (three words
// each, the last one with the 16 presence bits above it) have one preimage.
// Free: stateSchema and salt are hash elements of their own. stateSchema is the same signal as in the policy's
// commitment: a policy is judged on states of its own schema only.
template StateHash() {
    signal input stateSchema;
    signal input words[STATE_FIELDS()];
    signal input present[STATE_FIELDS()];
    signal input salt;
    signal output out;

    for (var i = 0; i < STATE_FIELDS(); i++) {
        Range(64)(words[i]);
        Boolean()(present[i]);
        (1 - present[i]) * words[i] === 0;
    }

    component hash = Poseidon(9);
    hash.inputs[0] <== TAG_STATE();
    hash.inputs[1] <== stateSchema;
    for (var j = 0; j < 5; j++) {
        hash.inputs[2 + j] <== words[3 * j] + words[3 * j + 1] * (1 << 64) + words[3 * j + 2] * (1 << 128);
    }
    var last = words[15];
    for (var i = 0; i < STATE_FIELDS(); i++) last += present[i] * (1 << (64 + i));
    hash.inputs[7] <== last;
    hash.inputs[8] <== salt;

    out <== hash.out;
}
