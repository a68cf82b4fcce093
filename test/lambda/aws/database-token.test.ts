import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { after, toIso } from '../../../core/time.ts';
import { databaseCredentials } from '../../../lambda/aws/database-token.ts';
import { morning } from '../../core/invoices.ts';
import { Sha256 } from '../../sha256.ts';

const minted = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  // As long, and with the characters, that session tokens have.
  sessionToken: `IQoJb3JpZ2luX2VjE/+=${'aB3/+='.repeat(120)}`,
  expiration: after(morning, 144),
  sourceIdentity: 'L-AAAAAAAAAAAAAAAA',
  arn: 'arn:aws:sts::111122223333:assumed-role/r/s',
};
const rds = {
  resource: 'arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEFGHIJKL/reader',
  host: 'crm.abc123.eu-central-1.rds.amazonaws.com',
  port: 5432,
  database: 'crm',
  user: 'reader',
};
const dsql = {
  ...rds,
  resource: 'arn:aws:dsql:us-east-1:111122223333:cluster/abcdefghij0123456789klmnop',
  host: 'abcdefghij0123456789klmnop.dsql.us-east-1.on.aws',
};
const deadline = after(morning, 144);
const now = after(morning, 4);

/** The address that a token is, and what it must be signed with: computed anew by another signer. */
async function signedAnew(token: string, service: string, region: string) {
  const url = new URL(`https://${token}`);
  const query = Object.fromEntries(url.searchParams);
  const asked = Object.fromEntries(Object.entries(query).filter(([name]) => !/^X-Amz-/.test(name)));
  const { accessKeyId, secretAccessKey, sessionToken } = minted;
  const signer = new SignatureV4({
    service,
    region,
    sha256: Sha256,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    applyChecksum: false,
  });
  const { query: anew = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname,
      query: asked,
      headers: { host: url.host },
    },
    { expiresIn: Number(query['X-Amz-Expires']), signingDate: new Date(now * 1000) },
  );
  return { url, query, anew };
}

describe('a token for a database', () => {
  test.each([
    ['RDS', rds, 'rds-db', 'eu-central-1'],
    ['Aurora DSQL', dsql, 'dsql', 'us-east-1'],
  ])('of %s is signed as another signer signs it', async (_, iam, service, region) => {
    const { password } = await databaseCredentials(iam, minted, deadline, now);
    const { query, anew } = await signedAnew(password, service, region);
    expect(query['X-Amz-Signature']).toMatch(/^[0-9a-f]{64}$/);
    expect(query).toEqual(anew);
  });

  test('of RDS lets in its user at its address for 15 minutes, and ends with the credentials', async () => {
    const { password, ...shown } = await databaseCredentials(rds, minted, deadline, now);
    const { url, query } = await signedAnew(password, 'rds-db', 'eu-central-1');
    expect(url.host).toBe(`${rds.host}:5432`);
    expect(query).toMatchObject({ Action: 'connect', DBUser: 'reader', 'X-Amz-Expires': '900' });
    expect(query['X-Amz-Security-Token']).toBe(minted.sessionToken);
    expect(shown).toEqual({
      host: rds.host,
      port: 5432,
      database: 'crm',
      user: 'reader',
      tls: 'required',
      expiration: toIso(deadline),
      token_expiration: toIso(deadline),
    });
  });

  test('of RDS is told to end after 15 minutes where the lease lives longer', async () => {
    const late = await databaseCredentials(rds, minted, after(now, 3_600), now);
    expect(late.token_expiration).toBe(toIso(after(now, 900)));
    expect(late.expiration).toBe(toIso(after(now, 3_600)));
  });

  test('of Aurora DSQL lets in nobody by name, and no longer than the lease lives', async () => {
    const { password, token_expiration } = await databaseCredentials(dsql, minted, deadline, now);
    const { url, query } = await signedAnew(password, 'dsql', 'us-east-1');
    expect(url.host).toBe(dsql.host);
    expect(query).toMatchObject({ Action: 'DbConnect', 'X-Amz-Expires': '140' });
    expect(query).not.toHaveProperty('DBUser');
    expect(token_expiration).toBe(toIso(deadline));
  });

  test('holds no secret key', async () => {
    const all = JSON.stringify(await databaseCredentials(rds, minted, deadline, now));
    expect(all).not.toContain(minted.secretAccessKey);
    expect(all).not.toContain(encodeURIComponent(minted.secretAccessKey));
  });
});
