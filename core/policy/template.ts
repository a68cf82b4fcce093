import { everyResource } from './unscoped-actions.ts';

/** A resource ARN in which `${name}` stands for a parameter. */
export type Template = string;

const placeholder = /\$\{([a-z][a-z0-9_]*)\}/g;

/** The parameters that a template names, in order of appearance. */
export function parametersOf(template: Template): string[] {
  return [...template.matchAll(placeholder)].map(([, name = '']) => name);
}

/** The ARN for these values. Values were validated before: this only puts them in; throws if one is absent. */
export function expand(template: Template, values: Readonly<Record<string, string>>): string {
  return template.replace(placeholder, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for parameter ${name}`);
    return value;
  });
}

/** The widest ARN a template could ever become: a `*` where each parameter stands. */
export function ceilingOf(template: Template): string {
  return template.replace(placeholder, '*');
}

/** Whether an expanded ARN lies inside the ceiling of its template (`*` matches any run of characters). */
export function insideCeiling(template: Template, arn: string): boolean {
  if (template === everyResource) return arn === everyResource;
  const literals = ceilingOf(template)
    .split('*')
    .map((part) => part.replace(/[.+^${}()|[\]\\?]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`).test(arn) && !/[*?$]/.test(arn);
}

/** What is left of a template once its placeholders are gone: where stray `$` and `*` are looked for. */
export function literalsOf(template: Template): string {
  return template.replace(placeholder, '');
}
