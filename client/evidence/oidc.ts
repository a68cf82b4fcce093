import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import type { EvidenceProducer } from './evidence.ts';

/**
 * Evidence of a workload with an OpenID Connect issuer. `tokenFor` answers a token for this one audience, as GitHub Actions
 * and Google's metadata server give them. Where audiences cannot be chosen (a projected token of Kubernetes, GitLab), it
 * answers the token that there is, and the policy has to name its `plain_audience`. `brokerUrl`: the stack's output `Url`.
 */
export function oidc(
  brokerUrl: string,
  tokenFor: (audience: string) => Promise<string>,
): EvidenceProducer<EvidenceOf<'oidc'>> {
  return async (binding) => ({ method: 'oidc', token: await tokenFor(`${brokerUrl}/${binding}`) });
}
