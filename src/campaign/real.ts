/**
 * Executions with real proofs for a campaign: a few decisions are proven once, on the state that the prologue leaves,
 * and random traces then submit them, whole and changed, among everything else that happens.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Refusal } from '../abi/system.ts';
import type { Hex } from '../codec/hash.ts';
import type { Entry } from '../codec/ids.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import type { Execution } from '../model/gate.ts';
import { candidateSetHash, stateHash as commitState, policyHash } from '../policy/commitments.ts';
import {
  actionWords,
  compilePolicy,
  parsePolicy,
  parseProposals,
  parseState,
  sourceHash,
  stateSchemaHash,
} from '../policy/index.ts';
import { DECISION } from '../receipts/programs.ts';
import type { Prover } from '../receipts/prover.ts';
import { SEAL_BYTES, sealHead } from '../receipts/receipt.ts';
import { verifyReceipt } from '../receipts/verify.ts';
import type { Context } from './context.ts';
import { known } from './context.ts';
import { commitmentsOf, signed, type Unsigned } from './executions.ts';

const EXAMPLE = new URL('../../examples/treasury/', import.meta.url);
/** Seconds from the start of a trace for which the proven decisions are valid. */
const VALIDITY = 400n;
const SLOTS = 2n;

export interface RealProofs {
  /** state of the first source */
  readonly stateHash: Hex;
  /** the campaign's first entry, with the example's policy in place of its own */
  entryFrom(entry: Entry): Entry;
  /** Proves the decisions in this state, verifies each off chain, and adds their seals to `good`. */
  prove(ctx: Context, good: Set<Hex>): Promise<readonly Execution[]>;
}

/** What the on-chain verifier of `decision` says of a seal, given which seals the off-chain one accepted. */
export function realVerdict(seal: Hex, imageId: Hex, good: ReadonlySet<Hex>): Refusal | undefined {
  if (seal.length !== 2 + 2 * SEAL_BYTES) return { error: 'SealMalformed', args: [] };
  if (imageId !== DECISION.imageId) return { error: 'ImageIdMismatch', args: [DECISION.imageId, imageId] };
  return good.has(seal) ? undefined : { error: 'ProofInvalid', args: [] };
}

/** Decisions on the example of examples/treasury. */
export function realProofs(prover: Prover): RealProofs {
  const read = (name: string): string => readFileSync(new URL(name, EXAMPLE), 'utf8');
  const policy = parsePolicy(read('policy.json'));
  const program = compilePolicy(policy);
  const vector = parseState(read('state.json'), policy);
  const proposals = parseProposals(read('proposals.json'), policy);
  const candidates = proposals.map(({ candidate }) => candidate);
  const schema = stateSchemaHash(policy);
  const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;
  return {
    stateHash: word(commitState(vector, schema)),
    entryFrom: (entry) => ({
      ...entry,
      policyHash: word(policyHash(program)),
      imageId: DECISION.imageId,
      sourceHash: sourceHash(policy),
      stateSchema: word(schema),
    }),
    async prove(ctx, good) {
      const entry = ctx.entries[0] as Entry;
      const [operatorId, operator] = [...ctx.state.operators.operators].find(([, { status }]) => status === 2) ?? [];
      if (!operatorId || !operator) throw new Error('campaign: the prologue leaves no admitted operator');
      const executions: Execution[] = [];
      for (let slot = 0n; slot < SLOTS; slot++) {
        const blank: Unsigned = {
          entry,
          policyEpoch: ctx.state.registry.epoch,
          stateEpoch: 1n,
          slot,
          operatorId,
          validUntil: ctx.time + VALIDITY,
          submitter: ZERO_ADDRESS,
          candidateSetHash: word(candidateSetHash(candidates)),
          words: { schema: 0, addressee: ZERO_ADDRESS, p0: 0n, p1: 0n, p2: 0n, presence: 0 },
          payload: '0x',
        };
        const { context } = commitmentsOf(ctx, blank);
        const { receipt, chosen } = await prover.prove({ program, state: vector, candidates, context });
        await verifyReceipt(receipt, { program: DECISION, chainId: ctx.chainId });
        const proposal = proposals[chosen];
        if (!proposal) throw new Error('campaign: the proof chose no proposal');
        good.add(receipt.seal);
        const x = { ...blank, words: actionWords(proposal.candidate), payload: proposal.payload };
        executions.push(signed(ctx, x, commitmentsOf(ctx, x), known(operator.signer), sealHead(receipt.seal)));
      }
      return executions;
    },
  };
}
