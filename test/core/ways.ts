import fc from 'fast-check';
import type { Facts, Method, Proven } from '../../core/evidence.ts';
import type { Way } from '../../core/policy/schema-attestation.ts';

/** Of everything there are two, so that random terms and random pieces meet often, and miss often. */
const accounts = ['111122223333', '444455556666'] as const;
const roles = [
  `arn:aws:iam::${accounts[0]}:role/agents/agent`,
  `arn:aws:iam::${accounts[1]}:role/agents/agent`,
] as const;
const instances = ['i-0a1b2c3d4e5f60718', 'i-0f0f0f0f0f0f0f0f0'] as const;
const images = ['ami-0a1b2c3d4e5f60718', 'ami-0f0f0f0f0f0f0f0f0'] as const;
const ids = ['spiffe://acme.example/one', 'spiffe://acme.example/two'] as const;
const issuers = ['https://one.example', 'https://two.example'] as const;
const functions = [
  `arn:aws:lambda:eu-central-1:${accounts[0]}:function:agent`,
  `arn:aws:lambda:eu-central-1:${accounts[1]}:function:agent`,
] as const;
const hex = ['a'.repeat(96), 'b'.repeat(96)] as const;

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
/** Mostly the first, so that what is asked for and what is said are often the same. */
const among = <Value>(values: readonly [Value, ...Value[]]) =>
  fc.constantFrom(...Array.from({ length: 3 }, () => values[0]), ...values);
const account = (role: string) => role.split(':')[4] ?? '';

/** Drops what is undefined, as JSON does: terms and facts are absent, never undefined. */
function present<Value extends object>(value: object): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

const claims = fc.record({
  repository_id: among(['1', '2']),
  google: fc.record({ zone: among(['a', 'b']) }),
});

/** The terms of each method, as a policy may set them. */
const terms = {
  aws_iam: fc.record({ role: among(roles) }),
  aws_web_identity: fc.record({
    role: among(roles),
    lambda_function: maybe(among(functions)),
    vpc: maybe(among(['vpc-0a1b2c3d', 'vpc-0f0f0f0f'])),
    org: maybe(among(['o-aaaaaaaaaa', 'o-bbbbbbbbbb'])),
  }),
  aws_presigned: fc.record({ role: among(roles) }),
  spiffe_jwt: fc.record({ id: among(ids), plain_audience: maybe(among(['us', 'them'])) }),
  spiffe_x509: fc.record({ id: among(ids) }),
  oidc: fc.record({
    issuer: among(issuers),
    subject: maybe(among(['me', 'you'])),
    claims: maybe(claims),
    plain_audience: maybe(among(['us', 'them'])),
  }),
  aws_nitro: fc.record({ pcrs: fc.dictionary(among(['0', '8']), among(hex), { minKeys: 1 }) }),
  aws_ec2_iid: fc.record({ account: among(accounts), image: maybe(among(images)) }),
};

/** Ways of one to three methods. */
export const anyWay: fc.Arbitrary<Way> = fc
  .subarray(Object.keys(terms) as Method[], { minLength: 1, maxLength: 3 })
  .chain((methods) => {
    const optional = Object.keys(terms).filter((method) => !(methods as string[]).includes(method));
    return fc.record(terms).map((all) => omit(all, optional));
  })
  .map((way) => present<Way>(way));

