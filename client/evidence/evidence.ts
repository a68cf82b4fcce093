import type { Evidence } from '../../core/protocol/evidence.ts';
import { sha256Base64Url } from '../hash.ts';

/** Makes one piece of evidence of where the agent runs, bound to a nonce and to its key by `binding`. */
export type EvidenceProducer<Made extends Evidence = Evidence> = (binding: string) => Promise<Made>;

/** What evidence is bound to: base64url(sha256(nonce "." thumbprint)). */
export function evidenceBinding(nonce: string, thumbprint: string): Promise<string> {
  return sha256Base64Url(`${nonce}.${thumbprint}`);
}
