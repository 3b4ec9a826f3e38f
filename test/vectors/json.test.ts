/** States as JSON, and the patches between them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { patchBetween, patched, sameJson } from '../../src/campaign/patch.ts';
import { stage } from '../../src/campaign/vectors.ts';
import { type Json, stateFromJson, stateToJson } from '../../src/model/json.ts';

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json>('0', '1', '0xab', true, false),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', '10', '9'), tie('json'), { maxKeys: 4 }),
  ),
}));

describe('A state as JSON', () => {
  const { draw } = stage();

  it('is read back to a state that is written alike, wherever random calls lead', () => {
    for (const trace of [0, 1, 2]) {
      const written = stateToJson(draw('json', trace).state);
      const again = stateToJson(stateFromJson(JSON.parse(JSON.stringify(written)) as Json));
      expect(sameJson(again, written)).to.equal(true);
    }
  });

  const good = stateToJson(draw('json', 3).state);
  const wrong: readonly (readonly [string, Parameters<typeof patched>[1], string])[] = [
    ['a negative amount', { agrs: { supply: '-1' } }, 'state.agrs.supply: expected a natural number as a decimal'],
    ['a number', { agrs: { supply: 5 as never } }, 'state.agrs.supply: expected a natural number as a decimal string'],
    ['a field too few', { council: { version: null } }, 'state.council.version: expected'],
    ['a field too many', { council: { other: '1' } }, 'state.council.other: is not a known field here'],
    ['an unknown kind', { gate: { records: { '0x00': { '1': { kind: 'lost' } } } } }, '.1.kind: expected executed,'],
    ['capitals', { deployment: { otherCode: ['0xAB'] } }, 'state.deployment.otherCode[0]: expected lower-case hex'],
    [
      'a large count',
      { council: { tiers: { x: '9007199254740992' } } },
      'state.council.tiers.x: expected a number below',
    ],
    ['a word for a list', { council: { members: 'all' } }, 'state.council.members: expected a list, got "all"'],
  ];
  for (const [name, patch, message] of wrong) {
    it(`is refused with the place of ${name}`, () => {
      expect(() => stateFromJson(patched(good, patch))).to.throw(message);
    });
  }
});

describe('A merge patch', () => {
  it('turns the one value into the other', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(patched(before, patchBetween(before, after))).to.deep.equal(after);
      }),
    );
  });

  it('names nothing that stays', () => {
    expect(patchBetween({ a: { b: '1', c: ['2'] }, d: '3' }, { a: { b: '1', c: ['4'] }, e: '5' })).to.deep.equal({
      a: { c: ['4'] },
      d: null,
      e: '5',
    });
    fc.assert(fc.property(json, (value) => sameJson(patched(value, patchBetween(value, value)), value)));
  });
});
