import { describe, expect, it } from 'vitest';
import { awsWebIdentity as produce } from '../../../../client/evidence/aws-web-identity.ts';
import type { Bound } from '../../../../core/evidence.ts';
import { after } from '../../../../core/time.ts';
import { awsWebIdentity } from '../../../../lambda/evidence/methods/aws-web-identity.ts';
import { finderAmong } from '../../../../lambda/evidence/provider-keys.ts';
import { morning } from '../../../core/invoices.ts';
import { commonForgeries } from '../../../evidence/jwt-forgeries.ts';
import { webIdentityForgeries } from '../../../evidence/jwt-forgeries-web-identity.ts';
import { written } from '../../../evidence/jwt-signing.ts';
import {
  account,
  awsClaims,
  binding,
  caller,
  jwtKeys,
  otherAccount,
  otherStsIssuer,
  publicUrl,
  webIdentityToken as sound,
  stsIssuer,
  stsNamespace,
} from '../../../evidence/jwt-sound.ts';
import type { JwtWorld } from '../../../evidence/jwt-world.ts';
import { expectRefusal } from './jwt-refusal.ts';

const { sts, stsNext, stsRsa, otherSts } = jwtKeys;
const verify = awsWebIdentity(
  new Map([
    [stsIssuer, { account, keys: finderAmong([sts.jwk, stsNext.jwk, stsRsa.jwk]) }],
    [otherStsIssuer, { account: otherAccount, keys: finderAmong([otherSts.jwk]) }],
  ]),
  publicUrl,
);
const world: JwtWorld = { sound, sibling: stsNext, rsa: stsRsa, foreign: otherSts };
const bound: Bound = { binding, caller, now: morning };
const verified = (token: string, at = bound) => verify({ method: 'aws_web_identity', token }, at);
const claiming = (claims: object) => written({ ...sound, claims: { ...sound.claims, ...claims } });
const saying = (claims: object) => claiming({ [stsNamespace]: { ...awsClaims, ...claims } });

const facts = {
  aws_account: account,
  aws_role: 'DataProcessingRole',
  aws_org: 'o-abc1234567',
  lambda_function: 'arn:aws:lambda:us-east-1:123456789012:function:process-data',
};
const proven = { method: 'aws_web_identity', principal: caller.roleId, role: caller.role, facts };

describe('a token of sts:GetWebIdentityToken', () => {
  it('proves role, account, organization and function, as AWS documents them', async () => {
    expect(await verified(written(sound))).toEqual(proven);
  });

  it('may be signed with RS256', async () => {
    const header = { ...sound.header, alg: 'RS256', kid: stsRsa.kid };
    expect(await verified(written({ ...sound, header, key: stsRsa }))).toEqual(proven);
  });

  it('may leave typ out, and list its one audience', async () => {
    const header = { ...sound.header, typ: undefined };
    expect(await verified(written({ ...sound, header }))).toEqual(proven);
    expect(await verified(claiming({ aud: [publicUrl] }))).toEqual(proven);
  });

  it('proves the function and not its version or alias', async () => {
    for (const suffix of [':7', ':live', ':$LATEST']) {
      const lambda_source_function_arn = `${facts.lambda_function}${suffix}`;
      expect(await verified(saying({ lambda_source_function_arn }))).toEqual(proven);
    }
  });

  it('proves instance and VPC of credentials that EC2 gave', async () => {
    const { lambda_function, ...others } = facts;
    const token = saying({
      lambda_source_function_arn: undefined,
      ec2_source_instance_arn: 'arn:aws:ec2:us-east-1:123456789012:instance/i-abc123def456789aa',
      ec2_instance_source_vpc: 'vpc-abc123def456789aa',
      ec2_instance_source_private_ipv4: '10.0.1.25',
      ec2_role_delivery: '2.0',
    });
    expect(await verified(token)).toEqual({
      ...proven,
      facts: { ...others, ec2_instance: 'i-abc123def456789aa', ec2_vpc: 'vpc-abc123def456789aa' },
    });
  });

  it('proves nothing but the role where AWS says no more', async () => {
    const { aws_account, request_tags } = awsClaims;
    expect(await verified(claiming({ [stsNamespace]: { aws_account, request_tags } }))).toEqual({
      ...proven,
      facts: { aws_account, aws_role: facts.aws_role },
    });
  });

  it('proves no fact of a claim that is not as AWS writes it', async () => {
    const token = saying({
      source_region: 'us-east-1\n',
      org_id: ['o-abc1234567'],
      lambda_source_function_arn: `${facts.lambda_function}:x/y`,
      ec2_source_instance_arn: 'arn:aws:ec2:us-east-1:123456789012:instance/i-abc123def456789aa/x',
      ec2_instance_source_vpc: 'vpc-',
    });
    expect((await verified(token)).facts).toEqual({ aws_account: account, aws_role: facts.aws_role });
  });

  it('proves no fact of a tag: whoever asks for the token chooses them', async () => {
    const request_tags = { ...awsClaims.request_tags, org_id: 'o-other00000', source_region: 'x' };
    expect(await verified(saying({ request_tags, principal_tags: { org_id: 'o-other00000' } }))).toEqual(
      proven,
    );
  });

  it('proves its role with the path, for a policy to compare', async () => {
    const sub = 'arn:aws:iam::123456789012:role/team/a/DataProcessingRole';
    expect(await verified(claiming({ sub }))).toEqual({ ...proven, role: sub });
  });

  it.each([
    ['300 s after it was made', { iat: morning - 300, nbf: morning - 300 }],
    ['with a life of an hour', { exp: morning + 3_600 }],
    ['59 s after its end', { iat: morning - 119, exp: morning - 59 }],
    ['60 s before it was made', { iat: morning + 60, nbf: morning + 60 }],
  ])('counts %s', async (_, claims) => {
    expect(await verified(claiming(claims))).toEqual(proven);
  });

  it('is for the nonce and the key that it was made for', async () => {
    const refusal = verified(written(sound), { ...bound, binding: 'A'.repeat(43) });
    await expect(refusal).rejects.toMatchObject({ fault: 'binding', field: 'token' });
  });

  it('is no evidence of another role that sends it along', async () => {
    const thief = { ...caller, role: 'arn:aws:iam::123456789012:role/Thief' };
    const refusal = verified(written(sound), { ...bound, caller: thief });
    await expect(refusal).rejects.toMatchObject({ fault: 'principal', field: 'token' });
  });

  it('ends', async () => {
    const refusal = verified(written(sound), { ...bound, now: after(morning, 900 + 60) });
    await expect(refusal).rejects.toMatchObject({ fault: 'expired' });
  });

  const forgeries = [...commonForgeries, ...webIdentityForgeries];

  it.each(forgeries)('is refused where $attack', async ({ write, fault }) => {
    await expectRefusal(verified, write(world), fault);
  });

  it('has forgeries in that table, each by a name of its own', () => {
    expect(forgeries.length).toBeGreaterThan(200);
    expect(new Set(forgeries.map(({ attack }) => attack)).size).toBe(forgeries.length);
  });

  it('is what the client makes evidence of', async () => {
    const producer = produce(publicUrl, async ({ Audience: [aud], Tags, SigningAlgorithm }) => {
      const request_tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
      expect(SigningAlgorithm).toBe(sts.alg);
      return claiming({ aud, [stsNamespace]: { ...awsClaims, request_tags } });
    });
    expect(await verify(await producer(binding), bound)).toEqual(proven);
  });
});
