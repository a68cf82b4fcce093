import { readFileSync } from 'node:fs';
import type { ContextPolicy } from '../core/policy/schema.ts';

/** The compiled policies that synth put beside the bundle; read once, when the function starts. */
export function loadPolicies(): readonly ContextPolicy[] {
  return JSON.parse(readFileSync(new URL('./policies.json', import.meta.url), 'utf8'));
}
