/**
 * A deployment on an anvil of its own: bonded operators, an attested source, a funded account, entries in force. Tests
 * send real transactions to it; whatever they do is undone, so each starts from the same state.
 */
import { decodeFunctionResult, encodeFunctionData, numberToHex } from 'viem';
import { bytecode } from '../../src/abi/generated/bytecode.ts';
import { lensAbi, mockAdapterAbi, mockVerifierAbi } from '../../src/abi/generated/index.ts';
import { type ContractName, type Refusal, systemAbis } from '../../src/abi/system.ts';
import { type DevnetRoles, devnetRoles, type KeyedAccount } from '../../src/chain/accounts.ts';
import type { Addresses } from '../../src/chain/address-book.ts';
import {
  AGRS,
  type DeploymentConfig,
  devnetConfig,
  devnetParameters,
  devnetSource,
  sorted,
} from '../../src/chain/config.ts';
import { type Chain, connect } from '../../src/chain/connection.ts';
import { deploySystem } from '../../src/chain/deploy.ts';
import { decodeRefusal } from '../../src/chain/refusal.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import { type Hex, keccak256, utf8 } from '../../src/codec/hash.ts';
import { type Entry, nonceOf, scopeId, sourceId } from '../../src/codec/ids.ts';
import { signDigest, ZERO_ADDRESS } from '../../src/codec/signature.ts';
import { structHash, typedDigest } from '../../src/codec/typed-data.ts';
import { encodeWords } from '../../src/codec/words.ts';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import type { JsonRpc } from '../../src/mirror/jsonrpc.ts';
import { deploy, rpcBackend } from '../../src/mirror/rpc.ts';
import { MAX_TRANSACTION_GAS } from '../../src/mirror/simulate.ts';
import type { EvmCall, EvmResult } from '../../src/mirror/types.ts';
import type { Execution } from '../../src/model/gate.ts';
import type { LensQuery, LensSnapshot, ParameterSet } from '../../src/model/index.ts';
import type { StateAttestation } from '../../src/model/oracle.ts';
import { admitOperators, devnetOperators, fundTreasury, type KeyedOperator } from '../../src/operator/devnet.ts';
import { loadExample } from '../../src/operator/example.ts';
import { commitmentOf } from '../../src/operator/setup.ts';
import { candidateSetHash, stateHash } from '../../src/policy/commitments.ts';
import { addressText, type Proposal, type StateVector, select } from '../../src/policy/index.ts';
import { actionWords } from '../../src/policy/words.ts';
import { DECISION } from '../../src/receipts/programs.ts';
import type { DecisionRequest } from '../../src/receipts/witness.ts';
import { type Draft, derive, execution, type Facts, type Keys, type Target } from './execution.ts';

export const ZERO_HASH: Hex = `0x${'0'.repeat(64)}`;
export const GENESIS_TIME = 1_700_000_000n;
const RICH = numberToHex(10n ** 24n);
/** How often, and how many milliseconds apart, anvil is asked whether it is done: ten seconds at most. */
const MAX_LOOKS = 5_000;
const LOOK_MS = 2;

/** What the entries with a fee promise, base units of AGRS. */
export const FEE = 2n * AGRS;

/** Windows in which the previous epoch and the previous attestation stay usable as long as a test needs. */
export const parameters: ParameterSet = {
  ...devnetParameters,
  registryGrace: 1_000,
  attestationGrace: 1_000,
  epochMinInterval: 1_000,
  maxValidity: 500,
};

/** A call that is ready to be sent by anyone. */
export interface Sent {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  /** block.timestamp, seconds; a second after the call before by default */
  readonly at?: bigint;
}

export interface Result {
  readonly ok: boolean;
  /** return or revert data */
  readonly data: Hex;
  readonly gasUsed: bigint;
  /** the lens after the call */
  readonly lens: Hex;
}

export interface SendOptions {
  readonly gas?: bigint;
  /** block.timestamp of the first call, seconds; each next one is a second later */
  readonly time?: bigint;
}

