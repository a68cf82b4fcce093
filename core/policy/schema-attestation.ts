import { z } from 'zod';
import { strengths } from '../evidence.ts';
import { parseSpiffeId } from '../spiffe-id.ts';
import { issuer, plainAudience } from './schema-addresses.ts';

const role = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[A-Za-z0-9_+=,.@/-]{1,576}$/,
    'not the ARN of an IAM role: arn:aws:iam::<account>:role/<name>',
  )
  .describe('The role that the agent runs as, its path included');

const spiffeId = z
  .string()
  .refine(
    (text) => (parseSpiffeId(text)?.path ?? '') !== '',
    'not a SPIFFE id: spiffe://<trust domain>/<path>',
  )
  .describe('The SPIFFE id, exactly');

/** An empty map would ask for nothing. */
const some = <Schema extends z.ZodRecord>(schema: Schema) =>
  schema.refine((map) => Object.keys(map).length > 0, 'name at least one claim');
const value = z.union([z.string().min(1).max(500), z.number(), z.boolean()]);
const name = z.string().regex(/^[ -~]{1,200}$/, 'a claim is 1 to 200 printable ASCII characters');
/** Claims may hold objects, as `kubernetes.io` of a pod's token does; three levels is what issuers use. */
const innermost = some(z.record(name, value));
const inner = some(z.record(name, z.union([value, innermost])));
const claims = some(z.record(name, z.union([value, inner])));

/** What each method of evidence has to prove: the terms that a policy sets. */
const terms = {
  aws_iam: z.strictObject({ role }).describe('The signature of an IAM role on the request'),
  aws_web_identity: z
    .strictObject({
      role,
      lambda_function: z
        .string()
        .regex(
          /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}$/,
          'not the ARN of a function: arn:aws:lambda:<region>:<account>:function:<name>',
        )
        .optional()
        .describe('The Lambda function, where it must be that one'),
      vpc: z
        .string()
        .regex(/^vpc-[0-9a-f]{8,17}$/, 'not the id of a VPC')
        .optional()
        .describe('The VPC of the EC2 instance that the credentials were given to'),
      org: z
        .string()
        .regex(/^o-[a-z0-9]{10,32}$/, 'not the id of an organization')
        .optional()
        .describe('The AWS organization of the account'),
    })
    .describe('A token that AWS signed for the role (sts:GetWebIdentityToken)'),
  aws_presigned: z
    .strictObject({ role })
    .describe('A presigned request that STS answers: roles in other accounts, without a call from them'),
  spiffe_jwt: z
    .strictObject({
      id: spiffeId,
      plain_audience: plainAudience,
    })
    .describe('A JWT-SVID of SPIRE or another SPIFFE issuer'),
  spiffe_x509: z.strictObject({ id: spiffeId }).describe('An X.509-SVID, and a signature by its key'),
  oidc: z
    .strictObject({
      issuer: issuer.describe('Its address, exactly as its tokens say in `iss` and trust-sources.yaml does'),
      subject: z
        .string()
        .regex(/^[ -~]{1,255}$/, 'at most 255 printable ASCII characters')
        .optional()
        .describe('`sub`, exactly'),
      claims: claims.optional().describe('Other claims that must be exactly so; objects are looked into'),
      plain_audience: plainAudience,
    })
    .describe('A token of an OpenID Connect issuer: GitHub Actions, GitLab, Google, a Kubernetes cluster'),
  aws_nitro: z
    .strictObject({
      pcrs: z
        .record(
          z
            .string()
            .regex(
              /^(tpm)?([0-9]|[12][0-9]|3[01])$/,
              'a PCR is a number from 0 to 31, in quotes; tpm4 is one of a NitroTPM',
            ),
          z
            .string()
            .regex(
              /^([0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/,
              'a measurement is 64, 96 or 128 lower case hexadecimal digits',
            )
            .refine((hex) => !/^0+$/.test(hex), 'all zero is what debug mode measures'),
        )
        .refine((map) => Object.keys(map).length > 0, 'name at least one PCR')
        .describe('What every one of these registers has to hold'),
    })
    .describe('A Nitro document: what code runs, measured. It stands beside a method that says whose it is'),
  aws_ec2_iid: z
    .strictObject({
      account: z
        .string()
        .regex(/^[0-9]{12}$/, 'an account is 12 digits, in quotes')
        .describe('The account of the instance'),
      image: z
        .string()
        .regex(/^ami-[0-9a-f]{8,17}$/, 'not the id of an image')
        .optional()
        .describe('The image that the instance was started from'),
    })
    .describe('The identity document of an EC2 instance. It can be copied, and stands beside another method'),
} as const;

const oneWay = z
  .strictObject({
    aws_iam: terms.aws_iam.optional(),
    aws_web_identity: terms.aws_web_identity.optional(),
    aws_presigned: terms.aws_presigned.optional(),
    spiffe_jwt: terms.spiffe_jwt.optional(),
    spiffe_x509: terms.spiffe_x509.optional(),
    oidc: terms.oidc.optional(),
    aws_nitro: terms.aws_nitro.optional(),
    aws_ec2_iid: terms.aws_ec2_iid.optional(),
  })
  .refine((way) => Object.keys(way).length > 0, 'name at least one method');

/** How an agent proves that it is of a type. */
export const attestationSchema = z.strictObject({
  any_of: z
    .array(oneWay)
    .min(1)
    .max(20)
    .describe('Ways to prove it, of which one is enough; methods in one entry are all needed'),
  minimum: z.enum(strengths).optional().describe('The least strength that will do'),
});

/** One way to prove a type: the terms of every method that it takes. */
export type Way = z.output<typeof oneWay>;
