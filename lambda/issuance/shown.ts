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
  const proxies = lease.grants.flatMap((grant) => (grant.kind === 'proxy' ? [grant.name] : []));
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
  { lease }: Issued,
  aws: NonNullable<Minted['aws']>,
  { policies }: ShowingWorld,
  now: EpochSeconds,
): Promise<NonNullable<Credentials['postgres']>> {
  const policy = policies.find(({ agent_type }) => agent_type === lease.agent_type);
  const names = lease.grants.flatMap((grant) => (grant.kind === 'postgres' && grant.iam ? [grant.name] : []));
  const made = names.map(async (name) => {
    const iam = policy?.capabilities[name]?.postgres?.iam;
    return iam ? [[name, await databaseCredentials(iam, aws, lease.deadline, now)] as const] : [];
  });
  return Object.fromEntries((await Promise.all(made)).flat());
}
