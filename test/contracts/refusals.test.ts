import { expect } from 'chai';
import type { Refusal } from '../../src/abi/system.ts';
import { recordedProof } from '../../src/campaign/recorded.ts';
import type { KeyedAccount } from '../../src/chain/accounts.ts';
import { contextHash, decisionJournal, journalDigest } from '../../src/codec/execution.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { recoverSigner, ZERO_ADDRESS } from '../../src/codec/signature.ts';
import { typedDigest } from '../../src/codec/typed-data.ts';
import type { Execution } from '../../src/model/gate.ts';
import { createProver, type Prover } from '../../src/receipts/prover.ts';
import { sealHead } from '../../src/receipts/receipt.ts';
import { type Derived, type Draft, derive, signatures } from './execution.ts';
import {
  baseDraft,
  deployFixture,
  executeCall,
  type Fixture,
  factsOf,
  honest,
  keysOf,
  lensNow,
  mockDraft,
  proofRequest,
  RELAYER,
  readOutcome,
  refusalText,
  STRANGER,
  send,
  textOf,
  word,
} from './fixture.ts';
import { highS } from './signatures.ts';
import { type Change, changes, PROOF_INVALID, refusal } from './table.ts';

describe('execution gate: what is executed is what was decided, signed and proven', function () {
  this.timeout(60_000);
  let f: Fixture;
  let prover: Prover;
  /** a real proof of the base case */
  let realProof: Hex;

  before(async () => {
    f = await deployFixture();
    prover = await createProver();
    realProof = sealHead((await prover.prove(proofRequest(f, baseDraft(f)))).receipt.seal);
  });
  after(async () => {
    await prover?.close();
    await f?.anvil.stop();
  });

  /** The execution is refused for this reason, and nothing that the lens shows changes. */
  async function refused(x: Execution, expected: Refusal, { first = [], from = RELAYER }: Partial<Change> = {}) {
    const results = await send(f, [...first, executeCall(f, x, from)], { time: f.time - BigInt(first.length) });
    for (const result of results.slice(0, -1)) expect(result.ok, refusalText(result)).to.equal(true);
    const last = results.at(-1)!;
    expect(refusalText(last)).to.equal(textOf(expected));
    expect(last.lens).to.equal(results.at(-2)?.lens ?? (await lensNow(f)));
  }

  async function accepted(x: Execution, from?: Hex) {
    const [result] = await send(f, [executeCall(f, x, from)]);
    expect(result!.ok, refusalText(result!)).to.equal(true);
    return readOutcome(result!);
  }

  const derived = (draft: Draft): Derived => derive(draft, factsOf(f, draft), f.target);

  describe('one thing is changed and signed again', () => {
    it('the unchanged decision is executed, with a recorded verdict and with a real proof', async () => {
      expect(await accepted(honest(f, baseDraft(f)))).to.deep.equal({ succeeded: true, logIndex: 0n });
      expect(await accepted({ ...honest(f, baseDraft(f)), proof: realProof })).to.deep.equal({
        succeeded: true,
        logIndex: 0n,
      });
    });

    for (const [name, make] of Object.entries(changes)) {
      it(`${name} is refused`, async () => {
        const change = make(f);
        const { draft, coSigners = [] } = change;
        const x = honest(f, draft, coSigners);
        const proven = recordedProof(f.entries.pay.imageId, derived(baseDraft(f)).digest);
        await refused({ ...x, proof: proven }, change.refusal ?? PROOF_INVALID, change);
        await refused({ ...x, proof: realProof }, change.refusal ?? PROOF_INVALID, change);
        // Nothing else was wrong: with a proof of its own, what only the proof could refuse passes.
        if (!change.refusal) await accepted(x);
        else await refused(x, change.refusal, change);
      });
    }

    it('a submitter that the decision names executes it', async () => {
      await accepted(honest(f, { ...baseDraft(f), submitter: STRANGER }), STRANGER);
    });

    for (const [name, words] of Object.entries({
      schema: { schema: 9 },
      addressee: { addressee: RELAYER },
      p0: { p0: 8n },
      'p1, present': { p1: 8n, presence: 3 },
      'p1, present and zero': { presence: 3 },
      'p2, present': { p2: -8n, presence: 5 },
      presence: { p0: 0n, presence: 0 },
    })) {
      it(`other words for an adapter that takes all words are refused: ${name}`, async () => {
        const base = mockDraft(f, 0, 7n);
        const draft = { ...base, words: { ...base.words, ...words } };
        await refused({ ...honest(f, draft), proof: honest(f, base).proof }, PROOF_INVALID);
        await accepted(honest(f, draft));
      });
    }
  });

  describe('the proof was made for something else', () => {
    const contextFields = [
      'imageId',
      'policyEpoch',
      'registryRoot',
      'entryKey',
      'entryHash',
      'stateSource',
      'stateEpoch',
      'attestationHash',
      'operatorId',
      'scope',
      'nonce',
      'validUntil',
    ] as const;
    const provenFor = async (change: (base: Derived) => { journal?: object; imageId?: Hex }) => {
      const base = derived(baseDraft(f));
      const { journal = {}, imageId = f.entries.pay.imageId } = change(base);
      const digest = journalDigest(decisionJournal({ ...base.journal, ...journal }));
      await refused({ ...honest(f, baseDraft(f)), proof: recordedProof(imageId, digest) }, PROOF_INVALID);
    };

    for (const field of ['policyHash', 'stateHash', 'candidateSetHash'] as const) {
      it(`another ${field}`, () => provenFor(() => ({ journal: { [field]: word('another') } })));
    }
    for (const change of [
      { schema: 0 },
      { addressee: RELAYER },
      { p0: 1n },
      { p1: 1n, presence: 3 },
      { p2: 0n, presence: 5 },
    ]) {
      it(`other words: ${Object.keys(change).join(', ')}`, () =>
        provenFor(({ journal }) => ({ journal: { words: { ...journal.words, ...change } } })));
    }
    it('another payload', () => provenFor(() => ({ journal: { payload: '0x01' } })));
    for (const field of contextFields) {
      it(`another ${field} in the context`, () =>
        provenFor(({ gate, context }) => {
          const value = context[field];
          const changed = { ...context, [field]: typeof value === 'bigint' ? value + 1n : word('another') };
          return { journal: { context: contextHash(gate, changed) } };
        }));
    }
    it('another chain in the context', () =>
      provenFor(({ gate, context }) => ({ journal: { context: contextHash({ ...gate, chainId: 1_337n }, context) } })));
    it('another gate in the context', () =>
      provenFor(({ gate, context }) => ({
        journal: { context: contextHash({ ...gate, contract: f.at.router }, context) },
      })));
    it('another image', () => provenFor(() => ({ imageId: word('another image') })));
  });

  describe('a signature was made for something else', () => {
    const decisionFields = [
      'scope',
      'nonce',
      'operatorId',
      'schema',
      'addressee',
      'p0',
      'p1',
      'p2',
      'presence',
      'validUntil',
      'submitter',
      'journalDigest',
    ] as const;
    const bump = (value: unknown): Hex | bigint | number => {
      if (typeof value === 'bigint') return value + 1n;
      if (typeof value === 'number') return value ^ 1;
      return (value as Hex).length === 42 ? STRANGER : word('another');
    };
    /** Refuses an execution under `entry` whose signatures, all or one of them, are over the changed messages. */
    const signedFor = async (
      part: 'operatorSignature' | 'proposerSignature' | 'coSignatures',
      change: (base: Derived) => Partial<Derived>,
    ) => {
      const draft = { ...baseDraft(f), entry: f.entries.coSigned };
      const coSigners = f.roles.coSigners.slice(0, 2);
      const base = derived(draft);
      const wrong = signatures({ ...base, ...change(base) }, draft.entry, keysOf(f, draft, coSigners));
      const x = { ...honest(f, draft, coSigners), [part]: wrong[part] };
      const decision = typedDigest('Decision', base.decision, base.domain);
      const proposal = typedDigest('Proposal', base.proposal, base.domain);
      const operator = f.operators[0]!.signer.address;
      const expected = {
        operatorSignature: refusal(
          'OperatorSignatureInvalid',
          operator,
          recoverSigner(decision, wrong.operatorSignature),
        ),
        proposerSignature: refusal('NotProposer', recoverSigner(proposal, wrong.proposerSignature)),
        coSignatures: refusal('NotCoSigner', recoverSigner(decision, wrong.coSignatures[0]!)),
      };
      await refused(x, expected[part]);
    };
    const domains = {
      'another chain': ({ domain }: Derived) => ({ domain: { ...domain, chainId: 1_337n } }),
      'another gate': ({ domain }: Derived) => ({ domain: { ...domain, verifyingContract: f.at.router } }),
    };

    for (const part of ['operatorSignature', 'coSignatures'] as const) {
      for (const field of decisionFields) {
        it(`${part} over another ${field}`, () =>
          signedFor(part, ({ decision }) => ({ decision: { ...decision, [field]: bump(decision[field]) } })));
      }
    }
    for (const field of ['scope', 'nonce', 'stateHash', 'candidateSetHash'] as const) {
      it(`proposerSignature over another ${field}`, () =>
        signedFor('proposerSignature', ({ proposal }) => ({
          proposal: { ...proposal, [field]: bump(proposal[field]) },
        })));
    }
    for (const part of ['operatorSignature', 'proposerSignature', 'coSignatures'] as const) {
      for (const [name, change] of Object.entries(domains)) it(`${part} for ${name}`, () => signedFor(part, change));
    }
  });

  describe('a signature is not what it should be', () => {
    const malformed: Readonly<Record<string, (signature: Hex) => Hex>> = {
      'with a high s': highS,
      'with v counted from 0': (signature) =>
        `${signature.slice(0, -2)}0${Number(`0x${signature.slice(-2)}`) - 27}` as Hex,
      'of 64 bytes': (signature) => signature.slice(0, -2) as Hex,
      'of 66 bytes': (signature) => `${signature}00`,
      'of no bytes': () => '0x',
      'of zeroes': () => `0x${'00'.repeat(65)}`,
    };
    const coSigned = (coSigners = f.roles.coSigners.slice(0, 2)) =>
      honest(f, { ...baseDraft(f), entry: f.entries.coSigned }, coSigners);

    for (const [name, spoil] of Object.entries(malformed)) {
      it(`${name}: the operator's, the proposer's, a co-signer's`, async () => {
        const x = coSigned();
        const operator = f.operators[0]!.signer.address;
        await refused(
          { ...x, operatorSignature: spoil(x.operatorSignature) },
          refusal('OperatorSignatureInvalid', operator, ZERO_ADDRESS),
        );
        await refused({ ...x, proposerSignature: spoil(x.proposerSignature) }, refusal('NotProposer', ZERO_ADDRESS));
        const [one, two] = x.coSignatures as readonly [Hex, Hex];
        await refused({ ...x, coSignatures: [one, spoil(two)] }, refusal('NotCoSigner', ZERO_ADDRESS));
      });
    }

    it("another operator's key signs", async () => {
      const draft = baseDraft(f);
      const keys = { ...keysOf(f, draft), operator: f.operators[1]!.signer };
      const x = { ...honest(f, draft), ...signatures(derived(draft), draft.entry, keys) };
      const [expected, found] = [f.operators[0]!, f.operators[1]!].map(({ signer }) => signer.address);
      await refused(x, refusal('OperatorSignatureInvalid', expected, found));
    });

    it('a stranger proposes', async () => {
      const draft = baseDraft(f);
      const stranger = f.roles.users[0]!;
      const x = {
        ...honest(f, draft),
        ...signatures(derived(draft), draft.entry, { ...keysOf(f, draft), proposer: stranger }),
      };
      await refused(x, refusal('NotProposer', stranger.address));
    });

    it('too few co-signers sign, or more than there are', async () => {
      const all = f.roles.coSigners;
      for (const count of [0, 1]) {
        await refused(coSigned(all.slice(0, count)), refusal('CoSignatureCountInvalid', 2n, 3n, BigInt(count)));
      }
      const x = coSigned([...all]);
      await refused({ ...x, coSignatures: [...x.coSignatures, '0x'] }, refusal('CoSignatureCountInvalid', 2n, 3n, 4n));
      for (const count of [2, 3]) expect((await accepted(coSigned(all.slice(0, count)))).succeeded).to.equal(true);
    });

    it("co-signatures are required by the adapter's tier as by the entry's", async () => {
      const tiers = { 1: 0n, 2: 2n, 3: 2n, 9: 2n };
      for (const [tier, least] of Object.entries(tiers)) {
        const draft = mockDraft(f, 110 + Number(tier));
        if (least === 0n) await accepted(honest(f, draft));
        else await refused(honest(f, draft), refusal('CoSignatureCountInvalid', least, 3n, 0n));
        await accepted(honest(f, draft, f.roles.coSigners.slice(0, Number(least))));
      }
    });

    it('co-signers are unsorted or repeated', async () => {
      const x = coSigned();
      const [one, two] = x.coSignatures as readonly [Hex, Hex];
      await refused({ ...x, coSignatures: [two, one] }, refusal('CoSignersNotIncreasing', 1n));
      await refused({ ...x, coSignatures: [one, one] }, refusal('CoSignersNotIncreasing', 1n));
    });

    it('a stranger co-signs', async () => {
      const stranger = f.roles.users[0]!;
      const x = coSigned([stranger, f.roles.coSigners[0]!]);
      await refused(x, refusal('NotCoSigner', stranger.address));
    });

    it('the operator co-signs its own decision, although the entry lists its key', async () => {
      const operator = f.operators[0]!.signer;
      const draft = { ...baseDraft(f), entry: f.entries.selfSigned };
      const all: readonly KeyedAccount[] = [operator, ...f.roles.coSigners];
      await refused(honest(f, draft, all), refusal('NotCoSigner', operator.address));
      await accepted(honest(f, draft, f.roles.coSigners));
    });
  });

  describe('once is for ever', () => {
    it('the same execution, or another one for its nonce, is refused the second time', async () => {
      const x = honest(f, baseDraft(f));
      const first = [executeCall(f, x)];
      const { scope, nonce } = derived(baseDraft(f)).context;
      await refused(x, refusal('NonceUsed', scope, nonce), { first });
      await refused(x, refusal('NonceUsed', scope, nonce), { first, from: STRANGER });
      await refused(honest(f, { ...baseDraft(f), validUntil: f.time + 50n }), refusal('NonceUsed', scope, nonce), {
        first,
      });
    });

    it('a failed action uses its nonce up as well', async () => {
      const draft = { ...baseDraft(f), entry: f.entries.otherAccount };
      const { scope, nonce } = derived(draft).context;
      const x = honest(f, draft);
      expect((await accepted(x)).succeeded, 'the account has no funds').to.equal(false);
      await refused(x, refusal('NonceUsed', scope, nonce), { first: [executeCall(f, x)] });
    });
  });

  describe('calldata in another encoding', () => {
    /** The execution's calldata with the bits of `mask` flipped in the word at this byte of the struct. */
    const flipped = (data: Hex, byte: number, mask: bigint): Hex => {
      const start = 2 + 2 * (4 + 32 + byte);
      const changed = BigInt(`0x${data.slice(start, start + 64)}`) ^ mask;
      return `${data.slice(0, start)}${changed.toString(16).padStart(64, '0')}${data.slice(start + 64)}` as Hex;
    };
    const top = 1n << 255n;
    const wordAt = (data: Hex, byte: number): bigint =>
      BigInt(`0x${data.slice(2 + 2 * (36 + byte), 2 + 2 * (68 + byte))}`);
    /** Places in the struct of values that are narrower than a word. */
    const narrow = {
      policyEpoch: 1,
      stateEpoch: 2,
      slot: 3,
      validUntil: 5,
      submitter: 6,
      schema: 8,
      addressee: 9,
      p0: 10,
      p1: 11,
      p2: 12,
      presence: 13,
    };
    const narrowInEntry = {
      adapter: 5,
      account: 6,
      proposerMode: 8,
      tier: 10,
      quotaPerState: 12,
      claimTtl: 13,
      resourceCap: 14,
      execFee: 15,
    };

    const unchanged = async (data: Hex, what: string) => {
      const [result] = await send(f, [{ from: RELAYER, to: f.at.gate, data }]);
      expect(result!.ok, what).to.equal(false);
      expect(result!.lens).to.equal(await lensNow(f));
    };

    it('with bits above a value is refused, wherever the value stands', async () => {
      const { data } = executeCall(f, honest(f, baseDraft(f)));
      for (const [name, place] of Object.entries(narrow)) await unchanged(flipped(data, 32 * place, top), name);
      const entry = Number(wordAt(data, 0));
      for (const [name, place] of Object.entries(narrowInEntry))
        await unchanged(flipped(data, entry + 32 * place, top), name);
      const proposers = entry + Number(wordAt(data, entry + 32 * 9));
      await unchanged(flipped(data, proposers + 32, top), 'a proposer');
    });

    it('with lists and bytes in other places is the same execution', async () => {
      const { data } = executeCall(f, honest(f, baseDraft(f)));
      // The entry moves behind everything else: nothing that is hashed depends on the layout.
      const entry = Number(wordAt(data, 0));
      const end = (data.length - 2) / 2 - 36;
      const moved = `${flipped(data, 0, BigInt(entry ^ end))}${data.slice(2 + 2 * (36 + entry))}` as Hex;
      const [plain, other] = await send(
        f,
        [data, moved].map((message) => ({ from: RELAYER, to: f.at.gate, data: message })),
      );
      expect(readOutcome(plain!).succeeded).to.equal(true);
      const { scope, nonce } = derived(baseDraft(f)).context;
      expect(refusalText(other!)).to.equal(textOf(refusal('NonceUsed', scope, nonce)));
      const [alone] = await send(f, [{ from: RELAYER, to: f.at.gate, data: moved }]);
      expect(alone!.ok && alone!.lens === plain!.lens, refusalText(alone!)).to.equal(true);
    });
  });

  describe('the proof is no proof', () => {
    it('is too short or too long', async () => {
      const x = honest(f, baseDraft(f));
      for (const bytes of [0, 3, 1_025]) {
        await refused({ ...x, proof: `0x${'ff'.repeat(bytes)}` }, refusal('ProofLengthInvalid', BigInt(bytes)));
      }
    });

    it('names no verifier', async () => {
      const x = honest(f, baseDraft(f));
      await refused({ ...x, proof: `0x01020304${x.proof.slice(10)}` }, refusal('SelectorUnknown', '0x01020304'));
    });
  });
});
