import { tokenRevocation } from 'openid-client';
import type { ClientSystem } from '../../core/policy/schema-systems.ts';
import { type EpochSeconds, epochSeconds } from '../../core/time.ts';
import { jsonObject } from '../evidence/compact-jwt.ts';
import { insist, type OauthPorts } from './oauth-insisting.ts';
import { meantFor } from './oauth-terms.ts';

/** What is sealed of a token that was given out: what revoking it takes. */
export type Kept = {
  readonly token: string;
  /** The token endpoint that it came from. */
  readonly audience: string;
  /** When it ends by itself. */
  readonly until: EpochSeconds;
};

/** Revokes a token (RFC 7009); throws where it may still work. */
export async function revoke(
  ports: OauthPorts,
  client: ClientSystem,
  { token, audience }: Pick<Kept, 'token' | 'audience'>,
): Promise<void> {
  if (!client.revocation_endpoint) throw new Error('the client has no revocation endpoint');
  const { status } = await insist(ports, {
    client,
    audience,
    endpoints: { revocation_endpoint: meantFor(client, client.revocation_endpoint) },
    of: (configuration) => tokenRevocation(configuration, token, { token_type_hint: 'access_token' }),
  });
  // Also for a token that the server does not know: it is none that works (RFC 7009 section 2.2).
  if (status !== 200) throw new Error(`the authorization server answers with status ${status}`);
}

/** Reads what was sealed; throws for anything else, quoting nothing of it. */
export function keptIn(text: string): Kept {
  const { token, audience, until } = jsonObject(Buffer.from(text)) ?? {};
  if (typeof token !== 'string' || typeof audience !== 'string' || typeof until !== 'number')
    throw new Error('what was sealed is no token');
  return { token, audience, until: epochSeconds(until) };
}
