/**
 * What every custom error of every contract means to the person whose call was refused, and what to do. The one table:
 * the type asks for a line per error of the ABIs, and no more.
 * @module
 */
import type { Refusal } from '../abi/system.ts';
import type { Hex } from '../codec/hash.ts';
import { formatAgrs, formatTime, shortHex } from './format.ts';
import { TIER_NAMES, type Tier } from './tiers.ts';

export type RefusalName = Refusal['error'];
export type RefusalArgs<N extends RefusalName> = Extract<Refusal, { readonly error: N }>['args'];

export type Explanations = {
  readonly [N in RefusalName]: string | ((...args: RefusalArgs<N>) => string);
};

const ACTION_FIELDS = ['schema', 'addressee', 'presence bits', 'amount', 'payload'];
const SOURCE_FIELDS = ['attesters', 'threshold', 'maxStaleness'];
const ENTRY_FIELDS = [
  'policyHash',
  'imageId',
  'stateSchema',
  'adapter',
  'account',
  'operators',
  'proposers',
  'tier',
  'coSigners',
  'quotaPerState',
  'claimTtl',
  'resourceCap',
];
const OPERATOR_STATES = ['unknown', 'waiting for admission', 'admitted', 'ejected'];
const PROPOSAL_STATES = ['unknown', 'open', 'executed', 'cancelled'];

function nth(names: readonly string[], index: number): string {
  return names[index] ?? `number ${index}`;
}

function tierName(tier: number): string {
  return TIER_NAMES[tier as Tier] ?? `number ${tier}`;
}

function increasing(what: string): (index: bigint) => string {
  return (index) =>
    `${what} ${index} is not above the one before it. Give them in strictly increasing order of address.`;
}

const id = (hex: Hex) => shortHex(hex);
const at = (time: bigint) => formatTime(time);

