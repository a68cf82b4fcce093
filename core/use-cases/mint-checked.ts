import { latestExpiry } from '../lifetime.ts';
import type { AwsPlan } from '../plan.ts';
import { after, type EpochSeconds } from '../time.ts';

/** What STS gave, and what it said about it. */
export type MintedCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: EpochSeconds;
  readonly sourceIdentity: string | undefined;
  readonly arn: string | undefined;
};

/**
 * Makes the credentials of a plan, to end at `until` or before, or says that STS cannot pack them into one token;
 * throws when it cannot ask.
 */
export type Minter = { mint(plan: AwsPlan, until: EpochSeconds): Promise<MintedCredentials | 'too_large'> };

/** Seconds by which an expiry may pass what was recorded: STS counts from when the request arrives. The embedded Deny is exact. */
const arrival = 10;

/**
 * Mints, and throws credentials away that are not the planned ones. `until` is the lease's `credential_until`:
 * what outlives it could work after everybody took the lease for dead.
 */
export async function mintChecked(
  minter: Minter,
  plan: AwsPlan,
  until: EpochSeconds,
  now: EpochSeconds,
): Promise<MintedCredentials | 'too_large'> {
  const credentials = await minter.mint(plan, until);
  if (credentials === 'too_large') return credentials;
  const latest = after(now, latestExpiry(until - now, plan.narrowing) + arrival);
  const fault = faultOf(credentials, plan, latest);
  if (fault) throw new Error(`STS answered other credentials than planned: ${fault}`);
  return credentials;
}

function faultOf(credentials: MintedCredentials, plan: AwsPlan, latest: EpochSeconds): string | undefined {
  if (credentials.sourceIdentity !== plan.sourceIdentity) return 'source identity';
  if (credentials.expiration > latest) return 'expiration';
  const role = plan.roleArn.split('/').at(-1);
  return credentials.arn?.endsWith(`:assumed-role/${role}/${plan.sessionName}`) ? undefined : 'session ARN';
}
