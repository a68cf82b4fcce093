import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import type { EvidenceProducer } from './evidence.ts';

/**
 * Evidence of a Nitro enclave, or of an instance with a NitroTPM. `document` gets a signed attestation document with the
 * given bytes for its user data: from `/dev/nsm` by a library of the enclave, or from `nitro-tpm-attest --user-data`.
 */
export function awsNitro(
  document: (userData: Uint8Array) => Promise<Uint8Array>,
): EvidenceProducer<EvidenceOf<'aws_nitro'>> {
  return async (binding) => {
    const signed = await document(new TextEncoder().encode(binding));
    return { method: 'aws_nitro', document: btoa(String.fromCharCode(...signed)) };
  };
}
