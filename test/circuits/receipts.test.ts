import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { artefactFolder, committedDifferences, ensureArtefacts, isCurrent } from '../../scripts/circuits/build.ts';
import { DECISION as PROGRAM } from '../../scripts/circuits/lib/manifest.ts';
import { domainOf, readR1csHeader } from '../../scripts/circuits/lib/r1cs.ts';
import { BASE_MODULUS, FIELD_MODULUS } from '../../src/codec/field.ts';
import { type Hex, sha256 } from '../../src/codec/hash.ts';
import { encodeWords } from '../../src/codec/words.ts';
import { DECISION, requireUsableKeys } from '../../src/receipts/programs.ts';
import { createProver, type Decided, type Prover } from '../../src/receipts/prover.ts';
import {
  decodeJournal,
  decodeSeal,
  encodeJournal,
  encodeSeal,
  JOURNAL_NAMES,
  journalDigest,
  type Receipt,
  ReceiptError,
} from '../../src/receipts/receipt.ts';
import { verifyReceipt } from '../../src/receipts/verify.ts';
import { DecisionRefusedError, decisionWitness } from '../../src/receipts/witness.ts';
import { forge } from './support/forgery.ts';
import { SAMPLE } from './support/samples.ts';
import { startVerifierChain, type VerifierChain } from './support/verifier.ts';

const LOCAL = { program: DECISION, chainId: 31337 };

/** What a good receipt may cost: four pairings, a multiplication and an addition per public signal, and the rest. */
const FLOOR = 181_000 + 6_150 * JOURNAL_NAMES.length;
const GOOD_GAS = FLOOR + 12_000;
/** What the worst bad one may cost: nothing burns more than a good one. */
const BAD_GAS = GOOD_GAS;

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

describe('The decision program', () => {
  before(async function () {
    this.timeout(600_000);
    await ensureArtefacts();
  });

  it('fits the domain 2^14: constraints and public signals together are at most 16 383', () => {
    const header = readR1csHeader(readFileSync(join(artefactFolder(PROGRAM), 'decision.r1cs')));
    expect(header.outputs + header.publicInputs).to.equal(JOURNAL_NAMES.length);
    expect(header.constraints + header.outputs + header.publicInputs).to.be.at.most(16_383);
    expect(domainOf(header)).to.equal(2 ** 14);
    expect(header.constraints).to.equal(15_779);
  });

  it('has its public signals in the order of the journal', () => {
    expect(DECISION.publicSignals).to.deep.equal(JOURNAL_NAMES);
  });

  it('has committed keys and a committed contract that are what this build gives', () => {
    expect(isCurrent(PROGRAM, artefactFolder(PROGRAM))).to.equal(true);
    expect(committedDifferences(PROGRAM, artefactFolder(PROGRAM))).to.deep.equal([]);
  });

  it('has development keys, which are refused for every chain that is not local', () => {
    for (const chainId of [31337, 1337, 31337n]) requireUsableKeys(DECISION, chainId);
    for (const chainId of [1, 0, 31336, 31338, 13370n, 2n ** 256n - 1n]) {
      expect(() => requireUsableKeys(DECISION, chainId)).to.throw(ReceiptError, `chain ${chainId}`);
    }
    requireUsableKeys({ name: 'decision', kind: 'ceremony' }, 1);
  });
});

describe('Journal and seal', () => {
  const journal = decisionWitness(SAMPLE).journal;
  const proof = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n] as const;

  it('survive encoding and decoding', () => {
    const encoded = encodeJournal(journal);
    expect(decodeJournal(encoded)).to.deep.equal(journal);
    const seal = encodeSeal({ selector: '0x01020304', proof, journal: encoded });
    expect(seal.length).to.equal(2 + 2 * 484);
    expect(decodeSeal(seal)).to.deep.equal({ selector: '0x01020304', proof, journal: encoded });
  });

  it('take each word up to r − 1 and no further', () => {
    for (const name of JOURNAL_NAMES) {
      expect(decodeJournal(encodeJournal({ ...journal, [name]: FIELD_MODULUS - 1n }))[name]).to.equal(
        FIELD_MODULUS - 1n,
      );
      expect(() => encodeJournal({ ...journal, [name]: FIELD_MODULUS })).to.throw(ReceiptError, name);
      const words = JOURNAL_NAMES.map((other) => (other === name ? FIELD_MODULUS : 0n));
      expect(() => decodeJournal(encodeWords(words))).to.throw(ReceiptError, name);
    }
  });

  it('take each coordinate up to q − 1 and no further', () => {
    for (let i = 0; i < 8; i++) {
      const seal = (x: bigint): Hex =>
        encodeSeal({
          selector: '0x01020304',
          journal: encodeJournal(journal),
          proof: proof.map((word, j) => (j === i ? x : word)) as unknown as typeof proof,
        });
      expect(decodeSeal(seal(BASE_MODULUS - 1n)).proof[i]).to.equal(BASE_MODULUS - 1n);
      expect(() => seal(BASE_MODULUS)).to.throw(ReceiptError, `proof word ${i}`);
    }
  });

  it('are refused in another length or alphabet', () => {
    const encoded = encodeJournal(journal);
    for (const bad of [
      encoded.slice(0, -2),
      `${encoded}00`,
      encoded.toUpperCase(),
      `${encoded.slice(0, -1)}g`,
      '0x',
      '',
    ]) {
      expect(() => decodeJournal(bad as Hex)).to.throw(ReceiptError, 'journal');
      expect(() => decodeSeal(bad as Hex)).to.throw(ReceiptError, 'seal');
    }
  });
});