function omit(value: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** Ways of a policy, as many as matter. */
export const anyWays = fc.array(anyWay, { minLength: 1, maxLength: 4 });

const byRole = among(roles).map((role) => ({
  role: role.replace('agents/', ''),
  facts: { aws_account: account(role), aws_role: 'agent' } as Facts,
}));

const calling = (method: 'aws_iam' | 'aws_presigned', principal: string) =>
  fc.tuple(byRole, among([...instances, 'mine'])).map(
    ([{ role, facts }, aws_session]): Proven => ({
      method,
      principal,
      role,
      facts: { ...facts, aws_session },
    }),
  );

const webIdentity = fc
  .record({
    role: among([...roles, roles[0].replace('agents/', 'others/')]),
    lambda_function: maybe(among(functions)),
    ec2_vpc: maybe(among(['vpc-0a1b2c3d', 'vpc-0f0f0f0f'])),
    aws_org: maybe(among(['o-aaaaaaaaaa', 'o-bbbbbbbbbb'])),
    ec2_instance: maybe(among(instances)),
  })
  .map(({ role, ...facts }): Proven => {
    const said = { aws_account: account(role), aws_role: 'agent', ...facts };
    return { method: 'aws_web_identity', principal: 'AROACALLER', role, facts: present<Facts>(said) };
  });

const token = { plainAudience: maybe(among(['us', 'them'])) };
const svid = (method: 'spiffe_jwt' | 'spiffe_x509') =>
  fc
    .record({ id: among(ids), ...(method === 'spiffe_jwt' && token) })
    .map(
      ({ id, ...rest }): Proven =>
        present<Proven>({ method, principal: id, facts: { spiffe_id: id }, ...rest }),
    );

/** What verified evidence of each method may say. */
const pieces = {
  aws_iam: calling('aws_iam', 'AROACALLER'),
  aws_web_identity: webIdentity,
  aws_presigned: calling('aws_presigned', 'AROAPRESIGNED'),
  spiffe_jwt: svid('spiffe_jwt'),
  spiffe_x509: svid('spiffe_x509'),
  oidc: fc
    .record({ issuer: among(issuers), subject: among(['me', 'you']), claims: maybe(claims), ...token })
    .map(({ issuer, subject, ...rest }): Proven => {
      const facts = { oidc_issuer: issuer, oidc_subject: subject };
      return present<Proven>({ method: 'oidc', principal: `${issuer}#${subject}`, facts, ...rest });
    }),
  aws_nitro: fc
    .dictionary(among(['0', '8']), among(hex))
    .map((measurements): Proven => ({ method: 'aws_nitro', facts: {}, measurements })),
  aws_ec2_iid: fc
    .record({ aws_account: among(accounts), ec2_instance: among(instances), ec2_image: among(images) })
    .map((facts): Proven => ({ method: 'aws_ec2_iid', facts })),
};

/** Pieces of an attestation: of each method one at most, in any order. */
export const anyPieces = shuffled(fc.subarray(Object.keys(pieces)));

/**
 * Pieces that were made for a way: all that it asks for, and others among them, so that what is seldom met by chance is
 * met often.
 */
export function piecesFor(way: Way): fc.Arbitrary<readonly Proven[]> {
  const others = Object.keys(pieces).filter((method) => !Object.hasOwn(way, method));
  const methods = fc.subarray(others, { maxLength: 2 }).map((more) => [...Object.keys(way), ...more]);
  return shuffled(methods).map((all) => all.map((piece) => fitted(piece, way)));
}

function shuffled(methods: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly Proven[]> {
  return fc
    .tuple(methods, fc.record(pieces))
    .map(([chosen, all]) => Object.values(all).filter(({ method }) => chosen.includes(method)))
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
}

function fitted(piece: Proven, way: Way): Proven {
  const role = (way.aws_iam ?? way.aws_web_identity ?? way.aws_presigned)?.role ?? roles[0];
  const facts = { ...piece.facts, ...(piece.facts.aws_account && { aws_account: account(role) }) };
  switch (piece.method) {
    case 'aws_iam':
    case 'aws_presigned':
      return { ...piece, role: role.replace('agents/', ''), facts };
    case 'aws_web_identity':
      return { ...piece, role, facts: { ...facts, ...present<Facts>(factsAsked(way)) } };
    case 'spiffe_jwt':
    case 'spiffe_x509': {
      const id = way[piece.method]?.id ?? piece.principal ?? '';
      return { ...piece, principal: id, facts: { spiffe_id: id } };
    }
    case 'oidc': {
      const { issuer = 'https://one.example', subject = 'me', claims: asked = {} } = way.oidc ?? {};
      const said = { oidc_issuer: issuer, oidc_subject: subject };
      return { ...piece, principal: `${issuer}#${subject}`, facts: said, claims: asked };
    }
    case 'aws_nitro':
      return { ...piece, measurements: way.aws_nitro?.pcrs ?? {} };
    case 'aws_ec2_iid':
      return { ...piece, facts: { ...facts, ec2_image: way.aws_ec2_iid?.image ?? images[0] } };
  }
}

function factsAsked({ aws_web_identity: asked }: Way) {
  return { lambda_function: asked?.lambda_function, ec2_vpc: asked?.vpc, aws_org: asked?.org };
}
