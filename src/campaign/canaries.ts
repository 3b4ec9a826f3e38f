/**
 * Canaries: planted one-line faults by which the campaign shows that it notices. Each belongs to a law of
 * docs/PROPERTIES.md, and is fine enough to survive the campaign's first calls.
 * @module
 */
import { type Fault, faults } from './faults.ts';

interface Named {
  /** unique */
  readonly name: string;
  /** id of the law that it breaks */
  readonly property: string;
}

/** A fault of the model, by its name among the planted faults. */
export type ModelCanary = Named & { readonly fault: string };

/** A fault of the contracts: one of the mutants, by its id. */
export type ContractCanary = Named & { readonly mutant: string };

export type Canary = ModelCanary | ContractCanary;

/** What the campaign notices so soon that it shows nothing. */
const TOO_CRUDE = 'is caught within the first 200 calls';
/** What waits for something that the campaign hardly ever draws; the tests of its law notice it. */
const TOO_RARE = 'shows less than once in 200 000 calls';

/** Faults of the model that are no canaries, and why. */
export const grounded: Readonly<Record<string, string>> = {
  'staking edits the state that it is given':
    'what a model does to its input shows on the very object, which the other models share here',
  'a freeze stops no claim': TOO_CRUDE,
  'a removed verifier is resumed': TOO_CRUDE,
  'an exit opens a second early': TOO_CRUDE,
  'what is burned stays in the supply': TOO_CRUDE,
  'a permit can be used again': TOO_CRUDE,
  'whoever calls gets the exit': TOO_CRUDE,
  'a second exit takes the name of the first': TOO_CRUDE,
  'an exit from a ledger wears the price of the others': TOO_CRUDE,
  'a slash divides by what an empty ledger holds': TOO_CRUDE,
  'slashes are rounded down': TOO_CRUDE,
  'a generation never ends': TOO_CRUDE,
  'a forfeited lock stays counted': TOO_CRUDE,
  'a slash leaves the factor of the self-bond as it was': TOO_CRUDE,
  "the owner's stake is held for its delegators": TOO_CRUDE,
  'a payment leaves the funds of its account as they were': TOO_CRUDE,
  'what disrupts in the second of the claim is no excuse': TOO_CRUDE,
  'nothing of a missed bond is burned': TOO_CRUDE,
  'a fee that is given back stays owed': TOO_CRUDE,
  'what is set aside stays available': TOO_CRUDE,
  'a closed case holds its bond still': TOO_CRUDE,
  'an execution that was found guilty is judged again': TOO_CRUDE,
  'an equivocation costs the delegators nothing': TOO_CRUDE,
  'an equivocation does not eject': TOO_CRUDE,
  'a message for another chain is evidence': TOO_CRUDE,
  'a verdict takes the full rate from delegators': TOO_CRUDE,
  'a freeze excuses nobody': TOO_CRUDE,
  'a critical quorum is more than two thirds': TOO_CRUDE,
  'a key is taken by a second operator': TOO_CRUDE,
  'a former key attests': TOO_CRUDE,
  'an operator changes hands a second early': TOO_CRUDE,
  'the registry holds one entry too many': TOO_CRUDE,
  'an entry authorises in the epoch before it came': TOO_CRUDE,
  'a freeze stops epochs': TOO_CRUDE,
  'a failed execution is not logged': TOO_CRUDE,
  'anyone changes an operator': TOO_CRUDE,
  'a sign of life ends no notice': TOO_CRUDE,
  'a draw costs nothing': TOO_CRUDE,
  'nobody begins to leave while accused': TOO_CRUDE,
  "the owner's exits are out of reach": TOO_CRUDE,
  "an audit spares the owner's exits": TOO_CRUDE,
  'shares are rounded up': TOO_CRUDE,
  'a deposit gets a share per unit, whatever a share is worth': TOO_CRUDE,
  'nobody executes while accused': TOO_CRUDE,
  'a claim is settled in the second of its deadline': TOO_CRUDE,
  'a verifier that is stopped excuses nobody': TOO_CRUDE,
  'a permit that was used up stops the bond': TOO_CRUDE,
  'a lost quorum keeps its date': TOO_CRUDE,
  'a former key counts a second longer': TOO_RARE,
  'a former key counts for what came in the second of its change': TOO_RARE,
  'the owner of the accused judges': TOO_RARE,
  'a proposal outlives the members that approved it': TOO_RARE,
  'a longer grace revives a proposal': TOO_RARE,
  "an operator changes hands while the seller's exits run": TOO_RARE,
};

