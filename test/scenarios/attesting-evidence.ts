import { GetWebIdentityTokenCommand, STSClient } from '@aws-sdk/client-sts';
import {
  awsEc2Iid,
  awsNitro,
  awsPresigned,
  awsWebIdentity,
  type EvidenceProducer,
  oidc,
  spiffeJwt,
  spiffeX509,
} from '../../client/index.ts';
import type { LocalIdentityProvider } from '../../local/people/identity-provider.ts';
import type { LocalBroker, LocalCredentials } from '../../local/start.ts';
import type { Enclave } from '../evidence/enclave.ts';
import { pkcs7, type Signatory, trueDocument } from '../evidence/instance-identity.ts';
import type { Spire } from '../evidence/spire.ts';
import { spiffeId } from '../evidence/svid.ts';
import { cluster, github, pod, podAudience, workflow } from './attesting-policies.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Who vouches for agents, and the broker that they prove themselves to. */
export type Vouching = {
  broker: LocalBroker;
  /** Signs for GitHub and for the cluster. */
  tokens: LocalIdentityProvider;
  spire: Spire;
  enclave: Enclave;
  /** Signs the identity documents of instances. */
  ec2: Signatory;
};

/** What a token of GitHub says beside who it is for. */
export const workflowClaims = { iss: github, sub: workflow, repository_id: '42' };

/** Evidence of every method, by the client's own producers. */
export type EvidenceOfAll = {
  byWebIdentity(keys: LocalCredentials): EvidenceProducer;
  byPresigned(keys: LocalCredentials): EvidenceProducer;
  bySvid(id?: string): EvidenceProducer;
  bySvidKey(): EvidenceProducer;
  byWorkflow(claims?: Claims): EvidenceProducer;
  /** The token of the pod, whose audience it cannot choose; `claims` make it this one and no other. */
  podToken(claims: Claims): string;
  byEnclave(): EvidenceProducer;
  byInstance(document?: Partial<typeof trueDocument>): EvidenceProducer;
};

/** The evidence of those who are vouched for by these. */
export function evidenceBy(on: Vouching): EvidenceOfAll {
  return {
    byWebIdentity: (keys) =>
      awsWebIdentity(on.broker.url, async (request) => {
        const command = new GetWebIdentityTokenCommand(request);
        return (await stsOf(on.broker, keys).send(command)).WebIdentityToken;
      }),
    byPresigned(credentials) {
      const { region, endpoint, now } = on.broker;
      return awsPresigned({ region, credentials, endpoint, clock: now });
    },
    bySvid: (id = spiffeId) => spiffeJwt(on.broker.url, async (audience) => on.spire.jwtSvid(id, audience)),
    bySvidKey: () => spiffeX509(async () => on.spire.x509Svid()),
    byWorkflow: (claims = {}) =>
      oidc(on.broker.url, async (aud) => on.tokens.token({ claims: { ...workflowClaims, aud, ...claims } })),
    podToken(claims) {
      const kubernetes = { namespace: 'agents', serviceaccount: { name: 'invoice', uid: 'b3f1' } };
      const right = { iss: cluster, sub: pod, aud: [podAudience], 'kubernetes.io': kubernetes };
      return on.tokens.token({ claims: { ...right, ...claims } });
    },
    byEnclave: () => awsNitro(async (userData) => on.enclave.document(userData, on.broker.now())),
    byInstance(document = {}) {
      const signed = Buffer.from(JSON.stringify({ ...trueDocument, ...document }));
      return awsEc2Iid(async () => pkcs7(signed, on.ec2).toString('base64'));
    },
  };
}

/** A client of STS, with these keys or with none. */
export function stsOf({ region, endpoint }: LocalBroker, credentials?: LocalCredentials): STSClient {
  const none = () => Promise.reject(new Error('this call is not signed'));
  return new STSClient({ region, endpoint, maxAttempts: 1, credentials: credentials ?? none });
}