/** The one behaviour of the verifier that stands under this selector. */
export const VERIFIERS = {
  burnsGas: { selector: '0xfffffff0', behaviour: 0 },
  revertsManyBytes: { selector: '0xfffffff1', behaviour: 1 },
  revertsFewBytes: { selector: '0xfffffff2', behaviour: 2 },
  revertsForeignError: { selector: '0xfffffff3', behaviour: 3 },
  returnsManyBytes: { selector: '0xfffffff4', behaviour: 4 },
  silent: { selector: '0xfffffffe', behaviour: undefined },
} as const;

export interface Fixture {
  readonly anvil: Anvil;
  readonly chain: Chain;
  readonly chainId: bigint;
  readonly at: Addresses;
  /** part of every proposal's id */
  readonly councilVersion: bigint;
  readonly mockAdapter: Hex;
  readonly roles: DevnetRoles;
  readonly operators: readonly KeyedOperator[];
  readonly sourceId: Hex;
  readonly entries: Entries;
  /** of state epochs 1 and 2 */
  readonly attestations: readonly StateAttestation[];
  /** roots of epochs 1 and 2 */
  readonly roots: readonly Hex[];
  readonly target: Target;
  /** block.timestamp of the first call that a test sends */
  readonly time: bigint;
}

export interface Entries {
  /**
   * pays from the council's account; its proposers sign, the first two operators may execute, two payments per
   * state
   */
  readonly pay: Entry;
  /** as `pay`, another policy */
  readonly otherPolicy: Entry;
  /** as `pay`, another account */
  readonly otherAccount: Entry;
  /** as `pay`, and two co-signers sign every payment */
  readonly coSigned: Entry;
  /** the mock adapter for any operator, unsigned, with co-signers */
  readonly mock: Entry;
  /** as `mock`, with the largest gas cap that the registry takes */
  readonly largeMock: Entry;
  /** as `coSigned`, and the first operator's own key is on the list of co-signers */
  readonly selfSigned: Entry;
  /** as `pay`, from an account of its own, and every payment earns its operator FEE */
  readonly paid: Entry;
  /** as `mock`, and every action that succeeds earns its operator FEE */
  readonly paidMock: Entry;
  /** in force since epoch 2 only */
  readonly late: Entry;
}

/** A hash that names nothing; below the field's modulus. */
export const word = (text: string): Hex => `0x00${keccak256(utf8(text)).slice(4)}`;

/** The example's policy, state and proposals, so that real proofs can be made; the second state has another salt. */
export const example = await loadExample();
const states: readonly StateVector[] = [example.state, { ...example.state, salt: example.state.salt + 1n }];

function catalogue(
  at: Addresses,
  roles: DevnetRoles,
  operators: readonly KeyedOperator[],
  source: Hex,
  mock: Hex,
): Entries {
  const pay: Entry = {
    ...commitmentOf(example),
    imageId: DECISION.imageId,
    stateSource: source,
    adapter: at.treasury,
    account: at.council,
    operators: sorted(operators.slice(0, 2).map(({ id }) => id)),
    proposerMode: 1,
    proposers: sorted(roles.proposers.map(({ address }) => address)),
    tier: 1,
    coSigners: sorted(roles.coSigners.map(({ address }) => address)),
    quotaPerState: 2n,
    claimTtl: 100n,
    resourceCap: 300_000n,
    execFee: 0n,
  };
  const unsigned = { proposerMode: 0, proposers: [], operators: [] };
  const mocked: Entry = {
    ...pay,
    ...unsigned,
    policyHash: word('mock'),
    adapter: mock,
    quotaPerState: 1_000_000n,
    resourceCap: 1_000_000n,
  };
  return {
    pay,
    otherPolicy: { ...pay, policyHash: word('other policy') },
    otherAccount: { ...pay, account: (roles.users[0] as KeyedAccount).address },
    coSigned: { ...pay, policyHash: word('co-signed'), tier: 2 },
    mock: mocked,
    largeMock: { ...mocked, policyHash: word('large mock'), resourceCap: 14_000_000n },
    selfSigned: {
      ...pay,
      policyHash: word('self-signed'),
      tier: 2,
      coSigners: sorted([...roles.coSigners, (operators[0] as KeyedOperator).signer].map(({ address }) => address)),
    },
    paid: { ...pay, account: (roles.users[3] as KeyedAccount).address, execFee: FEE },
    paidMock: { ...mocked, policyHash: word('paid mock'), execFee: FEE },
    late: { ...pay, policyHash: word('late') },
  };
}

