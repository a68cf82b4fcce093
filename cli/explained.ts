import { styleText } from 'node:util';
import type { ExplainedLine, Tone } from '../core/cases/explain.ts';
import { printable } from './printable.ts';

const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  allow: 'green',
  require_approval: 'yellow',
  deny: 'red',
  error: 'red',
  title: 'bold',
};

/** An explanation as lines of a terminal: colours where standard output is one, plain text elsewhere. */
export function explainedLines(lines: readonly ExplainedLine[]): string[] {
  return lines.map(({ lead, text, tone }) => {
    const shown = printable(lead);
    const rest = printable(text);
    return (
      tone === undefined || shown === '' ? shown + rest : styleText(styles[tone], shown) + rest
    ).trimEnd();
  });
}
