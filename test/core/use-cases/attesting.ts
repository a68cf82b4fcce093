import { isOneOf } from '../../../core/own-roles.ts';
import { noTrust } from '../../../core/policy/schema-trust.ts';
import { evidenceVerifier } from '../../../lambda/evidence/methods.ts';
import { memoryFirstUses, memoryRegistry } from '../../ports/memory-registry.ts';
import { morning } from '../invoices.ts';

/** The entry role of the tests. */
export const entryRole = 'arn:aws:iam::111122223333:role/mayfly/mayfly/entry/mayfly-eu-central-1-entry';

/** What attesting takes beside nonces and policies: the real verifiers, and what is remembered, in memory. */
export function attesting(trust = noTrust) {
  const grants = 'arn:aws:iam::111122223333:role/mayfly/mayfly/grant/mayfly-eu-central-1-';
  return {
    agents: memoryRegistry(),
    firstUses: memoryFirstUses(),
    verify: evidenceVerifier(trust, { publicUrl: 'https://broker.example/live', clock: () => morning }),
    isOwnRole: isOneOf(grants, entryRole),
    entryRole,
  };
}
