export {
  type BrokerClient,
  type BrokerClientOptions,
  createBrokerClient,
  type SignedFetch,
} from './broker-client.ts';
export { awsIam, type Evidence, type EvidenceProducer } from './evidence/aws-iam.ts';
export { type AgentKey, createAgentKey, type ProvenRequest } from './key.ts';
export { BrokerProblem } from './problem.ts';
