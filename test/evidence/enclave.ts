import { type CertificateParts, certificate } from './certificates.ts';
import { fingerprint, madeAt, nitroDocument, soundNitro } from './nitro-document.ts';

/** An enclave that attests whenever it is asked. */
export type Enclave = {
  /** SHA-256 of its root certificate, as trust sources name it. */
  readonly root: string;
  /** A true document with these user data, made at this second. */
  document(userData: Uint8Array, now: number): Uint8Array;
};

/** Makes one whose authorities are valid for a day around `at`, in epoch seconds. */
export function enclaveAt(at: number): Enclave {
  const made = (name: keyof typeof soundNitro, then = at) => certificate(moved(soundNitro[name], then));
  const chain = [made('root'), made('regional'), made('instance')] as const;
  return {
    root: fingerprint(chain[0]),
    document(userData, now) {
      const fields = { timestamp: now * 1_000, certificate: made('enclave', now), cabundle: chain };
      return Buffer.from(nitroDocument(userData, { fields }), 'base64');
    },
  };
}

function moved(parts: CertificateParts, at: number): CertificateParts {
  const seconds = at - madeAt;
  return { ...parts, notBefore: parts.notBefore + seconds, notAfter: parts.notAfter + seconds };
}
