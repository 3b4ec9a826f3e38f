import { expect } from 'chai';
import { concatHex, decodeFunctionResult, encodeFunctionData } from 'viem';
import { mockAdapterAbi } from '../../src/abi/generated/index.ts';
import { systemAbis } from '../../src/abi/system.ts';
import { AGRS } from '../../src/chain/config.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import { logLeaf } from '../../src/codec/execution.ts';
import { BASE_MODULUS, FIELD_MODULUS } from '../../src/codec/field.ts';
import { type Hex, keccak256 } from '../../src/codec/hash.ts';
import type { Entry } from '../../src/codec/ids.ts';
import { appendLeaf, emptyLog, logRoot } from '../../src/merkle/mmr.ts';
import { MAX_TRANSACTION_GAS } from '../../src/mirror/simulate.ts';
import { createProver } from '../../src/receipts/prover.ts';
import { type Receipt, sealHead } from '../../src/receipts/receipt.ts';
import { claimCall, claimOf, executeClaimedCall, fundEscrowCalls } from './claims.ts';
import { type Draft, derive } from './execution.ts';
import {
  baseDraft,
  deployFixture,
  executeCall,
  FEE,
  type Fixture,
  factsOf,
  honest,
  lensNow,
  mockDraft,
  proofRequest,
  RELAYER,
  type Result,
  readLens,
  readOutcome,
  refusalText,
  type Sent,
  send,
  textOf,
  VERIFIERS,
  ZERO_HASH,
} from './fixture.ts';
import { negated, proofWords, withProofWords } from './signatures.ts';
import { refusal } from './table.ts';

/** The mock adapter's behaviours. */
const Schema = {
  count: 0,
  burn: 1,
  returnBytes: 2,
  revertBytes: 3,
  reenterAndBubble: 4,
  reenterAndSwallow: 5,
  selfDestruct: 6,
  spend: 7,
  checkBurns: 100,
  checkReturnsBytes: 101,
  checkRevertsBytes: 102,
  checkReturnsNoUint8: 103,
} as const;
const VERIFIER_GAS_CAP = 400_000n;
const RESERVE_GAS = 150_000n;
const MEGABYTE = 1_000_000n;
const GUARDED: Hex = '0x3ee5aeb5'; // ReentrancyGuardReentrantCall()

