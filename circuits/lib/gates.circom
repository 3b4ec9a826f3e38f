// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "shape.circom";
include "words.circom";

// How many of the state literals are members of each gate: the part of the count that all candidates share.
// Assumes: member bits and literals are boolean.
template SharedCounts() {
    signal input members[GATES()][STATE_PREDICATES()];
    signal input literals[STATE_PREDICATES()];
    signal output out[GATES()];

    signal terms[GATES()][STATE_PREDICATES()];
    for (var g = 0; g < GATES(); g++) {
        var sum = 0;
        for (var i = 0; i < STATE_PREDICATES(); i++) {
            terms[g][i] <== members[g][i] * literals[i];
            sum += terms[g][i];
        }
        out[g] <== sum;
    }
}

// The gates of one candidate, in order; `out` is the last one, the verdict.
// A gate holds when at least `threshold` of its members do. There are at most 27 of them and a threshold is in 1..32
// (Selectors), so the difference stays within ±2^5.
// Assumes: member bits and literals are boolean; `shared` comes from SharedCounts.
template Verdict() {
    signal input shared[GATES()];
    signal input orderMembers[GATES()][ORDER_PREDICATES()];
    signal input equalityMembers[GATES()][EQUALITY_PREDICATES()];
    signal input earlierMembers[GATES()][GATES()];
    signal input thresholds[GATES()];
    signal input order[ORDER_PREDICATES()];
    signal input equality[EQUALITY_PREDICATES()];
    signal output out;

    signal holds[GATES()];
    signal orderTerms[GATES()][ORDER_PREDICATES()];
    signal equalityTerms[GATES()][EQUALITY_PREDICATES()];
    signal earlierTerms[GATES()][GATES()];
    for (var g = 0; g < GATES(); g++) {
        var count = shared[g];
        for (var i = 0; i < ORDER_PREDICATES(); i++) {
            orderTerms[g][i] <== orderMembers[g][i] * order[i];
            count += orderTerms[g][i];
        }
        for (var i = 0; i < EQUALITY_PREDICATES(); i++) {
            equalityTerms[g][i] <== equalityMembers[g][i] * equality[i];
            count += equalityTerms[g][i];
        }
        for (var i = 0; i < GATES(); i++) {
            if (i < g) earlierTerms[g][i] <== earlierMembers[g][i] * holds[i];
            else earlierTerms[g][i] <== 0;
            count += earlierTerms[g][i];
        }
        holds[g] <== IsNonNegative(5)(count - thresholds[g]);
    }
    out <== holds[GATES() - 1];
}
