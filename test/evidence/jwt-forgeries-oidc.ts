import { jwtKey, written } from './jwt-signing.ts';
import { github, gitlab, jwtKeys } from './jwt-sound.ts';
import { claims, header, type JwtForgery, values } from './jwt-world.ts';

/** Forgeries of a token of a workload's issuer, beside those of any JWT and of audiences. */
export const oidcForgeries: readonly JwtForgery[] = [
  ...values(
    'iss',
    'unknown_issuer',
    undefined,
    null,
    '',
    1,
    [github],
    { iss: github },
    `${github}/`,
    `${github} `,
    `${github}#`,
    github.toUpperCase(),
    github.replace('https', 'http'),
    `${github}/.well-known/openid-configuration`,
    `${github}.evil.example`,
    'https://evil.example',
    '__proto__',
    'constructor',
  ),
  claims('it names another trusted issuer than whose key signed it', 'unknown_key', { iss: gitlab }),
  ...['RS512', 'PS256', 'ES384'].map(
    (alg): JwtForgery => ({
      attack: `it is signed with ${alg}, which its issuer is not trusted with`,
      fault: 'algorithm',
      write: ({ sound }) =>
        written({ ...sound, header: { ...sound.header, alg }, key: jwtKey(alg, jwtKeys.oidc.kid) }),
    }),
  ),
  claims('it does not say when it was made', 'claims', { iat: undefined }),
  ...values('sub', 'subject', undefined, null, '', 1, true, ['repo:octo-org/octo-repo'], { sub: 'x' }),
  ...values(
    'sub',
    'subject',
    'x'.repeat(256),
    'repo:x\n',
    'repo:x\0',
    'rеpo:octo-org',
    'repo:\u202ex',
    '\ud800',
  ),
  header('its typ is JOSE', { typ: 'JOSE' }),
];
