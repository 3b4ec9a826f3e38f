/** The laws of docs/PROPERTIES.md, as data: what each says, where it is hunted, and what is planted to break it. */
import { read } from '../docs/markdown.ts';
import { type Reference, referencesIn } from '../docs/references.ts';

/** The test that checks the laws of the campaign on the model alone. */
export const CAMPAIGN_TEST = 'test/model/campaign.test.ts';
const CAMPAIGN_LAWS = 'src/campaign/properties.ts';

export interface Law {
  readonly id: string;
  readonly sentence: string;
  readonly severity: string;
  /** ids of docs/security.md, or P */
  readonly origin: string;
  readonly hunted: readonly Reference[];
  /** names of faults in src/campaign/faults.ts */
  readonly planted: readonly string[];
  /** tests that plant faults themselves, each with the title under which they do */
  readonly plantedElsewhere: readonly Reference[];
}

/** Rows of all tables of laws, cell by cell. */
export function lawsOf(page: string): Law[] {
  const rows = page.split('\n').filter((line) => /^\| [A-Z]+-\d+ \|/.test(line));
  return rows.map((row) => {
    const [id = '', sentence = '', severity = '', origin = '', hunted = '', planted = ''] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const plantedElsewhere = referencesIn(planted);
    const own = planted.replace(/`[^`]+`(?: "[^"]+")*/g, '');
    return {
      id,
      sentence,
      severity,
      origin,
      hunted: referencesIn(hunted),
      planted: [...own.matchAll(/"([^"]+)"/g)].map(([, name]) => name as string),
      plantedElsewhere,
    };
  });
}

export const laws: readonly Law[] = lawsOf(read('docs/PROPERTIES.md'));

/** Whether the campaign checks this law after every call. */
export function isCampaignLaw({ hunted }: Law): boolean {
  return hunted.some(({ file }) => file === CAMPAIGN_LAWS);
}

/** The tests that a law quotes: files that mocha runs, each with the titles that are meant; none means all of them. */
export function testsOf(law: Law): readonly Reference[] {
  const tests: Reference[] = isCampaignLaw(law) ? [{ file: CAMPAIGN_TEST, texts: [] }] : [];
  for (const { file, texts } of law.hunted) {
    const last = tests.at(-1);
    if (file.endsWith('.test.ts')) tests.push({ file, texts });
    // A table holds titles of the test that stands before it.
    else if (file.startsWith('test/') && last) tests.splice(-1, 1, { ...last, texts: [...last.texts, ...texts] });
  }
  return tests;
}