const inModel: readonly ModelCanary[] = faults
  .filter(({ name, file }) => file.startsWith('src/model/') && !Object.hasOwn(grounded, name))
  .map(({ name, property }) => ({ name, property, fault: name }));

const inContracts: readonly ContractCanary[] = [
  {
    name: 'the contract lets anyone begin the exit of a self-bond',
    property: 'STAKE-12',
    mutant: 'Staking.requestExit require: _requireOwner(operatorId);',
  },
  {
    name: 'the contract lets another operator execute what is claimed',
    property: 'CLAIM-2',
    mutant:
      'ExecutionGate._requireHeld require: if (x.operatorId != c.operatorId) revert NotClaimant(x.operatorId, c.operatorId)',
  },
  {
    name: 'the contract lets a fifth claim on a nonce',
    property: 'CLAIM-4',
    mutant: 'Claims._requireFree boundary: misses >= MAX_MISSES',
  },
  {
    name: 'the contract pays a fee in the last second before finality',
    property: 'FEE-2',
    mutant: 'Fees.collectFee boundary: block.timestamp <= finalAfter',
  },
  {
    name: 'the contract takes no evidence in its last second',
    property: 'COURT-13',
    mutant: 'Court._requireOpened boundary: block.timestamp > opening.until',
  },
  {
    name: 'the contract takes no accusation in the last second',
    property: 'COURT-13',
    mutant: 'Court.accuse boundary: block.timestamp > latest',
  },
  {
    name: 'the contract lets a proposal expire a second early',
    property: 'COUNCIL-9',
    mutant: 'Council.execute boundary: block.timestamp > until',
  },
  {
    name: 'the contract removes a silent member a second late',
    property: 'COUNCIL-10',
    mutant: 'Council.removeSilent boundary: block.timestamp < opensAt',
  },
  {
    name: 'the contract executes one slot more than the quota',
    property: 'GATE-3',
    mutant: 'ExecutionGate._requireOpen boundary: x.slot >= entry.quotaPerState',
  },
  {
    name: 'the contract executes something else than what was claimed',
    property: 'GATE-5',
    mutant: 'ExecutionGate._requireHeld require: if (!same) revert ClaimMismatch(c.scope, c.nonce)',
  },
  {
    name: 'the contract counts a co-signature twice',
    property: 'GATE-7',
    mutant: 'ExecutionGate._requireCoSigned boundary: recovered <= last',
  },
  {
    name: 'the contract executes a used nonce',
    property: 'GATE-8',
    mutant: 'ExecutionGate._requireOpen require: if (flags & EXECUTED != 0) revert NonceUsed(f.scope, f.nonce)',
  },
  {
    name: 'the contract ends the grace of an epoch a second early',
    property: 'REGISTRY-3',
    mutant: 'PolicyRegistry.requireAuthorised boundary: block.timestamp <= h.advancedAt + grace',
  },
  {
    name: 'the contract lets a member freeze again a second late',
    property: 'REGISTRY-4',
    mutant: 'PolicyRegistry.freeze boundary: block.timestamp < opensAt',
  },
  {
    name: "the contract can't sort a leaf to the front",
    property: 'REGISTRY-6',
    mutant: 'StandardTree.root boundary: j > 0',
  },
  {
    name: 'the contract pays an exit at any time',
    property: 'STAKE-3',
    mutant:
      'Staking.claimExit require: if (block.timestamp < e.opensAt) revert ExitNotMature(e.opensAt, uint64(block.timestamp))',
  },
  {
    name: 'the contract lets an ejected operator cancel its exit',
    property: 'STAKE-9',
    mutant:
      'Staking.cancelExit require: if (operators.statusOf(operatorId) == OperatorStatus.Ejected) revert OperatorEjected(operatorId)',
  },
  {
    name: 'the contract forgets what a cancelled exit was worth',
    property: 'STAKE-1',
    mutant: 'Staking.cancelExit storage: selfBonds[operatorId].total += uint96(value);',
  },
  {
    name: 'the contract hands the reverts of a silent verifier on',
    property: 'GATE-6',
    mutant: 'ExecutionGate._requireProven require: if (returned.length < 4) revert ReceiptRefused()',
  },
  {
    name: 'the contract hands an operator to whoever asks',
    property: 'OPERATOR-4',
    mutant:
      'Operators.acceptOwner require: if (msg.sender != o.proposedOwner) revert NotProposedOwner(msg.sender, o.proposedOwner)',
  },
  {
    name: 'the contract lets the accuser vote',
    property: 'COURT-10',
    mutant: 'Court.vote require: if (party) revert Recused(msg.sender)',
  },
  {
    name: 'the contract takes an opening twice',
    property: 'COURT-7',
    mutant:
      'Court._requireOpened require: if (opening.sequence == 0 || opening.used) revert OpeningUnknown(commitment)',
  },
  {
    name: 'the contract takes a former key for ever',
    property: 'COURT-6',
    mutant:
      'Court._requireSigner require: if (late || existedAt == 0 || existedAt >= rotatedAt) revert FormerKey(signer, rotatedAt)',
  },
  {
    name: 'the contract convicts without a contradiction',
    property: 'COURT-5',
    mutant: 'Court.revealAttestations require: if (!contradict) revert NoContradiction()',
  },
  {
    name: 'the contract pays a fee twice',
    property: 'FEE-1',
    mutant: 'Fees.collectFee storage: record.flags &= ~FEE_OWED;',
  },
  {
    name: 'the contract lets anyone pay out of the treasury',
    property: 'TREASURY-1',
    mutant: 'Treasury.perform require: if (msg.sender != gate) revert NotGate(msg.sender)',
  },
  {
    name: 'the contract gives back more than a lost bond',
    property: 'COURT-1',
    mutant: 'Court._ruleNotGuilty arithmetic: amount - amount / 2',
  },
  {
    name: 'the contract distributes more than a lock lost',
    property: 'STAKE-13',
    mutant: 'Staking.release arithmetic: amount - value #2',
  },
  {
    name: 'the contract ends exits that nobody began',
    property: 'STAKE-4',
    mutant: 'Staking._known require: if (e.opensAt == 0) revert ExitUnknown(kind, operatorId, account, index)',
  },
  {
    name: 'the contract says that a freeze has ended, and goes on',
    property: 'REGISTRY-5',
    mutant: 'PolicyRegistry.endFreeze storage: head.frozenUntil = 0;',
  },
  {
    name: 'the contract hands an operator over at any time',
    property: 'OPERATOR-3',
    mutant:
      'Operators.acceptOwner require: if (block.timestamp < opensAt) revert OwnerChangeTooEarly(opensAt, uint64(block.timestamp))',
  },
  {
    name: 'the contract takes no evidence in its first second',
    property: 'TIME-1',
    mutant: 'Court._requireOpened boundary: block.timestamp < opening.from',
  },
  {
    name: 'the contract takes an entry of the former epoch for a new one',
    property: 'REGISTRY-3',
    mutant: 'PolicyRegistry.requireAuthorised boundary: applied[key].since <= epoch',
  },
  {
    name: 'the contract lets the jailed act',
    property: 'MODEL-2',
    mutant:
      'Operators.requireAdmitted require: if (block.timestamp <= o.jailedUntil) revert OperatorJailed(operatorId, o.jailedUntil)',
  },
  {
    name: 'the contract keeps proposals alive when tiers change',
    property: 'COUNCIL-4',
    mutant: 'Council.setTiers storage: version += 1;',
  },
  {
    name: 'the contract asks a verifier with whatever gas is left',
    property: 'GATE-9',
    mutant: 'ExecutionGate._requireProven require: _requireGas(VERIFIER_GAS_CAP);',
  },
  {
    name: 'the contract lets an adapter execute',
    property: 'GATE-10',
    mutant: 'ExecutionGate.execute modifier: nonReentrant',
  },
  {
    name: 'the contract can begin no new generation',
    property: 'STAKE-6',
    mutant: 'FactorLedger.renew arithmetic: ledger.generation += 1',
  },
  {
    name: 'the contract convicts for heads that agree',
    property: 'GAME-3',
    mutant: 'Court.revealHeads require: if (!contradict) revert NoContradiction()',
  },
];

