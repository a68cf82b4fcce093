import { expect } from 'vitest';
import { invoiceText, refusal } from '../../core/invoice-source.ts';

/** What a hostile policy is refused for, by lines that anybody may read. */
export function refused(text: string): string {
  return readable(refusal(text));
}

/**
 * A refusal as it is. Whoever reads it is a person in a terminal: each line has a place, none has a trace, an object or a
 * character that moves the cursor, and there are not more of them than anybody reads.
 */
export function readable(message: string): string {
  const lines = message.split('\n');
  const odd = lines.filter(
    (line) =>
      !/^policy\.yaml(:\d+:\d+: \S|: \d+ more of the kind$)/.test(line) ||
      /\bat .*\.[jt]s:|RangeError|TypeError|\[object|undefined|NaN|Invalid input/.test(line) ||
      /[\p{C}\p{Zl}\p{Zp}]/u.test(line),
  );
  expect(odd).toEqual([]);
  expect(lines.length).toBeLessThanOrEqual(51);
  return message;
}

/** The policy with something after it, and with something as its purpose. */
export const followedBy = (text: string) => `${invoiceText}${text}`;
export const purpose = 'Validates supplier invoices and files the result';
export const withPurpose = (text: string) => invoiceText.replace(purpose, () => text);
