import { expect } from 'chai';
import { encodeFunctionData } from 'viem';
import { bytecode } from '../../src/abi/generated/bytecode.ts';
import {
  decisionVerifierAbi,
  mockVerifierAbi,
  receiptRouterAbi,
  recordedVerifierAbi,
} from '../../src/abi/generated/index.ts';
import { systemAbis } from '../../src/abi/system.ts';
import { decodeRefusal } from '../../src/chain/refusal.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { entryKey } from '../../src/codec/ids.ts';
import { recoverSigner, ZERO_ADDRESS } from '../../src/codec/signature.ts';
import { typedDigest } from '../../src/codec/typed-data.ts';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { deploy } from '../../src/mirror/rpc.ts';
import type { Directory } from '../../src/model/index.ts';
import { createProver } from '../../src/receipts/prover.ts';
import { sealHead } from '../../src/receipts/receipt.ts';
import { derive, signatures } from './execution.ts';
import {
  attestCall,
  baseDraft,
  deployFixture,
  executeCall,
  type Fixture,
  factsOf,
  honest,
  keysOf,
  lensNow,
  proofRequest,
  RELAYER,
  refusalText,
  send,
  textOf,
} from './fixture.ts';
import { refusal } from './table.ts';

const PUBLIC_CHAIN = 10;

describe('development verifiers belong on local chains', function () {
  this.timeout(60_000);

  /** A router whose council is the node's first account. */
  async function routerOn(anvil: Anvil): Promise<{ router: Hex; council: Hex }> {
    const [council] = (await anvil.call('eth_accounts')) as [Hex];
    const directory = {
      ...Object.fromEntries(Object.keys(systemAbis).map((name) => [name, ZERO_ADDRESS])),
      council,
    } as unknown as Directory;
    return {
      router: await deploy(anvil, { abi: receiptRouterAbi, bytecode: bytecode.receiptRouter }, [directory]),
      council,
    };
  }

  /** What the node says of a call: its return data, or the refusal. */
  async function ask(anvil: Anvil, call: { from?: Hex; to?: Hex; data: Hex }): Promise<string> {
    try {
      return (await anvil.call('eth_call', [call, 'latest'])) as string;
    } catch (error) {
      const found = decodeRefusal((error as { data: Hex }).data);
      return found ? textOf(found) : String(error);
    }
  }

  const addCall = (verifier: Hex): Hex => encodeCall('router', 'addVerifier', [verifier]);
  const refusedHere = `DevelopmentKeyOnPublicChain(${PUBLIC_CHAIN})`;

  it('on another chain they refuse to be created, and the router refuses those that do not', async () => {
    const anvil = await startAnvil({ chainId: PUBLIC_CHAIN });
    try {
      for (const code of [bytecode.recordedVerifier, bytecode.decisionVerifier]) {
        expect(await ask(anvil, { data: code })).to.equal(refusedHere);
      }
      const { router, council } = await routerOn(anvil);
      const contract = { abi: mockVerifierAbi, bytecode: bytecode.mockVerifier };
      const [development, real] = [
        await deploy(anvil, contract, ['0x00000001', 0, true]),
        await deploy(anvil, contract, ['0x00000002', 0, false]),
      ];
      const add = (verifier: Hex) => ask(anvil, { from: council, to: router, data: addCall(verifier) });
      expect(await add(development)).to.equal(`DevelopmentVerifierRefused(${PUBLIC_CHAIN})`);
      expect(await add(real)).to.equal('0x');
    } finally {
      await anvil.stop();
    }
  });

  for (const chainId of [31_337, 1_337]) {
    it(`on chain ${chainId} they are created and added; once the chain has another id they refuse every receipt`, async () => {
      const anvil = await startAnvil({ chainId });
      try {
        const { router, council } = await routerOn(anvil);
        for (const [abi, code] of [
          [recordedVerifierAbi, bytecode.recordedVerifier],
          [decisionVerifierAbi, bytecode.decisionVerifier],
        ] as const) {
          const verifier = await deploy(anvil, { abi, bytecode: code });
          expect(await ask(anvil, { from: council, to: router, data: addCall(verifier) })).to.equal('0x');
          const zero: Hex = `0x${'00'.repeat(32)}`;
          const data = encodeFunctionData({
            abi: recordedVerifierAbi,
            functionName: 'verify',
            args: ['0x', zero, zero],
          });
          expect(await ask(anvil, { to: verifier, data })).to.equal('SealMalformed()');
          await anvil.call('anvil_setChainId', [PUBLIC_CHAIN]);
          expect(await ask(anvil, { to: verifier, data })).to.equal(refusedHere);
          await anvil.call('anvil_setChainId', [chainId]);
        }
      } finally {
        await anvil.stop();
      }
    });
  }
});

