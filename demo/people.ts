import { AwsClient } from 'aws4fetch';
import type { LeaseView } from '../client/index.ts';
import type { LocalIdentityProvider } from '../local/people/identity-provider.ts';
import type { LocalBroker } from '../local/start.ts';
import { approverRole } from './invoice.ts';

/** Alice, who works for acme and has agents work for her: her token, as her identity provider gives it to her. */
export function aliceToken(provider: LocalIdentityProvider): string {
  return provider.token({ claims: { sub: 'alice', customer_id: 'acme', groups: ['clerks'] } });
}

/** What deciding came to. */
export type Decided = {
  readonly status: number;
  readonly body: { readonly lease?: LeaseView; readonly code?: string; readonly detail?: string };
};

/** Frieda, a finance manager, who signs in for every single request: her ID token carries the hash of it. */
export type Frieda = {
  waiting(): Promise<readonly LeaseView[]>;
  approve(lease: LeaseView, hash?: string): Promise<Decided>;
};

/** Frieda at this broker, through the approver's role. */
export function friedaAt(broker: LocalBroker, provider: LocalIdentityProvider): Frieda {
  const keys = broker.credentialsFor(approverRole, 'frieda');
  const aws = new AwsClient({ ...keys, service: 'execute-api', region: broker.region, retries: 0 });
  return {
    async waiting() {
      const response = await aws.fetch(`${broker.url}/v1/approvals`);
      return ((await response.json()) as { leases: LeaseView[] }).leases;
    },
    async approve({ id, approval }, hash = approval?.request_hash) {
      const claims = { aud: 'mayfly-cli', sub: 'frieda', groups: ['finance-managers'], nonce: hash };
      const body = JSON.stringify({ decision: 'approve', id_token: provider.token({ claims }) });
      const response = await aws.fetch(`${broker.url}/v1/leases/${id}/approval`, { method: 'POST', body });
      return { status: response.status, body: (await response.json()) as Decided['body'] };
    },
  };
}
