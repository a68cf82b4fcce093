import { evidenceBinding } from '../../core/identity.ts';
import { morning } from '../core/invoices.ts';
import { type JwtKey, jwtKey, type Members, written } from './jwt-signing.ts';
import {
  account,
  audience,
  awsClaims,
  binding,
  caller,
  jwtKeys,
  otherAccount,
  otherStsIssuer,
  publicUrl,
  stsIssuer,
  stsNamespace,
} from './jwt-sound.ts';
import { claims, header, type JwtForgery, shown, values } from './jwt-world.ts';

/** Forged in what stands in AWS's namespace. */
function aws(attack: string, fault: JwtForgery['fault'], change: Members): JwtForgery {
  return claims(attack, fault, { [stsNamespace]: { ...awsClaims, ...change } });
}

function tags(attack: string, request_tags: unknown): JwtForgery {
  return aws(attack, 'binding', { request_tags });
}

function signedWith(
  attack: string,
  key: JwtKey,
  fault: JwtForgery['fault'],
  change: Members = {},
): JwtForgery {
  return {
    attack,
    fault,
    write: ({ sound }) =>
      written({
        key,
        header: { ...sound.header, alg: key.alg, kid: key.kid },
        claims: { ...sound.claims, ...change },
      }),
  };
}

const { role } = caller;
const renamed = (name: string) => role.replace('DataProcessingRole', name);

const ofIssuer: readonly JwtForgery[] = [
  ...values(
    'iss',
    'unknown_issuer',
    undefined,
    null,
    '',
    'https://evil.example',
    `${stsIssuer}/`,
    stsIssuer.toUpperCase(),
    `${stsIssuer} `,
    stsIssuer.replace('https', 'http'),
    `${stsIssuer}.evil.example`,
    [stsIssuer],
    1,
    '__proto__',
  ),
  signedWith('the issuer of another trusted account says so', jwtKeys.otherSts, 'subject', {
    iss: otherStsIssuer,
  }),
  ...['ES256', 'PS256', 'RS512'].map((alg) =>
    signedWith(`it is signed with ${alg}, which STS does not use`, jwtKey(alg, 'EC384_0'), 'algorithm'),
  ),
  header('its header has the thumbprint of a certificate', { x5t: 'x' }),
  header('its typ is JOSE', { typ: 'JOSE' }),
];

const ofMoment: readonly JwtForgery[] = [
  claims('it does not say when it was made', 'claims', { iat: undefined }),
  claims('it was made five minutes and a second ago', 'stale', { iat: morning - 301 }),
  claims('it lives for an hour and a second', 'claims', { exp: morning + 3_601 }),
  claims('its exp is in milliseconds', 'claims', { exp: (morning + 300) * 1_000 }),
];

const ofAudience: readonly JwtForgery[] = [
  ...values('aud', 'audience', undefined, null, '', 1, [], {}, [publicUrl, 'https://other.example']),
  ...values('aud', 'audience', 'sts.amazonaws.com', 'https://other.example', [[publicUrl]]),
  ...values('aud', 'audience', `${publicUrl}/`, `${publicUrl}x`, `${publicUrl} `, [publicUrl, publicUrl]),
  ...values('aud', 'audience', publicUrl.toUpperCase(), publicUrl.replace('https', 'http'), audience),
];

const ofBinding: readonly JwtForgery[] = [
  tags('it has no tags', undefined),
  tags('its tags are null', null),
  tags('its tags are a text', binding),
  tags('its tags are a list', [binding]),
  tags('its tags are pairs of key and value', [{ Key: 'mayfly-binding', Value: binding }]),
  tags('its tags are a list like an object', [{ 'mayfly-binding': binding }]),
  tags('its tags have no binding', { 'job-id': 'job-2024-001' }),
  tags('its binding is a list', { 'mayfly-binding': [binding] }),
  tags('its binding is nested', { 'mayfly-binding': { value: binding } }),
  tags('its binding is one level too deep', { tags: { 'mayfly-binding': binding } }),
  tags('its binding is null', { 'mayfly-binding': null }),
  tags('its binding is of another nonce', { 'mayfly-binding': evidenceBinding('another', 'thumbprint') }),
  tags('its binding is of another key', { 'mayfly-binding': evidenceBinding('nonce', 'another') }),
  tags('its binding is in lower case', { 'mayfly-binding': binding.toLowerCase() }),
  tags('its binding is longer', { 'mayfly-binding': `${binding}A` }),
  tags('its binding is cut short', { 'mayfly-binding': binding.slice(0, -1) }),
  tags('a space follows its binding', { 'mayfly-binding': `${binding} ` }),
  tags('its binding stands under a name in capitals', { 'Mayfly-Binding': binding }),
  aws('the binding is a tag of the principal, and none of the request', 'binding', {
    principal_tags: { 'mayfly-binding': binding },
    request_tags: {},
  }),
  aws('the binding stands beside the tags', 'binding', { request_tags: {}, 'mayfly-binding': binding }),
  claims('the tags stand beside AWS’s claims', 'binding', {
    request_tags: { 'mayfly-binding': binding },
    [stsNamespace]: { ...awsClaims, request_tags: undefined },
  }),
  ...[undefined, null, 'x', [awsClaims], 1].map((value) =>
    claims(`AWS’s claims are ${shown(value)}`, 'binding', { [stsNamespace]: value }),
  ),
  ...['https://sts.amazonaws.com', 'https://evil.example/'].map((namespace) =>
    claims(`AWS’s claims stand under ${namespace}`, 'binding', {
      [stsNamespace]: undefined,
      [namespace]: awsClaims,
    }),
  ),
];

const ofSubject: readonly JwtForgery[] = [
  ...values(
    'sub',
    'subject',
    undefined,
    null,
    '',
    [role],
    caller.userId,
    'arn:aws:sts::123456789012:assumed-role/DataProcessingRole/process-data',
    'arn:aws:iam::123456789012:user/DataProcessingRole',
    'arn:aws:iam::123456789012:root',
    'arn:aws:sts::123456789012:federated-user/x',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:iam::12345678901:role/DataProcessingRole',
    'arn:aws:iam:us-east-1:123456789012:role/DataProcessingRole',
    ` ${role}`,
    `${role}\n`,
    `${role} x`,
    `${role}:x`,
    `${role}*`,
    renamed('x'.repeat(577)),
    role.replace('arn:aws:', 'ARN:AWS:'),
  ),
  claims('its subject is of another account', 'subject', { sub: role.replace(account, otherAccount) }),
  ...[undefined, null, otherAccount, Number(account), [account], `${account} `].map((aws_account) =>
    aws(`its account is ${shown(aws_account)}`, 'subject', { aws_account }),
  ),
  claims('account and subject are another one’s', 'subject', {
    sub: role.replace(account, otherAccount),
    [stsNamespace]: { ...awsClaims, aws_account: otherAccount },
  }),
];

const ofPrincipal: readonly JwtForgery[] = [
  renamed('AnotherRole'),
  renamed('dataprocessingrole'),
  renamed('DataProcessingRole2'),
  renamed('DataProcessingRole/AnotherRole'),
  renamed('DataProcessingRole/'),
  role.replace('arn:aws:', 'arn:aws-cn:'),
].map((sub) => claims(`it is of the role ${sub}`, 'principal', { sub }));

/** Forgeries of a token of sts:GetWebIdentityToken, beside those of any JWT. */
export const webIdentityForgeries: readonly JwtForgery[] = [
  ...ofIssuer,
  ...ofMoment,
  ...ofAudience,
  ...ofBinding,
  ...ofSubject,
  ...ofPrincipal,
];
