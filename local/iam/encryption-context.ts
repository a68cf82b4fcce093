import type { PolicyDocument } from './document.ts';
import type { Access, NamedPolicy } from './evaluate.ts';

/** `kms:EncryptionContext:<key>`: one condition key per key of the encryption context (KMS developer guide). */
const known = /^kms:EncryptionContext:/i;

/** A family of keys that the simulator knows for every action; what follows the `/` is free. */
const standIn = 'aws:PrincipalTag/kms:EncryptionContext:';

/**
 * The simulator drops the condition keys of the encryption context, because it expects a `/` before the free
 * part of a key: no condition on them ever held. Request and policies get other names for them, the same ones.
 */
export function withEncryptionContext(access: Access): Access {
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
  return why.replaceAll(standIn, 'kms:EncryptionContext:');
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
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [key.replace(known, standIn), value]));
}
