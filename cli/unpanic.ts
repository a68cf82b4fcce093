import { called } from './command.ts';
import { panicCommand, panicOptionsHelp } from './panic-command.ts';

/** `mayfly unpanic`. */
export const command = panicCommand(
  'unpanic',
  `Undoes panic: the grant roles work again, and for all of them issuance runs again, last. What was revoked stays so.
Doing it twice is harmless.

  ${called} unpanic invoice_processor       one type
  ${called} unpanic all --dry-run
  ${called} unpanic all --yes --region eu-central-1

${panicOptionsHelp}

You need what the stack's managed policy PanicAccess allows; see ${called} panic --help.`,
);
