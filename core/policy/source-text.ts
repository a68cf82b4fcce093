/** Something that keeps a file from being read, and where: `offset` counts characters from its start. */
export type Fault = { readonly offset: number; readonly message: string };

/** Largest file of policies, in characters. */
export const largestFile = 64_000;

/**
 * What nobody sees who reviews a file, or sees elsewhere than it stands: control, format and private characters, halves of
 * pairs, line ends and spaces of other alphabets, fillers, and what stands for bytes that were no UTF-8 (Unicode General
 * Category; Unicode Technical Report 36, bidirectional text spoofing).
 */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\ufffd]|(?! )\p{Zs}/u;

/** The same in a file, whose lines may end as on any system. */
const unseenInFile = new RegExp(`(?!\\r?\\n)(?:${unseen.source})`, 'u');

/** What keeps a text from being parsed at all; undefined for nothing. */
export function textFault(text: string): Fault | undefined {
  if (text.length > largestFile)
    return { offset: 0, message: `larger than ${largestFile} characters: make several policies of it` };
  const offset = text.search(unseenInFile);
  return offset < 0 ? undefined : { offset, message: unseenMessage(text, offset) };
}

/** What is wrong with the characters of one value, which escapes can put there too; undefined for nothing. */
export function valueFault(value: string): string | undefined {
  const offset = value.search(unseen);
  return offset < 0 ? undefined : unseenMessage(value, offset);
}

/** `line:column` of an offset, both from 1. */
export function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `${before.split('\n').length}:${offset - before.lastIndexOf('\n')}`;
}

function unseenMessage(text: string, offset: number): string {
  const code = text.codePointAt(offset) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `${advice[text.charAt(offset)] ?? 'a character that nobody sees, or that is no text: leave it out'} (${name})`;
}

const advice: Readonly<Record<string, string>> = {
  '\t': 'a tab: use spaces',
  '\n': 'a line break in a value: write it in one line, or start it with `>-`',
  '\r': 'a carriage return without a line feed: end lines as \\n or \\r\\n',
  '\u00a0': 'a no-break space: use a space',
  '\ufeff': 'a byte order mark: save the file as UTF-8 without one',
  '\ufffd': 'a character that could not be read: save the file as UTF-8',
};
