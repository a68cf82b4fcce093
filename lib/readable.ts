/** What a construct is called below its stack, by its logical id: `Leases/Table`; undefined for what is no resource. */
export type NameOf = (logicalId: string) => string | undefined;

/** Marks a value that is known only when deployed, so that nothing can be said of it. */
export const unreadable = '(unreadable)';

/**
 * A value of a template with its intrinsic functions as text: `${Leases/Table.Arn}`, `${AWS::Region}`. What is
 * not plain text once deployed, such as a parameter or a choice between values, becomes {@link unreadable}.
 */
export function readable(value: unknown, nameOf: NameOf): unknown {
  if (Array.isArray(value)) return value.map((each) => readable(each, nameOf));
  if (typeof value !== 'object' || value === null) return value;
  const [only, ...others] = Object.entries(value);
  if (only && others.length === 0 && /^(Ref|Fn::.+)$/.test(only[0])) return intrinsic(only, nameOf);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readable(each, nameOf)]));
}

function intrinsic([name, argument]: [string, unknown], nameOf: NameOf): unknown {
  if (name === 'Ref' && String(argument).startsWith('AWS::')) return `\${${argument}}`;
  if (name === 'Ref') return reference(nameOf(String(argument)));
  if (name === 'Fn::GetAtt') {
    const [logicalId = '', ...attribute] = Array.isArray(argument) ? argument : String(argument).split('.');
    return reference(nameOf(logicalId), `.${attribute.join('.')}`);
  }
  if (name === 'Fn::Join' && Array.isArray(argument) && Array.isArray(argument[1]))
    return argument[1].map((part) => String(readable(part, nameOf))).join(String(argument[0]));
  // A policy that is chosen or substituted when deployed must not escape whoever looks for statements.
  return JSON.stringify(argument).includes('Statement')
    ? { Statement: { Effect: 'Allow', Action: unreadable } }
    : unreadable;
}

function reference(name: string | undefined, attribute = ''): string {
  return name === undefined ? unreadable : `\${${name}${attribute}}`;
}
