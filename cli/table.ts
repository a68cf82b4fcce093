import { styleText } from 'node:util';
import { printable } from './printable.ts';

/** A cell: text, and how it looks on a terminal. */
export type Cell = { readonly text: string; readonly style?: Parameters<typeof styleText>[0] };

/** Lines of a table: columns as wide as they need to be, colour where standard output is a terminal. */
export function tableLines(header: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const all: Cell[][] = [
    header.map((text) => ({ text, style: 'bold' })),
    ...rows.map((row) => row.map((cell) => ({ ...cell, text: printable(cell.text) }))),
  ];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.text.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function padded({ text, style }: Cell, width: number): string {
  const space = ' '.repeat(width - text.length);
  return style === undefined ? text + space : styleText(style, text) + space;
}

/** At most so many characters, the last an ellipsis where some were left out. */
export function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
