import { EvidenceFault, type Proven, TrustUnavailable, type Verify } from '../../../core/evidence.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';
import { parseSpiffeId } from '../../../core/spiffe-id.ts';
import type { Certificate } from '../x509/certificate.ts';

/** Answers the roots of a trust domain, each as DER, or undefined where no such domain is configured. */
export type BundleOf = (trustDomain: string) => Promise<readonly Uint8Array[] | undefined>;

/**
 * Verifies an X.509-SVID and the signature of its key over the binding (X509-SVID sections 2 to 5). The SPIFFE id is
 * believed only from a root of the id's own trust domain. Throws what {@link Verify} says.
 */
export function spiffeX509(bundleOf: BundleOf): Verify<EvidenceOf<'spiffe_x509'>> {
  return async ({ chain, signature }, { binding, now }) => {
    const { readCertificate } = await import('../x509/certificate.ts');
    const { isIssuedBy, verifyPath } = await import('../x509/chain.ts');
    const { isSignedBy } = await import('../x509/key-signature.ts');
    const path = chain.map((each) => certificateIn(readCertificate(Buffer.from(each, 'base64'))));
    const [leaf, top] = [path[0], path.at(-1)];
    if (!leaf || !top) throw new EvidenceFault('malformed', 'chain', 'the chain holds no certificate');
    const { id, trustDomain } = idOf(leaf);
    const roots = rootsOf(await bundleOf(trustDomain), readCertificate);
    const root = roots.find((each) => isIssuedBy(top, each));
    if (!root)
      throw new EvidenceFault('root', 'chain', 'the chain does not end at a root of its trust domain');
    verifyPath([root, ...path.toReversed()], { now, keys: ['P-256', 'P-384', 'RSA'], field: 'chain' });
    if (!isSignedBy(leaf.key, Buffer.from(binding), Buffer.from(signature, 'base64url'))) {
      throw new EvidenceFault('binding', 'signature', 'the key of the SVID did not sign this nonce and key');
    }
    return { method: 'spiffe_x509', principal: id, facts: { spiffe_id: id } } satisfies Proven;
  };
}

function certificateIn(certificate: Certificate | undefined): Certificate {
  if (!certificate)
    throw new EvidenceFault('malformed', 'chain', 'the chain holds something that is no certificate');
  return certificate;
}

/** The one name of type URI, which a workload's certificate has; one without a path is an authority's. */
function idOf({ uris }: Certificate): { id: string; trustDomain: string } {
  const [id, ...more] = uris;
  if (id === undefined || more.length > 0) {
    throw new EvidenceFault(
      'leaf',
      'chain',
      'the first certificate does not have exactly one URI for a name',
    );
  }
  const parsed = parseSpiffeId(id);
  if (!parsed || parsed.path === '') {
    throw new EvidenceFault(
      'leaf',
      'chain',
      'the name of the first certificate is not the SPIFFE id of a workload',
    );
  }
  return { id, trustDomain: parsed.trustDomain };
}

/** A root that cannot be read is the configuration's fault: nothing is said of the evidence then. */
function rootsOf(
  bundle: readonly Uint8Array[] | undefined,
  read: (der: Uint8Array) => Certificate | undefined,
): readonly Certificate[] {
  if (!bundle) throw new EvidenceFault('trust_domain', 'chain', 'the trust domain is not configured');
  return bundle.map((der) => {
    const root = read(der);
    if (!root)
      throw new TrustUnavailable('the bundle of a trust domain holds something that is no certificate');
    return root;
  });
}
