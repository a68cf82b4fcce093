import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import { compileGuardrail, compilePolicy, PolicySourceError } from '../../core/policy/source.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, 'policies', name), 'utf8');

/** A guardrail, and a policy inside it that uses everything that the language has. */
export const guardrail = compileGuardrail({ name: 'guardrail.yaml', text: read('guardrail.yaml') });
export const invoiceText = read('invoice-processor.yaml');

/** Compiles the text of a policy inside the guardrail; throws PolicySourceError. */
export function compile(text: string): ContextPolicy {
  return compilePolicy({ name: 'policy.yaml', text }, guardrail);
}

/** The policy with one part of its text written otherwise; throws where the part is not there once. */
export function written(from: string, to: string): string {
  if (invoiceText.split(from).length !== 2) throw new Error(`${from} does not stand in the policy once`);
  return invoiceText.replace(from, () => to);
}

/** What a text is refused for; throws where it is accepted, and what is no refusal. */
export function refusal(text: string): string {
  try {
    compile(text);
  } catch (error) {
    if (error instanceof PolicySourceError) return error.message;
    throw error;
  }
  throw new Error('the policy was accepted');
}
