import { factNames, isAtLeast, type Method, type Proven, type Strength, strengthOf } from './evidence.ts';
import { withoutPath } from './identity.ts';
import type { Way } from './policy/schema-attestation.ts';

/** Methods of which AWS itself says that the caller of the API is the agent. */
export const callerMethods: ReadonlySet<Method> = new Set(['aws_iam', 'aws_web_identity']);

/** Methods that say who an agent is, the most telling first; the others say what runs, or where. */
export const principalMethods = [
  'aws_iam',
  'aws_web_identity',
  'aws_presigned',
  'spiffe_x509',
  'spiffe_jwt',
  'oidc',
] as const satisfies readonly Method[];

/** A way of a policy that was proven whole. */
export type ProvenWay = {
  readonly pieces: readonly Proven[];
  readonly principal: string;
  readonly strength: Strength;
};

/** The methods that a way takes. */
export function methodsOf(way: Way): Method[] {
  return Object.keys(way) as Method[];
}

/** Whether any of these methods says who an agent is. */
export function saysWho(methods: readonly Method[]): boolean {
  return methods.some((method) => (principalMethods as readonly Method[]).includes(method));
}

/** The most that a way can prove: its strongest method decides, as every piece is bound to the same key. */
export function strengthOfWay(methods: readonly Method[]): Strength {
  return methods
    .map((method) => strengthOf[method])
    .reduce((most, each) => (isAtLeast(each, most) ? each : most), 'instance');
}

/**
 * The strongest way that these pieces prove, the earlier one of equals; undefined when they prove none. A way is proven when
 * each of its methods is, by its own terms, and all pieces speak of one place.
 */
export function provenWay(ways: readonly Way[], pieces: readonly Proven[]): ProvenWay | undefined {
  return ways
    .flatMap((way) => provenBy(way, pieces) ?? [])
    .reduce<ProvenWay | undefined>(
      (best, each) => (best && isAtLeast(best.strength, each.strength) ? best : each),
      undefined,
    );
}

function provenBy(way: Way, pieces: readonly Proven[]): ProvenWay | undefined {
  const methods = methodsOf(way);
  const met = methods.flatMap(
    (method) => pieces.find((each) => each.method === method && meets(way, each)) ?? [],
  );
  if (met.length < methods.length || !agree(met)) return undefined;
  const principal = principalMethods
    .map((method) => met.find((each) => each.method === method)?.principal)
    .find((each) => each !== undefined);
  return principal === undefined ? undefined : { pieces: met, principal, strength: strengthOfWay(methods) };
}

/** Whether a piece is what the way's terms for its method ask for. */
function meets(way: Way, piece: Proven): boolean {
  const { facts } = piece;
  switch (piece.method) {
    case 'aws_iam':
    case 'aws_presigned':
      // STS names sessions of a role without its path.
      return withoutPath(way[piece.method]?.role ?? '') === piece.role;
    case 'aws_web_identity': {
      const { role, lambda_function, vpc, org } = way.aws_web_identity ?? {};
      return (
        piece.role !== undefined &&
        piece.role === role &&
        isOrAbsent(lambda_function, facts.lambda_function) &&
        isOrAbsent(vpc, facts.ec2_vpc) &&
        isOrAbsent(org, facts.aws_org)
      );
    }
    case 'spiffe_jwt':
      return (
        piece.principal === way.spiffe_jwt?.id && piece.plainAudience === audienceOf(way.spiffe_jwt, piece)
      );
    case 'spiffe_x509':
      return piece.principal === way.spiffe_x509?.id;
    case 'oidc': {
      const { issuer, subject, claims = {} } = way.oidc ?? {};
      return (
        facts.oidc_issuer !== undefined &&
        facts.oidc_issuer === issuer &&
        isOrAbsent(subject, facts.oidc_subject) &&
        holds(piece.claims ?? {}, claims) &&
        piece.plainAudience === audienceOf(way.oidc, piece)
      );
    }
    case 'aws_nitro':
      return holds(piece.measurements ?? {}, way.aws_nitro?.pcrs ?? { '': 'never' });
    case 'aws_ec2_iid': {
      const { account, image } = way.aws_ec2_iid ?? {};
      return facts.aws_account === account && isOrAbsent(image, facts.ec2_image);
    }
  }
}

/** A token with the binding in its audience always will do; one without, where the terms name its audience. */
function audienceOf(terms: { plain_audience?: string | undefined } | undefined, piece: Proven) {
  return piece.plainAudience === undefined ? undefined : (terms?.plain_audience ?? '');
}

/** Whether a term that may be absent is what was proven. */
export function isOrAbsent(asked: string | undefined, proven: string | undefined): boolean {
  return asked === undefined || asked === proven;
}

/** Whether claims hold all that is asked, objects looked into; never by what every object inherits. */
function holds(claims: unknown, asked: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(asked).every(([name, wanted]) => {
    const found = own(claims, name);
    return typeof wanted === 'object' && wanted !== null
      ? typeof found === 'object' && holds(found, wanted as Readonly<Record<string, unknown>>)
      : found === wanted;
  });
}

function own(claims: unknown, name: string): unknown {
  return typeof claims === 'object' &&
    claims !== null &&
    !Array.isArray(claims) &&
    Object.hasOwn(claims, name)
    ? (claims as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/**
 * Whether pieces speak of one runtime: what two of them say is the same, so that no fact depends on their order. An
 * identity document can be copied by whoever was on its instance: it counts only beside evidence of the same instance,
 * whose credentials carry its id as their session's name.
 */
function agree(pieces: readonly Proven[]): boolean {
  const saidOf = (name: (typeof factNames)[number]) => pieces.flatMap(({ facts }) => facts[name] ?? []);
  if (factNames.some((name) => new Set(saidOf(name)).size > 1)) return false;
  const document = pieces.find(({ method }) => method === 'aws_ec2_iid');
  if (!document) return true;
  const { ec2_instance } = document.facts;
  return pieces.some(
    ({ method, facts }) =>
      method !== 'aws_ec2_iid' &&
      ec2_instance !== undefined &&
      [facts.ec2_instance, facts.aws_session].includes(ec2_instance),
  );
}
