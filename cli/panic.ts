import { called } from './command.ts';
import { panicCommand, panicOptionsHelp } from './panic-command.ts';

/** `mayfly panic`. */
export const command = panicCommand(
  'panic',
  `Stops everything, with the broker up or down, by your own IAM rights: all sessions of the grant roles are denied
everything, and for all of them issuance is stopped first. Doing it twice is harmless.

  ${called} panic                           says which agent types there are, and does nothing
  ${called} panic invoice_processor         one type; issuance goes on, so quarantine it too where the broker is up
  ${called} panic all --dry-run
  ${called} panic all --yes --region eu-central-1

${panicOptionsHelp}

You need what the stack's managed policy PanicAccess allows: iam:ListRoles, iam:PutRolePolicy and iam:DeleteRolePolicy
on the grant roles, lambda:PutFunctionConcurrency and lambda:DeleteFunctionConcurrency on the issuance function.`,
);
