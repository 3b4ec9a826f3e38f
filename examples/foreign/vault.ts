/** A vault of OpenZeppelin with a planted fault, its model, and random calls: docs/guide.md walks through it. */
import { Map } from 'immutable';
import type { Generate, Subject } from '../../src/mirror/campaign.ts';
import { deploySystem, emitted, type Model, refuse } from '../../src/mirror/deploy-system.ts';
import { compileSolidity } from '../../src/mirror/solidity.ts';
import type { Hex } from '../../src/mirror/types.ts';

type Balances = Map<Hex, bigint>;
/** Who has how many tokens, the vault included, and how many shares of the vault. */
type State = { readonly tokens: Balances; readonly shares: Balances };

const NOBODY: Hex = '0x0000000000000000000000000000000000000000';
const people = ['0x1111111111111111111111111111111111111111', '0x2222222222222222222222222222222222222222'] as const;
const EACH = 1_000n;

const of = (balances: Balances, who: Hex) => balances.get(who, 0n);
const add = (balances: Balances, who: Hex, amount: bigint) => balances.set(who, of(balances, who) + amount);
const sent = (token: string, from: Hex, to: Hex, value: bigint) => emitted(token, 'Transfer', { from, to, value });
const short = (who: Hex, tokens: Balances, needed: bigint) =>
  refuse('ERC20InsufficientBalance', who, of(tokens, who), needed);

const modelOf = (vault: Hex): Model<State> => ({
  'asset.transfer': ({ tokens, shares }, [to, value]: [Hex, bigint], { sender }) => {
    if (value > of(tokens, sender)) return short(sender, tokens, value);
    const state = { shares, tokens: add(add(tokens, sender, -value), to, value) };
    return { state, returns: true, events: [sent('asset', sender, to, value)] };
  },
  'vault.deposit': ({ tokens, shares }, [assets, owner]: [bigint, Hex], { sender }) => {
    if (assets > of(tokens, sender)) return short(sender, tokens, assets);
    const minted = (assets * (supplyOf(shares) + 1n)) / (of(tokens, vault) + 1n);
    const state = { tokens: add(add(tokens, sender, -assets), vault, assets), shares: add(shares, owner, minted) };
    const deposit = emitted('vault', 'Deposit', { sender, owner, assets, shares: minted });
    return {
      state,
      returns: minted,
      events: [sent('asset', sender, vault, assets), sent('vault', NOBODY, owner, minted), deposit],
    };
  },
  'vault.withdraw': ({ tokens, shares }, [assets, receiver, owner]: [bigint, Hex, Hex], { sender }) => {
    const [units, held] = [supplyOf(shares) + 1n, of(tokens, vault) + 1n];
    const most = (of(shares, owner) * held) / units;
    if (assets > most) return refuse('ERC4626ExceededMaxWithdraw', owner, assets, most);
    const burnt = (assets * units + held - 1n) / held; // rounded up: never at the others' expense
    const state = { tokens: add(add(tokens, vault, -assets), receiver, assets), shares: add(shares, owner, -burnt) };
    const withdraw = emitted('vault', 'Withdraw', { sender, receiver, owner, assets, shares: burnt });
    return {
      state,
      returns: burnt,
      events: [sent('vault', owner, NOBODY, burnt), sent('asset', vault, receiver, assets), withdraw],
    };
  },
});
const supplyOf = (shares: Balances) => shares.reduce((sum, one) => sum + one, 0n);

const generatorOf =
  (vault: Hex): Generate<State> =>
  (rng, { tokens, shares }) => {
    const sender = rng.pick(people);
    const near = (limit: bigint) => rng.pick([0n, 1n, limit / 3n, limit, limit + 1n]);
    const call = rng.pick([
      { contract: 'asset', function: 'transfer', args: [vault, near(of(tokens, sender) / 4n)] },
      { contract: 'vault', function: 'deposit', args: [near(of(tokens, sender)), sender] },
      { contract: 'vault', function: 'withdraw', args: [near(of(shares, sender)), sender, sender] },
    ]);
    return { kind: 'call', call: { ...call, sender } };
  };

/** @param name which of the vaults in Vault.sol */
export default function system(name: 'FaultyVault' | 'Vault' = 'FaultyVault'): Promise<Subject<State>> {
  const contracts = compileSolidity(new URL('Vault.sol', import.meta.url));
  return deploySystem(async (chain) => {
    const asset = await chain.deploy('asset', contracts['Token'], [people, EACH]);
    const vault = await chain.deploy('vault', contracts[name], [asset]);
    for (const sender of people) {
      await chain.send({ contract: 'asset', function: 'approve', args: [vault, 2n ** 256n - 1n], sender });
    }
    return {
      initial: { tokens: Map(people.map((who): [Hex, bigint] => [who, EACH])), shares: Map() },
      model: modelOf(vault),
      generate: generatorOf(vault),
      views: ({ tokens, shares }) =>
        people.flatMap((who) => [
          { contract: 'asset', function: 'balanceOf', args: [who], value: of(tokens, who) },
          { contract: 'vault', function: 'balanceOf', args: [who], value: of(shares, who) },
        ]),
    };
  });
}
