// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/poseidon.circom";
include "shape.circom";
include "words.circom";

// One candidate's hash.
//
// Checks: used and presence bits are boolean; score has 64 bits, sequence 32: so the packed element has one preimage.
// An absent parameter's word is 0; an unused candidate is all zero.
// Free: schema, addressee, parameters and payload are hash elements of their own. They are read as whole numbers, so
// comparisons with a word that is too large are right or have no witness; those of the chosen candidate are checked
// where they are packed (ActionWords).
template CandidateHash() {
    signal input used;
    signal input score;
    signal input sequence;
    signal input schema;
    signal input addressee;
    signal input parameters[PARAMETERS()];
    signal input present[PARAMETERS()];
    signal input payload;
    signal output out;

    Boolean()(used);
    Range(64)(score);
    Range(32)(sequence);
    var packed = score + sequence * (1 << 64);
    for (var j = 0; j < PARAMETERS(); j++) {
        Boolean()(present[j]);
        (1 - present[j]) * parameters[j] === 0;
        packed += present[j] * (1 << (96 + j));
    }

    // Below 2^99, so it is zero only if each of its parts is. Parameters follow from their presence.
    (1 - used) * packed === 0;
    (1 - used) * schema === 0;
    (1 - used) * addressee === 0;
    (1 - used) * payload === 0;

    component hash = Poseidon(7);
    hash.inputs[0] <== packed + used * ((1 << 99) + TAG_CANDIDATE() * (1 << 100));
    hash.inputs[1] <== schema;
    hash.inputs[2] <== addressee;
    for (var j = 0; j < PARAMETERS(); j++) hash.inputs[3 + j] <== parameters[j];
    hash.inputs[6] <== payload;

    out <== hash.out;
}

// Enforces that used candidates come first, in strictly decreasing (score, -sequence).
//
// The key score·2^32 + 2^32 - sequence of a used candidate lies in [1, 2^96]; that of an unused one is 0. Each key is
// to be larger than the next one, or both are 0.
// Assumes: used is boolean, score has 64 bits, sequence 32, both are 0 when unused (CandidateHash).
template CanonicalOrder() {
    signal input used[CANDIDATES()];
    signal input score[CANDIDATES()];
    signal input sequence[CANDIDATES()];

    signal key[CANDIDATES()];
    for (var c = 0; c < CANDIDATES(); c++) key[c] <== score[c] * (1 << 32) + used[c] * (1 << 32) - sequence[c];
    for (var c = 0; c + 1 < CANDIDATES(); c++) Range(96)(key[c] - key[c + 1] - used[c]);
}

// out = 1 when the schema is one of the permitted ones. 0 is no schema: an unused slot of the list and an unused
// candidate, which both have 0, permit nothing.
template IsPermitted() {
    signal input schema;
    signal input permitted[SCHEMAS()];
    signal output out;

    signal product[SCHEMAS()];
    product[0] <== schema - permitted[0];
    for (var k = 1; k < SCHEMAS(); k++) product[k] <== product[k - 1] * (schema - permitted[k]);
    signal isMember <== IsZero()(product[SCHEMAS() - 1]);
    signal isNone <== IsZero()(schema);
    out <== isMember * (1 - isNone);
}

// out[c] = 1 for the first candidate that is allowed. Enforces that there is one.
// Assumes: allowed is boolean.
template FirstAllowed() {
    signal input allowed[CANDIDATES()];
    signal output out[CANDIDATES()];

    signal noneBefore[CANDIDATES() + 1];
    noneBefore[0] <== 1;
    for (var c = 0; c < CANDIDATES(); c++) {
        noneBefore[c + 1] <== noneBefore[c] * (1 - allowed[c]);
        out[c] <== noneBefore[c] - noneBefore[c + 1];
    }
    noneBefore[CANDIDATES()] === 0;
}

// The words of the chosen action, packed as the journal has them.
//
// Assumes: chosen has exactly one bit set (FirstAllowed); presence bits are boolean (CandidateHash).
// Checks: everything that is packed: schema 32 bits, addressee 160, parameters 64 each. The payload is a word of its
// own.
template ActionWords() {
    signal input chosen[CANDIDATES()];
    signal input schema[CANDIDATES()];
    signal input addressee[CANDIDATES()];
    signal input parameters[CANDIDATES()][PARAMETERS()];
    signal input present[CANDIDATES()][PARAMETERS()];
    signal input payload[CANDIDATES()];
    signal output w0;
    signal output w1;
    signal output payloadHash;

    signal theSchema <== Select(8)(chosen, schema);
    signal theAddressee <== Select(8)(chosen, addressee);
    Range(32)(theSchema);
    Range(160)(theAddressee);
    w0 <== theSchema + theAddressee * (1 << 32);

    var packed = 0;
    signal theParameter[PARAMETERS()];
    for (var j = 0; j < PARAMETERS(); j++) {
        var column[CANDIDATES()];
        for (var c = 0; c < CANDIDATES(); c++) column[c] = parameters[c][j];
        theParameter[j] <== Select(8)(chosen, column);
        Range(64)(theParameter[j]);
        packed += theParameter[j] * (1 << (64 * j));
    }

    var presence[CANDIDATES()];
    for (var c = 0; c < CANDIDATES(); c++) presence[c] = present[c][0] + 2 * present[c][1] + 4 * present[c][2];
    signal thePresence <== Select(8)(chosen, presence);
    w1 <== packed + thePresence * (1 << 192);

    payloadHash <== Select(8)(chosen, payload);
}
