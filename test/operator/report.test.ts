import { expect } from 'chai';
import { formatAgrs, formatDecimal, formatDuration, formatTime, shortHex } from '../../src/chain/format.ts';
import { jsonReporter, styleFor, terminalReporter, wrap } from '../../src/operator/report.ts';

/** What a reporter writes for one failed and one passed step. */
function written(colour: boolean): string[] {
  const lines: string[] = [];
  const reporter = terminalReporter((line) => lines.push(line), styleFor({ isTTY: colour }, {}));
  reporter.phase('Title');
  reporter.step({ name: 'one', status: 'ok', lines: ['first', 'second'], seconds: 1.25 });
  reporter.step({ name: 'two', status: 'failed', lines: ['went wrong'] });
  return lines;
}

describe('operator: what a run tells', () => {
  it('aligns steps in columns, with a mark for each', () => {
    expect(written(false)).to.deep.equal([
      '\nTitle',
      '  ✓ one        first (1.3\u00a0s)',
      '               second',
      '  ✗ two        went wrong',
    ]);
  });

  it('uses colours on a terminal only, and never with NO_COLOR', () => {
    const escape = '\u001b[';
    expect(written(true).join('')).to.include(escape);
    expect(written(false).join('')).not.to.include(escape);
    expect(styleFor({ isTTY: true }, { NO_COLOR: '1' }).bad('x')).to.equal('x');
    expect(styleFor({ isTTY: true }, { TERM: 'dumb' }).bad('x')).to.equal('x');
    expect(styleFor({ isTTY: true }, { NO_COLOR: '' }).bad('x')).not.to.equal('x');
  });

  it('is one JSON object per step for machines, amounts as decimal strings', () => {
    const lines: string[] = [];
    const reporter = jsonReporter((line) => lines.push(line));
    reporter.phase('Title');
    reporter.note(['not for machines']);
    reporter.step({ name: 'one', status: 'ok', lines: ['first'], data: { amount: 10n ** 20n } });
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.deep.equal([
      { phase: 'Title', name: 'one', status: 'ok', lines: ['first'], data: { amount: '100000000000000000000' } },
    ]);
  });

  it('breaks lines at spaces and leaves long words whole', () => {
    expect(wrap('aa bb cc', 5)).to.deep.equal(['aa bb', 'cc']);
    expect(wrap('aaaaaaaa b', 5)).to.deep.equal(['aaaaaaaa', 'b']);
    expect(wrap('', 5)).to.deep.equal(['']);
  });

  it('shortens hashes and writes amounts, times and durations for people', () => {
    expect(shortHex(`0x${'0123456789'.repeat(4)}`)).to.equal('0x012345…6789');
    expect(shortHex('0x12345678')).to.equal('0x12345678');
    expect(
      [0n, 1n, 999_999n, 1_000_000n, 1_234_567_890_000n, -1_500_000n].map((v) => formatDecimal(v, 6)),
    ).to.deep.equal(['0', '0.000001', '0.999999', '1', '1 234 567.89', '-1.5']);
    expect(formatAgrs(20_000n * 10n ** 18n)).to.equal('20 000 AGRS');
    expect(formatTime(1_700_000_000n)).to.equal('2023-11-14 22:13:20 UTC');
    expect(formatTime(2n ** 64n - 1n)).to.equal('second 18446744073709551615');
    expect([0, 59, 60, 3_661, 90_000, 1_209_600].map(formatDuration)).to.deep.equal([
      '0 s',
      '59 s',
      '1 min',
      '1 h 1 min',
      '1 d 1 h',
      '14 d',
    ]);
  });
});