describe('execution gate: hostile callees', function () {
  this.timeout(60_000);
  let f: Fixture;
  before(async () => {
    f = await deployFixture();
  });
  after(() => f?.anvil.stop());

  const adapterRead = (functionName: 'performed' | 'reentered' | 'gasAtStart'): Sent => ({
    from: RELAYER,
    to: f.mockAdapter,
    data: encodeFunctionData({ abi: mockAdapterAbi, functionName }),
  });
  const prepared = (target: Hex, callBack: Hex): Sent => ({
    from: RELAYER,
    to: f.mockAdapter,
    data: encodeFunctionData({ abi: mockAdapterAbi, functionName: 'prepare', args: [target, callBack] }),
  });

  /** Executes, and shows what the adapter counted and what the log holds afterwards. */
  async function run(draft: Draft, first: readonly Sent[] = [], gas?: bigint) {
    const calls = [...first, executeCall(f, honest(f, draft)), adapterRead('performed'), adapterRead('reentered')];
    const results = await send(f, calls, {
      time: f.time - BigInt(first.length),
      ...(gas === undefined ? {} : { gas }),
    });
    const [executed, performed, reentered] = results.slice(first.length) as [Result, Result, Result];
    return { executed, performed: BigInt(performed.data), reentered: BigInt(reentered.data) };
  }

  /** The log holds one leaf: this execution with this outcome and hash of the (cut) return data. */
  function expectLogged({ lens }: Result, draft: Draft, succeeded: boolean, returned: Hex) {
    const { gate, context, digest } = derive(draft, factsOf(f, draft), f.target);
    const leaf = logLeaf(gate, {
      ...context,
      logIndex: 0n,
      policyHash: draft.entry.policyHash,
      journalDigest: digest,
      succeeded,
      returnHash: keccak256(returned),
      executedAt: f.time,
    });
    const { logSize, logRoot: root, nonces } = readLens(lens);
    expect(logSize).to.equal(1n);
    expect(root).to.equal(logRoot(appendLeaf(emptyLog, leaf)));
    expect(nonces.filter(({ status }) => status !== 0)).to.have.length(1);
  }

  it('an adapter that behaves gets exactly its resource cap', async () => {
    const draft = mockDraft(f, Schema.count);
    const [executed, gas] = await send(f, [executeCall(f, honest(f, draft)), adapterRead('gasAtStart')]);
    expect(readOutcome(executed!).succeeded).to.equal(true);
    // What the mock's dispatcher and decoding use comes off.
    expect(Number(draft.entry.resourceCap - BigInt(gas!.data))).to.be.within(0, 1_000);
  });

  it('an adapter that burns its gas fails itself, at the cost of its cap', async () => {
    const draft = mockDraft(f, Schema.burn);
    const { executed, performed } = await run(draft);
    expect(readOutcome(executed)).to.deep.equal({ succeeded: false, logIndex: 0n });
    expectLogged(executed, draft, false, '0x');
    expect(performed).to.equal(0n);
    expect(Number(executed.gasUsed)).to.be.below(Number(draft.entry.resourceCap) + 300_000);
  });

  it('an adapter that uses all but a little of its cap succeeds; one unit too many fails only itself', async () => {
    const cap = f.entries.mock.resourceCap;
    const used = await run(mockDraft(f, Schema.spend, cap - 1_000n));
    expect(readOutcome(used.executed).succeeded).to.equal(true);
    expect(used.performed).to.equal(1n);
    const draft = mockDraft(f, Schema.spend, cap);
    const tooMuch = await run(draft);
    expectLogged(tooMuch.executed, draft, false, '0x');
    expect(tooMuch.performed).to.equal(0n);
  });

  it('returned data is cut at 256 bytes, however much the adapter pays for', async () => {
    for (const size of [0n, 256n, 257n, 100_000n]) {
      const draft = mockDraft(f, Schema.returnBytes, size);
      const { executed, performed } = await run(draft);
      const bytes = size < 256n ? Number(size) : 256;
      const returned: Hex = bytes === 0 ? '0x' : `0x${'1'.padStart(64, '0')}${'00'.repeat(bytes - 32)}`;
      expectLogged(executed, draft, true, returned);
      expect(performed).to.equal(1n);
    }
  });

  it('an adapter that returns or reverts with a megabyte fails itself', async () => {
    for (const schema of [Schema.returnBytes, Schema.revertBytes]) {
      const draft = mockDraft(f, schema, MEGABYTE);
      const { executed, performed } = await run(draft);
      expectLogged(executed, draft, false, '0x');
      expect(performed).to.equal(0n);
      expect(Number(executed.gasUsed)).to.be.below(Number(draft.entry.resourceCap) + 300_000);
    }
    const draft = mockDraft(f, Schema.revertBytes, 100_000n);
    const { executed } = await run(draft);
    expectLogged(executed, draft, false, `0x${'00'.repeat(256)}`);
  });

  it('an adapter that destroys itself is still there for the next action', async () => {
    const draft = mockDraft(f, Schema.selfDestruct);
    const { executed, performed } = await run(draft);
    expectLogged(executed, draft, true, '0x');
    expect(performed).to.equal(1n);
    const next = { ...mockDraft(f, Schema.count), slot: 1n };
    const after = await run(next, [executeCall(f, honest(f, draft))]);
    expect([readOutcome(after.executed).succeeded, after.performed]).to.deep.equal([true, 2n]);
  });

  describe('an adapter that calls back into the gate', () => {
    const inner = () => encodeCall('gate', 'execute', [honest(f, { ...mockDraft(f, Schema.count), slot: 1n })]);
    /** With gas enough for an execution within the action: nothing but the guard refuses it. */
    const outer = (schema: number): Draft => ({ ...mockDraft(f, schema), entry: f.entries.largeMock });

    it('fails itself when it passes the refusal on', async () => {
      const draft = outer(Schema.reenterAndBubble);
      const { executed, performed, reentered } = await run(draft, [prepared(f.at.gate, inner())]);
      expectLogged(executed, draft, false, GUARDED);
      expect([performed, reentered]).to.deep.equal([0n, 0n]);
    });

    it('executes nothing twice when it swallows the refusal', async () => {
      const draft = outer(Schema.reenterAndSwallow);
      const { executed, performed, reentered } = await run(draft, [prepared(f.at.gate, inner())]);
      expectLogged(executed, draft, true, '0x');
      expect([performed, reentered]).to.deep.equal([1n, 0n]);
    });

    it('can call nothing else of the system as the gate', async () => {
      const { entry, words, payload } = baseDraft(f);
      const callBacks: readonly Sent[] = [
        prepared(f.at.treasury, encodeCall('treasury', 'perform', [entry.account, words, payload])),
        prepared(f.at.registry, encodeCall('registry', 'endFreeze', [])),
        prepared(
          f.at.staking,
          encodeCall('staking', 'slash', [f.operators[0]!.id, 1n, 1n, { rewardBps: 0, burnBps: 0, rewardTo: RELAYER }]),
        ),
      ];
      for (const call of callBacks) {
        const { executed, reentered } = await run(mockDraft(f, Schema.reenterAndSwallow), [call]);
        expect([readOutcome(executed).succeeded, reentered]).to.deep.equal([true, 0n]);
      }
    });
  });

  it('an adapter whose check fails or answers nonsense stops its own decisions; nothing is consumed', async () => {
    const before = await lensNow(f);
    const sizes = { [Schema.checkBurns]: 0n, [Schema.checkRevertsBytes]: 100n, [Schema.checkReturnsNoUint8]: 0n };
    for (const [schema, size] of Object.entries(sizes)) {
      const { executed, performed } = await run(mockDraft(f, Number(schema), size));
      expect(refusalText(executed)).to.match(/^reverted with 0x/);
      expect([executed.lens, performed]).to.deep.equal([before, 0n]);
    }
    // Only the first word of what it returns is ever read.
    const { executed } = await run(mockDraft(f, Schema.checkReturnsBytes, 100_000n));
    expect(readOutcome(executed).succeeded).to.equal(true);
  });

  describe('on a claimed nonce an adapter', () => {
    const escrow = 100n * AGRS;
    const operator = () => f.operators[0]!;
    const paid = (schema: number, p0 = 0n): Draft => ({ ...mockDraft(f, schema, p0), entry: f.entries.paidMock });
    /** Claims, executes, and shows everything before the claim and after the execution. */
    async function executed(draft: Draft, first: readonly Sent[] = []) {
      const funding = [...fundEscrowCalls(f, draft.entry, escrow), ...first];
      const claim = claimOf(f, draft, f.time + BigInt(funding.length));
      const calls = [
        ...funding,
        claimCall(f, draft),
        executeClaimedCall(f, honest(f, draft), claim),
        adapterRead('reentered'),
      ];
      const results = await send(f, calls);
      for (const result of results) expect(result.ok, refusalText(result)).to.equal(true);
      const [before, , after, reentered] = results.slice(funding.length - 1) as [Result, Result, Result, Result];
      return { before: readLens(before.lens), after, lens: readLens(after.lens), reentered: BigInt(reentered.data) };
    }

    const behaviours: Readonly<Record<string, readonly [schema: number, p0: bigint, succeeded: boolean]>> = {
      'that behaves': [Schema.count, 0n, true],
      'that burns its gas': [Schema.burn, 0n, false],
      'that reverts with much': [Schema.revertBytes, 100_000n, false],
      'that reverts with more than it can pay for': [Schema.revertBytes, MEGABYTE, false],
      'that returns much': [Schema.returnBytes, 100_000n, true],
      'that returns more than it can pay for': [Schema.returnBytes, MEGABYTE, false],
      'that destroys itself': [Schema.selfDestruct, 0n, true],
    };
    for (const [name, [schema, p0, succeeded]] of Object.entries(behaviours)) {
      it(`${name} touches its nonce alone: the lock returns, and the fee is ${succeeded ? 'owed' : 'free again'}`, async () => {
        const { before, after, lens } = await executed(paid(schema, p0));
        expect(readOutcome(after)).to.deep.equal({ succeeded, logIndex: 0n });
        const { escrows, nonces, logSize, logRoot: root, ...rest } = lens;
        const { escrows: _e, nonces: _n, logSize: _l, logRoot: _r, ...had } = before;
        expect(rest).to.deep.equal(had);
        const owed = succeeded ? FEE : 0n;
        expect(escrows).to.deep.include({ available: escrow - owed, owed });
        expect(nonces.filter(({ status }) => status !== 0)).to.have.length(1);
        expect([logSize, root === before.logRoot]).to.deep.equal([1n, false]);
      });
    }

    it('that calls back into the gate, the court or staking changes nothing there', async () => {
      const draft = paid(Schema.reenterAndSwallow);
      const claim = claimOf(f, draft, f.time + 3n);
      const { id } = operator();
      const split = { rewardBps: 10_000, burnBps: 0, rewardTo: f.mockAdapter };
      const callBacks: readonly Sent[] = [
        prepared(f.at.gate, encodeCall('gate', 'settle', [claim])),
        prepared(f.at.gate, encodeCall('gate', 'executeClaimed', [honest(f, draft), claim])),
        prepared(f.at.gate, encodeCall('gate', 'collectFee', [claim.scope, claim.nonce, id, FEE])),
        prepared(f.at.gate, encodeCall('gate', 'withdrawEscrow', [f.mockAdapter, 1n])),
        prepared(f.at.gate, claimCall(f, { ...draft, slot: 1n }).data),
        prepared(f.at.staking, encodeCall('staking', 'release', [id, claim.bond, claim.factorAtLock, 0, 0])),
        prepared(f.at.staking, encodeCall('staking', 'forfeit', [id, claim.bond, split])),
        prepared(f.at.operators, encodeCall('operators', 'countMiss', [id])),
        prepared(f.at.court, encodeCall('court', 'accuse', [claim.scope, claim.nonce, id, FEE, ZERO_HASH])),
      ];
      for (const call of callBacks) {
        const { after, lens, before, reentered } = await executed(draft, [call]);
        expect([readOutcome(after).succeeded, reentered]).to.deep.equal([true, 0n]);
        expect(lens.operators).to.deep.equal(before.operators);
        expect(lens.escrows).to.deep.include({ available: escrow - FEE, owed: FEE });
      }
    });

    it('whose check fails stops the execution; claim, lock and fee stay as they are', async () => {
      const draft = paid(Schema.checkBurns);
      const calls = [...fundEscrowCalls(f, draft.entry, escrow), claimCall(f, draft)];
      const claim = claimOf(f, draft, f.time + 2n);
      const results = await send(f, [...calls, executeClaimedCall(f, honest(f, draft), claim)]);
      expect(results[3]!.ok).to.equal(false);
      expect(results[3]!.lens).to.equal(results[2]!.lens);
    });

    it('can not be starved by a relayer: claim, lock and fee stay until somebody pays the gas', async () => {
      const draft = paid(Schema.spend, f.entries.paidMock.resourceCap - 2_000n);
      const calls = [...fundEscrowCalls(f, draft.entry, escrow), claimCall(f, draft)];
      const claim = claimOf(f, draft, f.time + 2n);
      const execution = executeClaimedCall(f, honest(f, draft), claim);
      for (const gas of [500_000n, 900_000n, 1_200_000n, 1_300_000n]) {
        const results = await send(f, [...calls, execution], { gas });
        if (results[3]!.ok) expect(readOutcome(results[3]!).succeeded, `with ${gas} gas`).to.equal(true);
        else expect(results[3]!.lens, `with ${gas} gas`).to.equal(results[2]!.lens);
      }
      expect(readOutcome((await send(f, [...calls, execution]))[3]!).succeeded).to.equal(true);
    });
  });

  describe('a relayer that gives too little gas', () => {
    /** The least gas, to within `step`, with which the execution is accepted. */
    async function leastGas(call: Sent, step: bigint): Promise<bigint> {
      let [low, high] = [50_000n, MAX_TRANSACTION_GAS];
      while (high - low > step) {
        const middle = (low + high) / 2n;
        const [result] = await send(f, [call], { gas: middle });
        if (result!.ok) high = middle;
        else low = middle;
      }
      return high;
    }

    /**
     * Of a large cap, what the call keeps back is enough to log a failure: there an action that fails for lack of gas
     * would use its nonce up. Of a small one it isn't, and all would be undone anyway.
     */
    const caps: Readonly<Record<string, () => Entry>> = {
      'of a million': () => f.entries.mock,
      'as large as can be': () => f.entries.largeMock,
    };
    for (const [name, entryOf] of Object.entries(caps)) {
      it(`with a cap ${name} consumes nothing: below the least gas everything is refused, from there on the action succeeds`, async () => {
        const before = await lensNow(f);
        const entry = entryOf();
        // The action needs nearly all of its cap: a little less would make it fail.
        const draft = { ...mockDraft(f, Schema.spend, entry.resourceCap - 2_000n), entry };
        const call = executeCall(f, honest(f, draft));
        const least = await leastGas(call, 32n);
        const offsets = [
          -400_000n,
          -150_000n,
          -50_000n,
          -20_000n,
          -5_000n,
          -1_000n,
          -100n,
          -33n,
          0n,
          1n,
          100n,
          5_000n,
          100_000n,
        ];
        for (const offset of offsets) {
          const [result] = await send(f, [call], { gas: least + offset });
          if (offset < 0n) {
            expect(result!.ok, `with ${offset} gas`).to.equal(false);
            expect(result!.lens).to.equal(before);
          } else {
            expect(result!.ok && readOutcome(result!).succeeded, `with ${offset} gas`).to.equal(true);
          }
        }
      });
    }

    it('is told how much the adapter, or the verifier, needs', async () => {
      const call = executeCall(f, honest(f, mockDraft(f, Schema.count)));
      const needed = f.entries.mock.resourceCap + RESERVE_GAS;
      const [result] = await send(f, [call], { gas: 1_200_000n });
      expect(refusalText(result!)).to.match(new RegExp(`^GasTooLow\\(${needed}, \\d+\\)$`));
      const [earlier] = await send(f, [call], { gas: 450_000n });
      expect(refusalText(earlier!)).to.match(new RegExp(`^GasTooLow\\(${VERIFIER_GAS_CAP}, \\d+\\)$`));
    });

    it('is served with exactly what the adapter needs, and refused with a unit less', async () => {
      const call = executeCall(f, honest(f, mockDraft(f, Schema.count)));
      const needed = f.entries.mock.resourceCap + RESERVE_GAS;
      /** What the refusal says was left; undefined: it is accepted. */
      const left = async (gas: bigint): Promise<bigint | undefined> => {
        const [result] = await send(f, [call], { gas });
        return result!.ok ? undefined : BigInt(/(\d+)\)$/.exec(refusalText(result!))?.[1] ?? 0);
      };
      const first = 1_200_000n;
      const missing = needed - ((await left(first)) ?? needed);
      expect(missing > 0n).to.equal(true);
      let last: bigint | undefined;
      for (let gas = first + (missing * 64n) / 63n - 4n, tries = 0; tries < 12; gas++, tries++) {
        const available = await left(gas);
        if (available === undefined) break;
        last = available;
      }
      expect(last).to.equal(needed - 1n);
    });

    it("can't make a payment of the treasury fail either", async () => {
      const before = await lensNow(f);
      const call = executeCall(f, honest(f, baseDraft(f)));
      for (let gas = 60_000n; gas <= 900_000n; gas += 12_000n) {
        const [result] = await send(f, [call], { gas });
        if (result!.ok) expect(readOutcome(result!).succeeded, `with ${gas} gas`).to.equal(true);
        else expect(result!.lens, `with ${gas} gas`).to.equal(before);
      }
    });
  });

  describe('a verifier that misbehaves', () => {
    const through = async (selector: Hex, gas = 10_000_000n) => {
      const x = honest(f, baseDraft(f));
      const [result] = await send(f, [executeCall(f, { ...x, proof: `${selector}${x.proof.slice(10)}` as Hex })], {
        gas,
      });
      return result!;
    };
    const refusals: Readonly<Record<string, { selector: Hex; expected: RegExp }>> = {
      'refuses without a word': { selector: VERIFIERS.silent.selector, expected: /^ReceiptRefused\(\)$/ },
      'burns all gas': { selector: VERIFIERS.burnsGas.selector, expected: /^ReceiptRefused\(\)$/ },
      'reverts with a megabyte': { selector: VERIFIERS.revertsManyBytes.selector, expected: /^ReceiptRefused\(\)$/ },
      'reverts with less than a selector': {
        selector: VERIFIERS.revertsFewBytes.selector,
        expected: /^ReceiptRefused\(\)$/,
      },
      'reverts with a long error of its own': {
        selector: VERIFIERS.revertsForeignError.selector,
        expected: /^reverted with 0x[0-9a-f]+…?$/,
      },
    };
    for (const [name, { selector, expected }] of Object.entries(refusals)) {
      it(`${name}: refused within the verifier's cap`, async () => {
        const result = await through(selector);
        expect(refusalText(result)).to.match(expected);
        expect(result.data.length).to.be.at.most(2 + 2 * 256);
        expect(result.lens).to.equal(await lensNow(f));
        expect(result.gasUsed < VERIFIER_GAS_CAP + 150_000n, `${result.gasUsed} gas`).to.equal(true);
      });
    }

    it('accepts with superfluous data: accepted, since a verifier accepts by returning', async () => {
      const result = await through(VERIFIERS.returnsManyBytes.selector);
      expect(result.ok && readOutcome(result).succeeded).to.equal(true);
    });
  });

  describe('a real proof', () => {
    let receipt: Receipt;
    let proof: Hex;
    before(async () => {
      const prover = await createProver();
      try {
        ({ receipt } = await prover.prove(proofRequest(f, baseDraft(f))));
      } finally {
        await prover.close();
      }
      proof = sealHead(receipt.seal);
    });

    const verifyCall = (seal: Hex, journalDigest: Hex): Sent => ({
      from: RELAYER,
      to: f.at.router,
      data: encodeFunctionData({
        abi: systemAbis.router,
        functionName: 'verify',
        args: [seal, receipt.imageId, journalDigest],
      }),
    });

    it('with any of its words changed or out of range is refused, and burns no gas that was not needed', async () => {
      const x = honest(f, baseDraft(f));
      const words = proofWords(proof);
      const changed = words.flatMap((word, i) =>
        [word ^ 1n, 0n, word + BASE_MODULUS, BASE_MODULUS, FIELD_MODULUS, 2n ** 256n - 1n]
          .filter((value) => value < 2n ** 256n && value !== word)
          .map((value) => withProofWords(proof, words.with(i, value))),
      );
      const all = [
        ...changed,
        withProofWords(
          proof,
          words.map(() => 0n),
        ),
        withProofWords(proof, words.toReversed()),
      ];
      for (const bad of all) {
        const [result] = await send(f, [executeCall(f, { ...x, proof: bad })], { gas: 10_000_000n });
        expect(refusalText(result!)).to.equal('ProofInvalid()');
        expect(result!.gasUsed < VERIFIER_GAS_CAP + 100_000n, `${result!.gasUsed} gas`).to.equal(true);
      }
    });

    it('that is cut short or continued is malformed', async () => {
      const x = honest(f, baseDraft(f));
      for (const bad of [proof.slice(0, -2) as Hex, `${proof}00` as Hex, proof.slice(0, 10) as Hex]) {
        const [result] = await send(f, [executeCall(f, { ...x, proof: bad })], { gas: 10_000_000n });
        expect(refusalText(result!)).to.equal('SealMalformed()');
        expect(result!.lens).to.equal(await lensNow(f));
      }
    });

    it('has a second form, (−A, −B, C), which the verifier accepts: it executes nothing a second time', async () => {
      const x = honest(f, baseDraft(f));
      const { digest, context } = derive(baseDraft(f), factsOf(f, baseDraft(f)), f.target);
      const second = negated(proof);
      expect(second).not.to.equal(proof);
      const forms = [proof, second].map((form) => verifyCall(concatHex([form, receipt.journal]), digest));
      for (const result of await send(f, forms)) expect(result.ok, refusalText(result)).to.equal(true);
      const [a, b] = await send(
        f,
        [proof, second].map((form) => executeCall(f, { ...x, proof: form })),
      );
      expect(a!.ok, refusalText(a!)).to.equal(true);
      expect(refusalText(b!)).to.equal(textOf(refusal('NonceUsed', context.scope, context.nonce)));
      expect(b!.lens).to.equal(a!.lens);
    });

    it('is refused for another journal, image or length by the router and the verifier', async () => {
      const { digest } = derive(baseDraft(f), factsOf(f, baseDraft(f)), f.target);
      const journal = receipt.journal;
      const lastBit = `${journal.slice(0, -1)}${(Number(`0x${journal.slice(-1)}`) ^ 1).toString(16)}` as Hex;
      const [changed] = await send(f, [verifyCall(concatHex([proof, lastBit]), digest)]);
      expect(refusalText(changed!)).to.match(/^JournalDigestMismatch\(/);
      const [short] = await send(f, [verifyCall('0x0102', digest)]);
      expect(refusalText(short!)).to.equal('SealTooShort(2)');
    });
  });

  it('nobody but the gate pays from accounts: not the council, not another adapter, not a stranger', async () => {
    const { entry, words, payload } = baseDraft(f);
    const data = encodeCall('treasury', 'perform', [entry.account, words, payload]);
    for (const from of [RELAYER, f.at.council, f.mockAdapter]) {
      const [result] = await send(f, [{ from, to: f.at.treasury, data }]);
      expect(refusalText(result!)).to.equal(textOf(refusal('NotGate', from)));
    }
  });

  it('the status of a nonce goes from unused over executed to final', async () => {
    const { context } = derive(baseDraft(f), factsOf(f, baseDraft(f)), f.target);
    const data = encodeFunctionData({
      abi: systemAbis.gate,
      functionName: 'statusOf',
      args: [context.scope, context.nonce],
    });
    const status = { from: RELAYER, to: f.at.gate, data };
    const results = await send(f, [status, executeCall(f, honest(f, baseDraft(f))), status, status, status, status]);
    const read = ({ data: answer }: Result) =>
      decodeFunctionResult({ abi: systemAbis.gate, functionName: 'statusOf', data: answer })[0];
    // finalityDelay is 3: executed at time + 1, final after time + 4.
    expect([0, 2, 3, 4, 5].map((i) => read(results[i]!))).to.deep.equal([0, 1, 1, 1, 2]);
  });
});
