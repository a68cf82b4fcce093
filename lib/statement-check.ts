import { awsPartOf } from '../core/capability.ts';
import type { ContextPolicy } from '../core/policy/schema.ts';
import { ceilingOf, literalsOf } from '../core/policy/template.ts';
import { unreadable } from './readable.ts';
import { attachmentsOf, inWords, type NamedTemplate, type Statement, statementsOf } from './statements.ts';

/**
 * A reasoned exception from the rule that an Allow names exact actions, resources and principals. In `where`,
 * `actions` and `resources`, `<anything>` stands for one name: no `/`, no `:`, no wildcard.
 */
export type Exception = {
  /** Construct path of the resource that holds the statement, below its stack. */
  readonly where: string;
  /** All actions that the statement may have; each must be needed. */
  readonly actions: readonly string[];
  /** All resources that the statement may have; each must be needed. None in a trust policy. */
  readonly resources?: readonly string[];
  /** Whether the statement may be for everybody (`Principal: *`). */
  readonly everybody?: true;
  /** Conditions that the statement must have: `ArnLike aws:PrincipalArn`. */
  readonly conditions?: readonly string[];
  readonly reason: string;
};

/** By what a template is judged: the exceptions, and the policies that its grant roles were made from. */
export type Rules = {
  readonly exceptions: readonly Exception[];
  readonly policies: readonly ContextPolicy[];
};

/**
 * What no template may hold, in words: an Allow with a wildcard, or for all but something, outside the
 * exceptions; an exception that nothing needs; an attached policy whose statements are elsewhere. A grant
 * role's resource may hold a `*` where a `${parameter}` stands in the context policy, and only there.
 */
export function statementProblems(named: NamedTemplate, rules: Rules): string[] {
  const judged = statementsOf(named)
    .filter(({ effect }) => effect !== 'Deny')
    .map((statement) => ({ statement, open: openFaults(statement, rules), sealed: sealedFaults(statement) }));
  const asking = judged.filter(({ open }) => open.length > 0).map(({ statement }) => statement);
  const refused = judged.flatMap(({ statement, open, sealed }) => {
    const excused = rules.exceptions.some((exception) => excuses(exception, statement));
    const faults = [...sealed, ...(excused ? [] : open)];
    if (faults.length === 0) return [];
    return [`${statement.where} (${statement.document}): ${faults.join(', ')}\n    ${inWords(statement)}`];
  });
  const stale = rules.exceptions.flatMap((exception) => staleParts(exception, asking));
  return [...refused, ...foreignPolicies(named), ...stale];
}

const wildcard = /[*?]/;

/** What an exception can excuse. */
function openFaults(statement: Statement, { policies }: Rules): string[] {
  const { actions, resources, principals } = statement;
  const unexplained = resources.filter(
    (each) => wildcard.test(each) && !standsForParameters(each, statement, policies),
  );
  return [
    ...(actions.some((each) => wildcard.test(each)) ? ['an action holds a wildcard'] : []),
    ...(unexplained.length > 0 ? ['a resource holds a wildcard'] : []),
    ...(principals.some((each) => wildcard.test(each)) ? ['it is for everybody'] : []),
  ];
}

/** What nothing excuses. */
function sealedFaults(statement: Statement): string[] {
  const words = inWords(statement);
  return [
    ...Object.keys(statement.allBut).map((element) => `it allows all but something (${element})`),
    ...(words.includes(unreadable) ? ['it is known only when deployed'] : []),
  ];
}

/** Whether a resource of a grant role is what its context policy names for these actions, a `*` per parameter. */
function standsForParameters(
  resource: string,
  { where, actions }: Statement,
  policies: readonly ContextPolicy[],
): boolean {
  const [, type] = /^Grants\/([^/]+)\/(?:Permissions|Boundary)$/.exec(where) ?? [];
  const policy = policies.find(({ agent_type }) => agent_type === type);
  const capabilities = Object.values(policy?.capabilities ?? {}).flatMap((each) => awsPartOf(each) ?? []);
  const named = (template: string) =>
    ceilingOf(template) === resource && !wildcard.test(literalsOf(template));
  return actions.every((action) =>
    capabilities.some((aws) => aws.actions.includes(action) && aws.resources.some(named)),
  );
}

function excuses(exception: Exception, statement: Statement): boolean {
  const { actions, resources = [], everybody = false, conditions = [] } = exception;
  const among = (values: readonly string[], patterns: readonly string[]) =>
    values.every((value) => patterns.some((pattern) => matches(pattern, value)));
  return (
    matches(exception.where, statement.where) &&
    among(statement.actions, actions) &&
    among(statement.resources, resources) &&
    (everybody || !statement.principals.some((each) => wildcard.test(each))) &&
    conditions.every((condition) => Object.hasOwn(statement.conditions, condition))
  );
}

/** What an exception allows and no statement needs: a hole that waits for somebody to use it. */
function staleParts(exception: Exception, asking: readonly Statement[]): string[] {
  const users = asking.filter((statement) => excuses(exception, statement));
  const used = users.flatMap(({ actions, resources }) => [...actions, ...resources]);
  const parts = [...exception.actions, ...(exception.resources ?? [])];
  return parts
    .filter((part) => !used.some((each) => matches(part, each)))
    .map((part) => `${exception.where}: no statement needs the exception for ${part}; remove it`);
}

/** Whether a text is what a pattern says; a reference such as `${AWS::AccountId}` counts as one name. */
function matches(pattern: string, text: string): boolean {
  const literals = pattern.split(/<[a-z ]+>/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literals.join('(?:\\$\\{[^}]+\\}|[^/:*?${}])+')}$`).test(text);
}

function foreignPolicies(named: NamedTemplate): string[] {
  return Object.entries(attachmentsOf(named)).flatMap(([where, arns]) =>
    arns
      .filter((arn) => !/^\$\{[^:}]+\}$/.test(arn))
      .map((arn) => `${where}: attaches ${arn}, whose statements are not in this template`),
  );
}
