import type { Facts, Proven } from '../../core/evidence.ts';

/** Pieces of one runtime, one of each method, and the terms that they meet. */
export const account = '111122223333';
export const role = `arn:aws:iam::${account}:role/agents/agent`;
export const bare = `arn:aws:iam::${account}:role/agent`;
export const instance = 'i-0a1b2c3d4e5f60718';
export const id = 'spiffe://acme.example/agent';
export const issuer = 'https://token.example';
export const measured = { '0': 'a'.repeat(96), '8': 'b'.repeat(96) };
const byRole: Facts = { aws_account: account, aws_role: 'agent' };

export const iam: Proven = {
  method: 'aws_iam',
  principal: 'AROACALLER',
  role: bare,
  facts: { ...byRole, aws_session: instance },
};
export const presigned: Proven = { ...iam, method: 'aws_presigned', principal: 'AROAPRESIGNED' };
export const identity: Proven = {
  method: 'aws_web_identity',
  principal: 'AROACALLER',
  role,
  facts: {
    ...byRole,
    aws_org: 'o-aaaaaaaaaa',
    lambda_function: `arn:aws:lambda:eu-central-1:${account}:function:agent`,
    ec2_instance: instance,
    ec2_vpc: 'vpc-0a1b2c3d',
  },
};
export const jwtSvid: Proven = { method: 'spiffe_jwt', principal: id, facts: { spiffe_id: id } };
export const x509Svid: Proven = { ...jwtSvid, method: 'spiffe_x509' };
export const token: Proven = {
  method: 'oidc',
  principal: `${issuer}#me`,
  facts: { oidc_issuer: issuer, oidc_subject: 'me' },
  claims: { sub: 'me', repository_id: '1', run: 7, google: { compute_engine: { zone: 'a' } }, groups: ['a'] },
};
export const nitro: Proven = {
  method: 'aws_nitro',
  facts: {},
  measurements: { ...measured, '1': 'c'.repeat(96) },
};
export const document: Proven = {
  method: 'aws_ec2_iid',
  facts: { aws_account: account, ec2_instance: instance, ec2_image: 'ami-0a1b2c3d' },
};

export const lambda_function = `arn:aws:lambda:eu-central-1:${account}:function:agent`;
export const allOfIdentity = { role, lambda_function, vpc: 'vpc-0a1b2c3d', org: 'o-aaaaaaaaaa' };
export const claims = { repository_id: '1', run: 7, google: { compute_engine: { zone: 'a' } } };
export const oidc = { issuer, subject: 'me', claims };

/** A piece with facts changed; undefined takes one away. */
export function said(piece: Proven, facts: { [Name in keyof Facts]: Facts[Name] | undefined }): Proven {
  const all = { ...piece.facts, ...facts };
  return {
    ...piece,
    facts: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
  };
}
