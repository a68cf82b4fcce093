import type { AttestationResult } from './attestation-result.ts';
import {
  type Facts,
  factNames,
  isAtLeast,
  type Method,
  type Proven,
  type Strength,
  strengthOf,
} from './evidence.ts';
import { type Caller, withoutPath } from './identity.ts';
import type { ContextPolicy } from './policy/schema.ts';
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
      return piece.role !== undefined && withoutPath(way[piece.method]?.role ?? '') === piece.role;
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

function isOrAbsent(asked: string | undefined, proven: string | undefined): boolean {
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
 * Whether pieces speak of one runtime: what two of them say is the same, so that no fact depends on their order. An identity document can be copied by whoever was on its
 * instance: it counts only beside evidence of the same instance, whose credentials carry its id as their session's name.
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
      (facts.ec2_instance === ec2_instance ||
        (facts.ec2_instance === undefined && facts.aws_session === ec2_instance)),
  );
}

/**
 * Whether what an agent proved when it attested is still a way of its policy: who was taken out of one since, or would have
 * to prove more by now, gets nothing from then on. Claims, measurements and the path of a role are not in a result, and are
 * asked for again when it has ended.
 */
export function stillProven(
  { any_of, minimum = 'instance' }: ContextPolicy['attestation'],
  { methods, facts }: Pick<AttestationResult, 'methods' | 'facts'>,
  caller: Pick<Caller, 'role'>,
): boolean {
  return any_of.some((way) => {
    const taken = methodsOf(way);
    return (
      taken.every((method) => methods.includes(method)) &&
      saysWho(taken) &&
      isAtLeast(strengthOfWay(taken), minimum) &&
      stillMet(way, facts, caller.role)
    );
  });
}

/** Whether facts are what a way asks for; `caller` is the role, without its path, that signs the agent's requests. */
function stillMet(way: Way, facts: Facts, caller: string): boolean {
  const { aws_iam, aws_web_identity, aws_presigned, spiffe_jwt, spiffe_x509, oidc, aws_ec2_iid } = way;
  const called = [aws_iam, aws_web_identity].flatMap((terms) => terms?.role ?? []);
  return (
    called.every((role) => withoutPath(role) === caller) &&
    isOrAbsent(aws_web_identity?.lambda_function, facts.lambda_function) &&
    isOrAbsent(aws_web_identity?.vpc, facts.ec2_vpc) &&
    isOrAbsent(aws_web_identity?.org, facts.aws_org) &&
    isOrAbsent(aws_presigned && roleOf(aws_presigned.role), `${facts.aws_account}:${facts.aws_role}`) &&
    [spiffe_jwt, spiffe_x509].every((terms) => isOrAbsent(terms?.id, facts.spiffe_id)) &&
    isOrAbsent(oidc?.issuer, facts.oidc_issuer) &&
    isOrAbsent(oidc?.subject, facts.oidc_subject) &&
    isOrAbsent(aws_ec2_iid?.account, facts.aws_account) &&
    isOrAbsent(aws_ec2_iid?.image, facts.ec2_image)
  );
}

/** `<account>:<name>` of a role's ARN, as the facts have them. */
function roleOf(arn: string): string {
  return withoutPath(arn).split(':').slice(4).join(':').replace(':role/', ':');
}
