import type { Grant } from '../../core/grant.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import type { Credentials, IssuedLeaseResponse } from '../../core/protocol/responses.ts';
import { type EpochSeconds, toIso } from '../../core/time.ts';
import type { Issued } from '../../core/use-cases/mint-again.ts';
import type { Minted } from '../../core/use-cases/mint-all.ts';
import { databaseCredentials } from '../aws/database-token.ts';
import type { Reply } from '../http/serve.ts';
import { credentialsView, ownLeaseView } from '../http/views.ts';

/** What showing a lease's credentials needs. */
export type ShowingWorld = {
  readonly policies: readonly ContextPolicy[];
  readonly publicUrl: string;
  readonly clock: () => EpochSeconds;
};

/** The one place where credentials leave the broker. */
export async function shown(status: number, issued: Issued, world: ShowingWorld): Promise<Reply> {
  const now = world.clock();
  const credentials = await credentialsOf(issued, world, now);
  const body: IssuedLeaseResponse = { lease: ownLeaseView(issued, now), credentials };
  return { status, body };
}

/** What was made, with what needs no making: tokens that the lease's own credentials sign, and addresses. */
async function credentialsOf(issued: Issued, world: ShowingWorld, now: EpochSeconds): Promise<Credentials> {
  const { lease, credentials } = issued;
  const { aws, postgres, oauth, jwt } = credentials;
  const signed = aws ? await signedByLease(issued, aws, world, now) : {};
  const proxies = namesOf(issued, (grant) => grant.kind === 'proxy');
  const expiration = toIso(lease.deadline);
  const proxy = proxies.map(
    (name) => [name, { url: `${world.publicUrl}/v1/leases/${lease.id}/proxy/${name}`, expiration }] as const,
  );
  const databases = { ...postgres, ...signed };
  return {
    ...(aws && { aws: credentialsView(aws, lease.deadline) }),
    ...(Object.keys(databases).length > 0 && { postgres: databases }),
    ...(oauth && { oauth }),
    ...(jwt && { jwt }),
    ...(proxy.length > 0 && { proxy: Object.fromEntries(proxy) }),
  };
}

async function signedByLease(
  issued: Issued,
  aws: NonNullable<Minted['aws']>,
  { policies }: ShowingWorld,
  now: EpochSeconds,
): Promise<NonNullable<Credentials['postgres']>> {
  const { lease } = issued;
  const policy = policies.find(({ agent_type }) => agent_type === lease.agent_type);
  const names = namesOf(issued, (grant) => grant.kind === 'postgres' && grant.iam === true);
  const made = names.map(async (name) => {
    const iam = policy?.capabilities[name]?.postgres?.iam;
    return iam ? [[name, await databaseCredentials(iam, aws, lease.deadline, now)] as const] : [];
  });
  return Object.fromEntries((await Promise.all(made)).flat());
}

/** Names of the grants that are meant, of those that the credentials are for. */
function namesOf({ lease, capabilities }: Issued, isMeant: (grant: Grant) => boolean): string[] {
  return lease.grants.flatMap((grant) => {
    const isWanted = grant.capabilities.some((each) => capabilities.includes(each));
    return grant.kind !== 'aws' && isWanted && isMeant(grant) ? [grant.name] : [];
  });
}
