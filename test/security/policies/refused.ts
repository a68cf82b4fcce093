import { expect } from 'vitest';
import { invoiceText, refusal } from '../../core/invoice-source.ts';

/**
 * What a hostile policy is refused for. Whoever reads it is a person in a terminal: each line has a place, none has a trace,
 * an object or a character that moves the cursor.
 */
export function refused(text: string): string {
  const message = refusal(text);
  const lines = message.split('\n');
  for (const line of lines) {
    expect(line).toMatch(/^policy\.yaml(:\d+:\d+: \S|: \d+ more of the kind$)/);
    expect(line).not.toMatch(/\bat .*\.[jt]s:|RangeError|TypeError|\[object|undefined|NaN|Invalid input/);
    expect(line).toMatch(/^[\x20-\x7e\u0400-\u04ff…]*$/);
  }
  expect(lines.length).toBeLessThanOrEqual(51);
  return message;
}

/** The policy with something after it, and with something as its purpose. */
export const followedBy = (text: string) => `${invoiceText}${text}`;
export const purpose = 'Validates supplier invoices and files the result';
export const withPurpose = (text: string) => invoiceText.replace(purpose, () => text);
