/**
 * Steps of the small instance as people read them.
 * @module
 */
import type { Step } from '../mirror/types.ts';
import { account, accuser, council, delegator, directory, keeper, payee, players } from './instance-world.ts';
import { actorAt } from './world.ts';

const names = new Map<string, string>([
  ...Object.entries(directory).map(([name, address]) => [address, name] as const),
  ...players.flatMap(({ id, name, owner, keys }) => [
    [id, name] as const,
    [owner, `the owner of ${name}`] as const,
    ...keys.map(({ address }) => [address, `the key of ${name}`] as const),
  ]),
  [delegator, 'the delegator'],
  [accuser, 'the accuser'],
  [keeper, 'anyone'],
  [payee, 'a payee'],
  [account, 'the account'],
  [council, 'the council'],
]);

const MOST_DIGITS = 20;

/** Who calls what, with the arguments that fit a line; or how much time passes. */
export function showStep(step: Step): string {
  if (step.kind === 'time') return `${step.seconds} s pass`;
  const { contract, function: name, args, sender } = step.call;
  const shown = args.flatMap((value) => showArgument(value) ?? []);
  return `${names.get(sender) ?? actorAt(sender)?.name ?? sender}: ${contract}.${name}(${shown.join(', ')})`;
}

/** Undefined for what is too long to read: entries, claims, signatures. */
function showArgument(value: unknown): string | undefined {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return value.toString().length > MOST_DIGITS ? undefined : value.toString();
  return typeof value === 'string' ? names.get(value) : undefined;
}
