/**
 * Random policies, states and candidate sets. Values come from a small range, so that equalities, ties and boundaries
 * are common, and now and then from the ends of the 64-bit range.
 * @module
 */
import fc from 'fast-check';
import { FIELD_MODULUS } from '../../src/codec/field.ts';
import {
  type Candidate,
  canonicalCandidateSet,
  compilePolicy,
  INT64_MAX,
  INT64_MIN,
  PolicyCompileError,
  type PolicyDocument,
  type Program,
  parsePolicy,
  SHAPE,
  type StateVector,
} from '../../src/policy/index.ts';

/** A document's JSON before it is text. */
export type Form = string | number | bigint | boolean | readonly Form[] | { readonly [key: string]: Form };

/** JSON text of a form; integers keep all their digits. `reversed` turns the order of all keys round. */
export function print(form: Form, reversed = false): string {
  if (typeof form === 'string') return JSON.stringify(form);
  if (typeof form !== 'object') return String(form);
  if (Array.isArray(form)) return `[${form.map((member) => print(member, reversed)).join(', ')}]`;
  const members = Object.entries(form as { readonly [key: string]: Form }).map(
    ([key, member]) => `${JSON.stringify(key)}: ${print(member, reversed)}`,
  );
  return `{ ${(reversed ? members.reverse() : members).join(',\n')} }`;
}

const ADDRESSES = [1n, 0x90f79bf6eb2c4f870365e785982e1f101e93b906n, 2n ** 160n - 1n];
const UNITS = ['coins', 'bps'];

const arbitraryInteger = fc.oneof(
  { weight: 12, arbitrary: fc.bigInt({ min: -2n, max: 2n }) },
  { weight: 1, arbitrary: fc.constantFrom(INT64_MIN, INT64_MIN + 1n, INT64_MAX - 1n, INT64_MAX) },
);

/** What the expressions of a random policy can name, by unit. */
interface Names {
  readonly fields: readonly { name: string; unit: string }[];
  readonly parameters: readonly { name: string; unit: string }[];
  readonly constants: readonly { name: string; unit: string }[];
  readonly actions: readonly string[];
}

const unit = fc.constantFrom(...UNITS);

const arbitraryDeclarations = fc.record({
  fields: fc.array(unit, { minLength: 1, maxLength: 5 }),
  actions: fc.array(fc.array(unit, { maxLength: SHAPE.parameters }), { minLength: 1, maxLength: 3 }),
  constants: fc.array(fc.record({ unit, value: arbitraryInteger }), { maxLength: 3 }),
});

type Declarations = typeof arbitraryDeclarations extends fc.Arbitrary<infer T> ? T : never;

const ACTION_NAMES = ['pay', 'vault.move', 'vote'];

function namesOf({ fields, actions, constants }: Declarations): Names {
  const parameters = actions.flatMap((units, action) =>
    units.map((unit, index) => ({ name: `${ACTION_NAMES[action]}.p${index}`, unit })),
  );
  return {
    fields: fields.map((unit, index) => ({ name: `field${index}`, unit })),
    parameters,
    constants: constants.map(({ unit }, index) => ({ name: `constant${index}`, unit })),
    actions: ACTION_NAMES.slice(0, actions.length),
  };
}

function ofUnit(items: readonly { name: string; unit: string }[], unit: string): fc.Arbitrary<string>[] {
  const names = items.filter((item) => item.unit === unit).map(({ name }) => name);
  return names.length === 0 ? [] : [fc.constantFrom(...names)];
}

function comparison(
  operators: readonly string[],
  left: fc.Arbitrary<Form>,
  right: fc.Arbitrary<Form>,
): fc.Arbitrary<Form> {
  return fc
    .tuple(fc.constantFrom(...operators), left, right, fc.boolean())
    .map(([operator, a, b, swapped]): Form => ({ [operator]: swapped ? [b, a] : [a, b] }));
}

const ALL = ['<', '<=', '>', '>=', '==', '!='];

/** A comparison that the compiler takes: never two constants, never two parameters. */
function arbitraryComparison(names: Names): fc.Arbitrary<Form> {
  const literal = fc.oneof(arbitraryInteger, arbitraryInteger.map(String));
  const leaves: fc.Arbitrary<Form>[] = [
    comparison(
      ['==', '!='],
      fc.constant('addressee'),
      fc.constantFrom(...ADDRESSES).map((a) => `0x${a.toString(16).padStart(40, '0')}`),
    ),
    comparison(['==', '!='], fc.constant('action'), fc.constantFrom(...names.actions)),
  ];
  for (const unit of UNITS) {
    const constant: fc.Arbitrary<Form> = fc.oneof(literal, ...ofUnit(names.constants, unit));
    const fields = ofUnit(names.fields, unit);
    const sums = fields.flatMap((field): fc.Arbitrary<Form>[] => [
      fc.tuple(constant, field).map((pair): Form => ({ '+': pair })),
      fc.tuple(field, constant).map((pair): Form => ({ '-': pair })),
    ]);
    const right = fc.oneof(constant, ...fields, ...sums);
    for (const left of [
      ...fields,
      ...sums.slice(0, 1),
      ...ofUnit(names.parameters, unit),
      ...ofUnit(names.parameters, unit),
    ]) {
      leaves.push(comparison(ALL, left, right));
    }
  }
  return fc.oneof(...leaves);
}

