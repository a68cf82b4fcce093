import { compact } from '../../local/people/signing.ts';
import { hostileClaims } from './hostile-claims.ts';
import { apart, changed, type HostileToken } from './hostile-crafts.ts';
import { hostileForms } from './hostile-forms.ts';
import { hostileKeys } from './hostile-keys.ts';

const noIssuer = 'not one that this broker trusts';

const issuers: readonly HostileToken[] = [
  {
    name: "the attacker's own provider",
    write: (world) =>
      compact(
        JSON.stringify({ alg: 'ES256', kid: world.attacker.key.kid }),
        apart(world.issuer.token({ claims: { iss: world.attacker.url } })).payloadText,
        'ES256',
        world.attacker.key.privateKey,
      ),
    says: noIssuer,
  },
  {
    name: 'the issuer with a slash behind',
    write: changed(({ issuer }) => ({ claims: { iss: `${issuer.url}/` } })),
    says: noIssuer,
  },
  {
    name: 'the issuer in capitals',
    write: changed(({ issuer }) => ({ claims: { iss: issuer.url.toUpperCase() } })),
    says: noIssuer,
  },
  {
    name: 'the issuer with a path',
    write: changed(({ issuer, attacker }) => ({ claims: { iss: `${issuer.url}/@${attacker.url}` } })),
    says: noIssuer,
  },
  {
    name: 'a list with the issuer',
    write: changed(({ issuer }) => ({ claims: { iss: [issuer.url] } })),
    says: noIssuer,
  },
  { name: 'no issuer', write: changed(() => ({ claims: { iss: undefined } })), says: noIssuer },
];

/** Every way to be wrong that anybody thought of. */
export const hostileTokens: readonly HostileToken[] = [
  ...hostileForms,
  ...hostileKeys,
  ...issuers,
  ...hostileClaims.map(({ name, claims, says }) => ({
    name,
    write: changed(({ now }) => ({ claims: claims(now) })),
    says,
  })),
];
