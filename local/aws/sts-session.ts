import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { toIso } from '../../core/time.ts';
import type { Clock } from '../clock.ts';
import type { Authorizer } from '../iam/authorize.ts';
import type { OidcProviders } from '../iam/oidc-providers.ts';
import type { IamStore, Session, SessionInput } from '../iam/store.ts';
import { element } from './query-protocol.ts';
import { checkTokenSize, stsLimits } from './sts-limits.ts';
import type { WebIdentityIssuers } from './web-identity-issuers.ts';

/** What STS works with. */
export type StsWorld = {
  readonly iam: IamStore;
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  readonly region: string;
  /** Who issues web identity tokens. */
  readonly issuers: WebIdentityIssuers;
  /** Whose tokens may open sessions. */
  readonly providers: OidcProviders;
};

/**
 * Opens the session with a token that holds, compressed, all that STS would pack into it, so that its size
 * grows with policies and tags as AWS's does. The exact packing is AWS's own; the limit is real.
 */
export function openSession(world: StsWorld, input: SessionInput): Session {
  const { role, name, sourceIdentity, tags, sessionPolicies, scopeDown } = input;
  const packed = JSON.stringify([role.id, name, sourceIdentity, [...tags], sessionPolicies, scopeDown]);
  const sealed = Buffer.concat([randomBytes(160), deflateRawSync(packed)]);
  const sessionToken = sealed.toString('base64');
  checkTokenSize(sessionToken);
  return world.iam.openSession({ ...input, sessionToken });
}

/** The `Credentials` element of an answer. */
export function credentialsXml({ accessKeyId, secretAccessKey, sessionToken, expires }: Session): string {
  return `<Credentials>${element('AccessKeyId', accessKeyId)}${element('SecretAccessKey', secretAccessKey)}${element('SessionToken', sessionToken)}${element('Expiration', toIso(expires))}</Credentials>`;
}

/** Size and source identity, as every answer with credentials tells them. */
export function sizesXml({ sessionToken, sourceIdentity }: Session): string {
  const used = Math.ceil((100 * sessionToken.length) / stsLimits.token);
  return (
    element('SessionTokenSize', String(sessionToken.length)) +
    element('SessionTokenUtilization', String(used)) +
    (sourceIdentity === undefined ? '' : element('SourceIdentity', sourceIdentity))
  );
}