/** Deploys and populates; takes two seconds. */
export async function deployFixture(
  options: { readonly chainId?: number; readonly anvil?: Anvil } = {},
): Promise<Fixture> {
  const { chainId = 31_337 } = options;
  const anvil = options.anvil ?? (await startAnvil({ timestamp: GENESIS_TIME, chainId, hardfork: 'prague' }));
  try {
    return await populate(anvil);
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

async function populate(anvil: Anvil): Promise<Fixture> {
  const chain = await connect(anvil.url);
  const roles = devnetRoles();
  // anvil funds ten of the twenty accounts.
  for (const { address } of Object.values(roles).flat()) await anvil.call('anvil_setBalance', [address, RICH]);
  const deployer = roles.deployer[0] as KeyedAccount;
  const config: DeploymentConfig = {
    ...devnetConfig(
      roles.members.map(({ address }) => address),
      deployer.address,
    ),
    recordedVerifier: true,
    parameters,
  };
  const { contracts: at } = await deploySystem(chain, config, {
    deployer,
    members: roles.members,
    beforeSeal: async ({ contracts }) => {
      const system = { chain, contracts };
      await admitOperators(system, roles, parameters.minSelfBond);
      await fundTreasury(system, roles);
    },
  });
  const chainId = BigInt(chain.chainId);
  const operators = devnetOperators({ chain, contracts: at }, roles);
  const source = sourceId({ chainId, contract: at.oracle }, devnetSource.name);
  const mockAdapter = await deploy(anvil, { abi: mockAdapterAbi, bytecode: bytecode.mockAdapter });
  const entries = catalogue(at, roles, operators, source, mockAdapter);
  await anvil.call('anvil_autoImpersonateAccount', [true]);
  await anvil.call('anvil_setBalance', [at.council, RICH]);
  await addVerifiers(anvil, at);
  const roots = await beginEpochs(anvil, at, entries);
  const attestations = await attestTwice(anvil, chain, at, operators, source);
  const time = (await headTime(anvil)) + 10n;
  const target = { chainId, gate: at.gate, registry: at.registry };
  const councilVersion = await chain.reader.readContract({
    address: at.council,
    abi: systemAbis.council,
    functionName: 'version',
  });
  return {
    anvil,
    chain,
    chainId,
    at,
    councilVersion,
    mockAdapter,
    roles,
    operators,
    sourceId: source,
    entries,
    attestations,
    roots,
    target,
    time,
  };
}

async function addVerifiers(anvil: Anvil, at: Addresses): Promise<void> {
  for (const { selector, behaviour } of Object.values(VERIFIERS)) {
    const silent = behaviour === undefined;
    const code = silent ? bytecode.mockSilentVerifier : bytecode.mockVerifier;
    const args = silent ? [] : [selector, behaviour, true];
    const address = await deploy(
      anvil,
      { abi: mockVerifierAbi.filter((item) => !silent || item.type !== 'constructor'), bytecode: code },
      args,
    );
    await mine(anvil, asCouncil(at, 'router', encodeCall('router', 'addVerifier', [address])));
  }
}

/** Epoch 1 holds all entries but the last, epoch 2 all of them: the first ones authorise in both. */
async function beginEpochs(anvil: Anvil, at: Addresses, entries: Entries): Promise<Hex[]> {
  const roots: Hex[] = [];
  const { late, ...first } = entries;
  for (const list of [Object.values(first), [late]]) {
    for (const entry of list)
      await mine(anvil, asCouncil(at, 'registry', encodeCall('registry', 'stageEntry', [entry])));
    const opensAt = (await headTime(anvil)) + BigInt(parameters.epochMinInterval);
    await anvil.call('evm_setNextBlockTimestamp', [numberToHex(opensAt)]);
    await mine(anvil, asCouncil(at, 'registry', encodeCall('registry', 'advanceEpoch', [])));
    const data = encodeFunctionData({
      abi: systemAbis.registry,
      functionName: 'rootOf',
      args: [BigInt(roots.length + 1)],
    });
    roots.push((await anvil.call('eth_call', [{ to: at.registry, data }, 'latest'])) as Hex);
  }
  return roots;
}

async function attestTwice(
  anvil: Anvil,
  chain: Chain,
  at: Addresses,
  operators: readonly KeyedOperator[],
  source: Hex,
): Promise<StateAttestation[]> {
  const made: StateAttestation[] = [];
  for (const stateEpoch of [1n, 2n]) {
    const before = made.at(-1);
    const attestation = {
      sourceId: source,
      configVersion: 1,
      stateEpoch,
      prevHash: before ? structHash('StateAttestation', before) : ZERO_HASH,
      stateHash: encodeWords([stateHash(states[made.length] as StateVector, example.program.stateSchema)]),
      fieldsHash: word(`fields ${stateEpoch}`),
      createdAt: await headTime(anvil),
    };
    const call = attestCall(attestation, operators.slice(0, 2), {
      chainId: BigInt(chain.chainId),
      verifyingContract: at.oracle,
    });
    await mine(anvil, { from: (operators[0] as KeyedOperator).owner.address, to: at.oracle, data: call });
    made.push(attestation);
  }
  return made;
}

/** Calldata of an attestation signed by these operators. */
export function attestCall(
  attestation: StateAttestation,
  operators: readonly KeyedOperator[],
  domain: { readonly chainId: bigint; readonly verifyingContract: Hex },
): Hex {
  const digest = typedDigest('StateAttestation', attestation, domain);
  const signers = operators.map(({ signer }) => signer).sort((a, b) => (a.address < b.address ? -1 : 1));
  return encodeCall('oracle', 'attest', [attestation, signers.map(({ privateKey }) => signDigest(digest, privateKey))]);
}

async function headTime(anvil: Anvil): Promise<bigint> {
  const block = (await anvil.call('eth_getBlockByNumber', ['latest', false])) as { timestamp: Hex };
  return BigInt(block.timestamp);
}

/** Sends a call for good; it must succeed. */
export async function mine(anvil: Anvil, call: Sent): Promise<void> {
  const hash = await anvil.call('eth_sendTransaction', [{ ...call, gas: numberToHex(MAX_TRANSACTION_GAS) }]);
  for (let tries = 0; tries < MAX_LOOKS; tries++) {
    const receipt = (await anvil.call('eth_getTransactionReceipt', [hash])) as { status: Hex } | null;
    if (receipt?.status === '0x1') return;
    if (receipt) throw new Error(`fixture: a call to ${call.to} is refused: ${call.data.slice(0, 10)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`fixture: ${String(hash)} was not mined`);
}

export function asCouncil(at: Addresses, contract: ContractName, data: Hex): Sent {
  return { from: at.council, to: at[contract], data };
}

/*////////////////////////////////////////////////////////////// SENDING */

/** A look at nothing but the contracts' own numbers. */
export const NOTHING: LensQuery = {
  council: true,
  parameters: true,
  registry: true,
  log: true,
  accounts: [],
  allowances: [],
  tiers: [],
  proposals: [],
  keys: [],
  operators: [],
  signers: [],
  delegations: [],
  exits: [],
  sources: [],
  selectors: [],
  nonces: [],
  scopes: [],
  commitments: [],
  offences: [],
  cases: [],
  subjects: [],
};

/** What a call could change that a refusal must not: everything the lens shows of these objects. */
function watched(f: Fixture): LensQuery {
  const { pay, otherAccount, mock } = f.entries;
  const gate = { chainId: f.chainId, contract: f.at.gate };
  const scopes = [pay, otherAccount, mock].map(({ adapter, account }) => scopeId(gate, adapter, account));
  const nonces = scopes.flatMap((scope) =>
    [nonceOf(1n, 0n), nonceOf(2n, 0n), nonceOf(2n, 1n)].map((nonce) => ({ scope, nonce })),
  );
  return {
    ...NOTHING,
    accounts: [f.at.council, f.at.treasury, f.at.staking, f.at.gate, f.at.court, PAYEE, otherAccount.account],
    operators: f.operators.map(({ id }) => id),
    sources: [f.sourceId],
    nonces,
    scopes,
    cases: nonces,
    subjects: [ZERO_HASH, f.sourceId],
  };
}

/** Sends the calls one after the other, each as a transaction in a block of its own, and undoes them. */
export async function send(f: Fixture, calls: readonly Sent[], options: SendOptions = {}): Promise<Result[]> {
  const { gas = MAX_TRANSACTION_GAS, time = f.time } = options;
  const backend = await rpcBackend(settling(f.anvil), gas);
  const lensData = encodeFunctionData({ abi: lensAbi, functionName: 'snapshot', args: [watched(f)] });
  let next = time;
  const placed = calls.map(({ at = next, ...call }): EvmCall => {
    next = at + 1n;
    return { ...call, look: { to: f.at.lens, data: lensData }, time: at, block: 0n };
  });
  return (await backend.run(placed)).map(({ ok, data, gasUsed, lens }) => ({ ok, data, gasUsed, lens: seen(lens) }));
}

/** What the lens returned, which was asked. */
export function seen(lens: EvmResult['lens']): Hex {
  if (!lens?.ok) throw new Error('fixture: the lens shows nothing');
  return lens.data;
}

/** Sends the calls for good, a second after the other; each must succeed. The returned fixture's time is after them. */
export async function establish(f: Fixture, calls: readonly Sent[]): Promise<Fixture> {
  let next = f.time;
  for (const { at = next, ...call } of calls) {
    await f.anvil.call('anvil_setBalance', [call.from, RICH]);
    await f.anvil.call('evm_setNextBlockTimestamp', [numberToHex(at)]);
    await mine(f.anvil, call);
    next = at + 1n;
  }
  return { ...f, time: next };
}

/**
 * anvil shows a receipt a moment before it takes the transaction out of its pool. Reverting in that moment leaves the
 * transaction behind, to be mined a second time: so the pool has to be empty first.
 */
function settling(rpc: JsonRpc): JsonRpc {
  return {
    ...rpc,
    async call(method, params) {
      for (let tries = 0; method === 'evm_revert' && tries < MAX_LOOKS; tries++) {
        const { pending, queued } = (await rpc.call('txpool_status')) as { pending: Hex; queued: Hex };
        if (Number(pending) + Number(queued) === 0) break;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return rpc.call(method, params);
    },
  };
}

/** What the lens shows before any of a test's calls. */
export async function lensNow(f: Fixture): Promise<Hex> {
  const data = encodeFunctionData({ abi: lensAbi, functionName: 'snapshot', args: [watched(f)] });
  return (await f.anvil.call('eth_call', [{ to: f.at.lens, data }, 'latest'])) as Hex;
}

export function readLens(data: Hex): LensSnapshot {
  return decodeFunctionResult({ abi: lensAbi, functionName: 'snapshot', data }) as unknown as LensSnapshot;
}

export function executeCall(f: Fixture, x: Execution, from: Hex = RELAYER): Sent {
  return { from, to: f.at.gate, data: encodeCall('gate', 'execute', [x]) };
}

/** `Error(arg, arg)`, whatever the case of the addresses; the bytes themselves when they are no error of the system. */
export function refusalText(result: Pick<Result, 'ok' | 'data'>): string {
  if (result.ok) return `accepted with ${result.data}`;
  const refusal = decodeRefusal(result.data);
  return refusal
    ? textOf(refusal)
    : `reverted with ${result.data.length > 200 ? `${result.data.slice(0, 200)}…` : result.data}`;
}

export function textOf({ error, args }: Refusal): string {
  return `${error}(${args.map((arg) => String(arg).toLowerCase()).join(', ')})`;
}

/*//////////////////////////////////////////////////////////// EXECUTIONS */

/** Without any role. */
export const RELAYER = devnetRoles().users[1]?.address as Hex;
export const STRANGER = devnetRoles().users[3]?.address as Hex;

/** The example's payment, by the first operator, on the latest state, in the current epoch. */
export function baseDraft(f: Fixture): Draft {
  return {
    entry: f.entries.pay,
    policyEpoch: 2n,
    stateEpoch: 2n,
    slot: 0n,
    operatorId: (f.operators[0] as KeyedOperator).id,
    validUntil: f.time + 100n,
    submitter: ZERO_ADDRESS,
    candidateSetHash: candidatesHash,
    words: actionWords(chosen.candidate),
    payload: chosen.payload,
  };
}

const candidates = example.proposals.map(({ candidate }) => candidate);
const candidatesHash = encodeWords([candidateSetHash(candidates)]);
const chosen = example.proposals[select(example.policy, example.state, candidates).chosen as number] as Proposal;
export const PAYEE = addressText(chosen.candidate.addressee) as Hex;

/** What the circuit is asked to prove for this draft. */
export function proofRequest(f: Fixture, draft: Draft): DecisionRequest {
  const { context } = derive(draft, factsOf(f, draft), f.target).journal;
  return { program: example.program, state: states[Number(draft.stateEpoch) - 1] as StateVector, candidates, context };
}

/** The mock adapter does what `schema` says, with p0 as its number. */
export function mockDraft(f: Fixture, schema: number, p0 = 0n): Draft {
  const words = { schema, addressee: ZERO_ADDRESS, p0, p1: 0n, p2: 0n, presence: 1 };
  return { ...baseDraft(f), entry: f.entries.mock, words, payload: '0x' };
}

/** What the gate reads when it decides about this draft. */
export function factsOf(f: Fixture, draft: Draft): Facts {
  const attestation = f.attestations[Number(draft.stateEpoch) - 1];
  return {
    registryRoot: f.roots[Number(draft.policyEpoch) - 1] ?? ZERO_HASH,
    stateHash: attestation?.stateHash ?? ZERO_HASH,
    attestationHash: attestation ? structHash('StateAttestation', attestation) : ZERO_HASH,
  };
}

/** The draft's operator, a proposer, and nobody else. */
export function keysOf(f: Fixture, draft: Draft, coSigners: readonly KeyedAccount[] = []): Keys {
  const operator = f.operators.find(({ id }) => id === draft.operatorId) ?? (f.operators[0] as KeyedOperator);
  return { operator: operator.signer, proposer: f.roles.proposers[0] as KeyedAccount, coSigners };
}

/** Signed by whom it should be, with the verdict that it should have. */
export function honest(f: Fixture, draft: Draft, coSigners: readonly KeyedAccount[] = []): Execution {
  return execution(draft, factsOf(f, draft), f.target, keysOf(f, draft, coSigners));
}

/** What an accepted execution returned. */
export function readOutcome({ data }: Pick<Result, 'data'>): {
  readonly succeeded: boolean;
  readonly logIndex: bigint;
} {
  const [succeeded, logIndex] = decodeFunctionResult({ abi: systemAbis.gate, functionName: 'execute', data });
  return { succeeded, logIndex };
}
