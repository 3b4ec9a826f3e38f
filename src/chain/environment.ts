/**
 * The configuration of a deployment to a chain that isn't local, from the environment.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { type KeyedAccount, keyedAccount } from './accounts.ts';
import { type DeploymentConfig, protocolConfig } from './config.ts';
import { ChainError } from './failure.ts';

export interface PublicDeployment {
  readonly config: DeploymentConfig;
  readonly deployer: KeyedAccount;
  /** the members whose keys are at hand */
  readonly members: readonly KeyedAccount[];
}

const ADDRESS = { pattern: /^0x[0-9a-fA-F]{40}$/, form: '0x and 40 hexadecimal digits' };
const KEY = { pattern: /^0x[0-9a-fA-F]{64}$/, form: '0x and 64 hexadecimal digits' };

/**
 * Reads MPRD_MEMBERS, MPRD_TOKEN_HOLDER, MPRD_DEPLOYER_KEY and MPRD_MEMBER_KEYS.
 *
 * @throws ChainError bad-config; a key is never part of the message
 */
export function readPublicConfig(env: Readonly<Record<string, string | undefined>>): PublicDeployment {
  const list = (name: string, { pattern, form }: typeof ADDRESS): Hex[] => {
    const values = (env[name] ?? '')
      .split(',')
      .map((value) => value.trim())
      .filter((value) => value !== '');
    const bad = values.findIndex((value) => !pattern.test(value));
    if (values.length === 0 || bad !== -1) {
      const found = values.length === 0 ? 'nothing' : `something else at place ${bad + 1}`;
      throw new ChainError(
        'bad-config',
        `${name}: found ${found}, expected ${form}. Set it; \`node scripts/deploy.ts --help\` says how.`,
      );
    }
    return values.map((value) => value.toLowerCase() as Hex);
  };
  const one = (name: string, form: typeof ADDRESS): Hex => {
    const [value, ...more] = list(name, form);
    if (value === undefined || more.length > 0) {
      throw new ChainError(
        'bad-config',
        `${name}: found ${more.length + 1} values, expected one. Correct it in the environment.`,
      );
    }
    return value;
  };
  return {
    config: protocolConfig(list('MPRD_MEMBERS', ADDRESS), one('MPRD_TOKEN_HOLDER', ADDRESS)),
    deployer: keyedAccount(one('MPRD_DEPLOYER_KEY', KEY)),
    members: list('MPRD_MEMBER_KEYS', KEY).map(keyedAccount),
  };
}
