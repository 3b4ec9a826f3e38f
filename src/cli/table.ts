/**
 * Tables for terminals, and values as JSON.
 * @module
 */

/** Columns as wide as their widest cell, the header underlined; what there is none of is said in a word. */
export function table(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['', `${title}: none`];
  const widths = header.map((name, i) => Math.max(...[name, ...rows.map((row) => row[i] ?? '')].map(width)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell + ' '.repeat((widths[i] as number) - width(cell)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((wide) => '─'.repeat(wide));
  return ['', title, ...[header, rule, ...rows].map((cells) => `  ${line(cells)}`)];
}

function width(cell: string): number {
  return [...cell].length;
}

/** One line of JSON; integers that JSON's numbers can't hold are decimal texts. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
}
