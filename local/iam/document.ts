/** One statement of a policy document, as JSON. */
export type PolicyStatement = {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** A policy document whose statements are a list. */
export type PolicyDocument = { readonly Version?: string; readonly Statement: readonly PolicyStatement[] };

/** Reads a policy document; undefined when it is not valid policy JSON. IAM validates grammar in full, this the shape. */
export function parsePolicy(text: string): PolicyDocument | undefined {
  try {
    return asPolicy(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Makes a document of parsed JSON, with `Statement` as a list; undefined when it is none. */
export function asPolicy(value: unknown): PolicyDocument | undefined {
  if (typeof value !== 'object' || value === null || !('Statement' in value)) return undefined;
  const { Statement } = value;
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  return statements.length > 0 && statements.every(isStatement)
    ? ({ ...value, Statement: statements } as PolicyDocument)
    : undefined;
}

/** The values of a policy element that may be one string or a list. */
export function list(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

const elements = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

function isStatement(value: unknown): value is PolicyStatement {
  if (typeof value !== 'object' || value === null) return false;
  const known = Object.keys(value).every((key) => elements.has(key));
  const effect = 'Effect' in value && (value.Effect === 'Allow' || value.Effect === 'Deny');
  return known && effect && 'Action' in value !== 'NotAction' in value;
}
