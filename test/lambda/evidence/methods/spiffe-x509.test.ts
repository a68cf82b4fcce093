import { describe, expect, it } from 'vitest';
import { spiffeX509 as produce } from '../../../../client/evidence/spiffe-x509.ts';
import { type Bound, TrustUnavailable } from '../../../../core/evidence.ts';
import { evidenceBinding } from '../../../../core/identity.ts';
import { epochSeconds } from '../../../../core/time.ts';
import { spiffeX509 } from '../../../../lambda/evidence/methods/spiffe-x509.ts';
import { certificate, ecKeys, type Keys, pemOf } from '../../../evidence/certificates.ts';
import {
  bundle,
  bundleFor,
  chainOf,
  madeAt,
  type SvidForgery,
  soundSvid,
  spiffeId,
  svidEvidence,
  svidKeys,
  trustDomain,
} from '../../../evidence/svid.ts';
import { svidForgeries } from '../../../evidence/svid-forgeries.ts';

const binding = evidenceBinding('nonce', 'thumbprint');
const bytes = Buffer.from(binding);
const proven = { method: 'spiffe_x509', principal: spiffeId, facts: { spiffe_id: spiffeId } };

/** A partner's trust domain, whose root has the same name. */
const partnerKeys = ecKeys('prime256v1');
const partner = certificate({ ...soundSvid.root, keys: partnerKeys, issuerKeys: partnerKeys });

const bound: Bound = {
  binding,
  caller: { role: '', roleId: '', userId: '' },
  now: epochSeconds(madeAt),
};

function trusting(roots: readonly Uint8Array[]) {
  const bundles: Readonly<Record<string, readonly Uint8Array[]>> = {
    [trustDomain]: roots,
    'partner.example': [partner],
  };
  return spiffeX509(async (domain) => bundles[domain]);
}

function verified(forgery: SvidForgery = {}) {
  return trusting(bundleFor(forgery))(svidEvidence(bytes, forgery), bound);
}

describe('an X.509-SVID', () => {
  it('proves its SPIFFE id', async () => {
    expect(await verified()).toEqual(proven);
  });

  const kinds: Readonly<Record<string, Keys>> = {
    'P-256': svidKeys.other,
    'P-384': svidKeys.p384,
    RSA: svidKeys.rsa,
  };

  it.each(Object.entries(kinds))('may have a key that is %s', async (_, keys) => {
    expect(await verified({ certificates: { leaf: { keys } } })).toEqual(proven);
  });

  it.each(Object.entries(kinds))('may be signed by an authority whose key is %s', async (_, keys) => {
    const certificates = { middle: { keys }, leaf: { issuerKeys: keys, hash: 'sha256' } } as const;
    expect(await verified({ certificates })).toEqual(proven);
  });

  it('may bring its root along, and be signed by the root itself', async () => {
    expect(await verified({ chain: (sound) => [...sound, ...bundle] as Buffer[] })).toEqual(proven);
    const leaf = { issuer: 'example.org', issuerKeys: svidKeys.root };
    expect(await verified({ certificates: { leaf }, chain: ([first]) => (first ? [first] : []) })).toEqual(
      proven,
    );
  });

  it('goes back to whichever root of its domain signed it, while roots are exchanged', async () => {
    expect(await verified({ bundle: (root) => [partner, root] })).toEqual(proven);
  });

  it('is not counted below its authority where an authority issued itself a certificate', async () => {
    const renewed = certificate({ ...soundSvid.middle, subject: 'example.org', keys: svidKeys.middle });
    const leaf = { issuer: 'example.org' };
    const root = {
      extensions: [
        { ...soundSvid.root.extensions[0], value: Buffer.from('30060101ff020100', 'hex') },
        ...soundSvid.root.extensions.slice(1),
      ],
    };
    const forgery = {
      certificates: { leaf, root },
      chain: ([first]: readonly Buffer[]) => [first ?? renewed, renewed],
    };
    expect(await verified(forgery)).toEqual(proven);
  });

  it.each(svidForgeries)('is refused where $attack', async ({ forgery, fault, field }) => {
    await expect(verified(forgery)).rejects.toMatchObject({ name: 'EvidenceFault', fault, field });
  });

  it('has forgeries in that table', () => {
    expect(svidForgeries.length).toBeGreaterThan(50);
  });

  it('is neither believed nor refused while the bundle of its domain cannot be read', async () => {
    const broken = trusting([Buffer.from('certificate')]);
    await expect(broken(svidEvidence(bytes), bound)).rejects.toBeInstanceOf(TrustUnavailable);
  });

  it('of one agent is no evidence of another one’s key', async () => {
    const other = { ...bound, binding: evidenceBinding('nonce', 'another thumbprint') };
    await expect(trusting(bundle)(svidEvidence(bytes), other)).rejects.toMatchObject({ fault: 'binding' });
  });
});

describe('the client', () => {
  const verify = (keys: Keys) => trusting(bundleFor({ certificates: { leaf: { keys } } }));
  const pemKey = (keys: Keys) => keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  it.each(
    Object.entries({ 'P-256': svidKeys.leaf, 'P-384': svidKeys.p384, RSA: svidKeys.rsa }),
  )('makes evidence of an SVID in PEM whose key is %s', async (_, keys) => {
    const chain = pemOf(chainOf({ certificates: { leaf: { keys } } }));
    const producer = produce(async () => ({ chain, key: pemKey(keys) }));
    expect(await verify(keys)(await producer(binding), bound)).toEqual(proven);
  });

  it('makes evidence of an SVID as the Workload API has it, with a key that cannot be exported', async () => {
    const der = svidKeys.leaf.privateKey.export({ type: 'pkcs8', format: 'der' });
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const key = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
    const producer = produce(async () => ({ chain: chainOf(), key }));
    expect(await trusting(bundle)(await producer(binding), bound)).toEqual(proven);
  });

  it('says so where the key of an SVID is of another kind', async () => {
    const producer = produce(async () => ({ chain: chainOf(), key: pemKey(svidKeys.p521) }));
    await expect(producer(binding)).rejects.toThrow(/P-256, P-384 or RSA/);
  });
});
