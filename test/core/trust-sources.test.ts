import { describe, expect, it } from 'vitest';
import { compileTrustSources, PolicySourceError } from '../../core/policy/source.ts';

const issuer = 'https://token.example';
const jwks_uri = 'https://token.example/keys';
const body = `MII${'A'.repeat(90)}`;
const certificate = `-----BEGIN CERTIFICATE----- ${body} -----END CERTIFICATE-----`;
const anchor =
  'arn:aws:rolesanywhere:eu-central-1:111122223333:trust-anchor/0a1b2c3d-0000-1111-2222-333344445555';
const entry = (web: object) => ({
  entry: { web_identity: [{ issuer, subjects: ['repo:acme/agent:*'], ...web }] },
});
const oidc = (...all: object[]) => ({ oidc: all.map((each) => ({ issuer, jwks_uri, ...each })) });
const webIdentity = (...all: object[]) => ({
  aws_web_identity: all.map((each) => ({ account: '111122223333', issuer, ...each })),
});
const spiffe = (each: object) => ({ spiffe: [{ trust_domain: 'acme.example', ...each }] });
const iid = (...all: object[]) => ({
  aws_ec2_iid: all.map((each) => ({ region: 'eu-central-1', certificate, ...each })),
});
const key = { kty: 'EC', use: 'jwt-svid', kid: '1', crv: 'P-256', x: 'x', y: 'y' };

/** JSON is YAML too. */
const compiled = (trust_sources: object) =>
  compileTrustSources({ name: 'trust-sources.yaml', text: JSON.stringify({ trust_sources }) });

function refused(trust: object): string {
  try {
    compiled(trust);
  } catch (error) {
    if (error instanceof PolicySourceError) return error.message;
    throw error;
  }
  throw new Error('the trust sources were accepted');
}

