import { z } from 'zod';
import { parseSpiffeId } from '../spiffe-id.ts';
import { algorithms, issuer, keysAddress, privateNetwork, word } from './schema-addresses.ts';

/** SHA-256 of AWS's root G1 for Nitro, as AWS publishes it (Nitro Enclaves user guide, "Verifying the root of trust"). */
export const awsNitroRoot = '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b';

const account = z.string().regex(/^[0-9]{12}$/, 'an account is 12 digits, in quotes');
const region = z
  .string()
  .regex(/^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$/, 'not a region, such as eu-central-1');
const trustDomain = z
  .string()
  .refine(
    (text) => parseSpiffeId(`spiffe://${text}`)?.path === '',
    'a trust domain is lower case, without spiffe://',
  );
/** PEM has lines, and a value in a policy folder none: folded, they are put back. */
const certificate = z
  .string()
  .max(8_192)
  .regex(
    /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/,
    'one certificate in PEM form, begun with `>-`',
  )
  .transform((text) => {
    const lines = text.replace(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '').match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  });

/** A subject as IAM compares it: `*` and `?` stand for anything, so one that is nothing else would let everybody in. */
const subjectPattern = z
  .string()
  .regex(/^[ -~]{1,300}$/, 'at most 300 printable ASCII characters')
  .refine((text) => text.replace(/[*?]/g, '').length >= 3, 'too wide: say whose tokens these are');

const entry = z
  .strictObject({
    web_identity: z
      .array(
        z.strictObject({
          issuer: issuer.describe(
            'An OIDC provider that is registered with IAM in the account of the broker',
          ),
          audience: word.default('sts.amazonaws.com').describe('`aud` of its tokens for AWS'),
          subjects: z
            .array(subjectPattern)
            .min(1)
            .max(20)
            .describe('Patterns of `sub`; * stands for anything'),
        }),
      )
      .max(10)
      .default([])
      .describe('Whose tokens AssumeRoleWithWebIdentity takes for the entry role'),
    roles_anywhere: z
      .array(
        z
          .string()
          .regex(
            /^arn:aws[a-z-]*:rolesanywhere:[a-z0-9-]+:[0-9]{12}:trust-anchor\/[0-9a-f-]{36}$/,
            'not the ARN of a trust anchor',
          ),
      )
      .max(10)
      .default([])
      .describe('Trust anchors of IAM Roles Anywhere'),
  })
  .refine(
    ({ web_identity, roles_anywhere }) => web_identity.length + roles_anywhere.length > 0,
    'name at least one of web_identity and roles_anywhere',
  );

const oidcIssuer = z.strictObject({
  issuer: issuer.describe('Its address, exactly as its tokens say in `iss`'),
  jwks_uri: keysAddress.describe('Where its keys are; nothing that a token says leads to others'),
  algorithms,
  private_network: privateNetwork,
});

const spiffeSource = z.union([
  z.strictObject({
    trust_domain: trustDomain.describe('Its name, without spiffe://'),
    bundle_url: keysAddress.describe('Where its bundle is (SPIFFE Trust Domain and Bundle, https_web)'),
    private_network: privateNetwork,
  }),
  z.strictObject({
    trust_domain: trustDomain.describe('Its name, without spiffe://'),
    bundle: z
      .looseObject({
        keys: z
          .array(
            z.looseObject({
              kty: z.string().describe('The kind of key, as JWKs have it'),
              use: z.string().describe('What it signs: jwt-svid, or x509-svid'),
            }),
          )
          .min(1)
          .max(100)
          .describe('Its keys as JWKs, with what else they hold'),
      })
      .describe('The bundle itself, as spire-server bundle show -format spiffe prints it'),
  }),
]);

/** The `trust_sources` document: whose word counts when a runtime proves itself. Strict; what is absent trusts nobody. */
export const trustSourcesSchema = z.strictObject({
  entry: entry
    .optional()
    .describe('Who may reach the API without AWS credentials; it proves nothing by itself'),
  aws_web_identity: z
    .array(
      z.strictObject({
        account: account.describe('The account, in quotes'),
        issuer: issuer.describe('What iam:EnableOutboundWebIdentityFederation answered for this account'),
      }),
    )
    .max(1_000)
    .default([])
    .describe('The issuer of each account whose roles may prove themselves by GetWebIdentityToken'),
  aws_presigned: z
    .strictObject({ regions: z.array(region).min(1).max(50).describe('Whose STS may be asked') })
    .optional()
    .describe('Presigned GetCallerIdentity'),
  oidc: z.array(oidcIssuer).max(50).default([]).describe('OpenID Connect issuers of workloads'),
  spiffe: z.array(spiffeSource).max(50).default([]).describe('SPIFFE trust domains'),
  aws_nitro: z
    .strictObject({
      roots: z
        .array(z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 lower case hexadecimal digits'))
        .min(1)
        .max(5)
        .default([awsNitroRoot])
        .describe("SHA-256 of the root certificate (DER); AWS's own when absent"),
    })
    .optional()
    .describe('Nitro documents'),
  aws_ec2_iid: z
    .array(
      z.strictObject({
        region: region.describe('The region of the instances'),
        certificate: certificate.describe("AWS's `rsa2048` certificate there"),
      }),
    )
    .max(60)
    .default([])
    .describe('Instance identity documents'),
});

/** Compiled trust sources: plain JSON. */
export type TrustSources = z.output<typeof trustSourcesSchema>;

/** Nobody is trusted. */
export const noTrust: TrustSources = trustSourcesSchema.parse({});
