import type { core } from 'zod/mini';

/**
 * What is wrong with a field, for the checks whose schema gives no words of its own: zod/mini ships no
 * language. Says what is needed and never repeats the value, which may be a secret sent by mistake.
 */
export function fieldFault(issue: core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'this field is needed and absent' : needed(issue.expected);
    case 'unrecognized_keys':
      return 'this field is unknown';
    case 'invalid_key':
      return 'no field may have this name';
    case 'too_small':
      return `too small: at least ${issue.minimum}`;
    case 'too_big':
      return `too large: at most ${issue.maximum}`;
    case 'invalid_value':
      return `one of ${issue.values.join(', ')} is needed`;
    default:
      return 'not valid';
  }
}

function needed(expected: string): string {
  return /^[aeio]/.test(expected) ? `an ${expected} is needed` : `a ${expected} is needed`;
}
