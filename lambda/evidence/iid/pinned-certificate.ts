import { type KeyObject, X509Certificate } from 'node:crypto';
import { TrustUnavailable } from '../../../core/evidence.ts';
import { type Ber, inside, readBer } from './ber.ts';

/** What a signature names a certificate by, and its key. */
export type PinnedCertificate = {
  readonly key: KeyObject;
  readonly issuer: Ber | undefined;
  readonly serial: Ber | undefined;
};

/**
 * Reads a certificate that is trusted as it is (PEM; RFC 5280 section 4.1): AWS publishes its own for identity documents
 * one by one, signed by themselves. Throws {@link TrustUnavailable} for none, or a key that is not RSA of 2,048 bits.
 */
export function pinnedCertificate(pem: string): PinnedCertificate {
  try {
    const { publicKey: key, raw } = new X509Certificate(pem);
    if (key.asymmetricKeyType !== 'rsa' || Number(key.asymmetricKeyDetails?.modulusLength) < 2_048)
      throw new Error('its key is not RSA of 2,048 bits or more');
    const [signed] = inside(readBer(raw), 0x30);
    const [serial, , issuer] = inside(signed, 0x30).filter(({ tag }) => tag !== versionTag);
    return { key, issuer, serial };
  } catch (cause) {
    throw new TrustUnavailable('a certificate for instance identity documents cannot be used', cause);
  }
}

/** Where a certificate says its version; the first of them did not. */
const versionTag = 0xa0;