describe('A receipt', function () {
  this.timeout(300_000);
  let prover: Prover;
  let decided: Decided;
  let receipt: Receipt;
  let chain: VerifierChain;
  let code: Hex;
  const steps: string[] = [];

  before(async function () {
    this.timeout(600_000);
    await ensureArtefacts();
    chain = await startVerifierChain(31337);
    ({ code } = await chain.deploy());
    prover = await createProver({ onProgress: (step) => steps.push(step) });
    decided = await prover.prove(SAMPLE);
    receipt = decided.receipt;
  });

  after(async () => {
    await prover?.close();
    await chain?.stop();
  });

  /** The seal with one word replaced: 0..7 are the proof's, 8..14 the journal's. */
  function withWord(index: number, word: bigint): Hex {
    const start = 2 + 2 * (4 + 32 * index);
    return `${receipt.seal.slice(0, start)}${word.toString(16).padStart(64, '0')}${receipt.seal.slice(start + 64)}` as Hex;
  }

  function wordAt(index: number): bigint {
    const start = 2 + 2 * (4 + 32 * index);
    return BigInt(`0x${receipt.seal.slice(start, start + 64)}`);
  }

  function digestOf(seal: Hex): Hex {
    return sha256(`0x${seal.slice(2 + 2 * 260)}`);
  }

  it('states what the policy library decided', async () => {
    const { journal, chosen } = decisionWitness(SAMPLE);
    expect(decided.chosen).to.equal(chosen).and.to.equal(1);
    expect(decodeJournal(receipt.journal)).to.deep.equal(journal);
    expect(steps).to.deep.equal(['computing the witness', 'proving', 'proven']);
  });

  it('verifies off chain', async () => {
    expect(await verifyReceipt(receipt, LOCAL)).to.deep.equal(decisionWitness(SAMPLE).journal);
  });

  it('is refused off chain with the reason', async () => {
    const altered = encodeJournal({ ...decodeJournal(receipt.journal), context: 124n });
    const { selector, proof } = decodeSeal(receipt.seal);
    const seal = (change: Partial<ReturnType<typeof decodeSeal>>): Hex =>
      encodeSeal({ selector, proof, journal: receipt.journal, ...change });
    const swapped = [...proof.slice(6), ...proof.slice(2, 6), ...proof.slice(0, 2)] as unknown as typeof proof;
    const cases: [string, Receipt, typeof LOCAL?][] = [
      ['selector', { ...receipt, seal: seal({ selector: '0x00000000' }) }],
      ['image-id', { ...receipt, imageId: sha256('0x') }],
      ['journal', { ...receipt, journal: altered }],
      ['proof', { ...receipt, journal: altered, seal: seal({ journal: altered }) }],
      ['proof', { ...receipt, seal: seal({ proof: swapped }) }],
      ['proof', { ...receipt, seal: seal({ proof: [1n, 1n, ...proof.slice(2)] as unknown as typeof proof }) }],
      ['malformed', { ...receipt, seal: `${receipt.seal}00` }],
      ['development-keys', receipt, { ...LOCAL, chainId: 1 }],
    ];
    for (const [code, bad, where] of cases) expect(await codeOf(verifyReceipt(bad, where ?? LOCAL))).to.equal(code);
  });

  it('verifies on chain within the gas that is its share', async () => {
    const { error, gas } = await chain.verify(receipt.seal, receipt.imageId, journalDigest(receipt.journal));
    expect(error).to.equal(undefined);
    expect(gas).to.be.at.least(FLOOR).and.at.most(GOOD_GAS);
  });

  it('is refused on chain for every changed word, and no bad one costs more than a good one', async () => {
    for (let i = 0; i < 15; i++) {
      const modulus = i < 8 ? BASE_MODULUS : FIELD_MODULUS;
      for (const word of [wordAt(i) ^ 1n, 0n, modulus - 1n, modulus, wordAt(i) + modulus, 2n ** 256n - 1n]) {
        const seal = withWord(i, word);
        const { error, gas } = await chain.verify(seal, receipt.imageId, digestOf(seal));
        expect(error, `word ${i} = ${word}`).to.equal('ProofInvalid');
        expect(gas, `word ${i} = ${word}`).to.be.at.most(BAD_GAS);
      }
    }
  });

  it('is refused on chain with the parts of the proof in other places or at infinity', async () => {
    const [a, b, c] = [
      [0, 1],
      [2, 3, 4, 5],
      [6, 7],
    ].map((words) => words.map(wordAt)) as [bigint[], bigint[], bigint[]];
    const [xIm, xRe, yIm, yRe] = b as [bigint, bigint, bigint, bigint];
    const proofs = [
      [...c, ...b, ...a],
      [...a, xRe, xIm, yRe, yIm, ...c],
      [0n, 0n, ...b, ...c],
      [...a, 0n, 0n, 0n, 0n, ...c],
      [...a, ...b, 0n, 0n],
    ];
    for (const proof of proofs) {
      const seal = encodeSeal({
        ...decodeSeal(receipt.seal),
        proof: proof as unknown as ReturnType<typeof decodeSeal>['proof'],
      });
      const { error, gas } = await chain.verify(seal, receipt.imageId, digestOf(seal));
      expect(error).to.equal('ProofInvalid');
      expect(gas).to.be.at.most(BAD_GAS);
    }
  });

  it('is refused on chain for another selector, length, image or digest', async () => {
    const digest = journalDigest(receipt.journal);
    const malformed = [
      '0x',
      '0x019d58',
      `0xffffffff${receipt.seal.slice(10)}`,
      receipt.seal.slice(0, -2),
      `${receipt.seal}00`,
    ] as Hex[];
    for (const seal of malformed) {
      expect((await chain.verify(seal, receipt.imageId, digest)).error).to.equal('SealMalformed');
    }
    const otherImage = await chain.verify(receipt.seal, digest, digest);
    expect([otherImage.error, otherImage.args]).to.deep.equal(['ImageIdMismatch', [receipt.imageId, digest]]);
    const otherDigest = await chain.verify(receipt.seal, receipt.imageId, receipt.imageId);
    expect([otherDigest.error, otherDigest.args]).to.deep.equal(['JournalDigestMismatch', [receipt.imageId, digest]]);
  });

  it('can be forged by anyone under development keys: the local verifier accepts, every other chain refuses', async () => {
    // Nothing decided this: no policy, no state, no action behind it.
    const journal = encodeJournal({
      policyHash: 1n,
      stateHash: 2n,
      candidateSetHash: 3n,
      w0: 4n,
      w1: 5n,
      payload: 6n,
      context: 7n,
    });
    const proof = await forge(DECISION.verificationKey, [1n, 2n, 3n, 4n, 5n, 6n, 7n]);
    const seal = encodeSeal({ selector: DECISION.selector, proof, journal });
    const digest = journalDigest(journal);
    expect((await chain.verify(seal, DECISION.imageId, digest)).error).to.equal(undefined);
    expect(await codeOf(verifyReceipt({ imageId: DECISION.imageId, journal, seal }, LOCAL))).to.equal('no error');

    const elsewhere = await startVerifierChain(5);
    try {
      const deployment = await elsewhere.deploy();
      expect([deployment.error, deployment.args]).to.deep.equal(['DevelopmentKeyOnPublicChain', [5n]]);
      await elsewhere.place(code);
      for (const [tried, its] of [
        [seal, digest],
        [receipt.seal, journalDigest(receipt.journal)],
      ] as const) {
        const { error, args } = await elsewhere.verify(tried, DECISION.imageId, its);
        expect([error, args]).to.deep.equal(['DevelopmentKeyOnPublicChain', [5n]]);
      }
    } finally {
      await elsewhere.stop();
    }
  });

  it('is never made for what the policy denies: there is a refusal with reasons instead', async () => {
    const denied = { ...SAMPLE, candidates: SAMPLE.candidates.slice(0, 1) };
    const refusal = await prover.prove(denied).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).to.be.instanceOf(DecisionRefusedError);
    expect((refusal as DecisionRefusedError).denied.map(({ index }) => index)).to.deep.equal([0]);
    expect((refusal as Error).message).to.contain('candidate 0');
  });

  it('comes from one prover per process, which can be made anew when it is closed', async () => {
    expect(await codeOf(createProver())).to.equal('in-use');
    await prover.close();
    expect(await codeOf(prover.prove(SAMPLE))).to.equal('closed');
    prover = await createProver();
    const again = await prover.prove(SAMPLE);
    expect(again.receipt.journal).to.equal(receipt.journal);
    expect(again.receipt.seal).to.not.equal(receipt.seal);
  });
});