describe('what was made for one deployment is worthless for another', function () {
  this.timeout(60_000);
  let here: Fixture;
  /** on the same chain, at other addresses */
  let beside: Fixture;
  /** on another chain, at the same addresses */
  let elsewhere: Fixture;
  let realProof: Hex;

  before(async () => {
    [here, elsewhere] = await Promise.all([deployFixture(), deployFixture({ chainId: 1_337 })]);
    const prover = await createProver();
    try {
      realProof = sealHead((await prover.prove(proofRequest(here, baseDraft(here)))).receipt.seal);
    } finally {
      await prover.close();
    }
    beside = await deployFixture({ anvil: here.anvil });
  });
  after(async () => {
    await here?.anvil.stop();
    await elsewhere?.anvil.stop();
  });

  const others = {
    'another deployment on the chain': () => beside,
    'the same addresses on another chain': () => elsewhere,
  };

  it('the addresses are the same on the other chain, and others beside', () => {
    expect(elsewhere.at).to.deep.equal(here.at);
    expect(Object.values(beside.at).filter((address) => Object.values(here.at).includes(address))).to.deep.equal([]);
  });

  for (const [name, other] of Object.entries(others)) {
    describe(`on ${name}`, () => {
      const refused = async (x: Parameters<typeof executeCall>[1], expected: RegExp | string) => {
        const f = other();
        const before = await lensNow(f);
        const [result] = await send(f, [executeCall(f, x)]);
        if (typeof expected === 'string') expect(refusalText(result!)).to.equal(expected);
        else expect(refusalText(result!)).to.match(expected);
        expect(result!.lens).to.equal(before);
      };

      it('an execution as it is is refused: its entry is not in force', async () => {
        const x = { ...honest(here, baseDraft(here)), validUntil: other().time + 100n };
        await refused(x, /^Entry(Unknown|Mismatch)\(/);
        await refused({ ...x, proof: realProof }, /^Entry(Unknown|Mismatch)\(/);
      });

      it("with the other's entry, its signatures recover somebody else", async () => {
        const f = other();
        const draft = baseDraft(f);
        const there = derive(draft, factsOf(f, draft), f.target);
        const here_ = derive(draft, factsOf(f, draft), here.target);
        const own = honest(f, draft);
        const foreign = signatures({ ...there, domain: here_.domain }, draft.entry, keysOf(f, draft));
        const decision = typedDigest('Decision', there.decision, there.domain);
        const operator = f.operators[0]!.signer.address;
        const recovered = recoverSigner(decision, foreign.operatorSignature);
        expect(recovered).not.to.equal(operator);
        await refused(
          { ...own, operatorSignature: foreign.operatorSignature },
          textOf(refusal('OperatorSignatureInvalid', operator, recovered)),
        );
        const proposal = typedDigest('Proposal', there.proposal, there.domain);
        await refused(
          { ...own, proposerSignature: foreign.proposerSignature },
          textOf(refusal('NotProposer', recoverSigner(proposal, foreign.proposerSignature))),
        );
      });

      it('with everything signed again, its proof proves nothing, recorded or real', async () => {
        const f = other();
        const own = honest(f, baseDraft(f));
        await refused({ ...own, proof: honest(here, baseDraft(here)).proof }, 'ProofInvalid()');
        await refused({ ...own, proof: realProof }, 'ProofInvalid()');
      });

      it('an attestation is refused, as it is and for the other source', async () => {
        const f = other();
        const [, last] = here.attestations as readonly [unknown, Fixture['attestations'][number]];
        const domain = { chainId: here.chainId, verifyingContract: here.at.oracle };
        const signers = here.operators.slice(0, 2);
        const from = RELAYER;
        const [verbatim] = await send(f, [{ from, to: f.at.oracle, data: attestCall(last, signers, domain) }]);
        expect(refusalText(verbatim!)).to.equal(textOf(refusal('SourceUnknown', last.sourceId)));
        const { context } = derive(baseDraft(f), factsOf(f, baseDraft(f)), f.target);
        const next = { ...f.attestations[1]!, stateEpoch: 3n, prevHash: context.attestationHash };
        const [foreign] = await send(f, [{ from, to: f.at.oracle, data: attestCall(next, signers, domain) }]);
        expect(refusalText(foreign!)).to.match(/^NotAttester\(/);
        const own = { chainId: f.chainId, verifyingContract: f.at.oracle };
        const [accepted] = await send(f, [{ from, to: f.at.oracle, data: attestCall(next, signers, own) }]);
        expect(accepted!.ok, refusalText(accepted!)).to.equal(true);
      });
    });
  }

  it('keys, scopes and digests of the two are different', async () => {
    const { policyHash, adapter, account } = here.entries.pay;
    const keys = [here, elsewhere].map((f) =>
      entryKey({ chainId: f.chainId, contract: f.at.registry }, policyHash, adapter, account),
    );
    const scopes = await Promise.all(
      [here, elsewhere].map((f) => {
        const data = encodeFunctionData({ abi: systemAbis.gate, functionName: 'scopeOf', args: [adapter, account] });
        return f.anvil.call('eth_call', [{ to: f.at.gate, data }, 'latest']);
      }),
    );
    expect(new Set(keys).size).to.equal(2);
    expect(new Set(scopes).size).to.equal(2);
  });
});
