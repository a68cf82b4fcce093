import * as z from 'zod/mini';

/** base64url without padding, of exactly this many characters. */
export const base64url = (length: number) =>
  z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{${length}}$`), 'not base64url of the right length'));

const jwt = z
  .string()
  .check(
    z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, 'not a signed JWT'),
    z.maxLength(8_192, 'at most 8192 characters'),
  );
const base64 = (longest: number) =>
  z
    .string()
    .check(
      z.regex(/^[A-Za-z0-9+/]+={0,2}$/, 'not base64'),
      z.maxLength(longest, `at most ${longest} characters`),
    );
const matching = (pattern: RegExp, message: string) => z.string().check(z.regex(pattern, message));

/** The binding itself, in the body that SigV4 signs. */
const awsIam = z.strictObject({ method: z.literal('aws_iam'), binding: base64url(43) });

/** What sts:GetWebIdentityToken answered. */
const awsWebIdentity = z.strictObject({ method: z.literal('aws_web_identity'), token: jwt });

/**
 * The parts of a presigned GET of sts:GetCallerIdentity that its signer chose. The broker puts the request together
 * itself: nothing here is an address, a path, a header's name or a parameter's.
 */
const awsPresigned = z.strictObject({
  method: z.literal('aws_presigned'),
  region: matching(/^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/, 'not a region'),
  date: matching(/^\d{8}T\d{6}Z$/, 'not a time as X-Amz-Date has it'),
  access_key_id: matching(/^[A-Z0-9]{16,128}$/, 'not an access key id'),
  session_token: matching(/^[A-Za-z0-9+/=_-]{1,8192}$/, 'not a session token'),
  expires: z
    .int('a whole number of seconds')
    .check(z.gte(1, '1 to 900 seconds'), z.lte(900, '1 to 900 seconds')),
  signature: matching(/^[0-9a-f]{64}$/, 'not a signature'),
});

/** A JWT-SVID. */
const spiffeJwt = z.strictObject({ method: z.literal('spiffe_jwt'), token: jwt });

/** An X.509-SVID with its chain (DER in base64, the leaf first, the root left out), and the signature of its key over the binding. */
const spiffeX509 = z.strictObject({
  method: z.literal('spiffe_x509'),
  chain: z
    .array(base64(8_192))
    .check(z.minLength(1, '1 to 4 certificates'), z.maxLength(4, '1 to 4 certificates')),
  signature: matching(/^[\w-]{64,700}$/, 'not a signature in base64url'),
});

/** A token of an OpenID Connect issuer. */
const oidc = z.strictObject({ method: z.literal('oidc'), token: jwt });

/** A Nitro attestation document: COSE_Sign1, as the enclave's or the instance's module made it. */
const awsNitro = z.strictObject({ method: z.literal('aws_nitro'), document: base64(16_000) });

/** An instance identity document inside its PKCS #7 signature, as `/latest/dynamic/instance-identity/rsa2048` answers. */
const awsEc2Iid = z.strictObject({ method: z.literal('aws_ec2_iid'), pkcs7: base64(8_192) });

/** One piece of evidence; each method has its own shape, told apart by `method`. */
export const evidence = z.discriminatedUnion(
  'method',
  [awsIam, awsWebIdentity, awsPresigned, spiffeJwt, spiffeX509, oidc, awsNitro, awsEc2Iid],
  'this broker knows no such method of evidence',
);

/** One piece of evidence. */
export type Evidence = z.output<typeof evidence>;
/** Evidence of one method. */
export type EvidenceOf<Method extends Evidence['method']> = Extract<Evidence, { method: Method }>;
