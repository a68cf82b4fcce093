import { base64url, type CryptoKey, importPKCS8 } from 'jose';
import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import type { EvidenceProducer } from './evidence.ts';

/** An X.509-SVID with its private key, from the Workload API or from files. */
export type X509Svid = {
  /** The leaf first, the root left out: PEM, or each certificate as DER. */
  readonly chain: string | readonly Uint8Array[];
  /** P-256, P-384 or RSA (PSS with SHA-256): a key of Web Crypto that may sign, or PEM of PKCS #8. */
  readonly key: CryptoKey | string;
};

/**
 * Evidence of a SPIFFE workload: its X.509-SVID, and the signature of its key over the binding. `svid` is asked each time,
 * as SVIDs live for an hour or so. Throws where the key is of another kind.
 */
export function spiffeX509(svid: () => Promise<X509Svid>): EvidenceProducer<EvidenceOf<'spiffe_x509'>> {
  return async (binding) => {
    const { chain, key } = await svid();
    const signing = typeof key === 'string' ? await keyOf(key) : key;
    const signature = await crypto.subtle.sign(
      algorithmOf(signing),
      signing,
      new TextEncoder().encode(binding),
    );
    return {
      method: 'spiffe_x509',
      chain: typeof chain === 'string' ? certificatesOf(chain) : chain.map(base64),
      signature: base64url.encode(new Uint8Array(signature)),
    };
  };
}

function algorithmOf({ algorithm }: CryptoKey) {
  const { name, namedCurve }: { name: string; namedCurve?: string } = algorithm;
  if (name === 'ECDSA' && namedCurve === 'P-256') return { name, hash: 'SHA-256' };
  if (name === 'ECDSA' && namedCurve === 'P-384') return { name, hash: 'SHA-384' };
  if (name === 'RSA-PSS') return { name, saltLength: 32 };
  throw new TypeError(`an SVID's key must be for ECDSA with P-256 or P-384, or for RSA-PSS, not ${name}`);
}

/** The key in a PEM does not say which algorithm it is for until it is tried. */
async function keyOf(pem: string): Promise<CryptoKey> {
  for (const algorithm of ['ES256', 'ES384', 'PS256']) {
    const key = await importPKCS8(pem, algorithm).catch(() => undefined);
    if (key) return key;
  }
  throw new TypeError('the key of the SVID is not PKCS #8 of a P-256, P-384 or RSA key');
}

function certificatesOf(pem: string): string[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/g)].map(
    ([, body = '']) => body.replace(/\s/g, ''),
  );
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
