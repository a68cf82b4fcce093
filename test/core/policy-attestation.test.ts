import { describe, expect, it } from 'vitest';
import { compilePolicy, compileTrustSources, PolicySourceError } from '../../core/policy/source.ts';
import { guardrail, written } from './invoice-source.ts';

const role = 'arn:aws:iam::111122223333:role/invoice-agent';
const iam = `aws_iam: { role: "${role}" }`;
const hex = 'a'.repeat(96);
const iid = 'aws_ec2_iid: { account: "111122223333" }';

const trust = compileTrustSources({
  name: 'trust-sources.yaml',
  text: `trust_sources:
  aws_web_identity: [{ account: "111122223333", issuer: "https://abc.tokens.sts.global.api.aws" }]
  aws_presigned: { regions: [eu-central-1] }
  oidc: [{ issuer: "https://token.actions.githubusercontent.com", jwks_uri: "https://token.actions.githubusercontent.com/.well-known/jwks" }]
  spiffe: [{ trust_domain: acme.example, bundle_url: "https://bundle.acme.example" }]
  aws_nitro: {}
  aws_ec2_iid: [{ region: eu-central-1, certificate: "-----BEGIN CERTIFICATE-----TUlJ-----END CERTIFICATE-----" }]
`,
});
const github = 'issuer: "https://token.actions.githubusercontent.com"';

/** The policy whose ways are these lines; the first stands in line 7, at column 9. */
const withWays = (...ways: readonly string[]) =>
  written(
    `      - ${iam}\n`,
    ways.map((way) => `      - ${way.includes('\n') ? way : `{ ${way} }`}\n`).join(''),
  );

function compiled(text: string, sources = trust) {
  return compilePolicy({ name: 'policy.yaml', text }, guardrail, sources).attestation;
}

/** What a policy with these ways is refused for; throws where it is not. */
function refused(text: string, sources = trust): readonly string[] {
  try {
    compiled(text, sources);
  } catch (error) {
    if (error instanceof PolicySourceError) return error.problems;
    throw error;
  }
  throw new Error('the policy was accepted');
}

