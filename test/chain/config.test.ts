import { expect } from 'chai';
import { devnetRoles, type KeyedAccount, keyedAccount } from '../../src/chain/accounts.ts';
import {
  DEVNET_SCALE,
  devnetConfig,
  devnetEntry,
  devnetParameters,
  protocolConfig,
  protocolParameters,
  scaleWindows,
  sorted,
} from '../../src/chain/config.ts';
import { connect } from '../../src/chain/connection.ts';
import { deploySystem } from '../../src/chain/deploy.ts';
import { startDevnode } from '../../src/chain/devnode.ts';
import { readPublicConfig } from '../../src/chain/environment.ts';
import { ChainError } from '../../src/chain/failure.ts';
import { CallRefused } from '../../src/chain/refusal.ts';
import type { Hex } from '../../src/codec/hash.ts';

const roles = devnetRoles();
const members = roles.members.map(({ address }) => address);
const deployer = roles.deployer[0] as KeyedAccount;

describe('chain: configurations', () => {
  it('scale every window of the devnet by one factor and leave amounts, shares and counts alone', () => {
    const physical = ['blockInterval', 'proofTime'];
    const kept = ['challengerBps', 'burnBps', 'missLimit', 'delegationRatio', 'auditBps'];
    for (const [name, value] of Object.entries(protocolParameters)) {
      if (physical.includes(name)) continue;
      const scaled = devnetParameters[name as keyof typeof devnetParameters];
      const same = typeof value === 'bigint' || kept.includes(name);
      expect(scaled, name).to.equal(same ? value : Math.ceil(value / DEVNET_SCALE));
    }
    expect(() => scaleWindows(protocolParameters, 0, 1, 1)).to.throw(ChainError, 'scale factor 0');
  });

  it('let the council end a freeze before the freeze ends by itself', () => {
    for (const set of [protocolParameters, devnetParameters]) expect(set.elevatedDelay).to.be.below(set.freezeDuration);
  });

  it('let a claim of the devnet last as long as the registry admits', () => {
    const { registryGrace, proofTime, blockInterval, maxValidity } = devnetParameters;
    expect(devnetEntry.claimTtl + BigInt(proofTime)).to.equal(BigInt(registryGrace));
    expect(Number(devnetEntry.claimTtl)).to.be.within(3 * blockInterval + proofTime, maxValidity);
  });

  it('satisfy the inequalities of the contract, which names the one that is broken', async function () {
    this.timeout(20_000);
    const node = await startDevnode(0, 0);
    try {
      const chain = await connect(node.url);
      const options = { deployer, members: roles.members };
      const base = { ...devnetConfig(members, deployer.address), decisionVerifier: 'none' as const };
      await deploySystem(chain, base, options);
      await deploySystem(chain, { ...base, parameters: protocolParameters }, options);
      const unsafe = { ...base, parameters: { ...devnetParameters, unbondingPeriod: devnetParameters.criticalDelay } };
      const error = await deploySystem(chain, unsafe, options).catch((cause: unknown) => cause);
      expect(error)
        .to.be.instanceOf(CallRefused)
        .with.property('refusal')
        .that.deep.equals({ error: 'ParametersUnsafe', args: [3] });
    } finally {
      await node.close();
    }
  });

  it('put lists into the order that the contracts ask for', () => {
    expect(sorted<Hex>(['0x0a', '0x02', '0x01'])).to.deep.equal(['0x01', '0x02', '0x0a']);
    expect(protocolConfig([...members].reverse(), deployer.address).members).to.deep.equal(sorted(members));
  });
});

describe('chain: the environment of a public deployment', () => {
  const key = (digit: string): Hex => `0x${digit.repeat(64)}`;
  const env = {
    MPRD_MEMBERS: [key('1'), key('2'), key('3')].map((one) => keyedAccount(one).address).join(', '),
    MPRD_TOKEN_HOLDER: `0x${'AB'.repeat(20)}`,
    MPRD_DEPLOYER_KEY: key('4'),
    MPRD_MEMBER_KEYS: `${key('1')},${key('2')}`,
  };

  it('gives members, holder and keys', () => {
    const { config, deployer: from, members: keyed } = readPublicConfig(env);
    expect(config.members).to.have.lengthOf(3);
    expect(config.tokenHolder).to.equal(`0x${'ab'.repeat(20)}`);
    expect(from.address).to.equal(keyedAccount(key('4')).address);
    expect(keyed.map(({ address }) => address)).to.deep.equal(
      [key('1'), key('2')].map((one) => keyedAccount(one).address),
    );
    expect(config.decisionVerifier).to.equal('none');
  });

  it('names the variable that is missing or malformed, and never shows a key', () => {
    for (const name of Object.keys(env)) {
      expect(() => readPublicConfig({ ...env, [name]: '' }), name).to.throw(ChainError, `${name}: found nothing`);
      expect(() => readPublicConfig({ ...env, [name]: `${key('5')}x` }), name)
        .to.throw(ChainError, `${name}: found something else at place 1`)
        .with.property('message')
        .that.does.not.include('5555');
    }
    const two = `${key('4')},${key('5')}`;
    expect(() => readPublicConfig({ ...env, MPRD_DEPLOYER_KEY: two })).to.throw(
      ChainError,
      'MPRD_DEPLOYER_KEY: found 2 values',
    );
  });
});
