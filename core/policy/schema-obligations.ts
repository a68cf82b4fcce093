import { z } from 'zod';
import { name, secondsBetween } from './schema-values.ts';

/** Whether a condition has to hold (`required`), adds risk where it does not (`preferred`), or does not count (`not_used`). */
export const need = z.enum(['required', 'preferred', 'not_used']);

/** What is granted less of, or counted as riskier, where a rule says so. */
export const obligations = {
  risk: z.int().min(0).max(100).optional().describe('0 to 100, added to the risk of the task'),
  longest: secondsBetween(1, 43_200)
    .optional()
    .describe('The lease lives no longer than this, renewals included: 10m'),
  without: z
    .array(name)
    .min(1)
    .max(20)
    .optional()
    .describe('Capabilities that are left out of the lease: [file_result]'),
};

/** What happens where a preferred condition is not met, beside the risk that it adds. */
export const otherwise = z
  .strictObject(obligations)
  .prefault({})
  .describe(
    'What is granted where it is preferred and not met; `risk` here takes the place of the usual weight',
  );