describe('ways to attest', () => {
  it.each<[string, string]>([
    ['a role', iam],
    [
      'a token of AWS, of one function, one VPC and one organization',
      `aws_web_identity: { role: "${role}", lambda_function: "arn:aws:lambda:eu-central-1:111122223333:function:agent", vpc: vpc-0a1b2c3d, org: o-aaaaaaaaaa }`,
    ],
    ['a presigned request', `aws_presigned: { role: "${role}" }`],
    ['a JWT-SVID', 'spiffe_jwt: { id: "spiffe://acme.example/agent", plain_audience: mayfly }'],
    ['an X.509-SVID', 'spiffe_x509: { id: "spiffe://acme.example/agent" }'],
    ['a token by its subject', `oidc: { ${github}, subject: "repo:acme/agent:ref:refs/heads/main" }`],
    ['a token by its claims', `oidc: { ${github}, claims: { repository_id: "1", run: 7, main: true } }`],
    [
      'a token by claims in claims',
      `oidc: { ${github}, claims: { kubernetes.io: { namespace: agents, pod: { name: a } } } }`,
    ],
    ['measured code of a role', `${iam}, aws_nitro: { pcrs: { "0": ${hex} } }`],
    [
      'measured code with an SVID',
      `spiffe_x509: { id: "spiffe://acme.example/a" }, aws_nitro: { pcrs: { "8": ${hex} } }`,
    ],
    ['an instance of a role', `${iam}, ${iid}`],
  ])('are %s', (_, way) => {
    expect(compiled(withWays(way)).any_of).toHaveLength(1);
  });

  it.each<[string, string, string]>([
    [
      'an issuer with nothing said of whom',
      `oidc: { ${github} }`,
      '7:11: context_policy.attestation.any_of.0.oidc: name `subject` or `claims`: everybody has tokens of this issuer',
    ],
    [
      'claims that ask for nothing',
      `oidc: { ${github}, claims: {} }`,
      'attestation.any_of.0.oidc.claims: name at least one claim',
    ],
    [
      'claims in claims that ask for nothing',
      `oidc: { ${github}, claims: { kubernetes.io: {} } }`,
      'attestation.any_of.0.oidc.claims.kubernetes.io',
    ],
    [
      'claims in claims in claims that ask for nothing',
      `oidc: { ${github}, claims: { kubernetes.io: { pod: {} } } }`,
      'attestation.any_of.0.oidc.claims.kubernetes.io',
    ],
    [
      'a list as claim',
      `oidc: { ${github}, claims: { groups: [a] } }`,
      'attestation.any_of.0.oidc.claims.groups',
    ],
    [
      'a claim called __proto__',
      `oidc: { ${github}, claims: { __proto__: { admin: true } } }`,
      'no key may be called __proto__',
    ],
    [
      'an issuer nobody trusts',
      'oidc: { issuer: "https://other.example", subject: me }',
      '7:19: context_policy.attestation.any_of.0.oidc.issuer: trust-sources.yaml lists no issuer https://other.example under oidc',
    ],
    [
      'an issuer that is another by one slash',
      `oidc: { issuer: "https://token.actions.githubusercontent.com/", subject: me }`,
      'trust-sources.yaml lists no issuer https://token.actions.githubusercontent.com/ under oidc',
    ],
    [
      'an issuer in the clear',
      'oidc: { issuer: "http://token.example", subject: me }',
      'attestation.any_of.0.oidc.issuer: an issuer is an https address',
    ],
    [
      'a plain audience with a space',
      `oidc: { ${github}, subject: me, plain_audience: "a b" }`,
      'attestation.any_of.0.oidc.plain_audience: at most 200 printable ASCII characters, no spaces',
    ],
    [
      'a subject that no token has',
      `oidc: { ${github}, subject: "ü" }`,
      'attestation.any_of.0.oidc.subject: at most 255 printable ASCII characters',
    ],
    [
      'code alone',
      `aws_nitro: { pcrs: { "0": ${hex} } }`,
      'attestation.any_of.0.aws_nitro: says what runs, not whose it is: put it beside one of aws_iam, aws_web_identity',
    ],
    [
      'code beside where it runs',
      `aws_nitro: { pcrs: { "0": ${hex} } }, ${iid}`,
      'attestation.any_of.0.aws_nitro: says what runs, not whose it is',
    ],
    ...['1', '3', '4', 'tpm12', 'tpm16', 'tpm23'].map((register): [string, string, string] => [
      `the register ${register} alone, which any code may have`,
      `${iam}, aws_nitro: { pcrs: { "${register}": ${hex} } }`,
      'attestation.any_of.0.aws_nitro.pcrs: measures no code by these registers: name at least one of 0, 2, 8, tpm4, tpm7',
    ]),
    [
      'no register',
      `${iam}, aws_nitro: { pcrs: {} }`,
      'attestation.any_of.0.aws_nitro.pcrs: name at least one PCR',
    ],
    [
      'what debug mode measures',
      `${iam}, aws_nitro: { pcrs: { "0": "${'0'.repeat(96)}" } }`,
      'all zero is what debug mode measures',
    ],
    [
      'a register that is a number',
      `${iam}, aws_nitro: { pcrs: { 0: ${hex} } }`,
      'a number as key: put it in quotes',
    ],
    [
      'a register that is not there',
      `${iam}, aws_nitro: { pcrs: { "32": ${hex} } }`,
      'a PCR is a number from 0 to 31, in quotes',
    ],
    [
      'a register with a zero in front',
      `${iam}, aws_nitro: { pcrs: { "08": ${hex} } }`,
      'a PCR is a number from 0 to 31, in quotes',
    ],
    [
      'a measurement in capitals',
      `${iam}, aws_nitro: { pcrs: { "0": ${'A'.repeat(96)} } }`,
      'a measurement is 64, 96 or 128 lower case hexadecimal digits',
    ],
    [
      'half a measurement',
      `${iam}, aws_nitro: { pcrs: { "0": ${'a'.repeat(95)} } }`,
      'a measurement is 64, 96 or 128 lower case',
    ],
    [
      'an instance alone',
      iid,
      'attestation.any_of.0.aws_ec2_iid: can be copied: put it beside one of aws_iam, aws_web_identity, aws_presigned',
    ],
    [
      'an instance beside an SVID, which says nothing of instances',
      `spiffe_x509: { id: "spiffe://acme.example/a" }, ${iid}`,
      'attestation.any_of.0.aws_ec2_iid: can be copied',
    ],
    [
      'an account that is a number',
      `${iam}, aws_ec2_iid: { account: 111122223333 }`,
      'attestation.any_of.0.aws_ec2_iid.account: a text is needed, not a number: put it in quotes',
    ],
    [
      'what is no image',
      `${iam}, aws_ec2_iid: { account: "111122223333", image: latest }`,
      'attestation.any_of.0.aws_ec2_iid.image: not the id of an image',
    ],
    [
      'instances of an account outside the guardrail',
      `${iam}, aws_ec2_iid: { account: "444455556666" }`,
      'attestation.any_of.0.aws_ec2_iid.account: the guardrail does not list the account 444455556666',
    ],
    [
      'a role outside the guardrail',
      'aws_presigned: { role: "arn:aws:iam::444455556666:role/agent" }',
      '7:28: context_policy.attestation.any_of.0.aws_presigned.role: the guardrail does not list the account 444455556666',
    ],
    [
      'a grant role',
      'aws_iam: { role: "arn:aws:iam::111122223333:role/mayfly/mayfly/grant/mayfly-eu-central-1-payer-0" }',
      'attestation.any_of.0.aws_iam.role: a grant role is never an agent',
    ],
    [
      'a grant role of another deployment, elsewhere asked',
      'aws_presigned: { role: "arn:aws:iam::111122223333:role/mayfly/other/grant/other-eu-central-1-payer-0" }',
      'a grant role is never an agent',
    ],
    [
      'the entry role',
      'aws_web_identity: { role: "arn:aws:iam::111122223333:role/mayfly/mayfly/entry/mayfly-eu-central-1-entry" }',
      'attestation.any_of.0.aws_web_identity.role: the entry role is never an agent: it proves nothing',
    ],
    [
      'the entry role without its path',
      'aws_iam: { role: "arn:aws:iam::111122223333:role/mayfly-us-east-1-entry" }',
      'attestation.any_of.0.aws_iam.role: the entry role is never an agent: it proves nothing',
    ],
    [
      'a trust domain instead of a workload',
      'spiffe_jwt: { id: "spiffe://acme.example" }',
      'attestation.any_of.0.spiffe_jwt.id: not a SPIFFE id: spiffe://<trust domain>/<path>',
    ],
    [
      'what is no role',
      'aws_iam: { role: "arn:aws:iam::111122223333:user/me" }',
      'attestation.any_of.0.aws_iam.role: not the ARN of an IAM role',
    ],
    [
      'every role',
      'aws_iam: { role: "arn:aws:iam::111122223333:role/*" }',
      'attestation.any_of.0.aws_iam.role: not the ARN of an IAM role',
    ],
    [
      'a version of a function',
      `aws_web_identity: { role: "${role}", lambda_function: "arn:aws:lambda:eu-central-1:111122223333:function:agent:1" }`,
      'attestation.any_of.0.aws_web_identity.lambda_function: not the ARN of a function',
    ],
    [
      'what is no VPC',
      `aws_web_identity: { role: "${role}", vpc: main }`,
      'attestation.any_of.0.aws_web_identity.vpc: not the id of a VPC',
    ],
    [
      'what is no organization',
      `aws_web_identity: { role: "${role}", org: acme }`,
      'attestation.any_of.0.aws_web_identity.org: not the id of an organization',
    ],
    [
      'a trust domain nobody trusts',
      'spiffe_jwt: { id: "spiffe://other.example/agent" }',
      'attestation.any_of.0.spiffe_jwt.id: trust-sources.yaml lists no trust domain other.example under spiffe',
    ],
    [
      'every id of a trust domain',
      'spiffe_x509: { id: "spiffe://acme.example/*" }',
      'attestation.any_of.0.spiffe_x509.id: not a SPIFFE id: spiffe://<trust domain>/<path>',
    ],
    [
      'a plain audience of certificates, which have none',
      'spiffe_x509: { id: "spiffe://acme.example/a", plain_audience: us }',
      'attestation.any_of.0.spiffe_x509.plain_audience: unknown key',
    ],
    [
      'two roles',
      `${iam}, aws_presigned: { role: "${role}2" }`,
      `attestation.any_of.0.aws_presigned.role: not the same role as beside it, ${role}: nobody could prove both`,
    ],
    [
      'the same role under two paths',
      `${iam}, aws_web_identity: { role: "arn:aws:iam::111122223333:role/agents/invoice-agent" }`,
      'attestation.any_of.0.aws_web_identity.role: not the same role as beside it',
    ],
    [
      'two ids',
      'spiffe_jwt: { id: "spiffe://acme.example/a" }, spiffe_x509: { id: "spiffe://acme.example/b" }',
      'attestation.any_of.0.spiffe_x509.id: not the same SPIFFE id as beside it, spiffe://acme.example/a: nobody could prove both',
    ],
    ['no method', '', 'attestation.any_of.0: name at least one method'],
    [
      'a mistyped method',
      `aws_imm: { role: "${role}" }`,
      '7:11: context_policy.attestation.any_of.0.aws_imm: unknown key; did you mean aws_iam?',
    ],
    [
      'a mistyped term',
      `aws_iam: { rol: "${role}" }`,
      'attestation.any_of.0.aws_iam.rol: unknown key; did you mean role?',
    ],
    [
      'no role',
      'aws_iam: {}',
      'attestation.any_of.0.aws_iam.role: is missing: The role that the agent runs as',
    ],
  ])('are not %s', (_, way, words) => {
    const problems = refused(withWays(way));
    expect(problems.join('\n')).toContain(words);
    // At the way, which is all of line 7.
    for (const problem of problems) expect(problem).toMatch(/^policy\.yaml:7:\d+: /);
  });

  it.each<[string, string, string]>([
    [
      'aws_web_identity',
      `aws_web_identity: { role: "${role}" }`,
      'trust-sources.yaml lists no issuer for the account 111122223333 under aws_web_identity',
    ],
    [
      'aws_presigned',
      `aws_presigned: { role: "${role}" }`,
      'trust-sources.yaml lists no regions under aws_presigned',
    ],
    [
      'spiffe_jwt',
      'spiffe_jwt: { id: "spiffe://acme.example/a" }',
      'trust-sources.yaml lists no trust domain acme.example under spiffe',
    ],
    [
      'spiffe_x509',
      'spiffe_x509: { id: "spiffe://acme.example/a" }',
      'trust-sources.yaml lists no trust domain acme.example under spiffe',
    ],
    ['oidc', `oidc: { ${github}, subject: me }`, 'under oidc'],
    ['aws_nitro', `${iam}, aws_nitro: { pcrs: { "0": ${hex} } }`, 'trust-sources.yaml lists no aws_nitro'],
    ['aws_ec2_iid', `${iam}, ${iid}`, 'trust-sources.yaml lists no certificate under aws_ec2_iid'],
  ])('are not %s where nobody is trusted', (_, way, words) => {
    const problems = refused(withWays(way), compileTrustSources({ name: 't', text: 'trust_sources: {}' }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  it('that cannot reach the minimum are told one by one', () => {
    const text = withWays(
      iam,
      `${iam}, aws_nitro: { pcrs: { "0": ${hex} } }`,
      `oidc: { ${github}, subject: me }`,
    ).replace('    any_of:', '    minimum: key_bound\n    any_of:');
    expect(refused(text)).toEqual([
      expect.stringContaining(
        'policy.yaml:8:9: context_policy.attestation.any_of.0: proves principal at most, which is below the minimum of key_bound: nobody could use it',
      ),
      expect.stringContaining(
        'policy.yaml:10:9: context_policy.attestation.any_of.2: proves workload at most',
      ),
    ]);
  });

  it('have a minimum that is a strength', () => {
    const text = withWays(iam).replace('    any_of:', '    minimum: principle\n    any_of:');
    expect(refused(text).join()).toContain(
      'attestation.minimum: one of instance, principal, workload, key_bound, measured is needed; did you mean principal?',
    );
  });

  it('are one at least, and no more than 20', () => {
    expect(refused(written(`    any_of:\n      - ${iam}\n`, '    any_of: []\n')).join()).toContain(
      'attestation.any_of: at least 1 entry',
    );
    expect(refused(withWays(...Array.from({ length: 21 }, () => iam))).join()).toContain(
      'attestation.any_of: at most 20 entries',
    );
  });
});

describe('a parameter that the attestation proves', () => {
  const withFact = (fact: string, ...ways: readonly string[]) =>
    withWays(...ways).replace('source: delegation }', `source: { attestation: ${fact} } }`);
  const x509 = 'spiffe_x509: { id: "spiffe://acme.example/a" }';

  it.each<[string, string]>([
    ['aws_session', iam],
    ['aws_session', `aws_presigned: { role: "${role}" }`],
    ['lambda_function', `aws_web_identity: { role: "${role}" }`],
    ['ec2_image', `${iam}, ${iid}`],
    ['spiffe_id', x509],
    ['oidc_subject', `oidc: { ${github}, subject: me }`],
  ])('may be %s of %s', (fact, way) => {
    expect(compiled(withFact(fact, way)).any_of).toHaveLength(1);
  });

  it.each<[string, string[], number]>([
    ['aws_session', [`aws_web_identity: { role: "${role}" }`], 0],
    ['aws_region', [`aws_presigned: { role: "${role}" }`], 0],
    ['spiffe_id', [iam], 0],
    ['spiffe_id', [x509, iam], 1],
    ['aws_role', [`${iam}, ${iid}`, `oidc: { ${github}, subject: me }`], 1],
    ['ec2_vpc', [`${iam}, aws_nitro: { pcrs: { "0": ${hex} } }`], 0],
  ])('is not %s where one way cannot prove it', (fact, ways, place) => {
    expect(refused(withFact(fact, ...ways)).join()).toContain(
      `parameters.customer_id.source.attestation: attestation.any_of.${place} cannot prove ${fact}`,
    );
  });

  it('is a fact that there is', () => {
    expect(refused(withFact('aws_rol', iam)).join()).toContain('did you mean aws_role?');
  });
});
