import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { type PresignedGet, presign } from '../../../client/evidence/presign.ts';
import { Sha256 } from '../../sha256.ts';

const keys = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'wJalr/XUtnFEMI+K7MDENG=bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEHo+/aCXVzLWVhc3QtMSJH==',
};
const get: PresignedGet = {
  host: 'sts.eu-central-1.amazonaws.com',
  region: 'eu-central-1',
  service: 'sts',
  query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
  headers: { 'mayfly-binding': 'vZ4-_0pXQqJ7x8h0aY5nRr3kqVqk5m0r2w1u9t8s7o4' },
  date: '20261124T180000Z',
  expires: 60,
};

/** What AWS's own signer makes of it. */
async function smithy(of: PresignedGet, credentials: typeof keys): Promise<unknown> {
  const { region, service, host, query, headers, expires } = of;
  const signer = new SignatureV4({ region, service, credentials, sha256: Sha256, applyChecksum: false });
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(of.date) ?? [];
  const request = { method: 'GET', protocol: 'https:', hostname: host, path: '/', query: { ...query } };
  const signed = await signer.presign(
    { ...request, headers: { ...headers, host } },
    {
      signingDate: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
      expiresIn: expires,
      unhoistableHeaders: new Set(Object.keys(headers)),
    },
  );
  return signed.query?.['X-Amz-Signature'];
}

describe('a presigned GET', () => {
  it.each<[string, Partial<PresignedGet>, Partial<typeof keys>]>([
    ['as evidence is made', {}, {}],
    ['at another time', { date: '20270101T000000Z', expires: 900 }, {}],
    ['with a plain session token', {}, { sessionToken: 'token' }],
    ['with a session token of every character that has to be encoded', {}, { sessionToken: '+/=+/==-_' }],
    ['with a long session token', {}, { sessionToken: 'aB3+/'.repeat(819) }],
    ['with a parameter of every printable character', { query: { Action: allPrintable() } }, {}],
    ['with parameters that sort by code unit', { query: { b: '1', B: '2', a: '3', 'a-': '4', a0: '5' } }, {}],
    ['with a value beyond ASCII', { query: { Action: 'Grüße €' } }, {}],
    ['to a host with a port', { host: '127.0.0.1:4566' }, {}],
    ['with no header but the host', { headers: {} }, {}],
    ['with a header before the host, and one after', { headers: { a: 'one', 'x-last': 'two' } }, {}],
    ['of another service', { service: 's3express', region: 'cn-north-1' }, {}],
  ])('%s is signed as the signer of the AWS SDK signs it', async (_, change, other) => {
    const [of, credentials] = [
      { ...get, ...change },
      { ...keys, ...other },
    ];
    expect(await presign(of, credentials)).toBe(await smithy(of, credentials));
  });

  it('is signed otherwise when anything in it is other', async () => {
    const others: Partial<PresignedGet>[] = [
      { host: 'sts.us-east-1.amazonaws.com' },
      { region: 'us-east-1' },
      { service: 's3' },
      { query: { Action: 'GetCallerIdentity' } },
      { headers: { 'mayfly-binding': 'other' } },
      { date: '20261124T180001Z' },
      { expires: 61 },
    ];
    const signatures = await Promise.all([{}, ...others].map((other) => presign({ ...get, ...other }, keys)));
    expect(new Set(signatures).size).toBe(others.length + 1);
  });
});

function allPrintable(): string {
  return String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));
}
