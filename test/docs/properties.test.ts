/** docs/PROPERTIES.md and docs/security.md against the code, the tests and the planted faults that they name. */
import { expect } from 'chai';
import { faults, planted } from '../../src/campaign/faults.ts';
import { properties } from '../../src/campaign/properties.ts';
import { laws as catalogue } from '../faults/catalogue.ts';
import { read } from './markdown.ts';
import { brokenReferences, referencesIn } from './references.ts';

const PAGE = read('docs/PROPERTIES.md');
const SEVERITIES = ['critical', 'high', 'medium'];

/** The cells of the rows that begin so, in all tables. */
function rows(page: string, begin: RegExp): string[][] {
  const lines = page.split('\n').filter((line) => begin.test(line));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const laws = rows(PAGE, /^\| [A-Z]+-\d+ \|/);
/** Files with tests, and the laws that the campaign checks. */
const isTest = (file: string): boolean => file.startsWith('test/') || file === 'src/campaign/properties.ts';

describe('docs/PROPERTIES.md', () => {
  it('has every law that the campaign checks, and where', () => {
    for (const { id } of properties) {
      const [, , , , hunted] = laws.find(([name]) => name === id) ?? [];
      expect(hunted, id).to.include(`campaign: \`src/campaign/properties.ts\` "${id}"`);
    }
  });

  it('names no campaign law that is not checked', () => {
    const claimed = laws.filter(([, , , , hunted]) => hunted?.startsWith('campaign:')).map(([id]) => id);
    expect(claimed).to.have.members(properties.map(({ id }) => id));
  });

  it('has each id once, with a sentence, a severity, an origin and at least one title of a test', () => {
    expect(new Set(laws.map(([id]) => id)).size).to.equal(laws.length);
    for (const [id, sentence, severity, origin, hunted] of laws) {
      expect(sentence, id).to.match(/^[A-Z`d].*\.$/);
      expect(SEVERITIES, id).to.include(severity);
      expect(origin, id).to.match(/^(?:[BCHKMU]\d+|P)(?:, (?:[BCHKMU]\d+|P))*$/);
      expect(
        referencesIn(hunted ?? '').some(({ texts }) => texts.length > 0),
        id,
      ).to.equal(true);
    }
  });

  it('names files that exist and titles that are in them', () => {
    expect(brokenReferences(referencesIn(PAGE))).to.deep.equal([]);
  });

  it('has a planted fault for every law, and names exactly those that there are', () => {
    for (const law of catalogue) {
      expect(law.planted.length + law.plantedElsewhere.length, law.id).to.be.at.least(1);
      const own = faults.filter(({ property }) => property === law.id).map(({ name }) => name);
      expect(own, law.id).to.have.members(law.planted);
    }
    const ids = new Set(catalogue.map(({ id }) => id));
    expect(faults.filter(({ property }) => !ids.has(property))).to.deep.equal([]);
    expect(new Set(faults.map(({ name }) => name)).size).to.equal(faults.length);
  });

  it('has every planted fault find its place, which it changes', () => {
    for (const fault of faults) {
      const text = read(fault.file);
      expect(planted(fault, text), fault.name).not.to.equal(text);
    }
  });
});

describe('docs/security.md', () => {
  const page = read('docs/security.md');

  it('names files that exist and titles or code that are in them', () => {
    const references = referencesIn(page);
    expect(references.length).to.be.greaterThan(40);
    expect(brokenReferences(references)).to.deep.equal([]);
  });

  it('has a test for every class of bugs known from comparable protocols, or says why it can not occur', () => {
    const classes = rows(page, /^\| K\d+ \|/);
    expect(classes.length).to.equal(42);
    const untested = classes.filter(([, , answer, shown]) => {
      const tested = referencesIn(shown ?? '').some(({ file, texts }) => isTest(file) && texts.length > 0);
      return !tested && !/^Can't occur: /.test(answer ?? '');
    });
    expect(untested).to.deep.equal([]);
  });

  it('has nothing in its tables but references to files, or to a document', () => {
    for (const [id, , , shown] of rows(page, /^\| [BCHKMU]\d+ \|/)) {
      const rest = (shown ?? '').replace(/`[^`]+`(?: "[^"]+")+/g, '').trim();
      expect(rest, id).to.match(/^(?:|–|\[[\w.]+\]\([\w.]+\), section \d+)$/);
    }
  });

  it('has an answer or a reason for every finding of the reviews that concerns what exists', () => {
    const ids = [...page.matchAll(/^\| ([BCHKMU]\d+) \|/gm)].map(([, id]) => id as string);
    const range = (letter: string, last: number, besides: readonly number[] = []) =>
      Array.from({ length: last }, (_, i) => i + 1)
        .filter((n) => !besides.includes(n))
        .map((n) => `${letter}${n}`);
    // The findings left out are about layer 2 and batches, which the page names.
    const reviewed = [
      ...range('C', 13, [4, 5, 6, 7, 8, 9, 10, 11]),
      ...range('H', 19, [5, 6, 15, 16]),
      ...range('M', 20, [6, 7, 12, 18]),
      ...range('B', 16),
      ...range('K', 42),
      ...range('U', 20),
    ];
    expect(ids).to.have.members(reviewed);
  });

  it('has only origins of properties that it explains', () => {
    const origins = new Set(
      laws.flatMap(([, , , origin]) => (origin ?? '').split(', ')).filter((origin) => origin !== 'P'),
    );
    const missing = [...origins].filter((origin) => !new RegExp(`^\\| ${origin} \\|`, 'm').test(page));
    expect(missing).to.deep.equal([]);
  });
});
