/** The contracts' events alone lead to exactly the state that the calls lead to. */
import type { Abi } from 'abitype';
import { expect } from 'chai';
import { type SystemEvent, systemAbis } from '../../src/abi/system.ts';
import { CHAIN_ID, deployment, principal } from '../../src/campaign/world.ts';
import { type Handlers, unchanged } from '../../src/chain/replay/handlers.ts';
import { ReplayError, rebuild, type Told, unborn } from '../../src/chain/replay/index.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { ZERO_ADDRESS } from '../../src/codec/signature.ts';
import type { State } from '../../src/model/index.ts';
import { firstDifference } from './plain.ts';
import { begun, type Recorder, wander, worldAtGenesis } from './traces.ts';

const TRACES = 160;
const LENGTH = 100;

const nameOf = ({ contract, event }: SystemEvent): string => `${contract}.${event}`;

/** Events of the ABIs; the domain of a signature never changes. */
function declared(): string[] {
  return Object.entries(systemAbis).flatMap(([contract, abi]) =>
    (abi as Abi)
      .filter((item) => item.type === 'event' && item.name !== 'EIP712DomainChanged')
      .map((item) => `${contract}.${(item as { readonly name: string }).name}`),
  );
}

describe('Replay', function () {
  this.timeout(120_000);
  let start: Recorder;

  before(() => {
    start = begun();
  });

  const at = (event: SystemEvent, time = start.time): Told => ({ event, time });
  const refused = (...events: readonly SystemEvent[]): string => {
    const told = events.map((event) => at(event));
    try {
      rebuild(start.state, told, CHAIN_ID);
    } catch (error) {
      expect(error).to.be.an.instanceOf(ReplayError);
      return (error as ReplayError).message;
    }
    return expect.fail('the events were accepted');
  };

  it('leads from the genesis to the state after deployment, funding, registration and a first epoch', () => {
    expect(start.told).to.have.length.greaterThan(100);
    expect(firstDifference(rebuild(worldAtGenesis(), start.told, CHAIN_ID), start.state)).to.equal(undefined);
  });

  it(`leads to the same state as the calls of ${TRACES} random traces, through every event there is`, () => {
    const seen = new Set<string>();
    for (let index = 0; index < TRACES; index++) {
      const { told, state } = wander(start, 'replay', index, LENGTH);
      expect(firstDifference(rebuild(start.state, told, CHAIN_ID), state), `trace ${index}`).to.equal(undefined);
      for (const { event } of told) seen.add(nameOf(event));
    }
    expect(declared().filter((name) => !seen.has(name))).to.deep.equal([]);
  });

  it('can stop anywhere and go on later', () => {
    const { told, state } = wander(start, 'halves', 0, LENGTH);
    for (const cut of [0, 1, Math.floor(told.length / 2), told.length]) {
      const half = rebuild(start.state, told.slice(0, cut), CHAIN_ID);
      expect(firstDifference(rebuild(half, told.slice(cut), CHAIN_ID), state)).to.equal(undefined);
    }
  });

  it('learns the genesis itself from what the constructors tell', () => {
    const genesis = worldAtGenesis();
    const from = unborn(genesis.deployment);
    const time = genesis.council.presence.first()?.lastSeen as bigint;
    const { supply, tokenHolder: to, parameters: set } = deployment;
    const constructors: SystemEvent[] = [
      { contract: 'agrs', event: 'Transfer', args: { from: ZERO_ADDRESS, to, value: supply } },
      { contract: 'parameters', event: 'ParametersSet', args: { version: 0, set } },
      { contract: 'council', event: 'MembersSet', args: { version: 1n, members: deployment.members } },
    ];
    const told = constructors.map((event) => ({ event, time }));
    expect(firstDifference(rebuild(from, told, CHAIN_ID), genesis)).to.equal(undefined);
  });

  it('learns of verifiers and adapters that the council adds later', () => {
    const verifier: Hex = `0x${'9'.repeat(40)}`;
    const added = { selector: '0x01020304', verifier, imageId: `0x${'1'.repeat(64)}`, development: false } as const;
    const state = rebuild(start.state, [at({ contract: 'router', event: 'VerifierAdded', args: added })], CHAIN_ID);
    const { selector, imageId, development } = added;
    expect(state.deployment.verifiers.get(verifier)).to.deep.equal({ selector, imageId, development });
  });

  describe('refuses events that do not follow, and names them:', () => {
    const someone: Hex = `0x${'5'.repeat(40)}`;
    const id: Hex = `0x${'5'.repeat(64)}`;
    const exit = { operatorId: id, account: someone, kind: 0, index: 0 };
    const amounts = { fromSelfBond: 0n, fromExits: 0n, fromDelegation: 0n, fromDelegatorExits: 0n };
    const cases: Readonly<Record<string, readonly [SystemEvent, string]>> = {
      'a transfer of what nobody has': [
        { contract: 'agrs', event: 'Transfer', args: { from: someone, to: principal.address, value: 1n } },
        `${someone} doesn't have 1`,
      ],
      'an exit that never began': [
        { contract: 'staking', event: 'ExitClaimed', args: { ...exit, value: 1n } },
        `exit 0 of ${someone} is unknown`,
      ],
      'another sum than was there': [
        {
          contract: 'staking',
          event: 'Slashed',
          args: { operatorId: id, ownBps: 10_000n, delegatedBps: 0n, ...amounts, fromExits: 7n },
        },
        'fromExits is 7, expected 0',
      ],
      'an approval of an unknown proposal': [
        { contract: 'council', event: 'Approved', args: { id, member: someone } },
        `proposal ${id} is unknown`,
      ],
      'a set of members after one that is missing': [
        { contract: 'council', event: 'MembersSet', args: { version: 9n, members: [someone] } },
        'version is 9, expected ',
      ],
      'a settlement without a claim': [
        { contract: 'gate', event: 'ClaimSettled', args: { scope: id, nonce: 3n, operatorId: id, excuse: 0 } },
        `claim of ${id}:3 is unknown`,
      ],
      'more than an account has in the treasury': [
        { contract: 'treasury', event: 'Withdrawn', args: { account: someone, amount: 4n } },
        `${someone} has 4 less than that`,
      ],
      'an opening out of order': [
        {
          contract: 'court',
          event: 'Opened',
          args: { commitment: id, challenger: someone, sequence: 4n, from: 1n, until: 2n },
        },
        'sequence is 4, expected ',
      ],
    };
    for (const [title, [event, problem]] of Object.entries(cases)) {
      it(title, () => {
        const fine: SystemEvent = { contract: 'disruptions', event: 'Disrupted', args: { subject: id } };
        const message = refused(fine, event);
        expect(message).to.include(`event 1, ${nameOf(event)} at ${start.time}`);
        expect(message).to.include(problem);
        expect(message).to.include('ask another node');
      });
    }

    it('an event that no contract has', () => {
      const stranger = { contract: 'agrs', event: 'toString', args: {} } as unknown as SystemEvent;
      expect(refused(stranger)).to.include('there is no such event');
    });
  });

  it('has one handler for each event of the ABIs, or does not compile', () => {
    // @ts-expect-error: Disrupted is missing
    const missing: Handlers['disruptions'] = {};
    const surplus: Handlers['disruptions'] = {
      Disrupted: unchanged,
      // @ts-expect-error: the contract has no such event
      Restored: unchanged,
    };
    const wrong: Handlers['disruptions'] = {
      // @ts-expect-error: the event's argument is a subject
      Disrupted: (state: State, _args: { readonly nonce: bigint }) => state,
    };
    expect([missing, surplus, wrong]).to.have.length(3);
  });
});
