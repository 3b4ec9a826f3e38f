/**
 * Mutants that no call can tell from the original, each with the argument. `mprd mutate` asks for it again whenever a
 * line here changes: an entry that no site has any more, or whose mutant is killed, fails the run.
 * @module
 */

/** By the id of the site. */
export const equivalents: Readonly<Record<string, string>> = {
  'Council.removeSilent boundary: i + 1 < s.place':
    'stands behind `if (i + 1 != s.place)`: where the two would differ, it is not evaluated',
  'Claims._claim boundary: c.deadline > expiresAt': 'where both are equal, the deadline is set to what it is',
  'ExecutionGate._requireTimely boundary: f.expiresAt < latest': 'where both are equal, the limit is set to what it is',
  'ExecutionGate._requireCoSigned boundary: f.tier > entry.tier':
    'takes the larger of two numbers: equal ones are alike',
  'StandardTree.root boundary: leaves[j - 1] > moved':
    'sorts 32-byte words: whether equal ones change places does not show, and leaves are of different keys anyway',
  'StandardTree.root arithmetic: 2 * n - 1':
    'reserves two words more of memory; every index is reckoned from n, so nobody reads or writes them',
  'Operators._ownerOpensAt boundary: afterExits > opensAt': 'takes the larger of two numbers: equal ones are alike',
  'Operators.countMiss boundary: nowAt + term > o.jailedUntil': 'where both are equal, the term is set to what it is',
  'Staking._beginExit boundary: opensAt > leaving.exits': 'where both are equal, the latest day is set to what it is',
  'Court._convict boundary: opening.sequence < o.sequence':
    'no two openings share a sequence number, and the opening that has the number of the offence is used: it is refused before',
  'MerkleMountainRange.root arithmetic: size >> height':
    'a longer loop whose further rounds skip themselves: above the top bit of the size every bit is 0, and a shift by 64 ends it',
  'Staking.lock require: if (own.total < amount) revert SelfBondInsufficient(operatorId, own.total, amount)':
    'the gate asks for minSelfBond, and parameters are safe only while that is at least sixteen bonds; a bond doubles three times at most',
  'Staking.lock boundary: own.total < amount':
    'the gate asks for minSelfBond, and parameters are safe only while that is at least sixteen bonds; a bond doubles three times at most',
  'Claims._requireClaimed arithmetic: record.flags & CLAIMED':
    'what is not claimed has another commitment: preimages of claims have their own tag',
  'Nonces._executedBy arithmetic: record.flags & EXECUTED':
    'what is not executed has another commitment: preimages of executions have their own tag',
  'Operators.payoutOf require: if (payout == address(0)) revert OperatorUnknown(operatorId)':
    'only the gate asks, for the operator of an execution: it was registered, which nothing undoes, and always has a payout address',
  'PolicyRegistry._apply boundary: i < last':
    'the key is in the list: one that no earlier round found is the last, and is put where it is',
  'Court.rebut storage: c.rebutted = true;':
    'a rebuttal also lets the vote begin at once, from when on another one is too late anyway',
};
