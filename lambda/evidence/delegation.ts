import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { BrokerError } from '../../core/broker-error.ts';
import { delegationClaims } from '../../core/protocol/requests.ts';
import type { EpochSeconds } from '../../core/time.ts';
import type { Delegation } from '../../core/use-cases/delegate-lease.ts';
import { publicP256 } from './public-key.ts';
import { skew } from './skew.ts';

/** `typ` of what an agent signs for another one: none of its other proofs is ever taken for one. */
const delegationType = 'mayfly-delegation+jwt';

/** Seconds that a delegation may live: a sub-agent uses it when it is born. */
const longest = 300;

/**
 * Verifies what an agent signed with its own key for another agent: who may have which capabilities of which lease
 * (`aud` is the address of that lease's delegations). Whose lease it is, its thumbprint says. Throws `invalid_token`.
 */
export async function verifyDelegation(
  token: string,
  audience: string,
  now: EpochSeconds,
): Promise<Delegation> {
  try {
    const key = publicP256(decodeProtectedHeader(token).jwk);
    if (typeof key === 'string') throw refused(`it ${key}`);
    const { payload } = await jwtVerify(token, await importJWK(key, 'ES256'), {
      algorithms: ['ES256'],
      typ: delegationType,
      audience,
      requiredClaims: ['sub', 'iat', 'exp', 'jti'],
      currentDate: new Date(now * 1000),
      clockTolerance: skew,
      maxTokenAge: longest,
    });
    if (Array.isArray(payload.aud)) throw refused('its audience is a list');
    if (Number(payload.exp) - Number(payload.iat) > longest)
      throw refused(`it lives longer than ${longest} s`);
    const claims = delegationClaims.safeParse(payload);
    if (!claims.success) throw refused('sub is an agent, and capabilities are 1 to 20 names');
    const { sub, capabilities } = claims.data;
    return { jkt: await calculateJwkThumbprint(key), agent: sub, capabilities };
  } catch (cause) {
    throw cause instanceof BrokerError
      ? cause
      : refused('it is none for this lease, signed with ES256', cause);
  }
}

function refused(fault: string, cause?: unknown): BrokerError {
  return new BrokerError(
    'invalid_token',
    `the delegation is not valid: ${fault}`,
    { path: 'delegation' },
    cause,
  );
}
