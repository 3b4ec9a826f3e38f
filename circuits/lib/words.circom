// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";

// Enforces 0 <= in < 2^n. n <= 253.
template Range(n) {
    assert(n <= 253);
    signal input in;

    component bits = Num2Bits(n);
    bits.in <== in;
}

// Enforces in = 0 or in = 1.
template Boolean() {
    signal input in;

    in * (in - 1) === 0;
}

// Enforces that at most one of n bits is set; out is 1 when one is.
// Assumes: every bit is boolean (n is far below the modulus, so the sum can't wrap).
template AtMostOne(n) {
    signal input bits[n];
    signal output out;

    var sum = 0;
    for (var i = 0; i < n; i++) sum += bits[i];
    out <== sum;
    out * (out - 1) === 0;
}

// out = the word under the set bit, 0 when none is set.
// Assumes: at most one bit is set (AtMostOne). The words are free.
template Select(n) {
    signal input bits[n];
    signal input words[n];
    signal output out;

    signal terms[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        terms[i] <== bits[i] * words[i];
        sum += terms[i];
    }
    out <== sum;
}

// out = 1 when in >= 0, else 0.
// Enforces -2^n <= in < 2^n: outside of that there is no witness, hence no wrong answer either. n <= 251.
template IsNonNegative(n) {
    assert(n <= 251);
    signal input in;
    signal output out;

    component bits = Num2Bits(n + 1);
    bits.in <== in + (1 << n);
    out <== bits.out[n];
}
