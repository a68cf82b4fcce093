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
export {
  type AskOptions,
  type BrokerClient,
  type BrokerClientOptions,
  createBrokerClient,
  type LeaseAnswer,
  LeasePending,
  type SignedFetch,
} from './broker-client.ts';
export { awsIam, type Evidence, type EvidenceProducer } from './evidence/aws-iam.ts';
export {
  awsWebIdentity,
  type WebIdentityTokenRequest,
  type WebIdentityTokenSource,
} from './evidence/aws-web-identity.ts';
export { type AgentKey, createAgentKey, type ProvenRequest } from './key.ts';
export { BrokerProblem } from './problem.ts';
