import { expect } from 'chai';
import { decodeFunctionResult, encodeFunctionData } from 'viem';
import { systemAbis } from '../../src/abi/system.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import { headEvidence as headEvidenceHash } from '../../src/codec/evidence.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { ZERO_ADDRESS } from '../../src/codec/signature.ts';
import {
  attestationEvidence,
  type Evidence,
  HeadKind,
  headEvidence,
  nextAttestation,
  offenceOf,
  openCall,
  revealCall,
  SALT,
} from './evidence.ts';
import {
  deployFixture,
  type Fixture,
  parameters,
  RELAYER,
  type Result,
  readLens,
  refusalText,
  type Sent,
  STRANGER,
  send,
  textOf,
  word,
  ZERO_HASH,
} from './fixture.ts';
import { highS } from './signatures.ts';
import { refusal } from './table.ts';

describe('equivocation: each offence is punished once, whatever form its evidence takes', function () {
  this.timeout(60_000);
  let f: Fixture;
  before(async () => {
    f = await deployFixture();
  });
  after(() => f?.anvil.stop());

  const culprit = () => f.operators[0]!;
  const bonded = 2n * parameters.minSelfBond;
  const reward = (bonded * BigInt(parameters.challengerBps)) / 10_000n;
  const revealAt = (): bigint => f.time + BigInt(parameters.revealDelay) + 20n;
  const dueAt = (): bigint => f.time + BigInt(parameters.proveWindow) + 30n;

  const a = () => nextAttestation(f);
  const b = () => ({ ...a(), stateHash: word('another state') });
  const keys = () => [culprit().signer, culprit().signer] as const;
  const evidence = () => attestationEvidence(f, a(), b(), keys());
  const pay = (offence: Hex): Sent => ({
    from: STRANGER,
    to: f.at.court,
    data: encodeCall('court', 'payReward', [offence]),
  });
  const balance = (account: Hex, at?: bigint): Sent => ({
    ...(at === undefined ? {} : { at }),
    from: STRANGER,
    to: f.at.agrs,
    data: encodeFunctionData({ abi: systemAbis.agrs, functionName: 'balanceOf', args: [account] }),
  });

  /** Opens all pieces one after the other, reveals them in the given order, and returns what the reveals come to. */
  async function revealed(
    pieces: readonly { readonly evidence: Evidence; readonly by: Hex; readonly salt?: Hex }[],
    order = pieces.map((_, i) => i),
    after: readonly Sent[] = [],
  ) {
    const opens = pieces.map(({ evidence: of, by, salt }) => openCall(f, of, by, salt));
    const reveals = order.map((i, place) => {
      const { evidence: of, by, salt } = pieces[i]!;
      return { ...revealCall(f, of, by, salt), at: revealAt() + BigInt(place) };
    });
    const results = await send(f, [...opens, ...reveals, ...after]);
    for (const result of results.slice(0, opens.length)) expect(result.ok, refusalText(result)).to.equal(true);
    const made = results.slice(opens.length, opens.length + reveals.length);
    return { made, rest: results.slice(opens.length + reveals.length) };
  }
  const offenceIn = (result: Result): Hex => {
    expect(result.ok, refusalText(result)).to.equal(true);
    return decodeFunctionResult({ abi: systemAbis.court, functionName: 'revealAttestations', data: result.data });
  };
  const took = (result: Result): bigint => bonded - readLens(result.lens).operators[0]!.totals[0];

  it('takes all stake and ejects, and the challenger is paid from the operator’s own', async () => {
    const before = readLens((await send(f, [balance(STRANGER)]))[0]!.lens);
    const offence = offenceOf(f, evidence(), culprit().id);
    const { made, rest } = await revealed(
      [{ evidence: evidence(), by: RELAYER }],
      [0],
      [balance(RELAYER, dueAt()), pay(offence), balance(RELAYER), pay(offence)],
    );
    expect(offenceIn(made[0]!)).to.equal(offence);
    const shown = readLens(made[0]!.lens);
    expect([shown.operators[0]!.status, shown.operators[0]!.totals]).to.deep.equal([3, [0n, 0n, 0n, 0n]]);
    const burned = (bonded * BigInt(parameters.burnBps)) / 10_000n;
    expect(before.totalSupply - shown.totalSupply).to.equal(burned);
    const [had, paid, has, again] = rest as [Result, Result, Result, Result];
    expect(paid.ok, refusalText(paid)).to.equal(true);
    expect(BigInt(has.data) - BigInt(had.data)).to.equal(reward);
    expect(refusalText(again)).to.equal(textOf(refusal('RewardUnknown', offence)));
  });

  const forms: Readonly<Record<string, () => Evidence>> = {
    'the two messages the other way round': () => attestationEvidence(f, b(), a(), keys()),
    'a third message of the same epoch': () =>
      attestationEvidence(f, a(), { ...a(), fieldsHash: word('other fields') }, keys()),
    'two other messages of the same epoch': () =>
      attestationEvidence(f, { ...a(), createdAt: 1n }, { ...a(), createdAt: 2n }, keys()),
  };
  for (const [name, make] of Object.entries(forms)) {
    it(`${name}: the same offence, which takes and rewards nothing more`, async () => {
      const offence = offenceOf(f, evidence(), culprit().id);
      const pieces = [
        { evidence: evidence(), by: RELAYER },
        { evidence: make(), by: RELAYER, salt: word('another salt') },
      ];
      const { made, rest } = await revealed(
        pieces,
        [0, 1],
        [balance(RELAYER, dueAt()), pay(offence), balance(RELAYER)],
      );
      expect(made.map(offenceIn)).to.deep.equal([offence, offence]);
      const [first, second] = made.map(({ lens }) => readLens(lens));
      expect([second!.totalSupply, second!.accounts, second!.operators]).to.deep.equal([
        first!.totalSupply,
        first!.accounts,
        first!.operators,
      ]);
      expect(BigInt(rest[2]!.data) - BigInt(rest[0]!.data)).to.equal(reward);
    });
  }

  it('another offence of who has lost everything is noted, and takes nothing', async () => {
    const later = { ...a(), stateEpoch: a().stateEpoch + 1n };
    const another = attestationEvidence(f, later, { ...later, stateHash: word('more') }, keys());
    const block = { operatorId: culprit().id, height: 0n, blockHash: word('block') };
    const heads = headEvidence(
      f,
      HeadKind.LogHead,
      { ...block, root: word('1') },
      { ...block, root: word('2') },
      keys(),
    );
    const { made } = await revealed([
      { evidence: evidence(), by: RELAYER },
      { evidence: another, by: RELAYER },
      { evidence: heads, by: RELAYER },
    ]);
    expect(new Set(made.map(offenceIn)).size).to.equal(3);
    expect(made.map(took)).to.deep.equal([bonded, bonded, bonded]);
    expect(readLens(made[2]!.lens).totalSupply).to.equal(readLens(made[0]!.lens).totalSupply);
  });

  const spoilt: Readonly<Record<string, (signature: Hex) => Hex>> = {
    'signatures with a high s': highS,
    'signatures with v counted from 0': (signature) =>
      `${signature.slice(0, -2)}0${Number(`0x${signature.slice(-2)}`) - 27}` as Hex,
    'signatures of 64 bytes': (signature) => signature.slice(0, -2) as Hex,
    'signatures with a byte more': (signature) => `${signature}00`,
    'no signatures': () => '0x',
  };
  for (const [name, spoil] of Object.entries(spoilt)) {
    it(`${name} prove nothing`, async () => {
      const { made } = await revealed([{ evidence: attestationEvidence(f, a(), b(), keys(), spoil), by: RELAYER }]);
      expect(refusalText(made[0]!)).to.equal(textOf(refusal('SignerUnknown', ZERO_ADDRESS)));
      expect(took(made[0]!)).to.equal(0n);
    });
  }

  const harmless: Readonly<Record<string, () => readonly [Evidence, string | RegExp]>> = {
    'the same message twice': () => [attestationEvidence(f, a(), a(), keys()), 'NoContradiction()'],
    'messages of two epochs': () => [
      attestationEvidence(f, a(), { ...b(), stateEpoch: a().stateEpoch + 1n }, keys()),
      'NoContradiction()',
    ],
    'messages of two configurations': () => [
      attestationEvidence(f, a(), { ...b(), configVersion: 2 }, keys()),
      'NoContradiction()',
    ],
    'messages with two predecessors': () => [
      attestationEvidence(f, a(), { ...b(), prevHash: ZERO_HASH }, keys()),
      'NoContradiction()',
    ],
    'messages of two sources': () => [
      attestationEvidence(f, a(), { ...b(), sourceId: word('another source') }, keys()),
      'NoContradiction()',
    ],
    'messages of two operators': () => [
      attestationEvidence(f, a(), b(), [culprit().signer, f.operators[1]!.signer]),
      textOf(refusal('SignersDiffer', culprit().id, f.operators[1]!.id)),
    ],
    "a stranger's messages": () => {
      const stranger = f.roles.users[3]!;
      return [attestationEvidence(f, a(), b(), [stranger, stranger]), textOf(refusal('SignerUnknown', STRANGER))];
    },
    'heads of one height and two blocks': () => {
      const head = { operatorId: culprit().id, height: 3n, blockHash: word('block'), root: word('1') };
      const other = { ...head, blockHash: word('another'), root: word('2') };
      return [headEvidence(f, HeadKind.LogHead, head, other, keys()), 'NoContradiction()'];
    },
    "heads in another operator's name": () => {
      const head = { operatorId: f.operators[1]!.id, height: 3n, blockHash: word('block'), root: word('1') };
      const evidenceOf = headEvidence(f, HeadKind.RegistryCheckpoint, head, { ...head, root: word('2') }, keys());
      return [evidenceOf, textOf(refusal('SignersDiffer', culprit().id, f.operators[1]!.id))];
    },
  };
  for (const [name, make] of Object.entries(harmless)) {
    it(`${name} prove nothing`, async () => {
      const [piece, expected] = make();
      const { made } = await revealed([{ evidence: piece, by: RELAYER }]);
      expect(refusalText(made[0]!)).to.equal(expected);
      expect(took(made[0]!)).to.equal(0n);
    });
  }

  it('a checkpoint is no log head: each kind of message is signed for its own contract', async () => {
    const head = { operatorId: culprit().id, height: 0n, blockHash: word('block'), root: word('1') };
    const other = { ...head, root: word('2') };
    const log = headEvidence(f, HeadKind.LogHead, head, other, keys());
    const checkpoint = headEvidence(f, HeadKind.RegistryCheckpoint, head, other, keys());
    const { made } = await revealed([
      { evidence: log, by: RELAYER },
      { evidence: checkpoint, by: RELAYER },
    ]);
    expect(new Set(made.map(offenceIn)).size).to.equal(2);
    const args = [HeadKind.RegistryCheckpoint, ...log.args.slice(1)];
    const crossed: Evidence = {
      ...log,
      args,
      hash: headEvidenceHash(...(args as unknown as Parameters<typeof headEvidenceHash>)),
      reveal: (salt) => encodeCall('court', 'revealHeads', [...args, salt] as never),
    };
    const { made: refused } = await revealed([{ evidence: crossed, by: RELAYER }]);
    expect(refusalText(refused[0]!)).to.match(/^SignerUnknown\(/);
  });

  it('evidence is revealed by who opened it, once, and opened once', async () => {
    const open = openCall(f, evidence(), RELAYER);
    const stolen = { ...revealCall(f, evidence(), STRANGER), at: revealAt() };
    const reveal = revealCall(f, evidence(), RELAYER);
    const results = await send(f, [open, open, stolen, reveal, reveal]);
    expect(results.map(({ ok }) => ok)).to.deep.equal([true, false, false, true, false]);
    expect(refusalText(results[1]!)).to.match(/^OpenedBefore\(/);
    for (const i of [2, 4]) expect(refusalText(results[i]!)).to.match(/^OpeningUnknown\(/);
  });

  it('the reward is for whoever opened first among those that revealed in time, not for whoever copied', async () => {
    const offence = offenceOf(f, evidence(), culprit().id);
    const pieces = [
      { evidence: evidence(), by: RELAYER },
      { evidence: evidence(), by: STRANGER },
    ];
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { made, rest } = await revealed(pieces, order, [
        balance(RELAYER, dueAt()),
        balance(STRANGER),
        pay(offence),
        balance(RELAYER),
        balance(STRANGER),
      ]);
      expect(made.map(took)).to.deep.equal([bonded, bonded]);
      const [first, copier, paid, firstAfter, copierAfter] = rest as [Result, Result, Result, Result, Result];
      expect(paid.ok, refusalText(paid)).to.equal(true);
      expect([BigInt(firstAfter.data) - BigInt(first.data), copierAfter.data]).to.deep.equal([reward, copier.data]);
    }
  });

  it('nobody bonds, delegates or claims for who was convicted', async () => {
    const { id, signer, owner } = culprit();
    const { entry, stateEpoch, slot } = { entry: f.entries.pay, stateEpoch: 2n, slot: 0n };
    const from = f.roles.deployer[0]!.address;
    const calls: Sent[] = [
      { from, to: f.at.staking, data: encodeCall('staking', 'bond', [id, 1n]) },
      { from, to: f.at.staking, data: encodeCall('staking', 'delegate', [id, 1n]) },
      {
        from: signer.address,
        to: f.at.gate,
        data: encodeCall('gate', 'claim', [entry, stateEpoch, slot, id, [ZERO_HASH, ZERO_HASH, ZERO_HASH]]),
      },
      { from: owner.address, to: f.at.staking, data: encodeCall('staking', 'requestExit', [id, 1n]) },
    ];
    const { rest } = await revealed([{ evidence: evidence(), by: RELAYER, salt: SALT }], [0], calls);
    expect(rest.map(refusalText)).to.deep.equal([
      textOf(refusal('OperatorEjected', id)),
      textOf(refusal('OperatorNotAdmitted', id, 3)),
      textOf(refusal('OperatorNotAdmitted', id, 3)),
      textOf(refusal('SelfBondInsufficient', id, 0n, 1n)),
    ]);
  });
});
