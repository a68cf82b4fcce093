export type { AttestationRequest, LeaseRequestInput } from '../core/protocol/requests.ts';
export type {
  AttestationResponse,
  AwsCredentials,
  HeartbeatResponse,
  IssuedLeaseResponse,
  LeaseView,
  Problem,
} from '../core/protocol/responses.ts';
export type { EpochSeconds } from '../core/time.ts';
export {
  type BrokerClient,
  type BrokerClientOptions,
  createBrokerClient,
  type SignedFetch,
} from './broker-client.ts';
export { awsIam, type Evidence, type EvidenceProducer } from './evidence/aws-iam.ts';
export { type AgentKey, createAgentKey, type ProvenRequest } from './key.ts';
export { BrokerProblem } from './problem.ts';
