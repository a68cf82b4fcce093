import { list, type PolicyStatement } from './document.ts';
import type { Access } from './evaluate.ts';

/** Condition keys of requests that the emulation does not know the values of, or of `amr` could not compare all. */
const unheard = /^dynamodb:|^[\w-]+\..*:amr$/i;

/**
 * A condition key on which a decision hangs and whose value is not known here; undefined where there is none. A
 * key that is absent would make some operators true, so that a policy would allow more than in AWS.
 */
export function unheardCondition(access: Access): string | undefined {
  const { identity, boundary, layers, resourcePolicy } = access;
  const documents = [...identity, ...(boundary ? [boundary] : []), ...layers].map(({ document }) => document);
  const statements = [...documents, ...(resourcePolicy ? [resourcePolicy] : [])].flatMap(
    ({ Statement }) => Statement,
  );
  const known = new Set(Object.keys(access.context).map((key) => key.toLowerCase()));
  const unknownKey = ({ Condition = {} }: PolicyStatement) =>
    Object.values(Condition)
      .flatMap(Object.keys)
      .find((key) => unheard.test(key) && !known.has(key.toLowerCase()));
  const statement = statements.find((each) => unknownKey(each) !== undefined && concerns(each, access));
  return statement && unknownKey(statement);
}

/** Whether a statement may speak of the attempt; in doubt it does. */
function concerns({ Action, Resource }: PolicyStatement, { action, resource }: Access): boolean {
  return (
    (Action === undefined || list(Action).some((pattern) => matches(pattern, action))) &&
    (Resource === undefined || list(Resource).some((pattern) => matches(pattern, resource)))
  );
}

/** A pattern with wildcards; what a policy variable in it stands for may be anything. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/\$\{[^}]*\}/g, '*')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'is').test(text);
}