describe('trust sources', () => {
  it('trust nobody where they say nothing', () => {
    expect(compiled({})).toEqual({ aws_web_identity: [], oidc: [], spiffe: [], aws_ec2_iid: [] });
  });

  it('take what is not said from what is safe', () => {
    const trust = compiled({ ...oidc({}), ...entry({}), aws_nitro: {} });
    expect(trust.oidc).toEqual([
      { issuer, jwks_uri, algorithms: ['RS256', 'PS256', 'ES256'], private_network: false },
    ]);
    expect(trust.entry?.web_identity[0]?.audience).toBe('sts.amazonaws.com');
    expect(trust.aws_nitro?.roots).toEqual([
      '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b',
    ]);
  });

  it.each<[string, object]>([
    ['the issuer of an account', webIdentity({})],
    ['the issuers of accounts', webIdentity({}, { account: '444455556666', issuer: 'https://b.example' })],
    [
      'an issuer on this machine, in a local run',
      oidc({ issuer: 'http://127.0.0.1:8080', jwks_uri: 'http://localhost:8080/k' }),
    ],
    ['a trust domain by the address of its bundle', spiffe({ bundle_url: 'https://bundle.acme.example/b' })],
    [
      'a trust domain by its bundle',
      spiffe({ bundle: { keys: [key], spiffe_sequence: 1, spiffe_refresh_hint: 300 } }),
    ],
    ['a trust anchor', { entry: { roles_anywhere: [anchor] } }],
    ['regions of STS', { aws_presigned: { regions: ['eu-central-1', 'us-east-1'] } }],
  ])('may be %s', (_, trust) => {
    expect(compiled(trust)).toMatchObject(trust);
  });

  it('hold a certificate as AWS prints it, folded as YAML folds it, and unfold it', () => {
    const lines = certificate.replaceAll(/ (?!CERT)/g, '\n          ').replace('MIIA', 'MIIA\n          ');
    const text = `trust_sources:
  aws_ec2_iid:
    - region: us-gov-west-1
      certificate: >-
          ${lines}
`;
    const [source] = compileTrustSources({ name: 'trust-sources.yaml', text }).aws_ec2_iid;
    expect(source).toEqual({
      region: 'us-gov-west-1',
      certificate: `-----BEGIN CERTIFICATE-----\n${body.slice(0, 64)}\n${body.slice(64)}\n-----END CERTIFICATE-----\n`,
    });
    expect(compiled(iid({})).aws_ec2_iid[0]?.certificate).toBe(source?.certificate);
  });

  it.each<[string, object, string]>([
    [
      'an issuer in the clear',
      oidc({ issuer: 'http://token.example' }),
      'oidc.0.issuer: an issuer is an https address without query and fragment',
    ],
    [
      'an issuer in the clear whose name only begins as this machine’s',
      oidc({ issuer: 'http://localhost.token.example' }),
      'oidc.0.issuer: an issuer is an https address',
    ],
    [
      'an issuer with a query',
      oidc({ issuer: `${issuer}?a=b` }),
      'oidc.0.issuer: an issuer is an https address',
    ],
    [
      'an issuer with a password',
      oidc({ issuer: 'https://me:secret@token.example' }),
      'oidc.0.issuer: an issuer is an https address',
    ],
    [
      'an issuer without a scheme',
      oidc({ issuer: 'token.example' }),
      'oidc.0.issuer: an issuer is an https address',
    ],
    [
      'keys in the clear',
      oidc({ jwks_uri: 'http://token.example/keys' }),
      'oidc.0.jwks_uri: keys come from an https address',
    ],
    [
      'keys out of a file',
      oidc({ jwks_uri: 'file:///etc/keys' }),
      'oidc.0.jwks_uri: keys come from an https address',
    ],
    [
      'keys at a fragment',
      oidc({ jwks_uri: `${jwks_uri}#a` }),
      'oidc.0.jwks_uri: keys come from an https address',
    ],
    [
      'an address that others read otherwise',
      oidc({ jwks_uri: 'https://token.example\\@evil.example' }),
      'oidc.0.jwks_uri: keys come from an https address',
    ],
    ['no keys', { oidc: [{ issuer }] }, 'oidc.0.jwks_uri: is missing: Where its keys are'],
    ['a shared secret', oidc({ algorithms: ['HS256'] }), 'oidc.0.algorithms.0: one of RS256, RS384'],
    ['no signature', oidc({ algorithms: ['none'] }), 'oidc.0.algorithms.0: one of RS256, RS384'],
    ['no algorithm', oidc({ algorithms: [] }), 'oidc.0.algorithms: at least 1 entry'],
    ['the same issuer twice', oidc({}, {}), 'oidc.1.issuer: this issuer is named twice'],
    [
      'the same account twice',
      webIdentity({}, { issuer: 'https://b.example' }),
      'aws_web_identity.1.account: this account is named twice',
    ],
    [
      'one issuer for two accounts',
      webIdentity({}, { account: '444455556666' }),
      'aws_web_identity.1.issuer: this issuer is named twice',
    ],
    [
      'an account that is a number',
      webIdentity({ account: 111122223333 }),
      'aws_web_identity.0.account: a text is needed, not a number: put it in quotes',
    ],
    [
      'a trust domain with its scheme',
      { spiffe: [{ trust_domain: 'spiffe://acme.example', bundle_url: jwks_uri }] },
      'spiffe.0.trust_domain: a trust domain is lower case, without spiffe://',
    ],
    [
      'a trust domain with a path',
      { spiffe: [{ trust_domain: 'acme.example/a', bundle_url: jwks_uri }] },
      'spiffe.0.trust_domain: a trust domain is lower case',
    ],
    [
      'a trust domain in capitals',
      { spiffe: [{ trust_domain: 'ACME.example', bundle_url: jwks_uri }] },
      'spiffe.0.trust_domain: a trust domain is lower case',
    ],
    [
      'the same trust domain twice',
      { spiffe: [...spiffe({ bundle_url: jwks_uri }).spiffe, ...spiffe({ bundle: { keys: [key] } }).spiffe] },
      'spiffe.1.trust_domain: this trust_domain is named twice',
    ],
    [
      'a bundle beside its address',
      spiffe({ bundle_url: jwks_uri, bundle: { keys: [key] } }),
      'does not stand beside',
    ],
    ['a trust domain without a bundle', spiffe({}), 'is missing'],
    ['a bundle without keys', spiffe({ bundle: { keys: [] } }), 'spiffe.0.bundle.keys: at least 1 entry'],
    [
      'a key that says not what it signs',
      spiffe({ bundle: { keys: [{ kty: 'EC' }] } }),
      'spiffe.0.bundle.keys.0.use: is missing: What it signs',
    ],
    [
      'a certificate that is none',
      iid({ certificate: 'MIIC' }),
      'aws_ec2_iid.0.certificate: one certificate in PEM form',
    ],
    [
      'a chain of certificates',
      iid({ certificate: certificate + certificate }),
      'aws_ec2_iid.0.certificate: one certificate in PEM form',
    ],
    [
      'a private key',
      iid({ certificate: certificate.replaceAll('CERTIFICATE', 'PRIVATE KEY') }),
      'aws_ec2_iid.0.certificate: one certificate in PEM form',
    ],
    [
      'what is no region',
      iid({ region: 'frankfurt' }),
      'aws_ec2_iid.0.region: not a region, such as eu-central-1',
    ],
    ['two certificates of a region', iid({}, {}), 'aws_ec2_iid.1.region: this region is named twice'],
    ['STS of no region', { aws_presigned: { regions: [] } }, 'aws_presigned.regions: at least 1 entry'],
    [
      'STS of what is no region, but a host',
      { aws_presigned: { regions: ['evil.example/'] } },
      'aws_presigned.regions.0: not a region',
    ],
    [
      'a root that is no digest',
      { aws_nitro: { roots: ['64:1A'] } },
      'aws_nitro.roots.0: a SHA-256 is 64 lower case hexadecimal digits',
    ],
    ['no root', { aws_nitro: { roots: [] } }, 'aws_nitro.roots: at least 1 entry'],
    ['an entry for nobody', { entry: {} }, 'entry: name at least one of web_identity and roles_anywhere'],
    [
      'an entry for everybody',
      entry({ subjects: ['*'] }),
      'entry.web_identity.0.subjects.0: too wide: say whose tokens these are',
    ],
    [
      'an entry for everybody with a name of some length',
      entry({ subjects: ['??????*'] }),
      'subjects.0: too wide',
    ],
    ['an entry for no subject', entry({ subjects: [] }), 'entry.web_identity.0.subjects: at least 1 entry'],
    [
      'an entry whose subjects are forgotten',
      { entry: { web_identity: [{ issuer }] } },
      'entry.web_identity.0.subjects: is missing: Patterns of `sub`',
    ],
    [
      'an entry by tokens in the clear',
      entry({ issuer: 'http://token.example' }),
      'entry.web_identity.0.issuer: an issuer is an https address',
    ],
    [
      'an entry by a certificate authority',
      { entry: { roles_anywhere: ['arn:aws:acm-pca:eu-central-1:111122223333:certificate-authority/a'] } },
      'entry.roles_anywhere.0: not the ARN of a trust anchor',
    ],
    ['a section nobody knows', { oidcs: [] }, 'trust_sources.oidcs: unknown key; did you mean oidc?'],
    ['a mistyped key', oidc({ jwks_url: jwks_uri }), 'oidc.0.jwks_url: unknown key; did you mean jwks_uri?'],
  ])('are never %s', (_, trust, words) => {
    const message = refused(trust);
    expect(message).toContain(words);
    expect(message).toMatch(/^trust-sources\.yaml:1:\d+: trust_sources\./);
  });
});
