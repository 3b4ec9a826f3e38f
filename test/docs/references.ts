/** References of the documents to files, with the text that each is said to contain. */
import { existsSync } from 'node:fs';
import { read } from './markdown.ts';

export interface Reference {
  readonly file: string;
  /** texts in quotes after the file: test titles, ids or code */
  readonly texts: readonly string[];
}

/** `path/file.ts` "text" "text" …, in a table or in prose. */
export function referencesIn(text: string): Reference[] {
  const found = text.matchAll(/`([\w./-]+\.(?:ts|sol|circom|mjs|cjs|json))`((?: "[^"\n]+")*)/g);
  return [...found].map(([, file, texts]) => ({
    file: file as string,
    texts: [...(texts as string).matchAll(/"([^"]+)"/g)].map(([, inner]) => inner as string),
  }));
}

/** What is wrong with the references: a file that doesn't exist, a text that isn't in it. */
export function brokenReferences(references: readonly Reference[]): string[] {
  return references.flatMap(({ file, texts }) => {
    if (!existsSync(new URL(`../../${file}`, import.meta.url))) return [`${file} does not exist`];
    const content = read(file);
    return texts.filter((text) => !content.includes(text)).map((text) => `${file} has no "${text}"`);
  });
}
