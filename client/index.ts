export type { Evidence } from '../core/protocol/evidence.ts';
export type { AttestationRequest, DelegationRequest, LeaseRequestInput } from '../core/protocol/requests.ts';
export type {
  AttestationResponse,
  AwsCredentials,
  HeartbeatResponse,
  IssuedLeaseResponse,
  LeaseView,
  PendingLeaseResponse,
  Problem,
} from '../core/protocol/responses.ts';
export type { EpochSeconds } from '../core/time.ts';
export { awsCredentialsOf } from './aws-credentials.ts';
export {
  type AskOptions,
  type BrokerClient,
  type BrokerClientOptions,
  createBrokerClient,
  type LeaseAnswer,
  LeasePending,
  type SignedFetch,
} from './broker-client.ts';

export { awsEc2Iid, instanceIdentityDocument } from './evidence/aws-ec2-iid.ts';
export { awsIam } from './evidence/aws-iam.ts';
export { awsNitro } from './evidence/aws-nitro.ts';
export { type AwsPresignedOptions, awsPresigned } from './evidence/aws-presigned.ts';
export {
  awsWebIdentity,
  type WebIdentityTokenRequest,
  type WebIdentityTokenSource,
} from './evidence/aws-web-identity.ts';
export { type EvidenceProducer, evidenceBinding } from './evidence/evidence.ts';
export { oidc } from './evidence/oidc.ts';
export type { AwsKeys } from './evidence/presign.ts';
export { spiffeJwt } from './evidence/spiffe-jwt.ts';
export { spiffeX509, type X509Svid } from './evidence/spiffe-x509.ts';
export { type AgentKey, createAgentKey, type ProvenRequest } from './key.ts';
export { BrokerProblem } from './problem.ts';
export type { ProxyRequest, ProxyResponse } from './proxied-call.ts';
