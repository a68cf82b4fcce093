import type { EvidenceFaultCode, Method } from '../../core/evidence.ts';
import { trustSourcesSchema } from '../../core/policy/schema-trust.ts';
import type { Evidence } from '../../core/protocol/evidence.ts';
import { type EpochSeconds, epochSeconds } from '../../core/time.ts';
import { loopback, sendJson } from '../../local/people/loopback.ts';
import { morning } from '../core/invoices.ts';
import { addRole, credentialsOf, newAccount } from '../local/account.ts';
import { pkcs7, signatory, trueDocument } from './instance-identity.ts';
import { apart, type JwtParts, type Members, written } from './jwt-signing.ts';
import {
  account,
  binding,
  githubToken,
  jwtKeys,
  svidToken,
  trustDomain,
  webIdentityToken,
} from './jwt-sound.ts';
import { madeRoot, nitroDocument, madeAt as nitroMadeAt } from './nitro-document.ts';
import { truePresigned } from './presigned.ts';
import { bundle, svidEvidence, madeAt as svidMadeAt } from './svid.ts';

/** Evidence of one method, and when it is sent. */
export type Sample = { readonly evidence: Evidence; readonly now: EpochSeconds };

/** True evidence of a method, and a forgery with its fault and the field it lies in. */
export type Samples = {
  readonly sound: Sample;
  readonly forged: Sample;
  readonly fault: EvidenceFaultCode;
  readonly field: string;
  /** The fault of the true evidence where no source of this method is trusted. */
  readonly untrusted?: EvidenceFaultCode;
  /** The path at which the method's source is asked, where it has one. */
  readonly source?: string;
};

/** Where everything is that methods are verified with: a server for key sets and a bundle, and an account with its STS. */
export async function startSources() {
  const down = new Set<string>();
  const sources: Readonly<Record<string, object>> = {
    '/sts/.well-known/jwks.json': { keys: [jwtKeys.sts.jwk] },
    '/oidc/keys': { keys: [jwtKeys.oidc.jwk] },
    // What STS would say, had it lost its mind: it is asked at the root.
    '/': {},
    '/bundle': { keys: [jwtKeys.spire.jwk, rootKey(bundle[0])], spiffe_sequence: 1 },
  };
  const server = await loopback((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const source = sources[path];
    if (source && !down.has(path)) sendJson(response, source);
    else sendJson(response, {}, source ? 503 : 404);
  });
  const aws = await newAccount();
  return {
    down,
    server,
    aws,
    close: () => Promise.all([server.close(), aws.stop()]),
  };
}

type Sources = Awaited<ReturnType<typeof startSources>>;

function rootKey(der: Uint8Array | undefined): Members {
  return { kty: 'EC', use: 'x509-svid', x5c: [Buffer.from(der ?? []).toString('base64')] };
}

const ec2 = signatory(1);

/** The trust sources that name all of this, as a policy folder's document is compiled. */
export function trustIn({ server, aws }: Sources) {
  return trustSourcesSchema.parse({
    aws_web_identity: [{ account, issuer: `${server.url}/sts` }],
    aws_presigned: { regions: [aws.region] },
    oidc: [{ issuer: `${server.url}/oidc`, jwks_uri: `${server.url}/oidc/keys`, algorithms: ['ES256'] }],
    spiffe: [{ trust_domain: trustDomain, bundle_url: `${server.url}/bundle` }],
    aws_nitro: { roots: [madeRoot] },
    aws_ec2_iid: [{ region: trueDocument.region, certificate: ec2.pem }],
  });
}

/** Evidence of every method, true and forged. */
export async function samplesOf({ server, aws }: Sources): Promise<Readonly<Record<Method, Samples>>> {
  const at = (now: number, evidence: Evidence): Sample => ({ evidence, now: epochSeconds(now) });
  const bytes = Buffer.from(binding);
  return {
    aws_iam: {
      sound: at(morning, { method: 'aws_iam', binding }),
      forged: at(morning, { method: 'aws_iam', binding: 'A'.repeat(43) }),
      fault: 'binding',
      field: 'binding',
    },
    aws_web_identity: {
      ...jwtSamples('aws_web_identity', webIdentityToken, `${server.url}/sts`),
      untrusted: 'unknown_issuer',
      source: '/sts/.well-known/jwks.json',
    },
    aws_presigned: { ...(await presignedSamples(aws)), untrusted: 'region' },
    spiffe_jwt: { ...jwtSamples('spiffe_jwt', svidToken), untrusted: 'trust_domain', source: '/bundle' },
    spiffe_x509: {
      sound: at(svidMadeAt, svidEvidence(bytes)),
      forged: at(svidMadeAt, svidEvidence(Buffer.from('A'.repeat(43)))),
      fault: 'binding',
      field: 'signature',
      untrusted: 'trust_domain',
      source: '/bundle',
    },
    oidc: {
      ...jwtSamples('oidc', githubToken, `${server.url}/oidc`),
      untrusted: 'unknown_issuer',
      source: '/oidc/keys',
    },
    aws_nitro: {
      sound: at(nitroMadeAt, { method: 'aws_nitro', document: nitroDocument(bytes) }),
      forged: at(nitroMadeAt + 301, { method: 'aws_nitro', document: nitroDocument(bytes) }),
      fault: 'stale',
      field: 'document.timestamp',
      untrusted: 'root',
    },
    aws_ec2_iid: {
      sound: at(morning, identityDocument(ec2)),
      forged: at(morning, identityDocument(signatory(1))),
      fault: 'signature',
      field: 'pkcs7',
      untrusted: 'region',
    },
  };
}

/** A token, and one with the signature of another. */
function jwtSamples(method: 'aws_web_identity' | 'spiffe_jwt' | 'oidc', parts: JwtParts, iss?: string) {
  const claims = { ...parts.claims, iss };
  const token = written({ ...parts, claims });
  const other = written({ ...parts, claims: { ...claims, jti: 'another' } });
  const forged = token.replace(/[^.]*$/, apart(other).signature);
  return {
    sound: { evidence: { method, token }, now: morning },
    forged: { evidence: { method, token: forged }, now: morning },
    fault: 'signature',
    field: 'token',
  } as const;
}

async function presignedSamples(aws: Sources['aws']): Promise<Samples> {
  addRole(aws, 'elsewhere');
  const keys = credentialsOf(aws.iam.openServiceSession('elsewhere', 'run-7', 900));
  const { region, endpoint } = aws;
  const now = aws.clock.now();
  const good = await truePresigned({ region, endpoint, clock: () => now, credentials: keys });
  return {
    sound: { evidence: good, now },
    forged: { evidence: { ...good, signature: '0'.repeat(64) }, now },
    fault: 'rejected',
    field: 'signature',
  };
}

function identityDocument(by: typeof ec2): Evidence {
  const document = pkcs7(Buffer.from(JSON.stringify(trueDocument)), by);
  return { method: 'aws_ec2_iid', pkcs7: document.toString('base64') };
}
