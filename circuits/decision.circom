// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "lib/candidates.circom";
include "lib/gates.circom";
include "lib/predicates.circom";
include "lib/program.circom";
include "lib/shape.circom";
include "lib/state.circom";

// Receipt program `decision`: of the candidates in the set, the policy allows the one whose words are in the journal,
// and denies every better one. Layouts and the meaning of each word are in docs/circuits.md.
//
// One rule runs through all templates: whatever is packed with something else is range-checked; whatever isn't
// range-checked is a hash element of its own. Each template says what it checks and what it takes for granted.
template Decision() {
    // The program, unused slots zero.
    signal input stateSchema;
    signal input schemas[SCHEMAS()];
    signal input stateConstants[STATE_PREDICATES()];
    signal input orderConstants[ORDER_PREDICATES()];
    signal input equalityConstants[EQUALITY_PREDICATES()];
    signal input selectors[SELECTOR_BITS()];

    // The state.
    signal input fields[STATE_FIELDS()];
    signal input fieldPresent[STATE_FIELDS()];
    signal input salt;

    // The candidates, in canonical order.
    signal input used[CANDIDATES()];
    signal input score[CANDIDATES()];
    signal input sequence[CANDIDATES()];
    signal input schema[CANDIDATES()];
    signal input addressee[CANDIDATES()];
    signal input parameters[CANDIDATES()][PARAMETERS()];
    signal input parameterPresent[CANDIDATES()][PARAMETERS()];
    signal input payloads[CANDIDATES()];

    // Public: what the receipt is for. The gate computes it; here it is bound and not interpreted.
    signal input context;

    // The journal's first six words.
    signal output policyHash;
    signal output stateHash;
    signal output candidateSetHash;
    signal output w0;
    signal output w1;
    signal output payload;

    // ----- Commitments -----
    // Everything private is hashed, so the verdict is about this policy, this state and this set and no other.

    policyHash <== PolicyHash()(stateSchema, schemas, stateConstants, orderConstants, equalityConstants, selectors);
    stateHash <== StateHash()(stateSchema, fields, fieldPresent, salt);

    component setHash = Poseidon(9);
    setHash.inputs[0] <== TAG_CANDIDATE_SET();
    for (var c = 0; c < CANDIDATES(); c++) {
        setHash.inputs[1 + c] <== CandidateHash()(
            used[c], score[c], sequence[c], schema[c], addressee[c], parameters[c], parameterPresent[c], payloads[c]
        );
    }
    candidateSetHash <== setHash.out;
    CanonicalOrder()(used, score, sequence);

    // ----- What is the same for all candidates -----
    // The program's choices, the literals over the state, the right sides of the order predicates, and how many of each
    // gate's members hold already.

    component program = Selectors();
    program.selectors <== selectors;

    signal stateLiterals[STATE_PREDICATES()];
    for (var p = 0; p < STATE_PREDICATES(); p++) {
        stateLiterals[p] <== StatePredicate()(
            stateConstants[p], program.stateField[p], program.stateOther[p], program.stateRelation[p],
            fields, fieldPresent
        );
    }

    signal bound[ORDER_PREDICATES()];
    signal boundKnown[ORDER_PREDICATES()];
    for (var p = 0; p < ORDER_PREDICATES(); p++) {
        (bound[p], boundKnown[p]) <== Bound()(orderConstants[p], program.orderField[p], fields, fieldPresent);
    }

    signal shared[GATES()] <== SharedCounts()(program.gateState, stateLiterals);

    // ----- The verdict on each candidate -----
    // An unused candidate has the schema 0, which is never permitted.

    signal order[CANDIDATES()][ORDER_PREDICATES()];
    signal equality[CANDIDATES()][EQUALITY_PREDICATES()];
    signal permitted[CANDIDATES()];
    signal verdict[CANDIDATES()];
    signal allowed[CANDIDATES()];
    for (var c = 0; c < CANDIDATES(); c++) {
        for (var p = 0; p < ORDER_PREDICATES(); p++) {
            order[c][p] <== OrderPredicate()(
                bound[p], boundKnown[p], program.orderParameter[p], program.orderRelation[p],
                parameters[c], parameterPresent[c]
            );
        }
        for (var p = 0; p < EQUALITY_PREDICATES(); p++) {
            equality[c][p] <== EqualityPredicate()(
                equalityConstants[p], program.equalitySubject[p], program.equalityRelation[p],
                schema[c], addressee[c], parameters[c], parameterPresent[c]
            );
        }
        permitted[c] <== IsPermitted()(schema[c], schemas);
        verdict[c] <== Verdict()(
            shared, program.gateOrder, program.gateEquality, program.gateEarlier, program.gateThreshold,
            order[c], equality[c]
        );
        allowed[c] <== permitted[c] * verdict[c];
    }

    // ----- The choice -----
    // The first allowed candidate; without one there is no witness. Every better candidate is thereby proven denied.

    signal chosen[CANDIDATES()] <== FirstAllowed()(allowed);
    (w0, w1, payload) <== ActionWords()(chosen, schema, addressee, parameters, parameterPresent, payloads);

    // ----- The context -----
    // A public signal that no constraint touches is bound by the key's setup alone; this one is bound here as well.

    signal contextSquare <== context * context;
}

component main {public [context]} = Decision();
