import { describe, expect, it } from 'vitest';
import { provenWay } from '../../core/attestation-terms.ts';
import type { Proven } from '../../core/evidence.ts';
import type { Way } from '../../core/policy/schema-attestation.ts';
import {
  account,
  allOfIdentity,
  bare,
  claims,
  document,
  iam,
  id,
  identity,
  instance,
  issuer,
  jwtSvid,
  lambda_function,
  measured,
  nitro,
  oidc,
  presigned,
  role,
  said,
  token,
  x509Svid,
} from './pieces.ts';

function proven(way: Way, ...pieces: readonly Proven[]) {
  return provenWay([way], pieces);
}

describe('a way', () => {
  it.each<[string, Way, Proven[], string, string]>([
    ['a role', { aws_iam: { role } }, [iam], 'AROACALLER', 'principal'],
    ['a token of AWS', { aws_web_identity: allOfIdentity }, [identity], 'AROACALLER', 'workload'],
    ['a presigned request', { aws_presigned: { role } }, [presigned], 'AROAPRESIGNED', 'principal'],
    ['a JWT-SVID', { spiffe_jwt: { id } }, [jwtSvid], id, 'workload'],
    ['an X.509-SVID', { spiffe_x509: { id } }, [x509Svid], id, 'key_bound'],
    ['a token of an issuer', { oidc }, [token], `${issuer}#me`, 'workload'],
    [
      'measured code of a role',
      { aws_iam: { role }, aws_nitro: { pcrs: measured } },
      [iam, nitro],
      'AROACALLER',
      'measured',
    ],
    [
      'an instance by the name of its session',
      { aws_iam: { role }, aws_ec2_iid: { account, image: 'ami-0a1b2c3d' } },
      [iam, document],
      'AROACALLER',
      'principal',
    ],
    [
      'an instance by what AWS says of it',
      { aws_web_identity: { role }, aws_ec2_iid: { account } },
      [identity, document],
      'AROACALLER',
      'workload',
    ],
    [
      'a role and an SVID of it, whose principal is the role',
      { aws_iam: { role }, spiffe_x509: { id } },
      [x509Svid, iam],
      'AROACALLER',
      'key_bound',
    ],
  ])('is proven by %s', (_, way, pieces, principal, strength) => {
    expect(proven(way, ...pieces)).toMatchObject({ principal, strength });
    for (const missing of pieces)
      expect(proven(way, ...pieces.filter((each) => each !== missing))).toBeUndefined();
  });

  it.each<[string, Way, Proven[]]>([
    ['another role', { aws_iam: { role } }, [{ ...iam, role: `${bare}2` }]],
    [
      'a role of the same name in another account',
      { aws_iam: { role } },
      [{ ...iam, role: bare.replace('1111', '4444') }],
    ],
    ['a role that nobody named', { aws_iam: { role } }, [{ method: 'aws_iam', principal: 'A', facts: {} }]],
    [
      'a presigned request of another role',
      { aws_presigned: { role } },
      [{ ...presigned, role: `${bare}2` }],
    ],
    [
      'a token of a role of the same name under another path',
      { aws_web_identity: { role } },
      [{ ...identity, role: bare }],
    ],
    [
      'a token of another function',
      { aws_web_identity: allOfIdentity },
      [said(identity, { lambda_function: `${lambda_function}2` })],
    ],
    [
      'a token that no function asked for',
      { aws_web_identity: allOfIdentity },
      [said(identity, { lambda_function: undefined })],
    ],
    [
      'a token out of another VPC',
      { aws_web_identity: allOfIdentity },
      [said(identity, { ec2_vpc: 'vpc-0f0f0f0f' })],
    ],
    [
      'a token of an account of another organization',
      { aws_web_identity: allOfIdentity },
      [said(identity, { aws_org: 'o-bbbbbbbbbb' })],
    ],
    ['an SVID of another id', { spiffe_jwt: { id } }, [{ ...jwtSvid, principal: `${id}2` }]],
    ['an SVID of an id below', { spiffe_x509: { id } }, [{ ...x509Svid, principal: `${id}/below` }]],
    ['an SVID without a binding', { spiffe_jwt: { id } }, [{ ...jwtSvid, plainAudience: 'us' }]],
    [
      'an SVID without a binding, for others',
      { spiffe_jwt: { id, plain_audience: 'us' } },
      [{ ...jwtSvid, plainAudience: 'them' }],
    ],
    ['a token without a binding', { oidc }, [{ ...token, plainAudience: 'us' }]],
    [
      'a token of another issuer with the same subject',
      { oidc },
      [said(token, { oidc_issuer: 'https://other.example' })],
    ],
    ['a token of another subject', { oidc }, [said(token, { oidc_subject: 'you' })]],
    [
      'a token without one of the claims',
      { oidc },
      [{ ...token, claims: { run: 7, google: claims.google } }],
    ],
    ['a claim that is a number, as a text', { oidc }, [{ ...token, claims: { ...claims, run: '7' } }]],
    [
      'an inner claim that is otherwise',
      { oidc },
      [{ ...token, claims: { ...claims, google: { compute_engine: { zone: 'b' } } } }],
    ],
    [
      'a text where a claim holds others',
      { oidc },
      [{ ...token, claims: { ...claims, google: 'compute_engine' } }],
    ],
    [
      'a list whose first entry is what was asked for',
      { oidc: { issuer, claims: { groups: { '0': 'a' } } } },
      [token],
    ],
    ['what every list has: a length', { oidc: { issuer, claims: { groups: { length: 1 } } } }, [token]],
    ['what every text has: a length', { oidc: { issuer, claims: { sub: { length: 2 } } } }, [token]],
    [
      'what every object inherits',
      { oidc: { issuer, claims: { constructor: { name: 'Object' } } } },
      [token],
    ],
    [
      'what the prototype of its claims would say',
      { oidc: { issuer, claims: { admin: true } } },
      [{ ...token, claims: Object.create({ admin: true }) as Record<string, unknown> }],
    ],
    [
      'a claim called __proto__, as JSON may hold one',
      { oidc: { issuer, claims: { admin: true } } },
      [{ ...token, claims: JSON.parse('{"__proto__":{"admin":true}}') as Record<string, unknown> }],
    ],
    [
      'no claims at all, where an empty object is asked for',
      { oidc: { issuer, claims: { x: {} } } },
      [token],
    ],
    [
      'a register that measured other code',
      { aws_iam: { role }, aws_nitro: { pcrs: measured } },
      [iam, { ...nitro, measurements: { ...measured, '8': 'd'.repeat(96) } }],
    ],
    [
      'a register that measured nothing',
      { aws_iam: { role }, aws_nitro: { pcrs: measured } },
      [iam, { ...nitro, measurements: { '0': measured['0'] } }],
    ],
    [
      'a document that holds no registers',
      { aws_iam: { role }, aws_nitro: { pcrs: measured } },
      [iam, { method: 'aws_nitro', facts: {} }],
    ],
    ['code alone, that is nobody’s', { aws_nitro: { pcrs: measured } }, [nitro]],
    ['an instance alone', { aws_ec2_iid: { account } }, [document]],
    [
      'an instance of another image',
      { aws_iam: { role }, aws_ec2_iid: { account, image: 'ami-0f0f0f0f' } },
      [iam, document],
    ],
    [
      'a document that was copied from another instance',
      { aws_iam: { role }, aws_ec2_iid: { account } },
      [iam, said(document, { ec2_instance: 'i-0f0f0f0f0f0f0f0f0' })],
    ],
    [
      'a document beside a session that is no instance’s',
      { aws_iam: { role }, aws_ec2_iid: { account } },
      [said(iam, { aws_session: 'mine' }), document],
    ],
    [
      'a document beside a token that was given to another instance, whatever its session is called',
      { aws_web_identity: { role }, aws_ec2_iid: { account } },
      [said(identity, { ec2_instance: 'i-0f0f0f0f0f0f0f0f0', aws_session: instance }), document],
    ],
    [
      'a document that names no instance beside a role without a session',
      { aws_iam: { role }, aws_ec2_iid: { account } },
      [said(iam, { aws_session: undefined }), said(document, { ec2_instance: undefined })],
    ],
    [
      'a document of an instance in another account',
      { aws_iam: { role }, aws_ec2_iid: { account: '444455556666' } },
      [iam, said(document, { aws_account: '444455556666' })],
    ],
    [
      'two SVIDs of two ids',
      { spiffe_jwt: { id }, spiffe_x509: { id: `${id}2` } },
      [jwtSvid, { ...x509Svid, principal: `${id}2`, facts: { spiffe_id: `${id}2` } }],
    ],
  ])('is not proven by %s', (_, way, pieces) => {
    expect(proven(way, ...pieces)).toBeUndefined();
  });

  it('is proven by a token without a binding exactly where its terms name that audience', () => {
    const plain = { ...token, plainAudience: 'us' };
    expect(proven({ oidc: { ...oidc, plain_audience: 'us' } }, plain)).toBeDefined();
    expect(proven({ oidc: { ...oidc, plain_audience: 'us' } }, token)).toBeDefined();
    expect(
      proven({ spiffe_jwt: { id, plain_audience: 'us' } }, { ...jwtSvid, plainAudience: 'us' }),
    ).toBeDefined();
  });

  it('is chosen for its strength, though another is proven too, and counts nothing else', () => {
    const ways = [{ aws_iam: { role } }, { aws_iam: { role }, spiffe_x509: { id } }, { spiffe_x509: { id } }];
    expect(provenWay(ways, [iam, x509Svid, token])).toEqual({
      pieces: [iam, x509Svid],
      principal: 'AROACALLER',
      strength: 'key_bound',
    });
  });
});
