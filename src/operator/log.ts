/**
 * The execution log, rebuilt from the gate's events and compared with the root on chain.
 * @module
 */
import { getAbiItem } from 'viem';
import { systemAbis } from '../abi/system.ts';
import { logLeaf } from '../codec/execution.ts';
import type { Hex } from '../codec/hash.ts';
import {
  appendLeaf,
  emptyLog,
  type InclusionProof,
  logRoot,
  type Mmr,
  proveInclusion,
  verifyInclusion,
} from '../merkle/mmr.ts';
import type { System } from './devnet.ts';
import { OperatorError } from './failure.ts';

/** Blocks per request for events; public nodes refuse more. */
const PAGE = 10_000n;

/**
 * All executions, as leaves of a Merkle mountain range whose root is the gate's.
 *
 * @param fromBlock the block of the deployment, or an earlier one
 * @throws OperatorError log-mismatch when events and root on chain disagree
 */
export async function readLog({ chain, contracts }: System, fromBlock = 0n): Promise<Mmr> {
  const gate = { address: contracts.gate, abi: systemAbis.gate } as const;
  const place = { chainId: BigInt(chain.chainId), contract: contracts.gate };
  const last = await chain.reader.getBlockNumber();
  let log = emptyLog;
  for (let from = fromBlock; from <= last; from += PAGE) {
    const toBlock = from + PAGE - 1n < last ? from + PAGE - 1n : last;
    const event = getAbiItem({ abi: systemAbis.gate, name: 'Executed' });
    const events = await chain.reader.getLogs({
      address: contracts.gate,
      event,
      fromBlock: from,
      toBlock,
      strict: true,
    });
    for (const { args } of events) log = appendLeaf(log, logLeaf(place, args));
  }
  const onChain = await chain.reader.readContract({ ...gate, functionName: 'logRoot', blockNumber: last });
  const rebuilt = logRoot(log);
  if (onChain !== rebuilt) {
    throw new OperatorError(
      'log-mismatch',
      `the gate's log root at block ${last} is ${onChain}, its ${log.size} events from block ${fromBlock} on ` +
        `give ${rebuilt}. Read the events from the deployment on, from a node that has them all.`,
    );
  }
  return log;
}

export interface Inclusion {
  readonly root: Hex;
  readonly leaf: Hex;
  readonly proof: InclusionProof;
}

/** Proves that the log's leaf `index` is under its root, and checks the proof as a stranger would. */
export function proveExecution(log: Mmr, index: number): Inclusion {
  const proof = proveInclusion(log, index);
  const root = logRoot(log);
  const leaf = log.leaves.get(index) as Hex;
  if (!verifyInclusion(root, leaf, proof)) {
    throw new OperatorError(
      'log-mismatch',
      `the inclusion proof of leaf ${index} does not verify. Read the log again.`,
    );
  }
  return { root, leaf, proof };
}
