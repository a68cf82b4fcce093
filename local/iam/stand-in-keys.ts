import type { PolicyDocument } from './document.ts';
import type { Access, NamedPolicy } from './evaluate.ts';

/**
 * Condition keys that the simulator would drop: one per key of the encryption context (KMS developer guide), as it
 * expects a `/` before the free part of a key; those of identity providers, which begin with a host, as it knows few
 * by name (IAM user guide, keys for OIDC federation); and one that is newer than its list.
 */
const dropped = /^(kms:EncryptionContext:|[\w-]+\.[^:]+:|sts:SubjectMode$)/i;

/** A family of keys that the simulator knows for every action; what follows the `/` is free. */
const standIn = 'aws:PrincipalTag/stands-for:';

/**
 * No condition on a key that the simulator drops ever held: request and policies get other names for them, the same
 * ones.
 */
export function withStandInKeys(access: Access): Access {
  return {
    ...access,
    context: renamed(access.context),
    identity: access.identity.map(inNamed),
    boundary: access.boundary && inNamed(access.boundary),
    layers: access.layers.map(inNamed),
    resourcePolicy: access.resourcePolicy && inDocument(access.resourcePolicy),
  };
}

/** A reason in the words of the policies as they were given. */
export function inOwnWords(why: string): string {
  return why.replaceAll(standIn, '');
}

function inNamed({ name, document }: NamedPolicy): NamedPolicy {
  return { name, document: inDocument(document) };
}

function inDocument(document: PolicyDocument): PolicyDocument {
  const Statement = document.Statement.map((statement) => {
    if (!statement.Condition) return statement;
    const conditions = Object.entries(statement.Condition);
    return {
      ...statement,
      Condition: Object.fromEntries(conditions.map(([operator, keys]) => [operator, renamed(keys)])),
    };
  });
  return { ...document, Statement };
}

function renamed<Value>(keys: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [dropped.test(key) ? standIn + key : key, value]),
  );
}
