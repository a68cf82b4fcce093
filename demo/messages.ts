import type { AwsCredentials, IssuedLeaseResponse, LeaseRequestInput } from '../client/index.ts';

/** The keys of a lease, as the broker showed them. */
export type AwsKeys = Pick<AwsCredentials, 'access_key_id' | 'secret_access_key' | 'session_token'>;

/** What an agent asks a lease for. */
export type AgentTask = LeaseRequestInput['task'];

/** What the demonstration tells an agent to do. */
export type Order =
  | { readonly do: 'attest' }
  | { readonly do: 'lease'; readonly task: AgentTask }
  | { readonly do: 'ask'; readonly task: AgentTask }
  | { readonly do: 'collect'; readonly leaseId: string }
  | { readonly do: 'release'; readonly leaseId: string }
  | { readonly do: 'read-lease'; readonly leaseId: string }
  | { readonly do: 'read-object'; readonly keys: AwsKeys; readonly bucket: string; readonly key: string }
  | {
      readonly do: 'process';
      readonly issued: IssuedLeaseResponse;
      readonly invoice: string;
      readonly bucket: string;
    }
  | {
      readonly do: 'take-over';
      readonly issued: IssuedLeaseResponse;
      /** The key of the agent, as a private JWK. */
      readonly key: string;
      readonly bucket: string;
    }
  | { readonly do: 'use-all' }
  | {
      readonly do: 'use-stolen';
      readonly token: string;
      readonly method: 'GET' | 'POST';
      readonly path: string;
      readonly task?: AgentTask;
    }
  | { readonly do: 'replay-nonce' };

/** What came of it. */
export type Answer = { readonly value: unknown } | { readonly error: string };