export const explanations: Explanations = {
  // permits
  ERC2612ExpiredSignature: (deadline) => `The permit was valid until ${at(deadline)}. Sign a new one.`,
  ERC2612InvalidSigner: (signer, owner) =>
    `The permit is signed by ${id(signer)}, not by ${id(owner)}, or was used before.`,
  InvalidAccountNonce: (account, current) => `The next permit of ${id(account)} has the nonce ${current}.`,
  ECDSAInvalidSignature: 'This is no signature. Sign again.',
  ECDSAInvalidSignatureLength: (length) => `A signature has 65 bytes, not ${length}. Sign again.`,
  ECDSAInvalidSignatureS: 'The signature is the refused twin of a valid one. Sign again.',
  CheckpointUnorderedInsertion: 'The clock of the chain went back. Report it: no chain does that.',
  // the council's members
  MemberNotSilent: (member, lastSeen, opensAt) =>
    `${id(member)} was seen at ${at(lastSeen)}. It can be put on notice from ${at(opensAt)} on.`,
  OnNoticeAlready: (member) => `${id(member)} is on notice already.`,
  NotOnNotice: (member) => `${id(member)} is not on notice. A member has to put it on notice first.`,
  NoticeRunning: (member, opensAt) => `${id(member)} can be removed from ${at(opensAt)} on, if it stays silent.`,
  LastMember: (member) => `${id(member)} is the last member and stays.`,
  // the court
  OpenedBefore: (commitment) => `${id(commitment)} was opened before. Choose another salt.`,
  OpeningUnknown: (commitment) =>
    `Nothing to reveal is opened under ${id(commitment)}. Open the commitment of exactly this evidence, account and salt.`,
  RevealOutsideWindow: (from, until) =>
    `Can be revealed from ${at(from)} to ${at(until)}. Open it again if it is too late.`,
  NoContradiction:
    'The two messages do not contradict each other: same source, height and parent, and different content.',
  SignerUnknown: (signer) => `${id(signer)} never signed for an operator.`,
  SignersDiffer: (first, second) =>
    `The messages are of ${id(first)} and of ${id(second)}: both must be of one operator.`,
  FormerKey: (signer, rotatedAt) =>
    `Key ${id(signer)} was changed at ${at(rotatedAt)}: it counts for the unbonding period, and for what existed before.`,
  RewardUnknown: (offence) => `No reward is unpaid for offence ${id(offence)}.`,
  RewardNotDue: (opensAt) => `Evidence opened earlier may still come. The reward can be paid from ${at(opensAt)} on.`,
  CaseExists: (scope, nonce, status) =>
    `Nonce ${nonce} of scope ${id(scope)} ${status === 1 ? 'has an open case' : 'was punished already'}.`,
  CaseUnknown: (scope, nonce) => `No case is open about nonce ${nonce} of scope ${id(scope)}.`,
  TooLateToAccuse: (until) => `This execution could be accused until ${at(until)}.`,
  NotAccused: (caller) => `${id(caller)} is neither owner nor current key of the accused operator.`,
  TooLateToRebut: (until) => `The answer was possible before ${at(until)}, once.`,
  VoteOutsideWindow: (from, until) => `The members vote from ${at(from)} to ${at(until)}.`,
  Recused: (member) => `${id(member)} is a party to this case and does not judge it.`,
  VotedBefore: (member) => `${id(member)} has voted in this case.`,
  CaseRunning: (until) => `The members can rule until ${at(until)}. Close the case after that.`,
  // several contracts
  NotCouncil: (caller) => `${id(caller)} is not the council. Only an executed proposal may do this: propose it there.`,
  NotMember: (caller) => `${id(caller)} is no member of the council. Send it from a member's account.`,
  NotCourt: (caller) => `${id(caller)} is not the slashing court, which alone may do this.`,
  NotGate: (caller) => `${id(caller)} is not the execution gate, which alone may do this.`,
  NotMarker: (caller) => `${id(caller)} is neither registry nor oracle nor router, which alone mark disruptions.`,
  NotOwner: (caller, owner) => `${id(caller)} is not the owner. Send it from ${id(owner)}.`,
  AmountZero: 'The amount is zero. Give an amount above zero.',
  TierInvalid: (tier) => `There is no tier ${tier}. Choose 1 (routine), 2 (elevated) or 3 (critical).`,
  OperatorUnknown: (operator) => `No operator has the id ${id(operator)}. Register it first, or check the id.`,
  OperatorEjected: (operator) => `Operator ${id(operator)} was ejected for ever. Another operator has to act.`,
  ReentrancyGuardReentrantCall: 'The gate was called from within one of its own executions. Call it from outside.',
  InvalidShortString: 'A short string is malformed. This contract was not deployed by the deploy script.',
  StringTooLong: 'A string is too long. This contract was not deployed by the deploy script.',
  SafeERC20FailedOperation: (token) => `The token ${id(token)} refused a transfer. Check balance and allowance.`,

  // token
  SupplyTooLarge: (supply) => `A supply of ${formatAgrs(supply)} is too large: base units have to fit 128 bits.`,
  ERC20InsufficientAllowance: (spender, allowance, needed) =>
    `${id(spender)} may take ${formatAgrs(allowance)}, ${formatAgrs(needed)} are needed. Approve more first.`,
  ERC20InsufficientBalance: (sender, balance, needed) =>
    `${id(sender)} has ${formatAgrs(balance)}, ${formatAgrs(needed)} are needed. Send it AGRS first.`,
  ERC20InvalidApprover: 'The zero address can approve nothing.',
  ERC20InvalidReceiver: (receiver) => `${id(receiver)} can receive no AGRS. Choose another address.`,
  ERC20InvalidSender: 'The zero address can send nothing.',
  ERC20InvalidSpender: 'The zero address can spend nothing. Approve another address.',

  // parameters
  ParametersVersionMismatch: (expected, actual) =>
    `The set was made for version ${expected}, in force is ${actual}. Make it again from the set in force.`,
  ParametersUnsafe: (rule) => `The set breaks inequality ${rule} (docs/protocol.md, "Parameters"). Correct it there.`,

  // council
  CalldataLengthInvalid: (length) => `The call has ${length} bytes. A proposal takes 4 to 16384.`,
  TierTooLow: (required, given) =>
    `This call needs the ${tierName(required)} tier, ${tierName(given)} was given. Propose it at the higher tier.`,
  ProposalExists: (proposal) =>
    `The same call with the same salt is ${id(proposal)}. Approve that, or change the salt.`,
  ProposalUnknown: (proposal) =>
    `No proposal ${id(proposal)} under the present members and tiers. Propose it, or propose it again.`,
  ProposalClosed: (proposal, status) => `Proposal ${id(proposal)} is ${nth(PROPOSAL_STATES, status)} already.`,
  AlreadyApproved: (proposal, member) => `${id(member)} approved ${id(proposal)} before. Another member has to.`,
  NotApproved: (proposal, member) => `${id(member)} has no approval of ${id(proposal)} to withdraw.`,
  AlreadyObjected: (proposal, member) => `${id(member)} objected to ${id(proposal)} before.`,
  QuorumMissing: (proposal, approvals, needed) =>
    `Proposal ${id(proposal)} has ${approvals} of ${needed} approvals. More members have to approve.`,
  ProposalNotReady: (proposal, eta, now) =>
    `Proposal ${id(proposal)} can be executed in ${eta - now} s, at ${at(eta)}. Wait for its delay.`,
  ProposalExpired: (proposal, until) =>
    `Proposal ${id(proposal)} could be executed until ${at(until)}. Propose it again.`,
  TargetNotContract: (target) => `${id(target)} holds no code. Check the target's address.`,
  CallReverted: (proposal) => `The call of proposal ${id(proposal)} failed without a reason.`,
  GenesisSealedAlready: 'Genesis was sealed before; that happens once.',
  MemberCountInvalid: (count) => `${count} members. A council has 1 to 32.`,
  MembersNotIncreasing: increasing('Member'),

  // registry
  EntryInvalid: (field) => `The entry's ${nth(ENTRY_FIELDS, field)} is out of range or not in canonical order.`,
  EntryUnknown: (key) => `No entry ${id(key)} is in force. Stage it and advance the epoch, or check the policy.`,
  EntryMismatch: (key) => `The entry ${id(key)} in force has another content. Read it again from EntryStaged.`,
  EntryUnchanged: (key) => `Exactly this entry ${id(key)} is in force already.`,
  NotStaged: (key) => `Nothing is staged under ${id(key)}.`,
  NothingStaged: 'Nothing is staged. Stage an entry or a removal first.',
  TooManyStaged: (max) => `${max} changes are staged, and no more fit. Advance the epoch first.`,
  TooManyEntries: (count, max) => `The epoch would hold ${count} entries of at most ${max}. Remove some.`,
  EpochTooSoon: (opensAt, now) => `The next epoch can begin in ${opensAt - now} s, at ${at(opensAt)}. Wait.`,
  EpochNotAuthorised: (epoch, current) =>
    `The decision was made in epoch ${epoch}, it is epoch ${current} now. Decide and prove again.`,
  RegistryFrozen: (until) => `A member froze the registry until ${at(until)}. Wait, or let the council end the freeze.`,
  FreezeTooSoon: (member, opensAt) => `${id(member)} can freeze again at ${at(opensAt)}. Another member may now.`,
  NotFrozen: 'The registry is not frozen.',
  FreezeTooLong: (until, latest) =>
    `A freeze until ${at(until)} is too long. It may end at ${at(latest)} at the latest.`,

  // operators
  SignerTaken: (signer) => `The key ${id(signer)} belongs to an operator, and does for ever. Take a fresh key.`,
  PossessionInvalid: (signer) => `The signature does not show that the owner holds ${id(signer)}. Sign with that key.`,
  PayoutZero: 'The payout address is zero. Give an address.',
  OperatorNotPending: (operator) => `Operator ${id(operator)} is not waiting for admission.`,
  AdmissionOpenAlready: 'Admission was opened before; that happens once.',
  NotProposedOwner: (caller, proposed) => `${id(caller)} is not the proposed owner, who is ${id(proposed)}.`,
  OwnerChangeTooEarly: (opensAt, now) => `The owner can change in ${opensAt - now} s, at ${at(opensAt)}. Wait.`,
  OperatorNotAdmitted: (operator, status) =>
    `Operator ${id(operator)} is ${nth(OPERATOR_STATES, status)}. Only admitted operators may act.`,
  OperatorJailed: (operator, until) => `Operator ${id(operator)} is jailed until ${at(until)}. Another one may act.`,

  // staking
  SelfBondInsufficient: (operator, available, needed) =>
    `Operator ${id(operator)} has bonded ${formatAgrs(available)}, ${formatAgrs(needed)} were asked for.`,
  ExitUnknown: (kind, operator, account, index) =>
    `${id(account)} has no ${kind === 0 ? "owner's" : "delegator's"} exit ${index} at operator ${id(operator)}; perhaps it was paid or cancelled.`,
  DelegationRatioExceeded: (operator, delegated, most) =>
    `Operator ${id(operator)} can have ${formatAgrs(most)} delegated, and this would make it ${formatAgrs(delegated)}. Delegate less, or to another one.`,
  SharesInsufficient: (operator, account, available, needed) =>
    `${id(account)} has ${available} shares of operator ${id(operator)}, fewer than ${needed}. Ask for what there is.`,
  TooManyLocks: (operator, most) =>
    `Operator ${id(operator)} holds ${most} claims already. Execute or settle one first.`,
  ExitNotMature: (opensAt, now) => `The exit can be claimed in ${opensAt - now} s, at ${at(opensAt)}. Wait.`,

  // oracle
  SourceInvalid: (field) => `The source's ${nth(SOURCE_FIELDS, field)} is out of range or not in canonical order.`,
  SourceUnknown: (source) => `There is no state source ${id(source)}. The council has to configure it.`,
  ConfigVersionMismatch: (expected, given) =>
    `The attestation is for configuration ${given}, in force is ${expected}. Sign it again.`,
  StateEpochInvalid: (last, given) => `State epoch ${given} does not follow ${last}. Epochs grow, by at most 2^32.`,
  PrevHashMismatch: (expected, given) =>
    `The attestation follows ${id(given)}, the last accepted one is ${id(expected)}. Sign it again.`,
  StateHashInvalid: (hash) => `${id(hash)} is no commitment: not a non-zero element of the field.`,
  CreatedAtDecreased: (last, given) => `Created at ${at(given)}, before the last one at ${at(last)}. Sign it again.`,
  AttestationFromFuture: (createdAt, latest) =>
    `Created at ${at(createdAt)}, but at most ${at(latest)} can be accepted now. Check the clock.`,
  AttestationStale: (createdAt, earliest) =>
    `Created at ${at(createdAt)}; still fresh is from ${at(earliest)} on. Attest the present state.`,
  SignatureCountInvalid: (least, most, given) => `${given} signatures; ${least} to ${most} are needed.`,
  SignersNotIncreasing: increasing('Signer'),
  NotAttester: (signer) => `${id(signer)} is not the current key of an attester of this source.`,
  StateNotUsable: (epoch, latest) =>
    `State ${epoch} is not usable, the latest is ${latest}. Decide and prove again on the latest state.`,

  // router and verifiers
  SelectorUnknown: (selector) => `No verifier reads receipts that begin with ${selector}. Check the prover's keys.`,
  SelectorTaken: (selector) => `${selector} is in use, or was; a removed selector never returns.`,
  SelectorRemoved: (selector) => `The verifier ${selector} was removed for ever. Prove with another program.`,
  SelectorStopped: (selector) => `The verifier ${selector} is stopped. Wait until the council resumes it.`,
  SelectorNotStopped: (selector) => `The verifier ${selector} is not stopped.`,
  VerifierNotContract: (verifier) => `${id(verifier)} holds no code. Deploy the verifier first.`,
  DevelopmentVerifierRefused: (chainId) =>
    `Chain ${chainId} is not local, and anyone can forge proofs of development keys. Use keys of a ceremony.`,
  SealTooShort: (length) => `The seal has ${length} bytes; it starts with a selector of 4.`,
  SealMalformed: "The seal has not the length or selector that this verifier reads. Check the prover's keys.",
  ImageIdMismatch: (expected, actual) =>
    `The receipt is for program ${id(actual)}, the verifier's is ${id(expected)}. Check the entry's imageId.`,
  JournalDigestMismatch: (expected, actual) =>
    `The journal's digest is ${id(actual)}, expected was ${id(expected)}. The receipt is for other words.`,
  ProofInvalid:
    'The proof does not hold for what the gate itself read: action, state, policy, operator or context differ.',
  DevelopmentKeyOnPublicChain: (chainId) =>
    `Chain ${chainId} is not local, and anyone can forge proofs of development keys. Use keys of a ceremony.`,

  // gate
  WordsInvalid: 'The action words are not canonical: an absent parameter is zero, presence has three bits.',
  StateStale: (expiresAt, now) =>
    `The state was fresh until ${at(expiresAt)}, ${now - expiresAt} s ago. Attest the present state and decide again.`,
  QuotaExceeded: (slot, quota) =>
    `Slot ${slot} is too high: a state has ${quota}, counted from 0. Wait for the next attested state.`,
  NonceUsed: (_scope, nonce) =>
    `State ${nonce >> 64n}, slot ${BigInt.asUintN(64, nonce)} was executed before; once is for ever. ` +
    'Decide on a newer state.',
  OperatorNotListed: (operator) => `The entry lists its operators, and ${id(operator)} is not among them.`,
  SelfBondTooLow: (operator, selfBond, minimum) =>
    `Operator ${id(operator)} has bonded ${formatAgrs(selfBond)} of ${formatAgrs(minimum)}. Bond more.`,
  DecisionExpired: (validUntil, now) =>
    `The decision was valid until ${at(validUntil)}, ${now - validUntil} s ago. Decide and prove again.`,
  ValidUntilTooLate: (validUntil, latest) =>
    `Valid until ${at(validUntil)} is too late: ${at(latest)} is the latest now. Decide and prove again.`,
  NotSubmitter: (caller, submitter) => `The decision names ${id(submitter)} as submitter, not ${id(caller)}.`,
  OperatorSignatureInvalid: (expected, recovered) =>
    `The decision is signed by ${id(recovered)}, not by the operator's key ${id(expected)}; or it was changed since.`,
  NotProposer: (recovered) => `The candidates are signed by ${id(recovered)}, who is no proposer of the entry.`,
  CoSignatureCountInvalid: (least, most, given) =>
    `${given} co-signatures; this action needs ${least} to ${most}. Ask the entry's co-signers.`,
  CoSignersNotIncreasing: increasing('Co-signer'),
  NotCoSigner: (recovered) => `${id(recovered)} is no co-signer of the entry, or is the operator itself.`,
  ProofLengthInvalid: (length) => `The proof has ${length} bytes; 4 to 1024 are read.`,
  ReceiptRefused: 'The verifier refused the receipt without a reason, perhaps for lack of gas. Send more gas.',
  NonceClaimed: (scope, nonce) =>
    `Nonce ${nonce} of scope ${id(scope)} is claimed. Wait for the claim's deadline, or execute as its claimant.`,
  ClaimUnknown: (scope, nonce) =>
    `This is not the open claim on nonce ${nonce} of scope ${id(scope)}. Take it from the event Claimed as it is.`,
  ClaimMismatch: (scope, nonce) =>
    `The claim is about nonce ${nonce} of scope ${id(scope)} under its entry, and the call about something else.`,
  ClaimOpen: (deadline) => `The claimant has time until ${at(deadline)}. Settle the claim after that.`,
  ClaimedStateWithdrawn: (source) =>
    `Source ${id(source)} was reset after the claim. Let the claim lapse: it is excused.`,
  NotClaimant: (operator, claimant) =>
    `Operator ${id(claimant)} holds the claim, not ${id(operator)}. Wait for its deadline.`,
  MissedListInvalid: (scope, nonce) =>
    `Other operators missed nonce ${nonce} of scope ${id(scope)}. Give those of the settled claims, in order, then zeroes.`,
  MissedBefore: (operator) => `Operator ${id(operator)} missed this nonce before. Another one has to claim it.`,
  MissedTooOften: (scope, nonce) =>
    `Nonce ${nonce} of scope ${id(scope)} was missed too often to be claimed again. Execute it directly.`,
  NotSigner: (caller, signer) => `Only the operator's key ${id(signer)} may claim, not ${id(caller)}.`,
  EscrowInsufficient: (scope, available, needed) =>
    `The escrow of scope ${id(scope)} has ${formatAgrs(available)} to give, less than ${formatAgrs(needed)}. Fund it first.`,
  ExecutionUnknown: (scope, nonce) =>
    `This operator didn't execute nonce ${nonce} of scope ${id(scope)} for this fee. Take both from the event Executed.`,
  FeeNotOwed: (scope, nonce) =>
    `No fee is owed for nonce ${nonce} of scope ${id(scope)}: it was paid, there was none, or the action failed.`,
  NotFinal: (finalAfter) => `Final after ${at(finalAfter)}. Collect the fee then.`,
  GasTooLow: (needed, available) => `${available} gas is left where ${needed} is needed. Send it with more gas.`,

  // treasury
  ActionInvalid: (field) => `The action's ${nth(ACTION_FIELDS, field)} does not decode to a payment.`,
  FundsInsufficient: (account, available, needed) =>
    `The account ${id(account)} holds ${formatAgrs(available)}, ${formatAgrs(needed)} are needed. Fund it.`,
};