/** An expression of at most `depth` levels of logic. */
function arbitraryExpression(leaf: fc.Arbitrary<Form>, depth: number): fc.Arbitrary<Form> {
  if (depth === 0) return leaf;
  const inner = fc.oneof(
    { weight: 2, arbitrary: leaf },
    { weight: 3, arbitrary: arbitraryExpression(leaf, depth - 1) },
  );
  const members = fc.array(inner, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    members.map((all): Form => ({ all })),
    members.map((any): Form => ({ any })),
    inner.map((not): Form => ({ not })),
    fc.tuple(members, inner, fc.nat(), fc.boolean()).map(([of, more, k, twice]): Form => {
      const list = twice ? [...of, more, more] : [...of, more];
      return { threshold: { k: 1 + (k % list.length), of: list } };
    }),
  );
}

function arbitraryRules(names: Names): fc.Arbitrary<Form[]> {
  const leaf = arbitraryComparison(names);
  const expression = fc.oneof(
    leaf,
    arbitraryExpression(leaf, 1),
    arbitraryExpression(leaf, 2),
    arbitraryExpression(leaf, 4),
  );
  const rule = fc.oneof(
    { weight: 4, arbitrary: expression },
    { weight: 1, arbitrary: expression.map((denyIf): Form => ({ denyIf })) },
  );
  return fc.array(rule, { minLength: 1, maxLength: 2 });
}

/** The JSON of a valid policy. */
export const arbitraryPolicyForm: fc.Arbitrary<Form> = arbitraryDeclarations.chain((declarations) => {
  const names = namesOf(declarations);
  const { fields, actions, constants } = declarations;
  return arbitraryRules(names).map(
    (rules): Form => ({
      version: 'mprd-policy/1',
      name: 'random',
      description: 'A random policy.',
      state: Object.fromEntries(fields.map((unit, index) => [`field${index}`, { unit }])),
      actions: Object.fromEntries(
        actions.map((units, action) => [
          ACTION_NAMES[action] as string,
          { addressee: 'target', parameters: units.map((unit, index) => ({ name: `p${index}`, unit })) },
        ]),
      ),
      constants: Object.fromEntries(constants.map(({ unit, value }, index) => [`constant${index}`, { unit, value }])),
      rules,
    }),
  );
});

export const arbitraryPolicy: fc.Arbitrary<PolicyDocument> = arbitraryPolicyForm.map((form) =>
  parsePolicy(print(form)),
);

/** A state of the policy's schema with about one field in six unknown. */
export function arbitraryState(policy: PolicyDocument): fc.Arbitrary<StateVector> {
  const field = fc.option(arbitraryInteger, { nil: undefined, freq: 6 });
  const length = policy.state.length;
  return fc.record({
    fields: fc.array(field, { minLength: length, maxLength: length }),
    salt: fc.bigInt({ min: 0n, max: FIELD_MODULUS - 1n }),
  });
}

/** A canonical set of 1 to 8 candidates: of the policy's actions, and sometimes of one that it doesn't permit. */
export function arbitraryCandidates(policy: PolicyDocument): fc.Arbitrary<readonly Candidate[]> {
  const ids = policy.actions.map(({ id }) => id);
  const foreign = ids.includes(7) ? 8 : 7;
  const value = fc.option(arbitraryInteger, { nil: undefined, freq: 6 });
  const schema = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...ids) },
    { weight: 1, arbitrary: fc.constant(foreign) },
  );
  const candidate = schema.chain((id): fc.Arbitrary<Candidate> => {
    const count = policy.actions.find((action) => action.id === id)?.parameters.length ?? SHAPE.parameters;
    const parameter = (index: number): fc.Arbitrary<bigint | undefined> =>
      index < count ? value : fc.constant(undefined);
    return fc.record({
      score: fc.oneof(
        { weight: 9, arbitrary: fc.bigInt({ min: 0n, max: 2n }) },
        { weight: 1, arbitrary: arbitraryInteger },
      ),
      sequence: fc.oneof(
        { weight: 9, arbitrary: fc.nat({ max: 9 }) },
        { weight: 1, arbitrary: fc.constant(2 ** 32 - 1) },
      ),
      schema: fc.constant(id),
      addressee: fc.constantFrom(...ADDRESSES),
      parameters: fc.tuple(parameter(0), parameter(1), parameter(2)),
      payloadHash: fc.bigInt({ min: 0n, max: 2n ** 248n - 1n }),
    });
  });
  return fc
    .uniqueArray(candidate, {
      minLength: 1,
      maxLength: SHAPE.candidates,
      selector: ({ score, sequence }) => `${score} ${sequence}`,
    })
    .map((candidates) => canonicalCandidateSet(candidates));
}

export interface Case {
  readonly policy: PolicyDocument;
  readonly state: StateVector;
  readonly candidates: readonly Candidate[];
}

/** A policy with a state and a candidate set for it. */
export const arbitraryCase: fc.Arbitrary<Case> = arbitraryPolicy.chain((policy) =>
  fc.record({ policy: fc.constant(policy), state: arbitraryState(policy), candidates: arbitraryCandidates(policy) }),
);

/** The policy's program, or undefined when it doesn't fit the circuit or its constants don't fit 64 bits. */
export function programOf(policy: PolicyDocument): Program | undefined {
  try {
    return compilePolicy(policy);
  } catch (error) {
    if (error instanceof PolicyCompileError && (error.code === 'overflow' || error.code === 'constant-range'))
      return undefined;
    throw error;
  }
}

/** A case whose policy fits the circuit, with its program. */
export const arbitraryProgramCase: fc.Arbitrary<Case & { readonly program: Program }> = arbitraryCase
  .map((sample) => ({ ...sample, program: programOf(sample.policy) }))
  .filter((sample): sample is Case & { program: Program } => sample.program !== undefined);
