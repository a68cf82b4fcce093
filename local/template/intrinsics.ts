/** A value of a template: JSON in which intrinsic functions are still objects. */
export type TemplateValue = unknown;

/** How `Ref` and `Fn::GetAtt` are answered. */
export type References = { ref(name: string): string; attribute(logicalId: string, name: string): string };

/** Resolves the intrinsic functions Ref, GetAtt, Join, Sub, Select and Split; throws on every other. */
export function resolve(value: TemplateValue, references: References): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, references));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only && (only[0] === 'Ref' || only[0].startsWith('Fn::')))
    return intrinsic(only[0], only[1], references);
  return Object.fromEntries(entries.map(([key, item]) => [key, resolve(item, references)]));
}

function intrinsic(name: string, argument: unknown, references: References): unknown {
  switch (name) {
    case 'Ref':
      return references.ref(String(argument));
    case 'Fn::GetAtt': {
      const [logicalId = '', ...attribute] = Array.isArray(argument) ? argument : String(argument).split('.');
      return references.attribute(logicalId, attribute.join('.'));
    }
    case 'Fn::Join': {
      const [separator, parts] = pair(name, resolve(argument, references));
      return listOf(name, parts).join(String(separator));
    }
    case 'Fn::Select': {
      const [index, items] = pair(name, resolve(argument, references));
      const chosen = listOf(name, items)[Number(index)];
      if (chosen === undefined) throw new Error(`${name} selects item ${index}, which is not there`);
      return chosen;
    }
    case 'Fn::Split': {
      const [separator, text] = pair(name, resolve(argument, references));
      return String(text).split(String(separator));
    }
    case 'Fn::Sub':
      return substitute(argument, references);
    default:
      throw new Error(`the intrinsic function ${name} is not emulated`);
  }
}

function substitute(argument: unknown, references: References): string {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  const values = resolve(own, references) as Record<string, unknown>;
  return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(values, name)) return String(values[name]);
    const [logicalId = '', ...attribute] = name.split('.');
    return attribute.length > 0
      ? references.attribute(logicalId, attribute.join('.'))
      : references.ref(logicalId);
  });
}

function pair(name: string, value: unknown): [unknown, unknown] {
  if (Array.isArray(value) && value.length === 2) return [value[0], value[1]];
  throw new Error(`${name} takes a list of two`);
}

function listOf(name: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${name} takes a list`);
}
