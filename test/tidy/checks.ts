/**
 * The house rules that no linter knows. Each check takes a text and returns complaints, one sentence each; an empty
 * list means that the text is tidy.
 *
 * @module
 */
import ts from 'typescript';

export const LONGEST_FUNCTION = 70;
export const LONGEST_LINE = 120;

/** Functions (methods, arrows, accessors included) of more lines than {@link LONGEST_FUNCTION}. */
export function longFunctions(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const complaints: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const first = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const lines = source.getLineAndCharacterOfPosition(node.end).line - first + 1;
      if (lines > LONGEST_FUNCTION) {
        const name = node.name?.getText() ?? 'a function';
        complaints.push(`${path}:${first + 1}: ${name} has ${lines} lines, at most ${LONGEST_FUNCTION} are allowed`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return complaints;
}

/**
 * Lines of more characters than {@link LONGEST_LINE}, not counting literals: no formatter breaks a string, a
 * template, a regular expression or a long number.
 */
export function longLines(path: string, text: string): string[] {
  return complainPerLine(path, text, (line) => {
    const rest = line.length > LONGEST_LINE ? line.replace(/'[^']*'|"[^"]*"|`.*`?|^\s*\/\S.*|\d{40,}/g, '') : line;
    return rest.length > LONGEST_LINE ? `${line.length} characters, at most ${LONGEST_LINE} are allowed` : undefined;
  });
}

/** The licence stands in the first line. */
export function missingLicence(path: string, text: string): string[] {
  if (text.startsWith('// SPDX-License-Identifier: GPL-3.0-or-later\n')) return [];
  return [`${path}:1: the first line must be "// SPDX-License-Identifier: GPL-3.0-or-later"`];
}

/** The file begins with a comment that says what it is for. */
export function missingModuleComment(path: string, text: string): string[] {
  const comment = /^\/\*\*(.*?)\*\//s.exec(text)?.[1];
  if (comment === undefined) return [`${path}:1: the file must begin with a /** comment that says what it is for`];
  if (!/^\s*\*?\s*@module\s*$/m.test(comment)) return [`${path}:1: the first comment lacks @module`];
  const words = comment.replace('@module', '').match(/\w+/g) ?? [];
  return words.length >= 3 ? [] : [`${path}:1: the first comment doesn't say what the file is for`];
}

/** Marks of unfinished work. (Spelt so that this file doesn't contain them.) */
export function unfinishedWork(path: string, text: string): string[] {
  return complainPerLine(path, text, (line) => {
    const mark = /\b(TO[D]O|FIX[M]E|X[X]X)\b/.exec(line)?.[1];
    return mark === undefined ? undefined : `${mark}: finish it, or name it in docs with an owner`;
  });
}

/** Paths that exist on one machine only. */
export function machinePaths(path: string, text: string): string[] {
  return complainPerLine(path, text, (line) => {
    const found = /(?:^|[\s"'`(=:])((?:\/(?:home|root|Users|work|mnt)\/|[A-Z]:\\)[^\s"'`)]+)/.exec(line)?.[1];
    return found === undefined ? undefined : `${found} exists on one machine only`;
  });
}

/** Addresses of package registries: the person's settings say which one is used. */
export function registryHosts(path: string, text: string): string[] {
  return complainPerLine(path, text, (line) => {
    const found = /https?:\/\/[^\s"'/]*(?:registry|npmjs|yarnpkg|artifactory|nexus|verdaccio)[^\s"'/]*/i.exec(
      line,
    )?.[0];
    return found === undefined ? undefined : `${found} is a package registry; leave the choice to npm's settings`;
  });
}

/** What gives different results on different machines, or twice on one. */
export function indeterminism(path: string, text: string): string[] {
  return complainPerLine(path, text, (line) => {
    const found = /\b(?:Math\.random|Date\.now|new Date\(\)|localeCompare|toLocale\w+)/.exec(line)?.[0];
    return found === undefined ? undefined : `${found} gives different results on different machines`;
  });
}

/** Path inside the project → its text (`undefined`: no such file); a folder's text is empty. */
export type Lookup = (path: string) => string | undefined;

/**
 * Relative links of a Markdown file that lead nowhere: no such file, or no such heading in it.
 *
 * @param path of the Markdown file, relative to the project's root
 */
export function brokenLinks(path: string, text: string, lookup: Lookup): string[] {
  const complaints: string[] = [];
  const prose = withoutCode(text);
  for (const [, target = ''] of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    const [file = '', heading] = decodeURIComponent(target).split('#', 2);
    const resolved = file === '' ? path : new URL(file, `file:///${path}`).pathname.slice(1);
    const content = file === '' ? text : lookup(resolved);
    if (content === undefined) complaints.push(`${path}: the link ${target} leads to ${resolved}, which doesn't exist`);
    else if (heading !== undefined && resolved.endsWith('.md') && !headings(content).has(heading)) {
      complaints.push(`${path}: the link ${target} leads to a heading that ${resolved} doesn't have`);
    }
  }
  return complaints;
}

/** The names under which GitHub lets one link to the headings of a Markdown file. */
function headings(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, title = ''] of text.replace(/^```.*?^```/gms, '').matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)) {
    const plain = title.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '');
    const base = plain.replaceAll(' ', '-');
    let name = base;
    for (let repeated = 1; names.has(name); repeated += 1) name = `${base}-${repeated}`;
    names.add(name);
  }
  return names;
}

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
}

function complainPerLine(path: string, text: string, check: (line: string) => string | undefined): string[] {
  return text.split('\n').flatMap((line, index) => {
    const complaint = check(line);
    return complaint === undefined ? [] : [`${path}:${index + 1}: ${complaint}`];
  });
}