/** Critical and high laws without a canary, and why. */
export const unflown: Readonly<Record<string, string>> = {
  'MIRROR-2': 'is about the comparison itself, which test/mirror plants faults in',
  'MODEL-1': 'what a model does to its input shows on the very object, which the other models share here',
  'GAME-2': 'needs a sale during which the seller goes on leaving; its faults show about once in 100 000 calls',
  'COUNCIL-8': 'is about the deployment, which comes before the campaign',
  'GATE-4': 'needs real proofs; the campaign runs on recorded verdicts',
  'GATE-11': 'needs a hostile verifier; those of the campaign answer or are silent',
  'RECEIPT-1': 'is about the real verifier, which the campaign replaces by a recorded one',
  'RECEIPT-2': 'is about the gas of the real verifier',
  'SIGN-1': 'is about the codec; the contracts take the signatures of OpenZeppelin’s library',
  'SIGN-2': 'is about the codec, which campaign and contracts sign and check with alike',
  'HASH-1': 'is about constants, which no mutant changes; a wrong one would fail in the first calls',
  'LOG-1': 'is about proofs off chain; the root is compared after every execution',
  'LOG-2': 'is about proofs off chain; the root is compared after every execution',
  'CIRCUIT-1': 'is about the circuit, which is no part of model and contracts',
  'CIRCUIT-2': 'is about the circuit, which is no part of model and contracts',
  'CIRCUIT-3': 'is about the circuit, which is no part of model and contracts',
  'POLICY-1': 'is about policies, which are decided before anything reaches the contracts',
  'POLICY-2': 'is about policies, which are decided before anything reaches the contracts',
  'POLICY-3': 'is about policies, which are decided before anything reaches the contracts',
  'POLICY-4': 'is about policies, which are decided before anything reaches the contracts',
  'POLICY-5': 'is about policies, which are decided before anything reaches the contracts',
  'POLICY-6': 'is about policies, which are decided before anything reaches the contracts',
  'POLICY-7': 'is about policies, which are decided before anything reaches the contracts',
  'REPLAY-1': 'is about readers of events, which are no part of model and contracts',
  'NET-1': 'is about readers of a node, which are no part of model and contracts',
  'NET-2': 'is about readers of a node, which are no part of model and contracts',
  'KEY-1': 'is about keys and deployments, which come before the campaign',
  'KEY-2': 'is about the real verifier, which the campaign replaces by a recorded one',
  'KEY-3': 'is about keys and deployments, which come before the campaign',
};

export const canaries: readonly Canary[] = [...inModel, ...inContracts];

/** @throws RangeError when there is no such fault */
export function faultOf({ fault, name }: ModelCanary): Fault {
  const found = faults.find((one) => one.name === fault);
  if (!found) throw new RangeError(`canary "${name}": src/campaign/faults.ts has no fault "${fault}"`);
  return found;
}
