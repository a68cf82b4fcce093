import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import type { EvidenceProducer } from './evidence.ts';

/**
 * Evidence of a SPIFFE workload: `svidFor` fetches a JWT-SVID for this one audience from the Workload API, as
 * `spire-agent api fetch jwt -audience …` does. `brokerUrl`: the stack's output `Url`.
 */
export function spiffeJwt(
  brokerUrl: string,
  svidFor: (audience: string) => Promise<string>,
): EvidenceProducer<EvidenceOf<'spiffe_jwt'>> {
  return async (binding) => ({ method: 'spiffe_jwt', token: await svidFor(`${brokerUrl}/${binding}`) });
}
