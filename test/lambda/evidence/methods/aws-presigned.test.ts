import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bound, EvidenceFault } from '../../../../core/evidence.ts';
import { type Evidence, evidence as schema } from '../../../../core/protocol/evidence.ts';
import { after, type EpochSeconds, toIso } from '../../../../core/time.ts';
import { awsPresigned } from '../../../../lambda/evidence/methods/aws-presigned.ts';
import type { Account } from '../../../../local/account.ts';
import { type Presigned, presignedFor, trueBinding, truePresigned } from '../../../evidence/presigned.ts';
import { addRole, credentialsOf, newAccount } from '../../../local/account.ts';

let account: Account;
let keys: ReturnType<typeof credentialsOf>;
let good: Presigned;
let now: EpochSeconds;
const accounts: Account[] = [];
afterAll(() => Promise.all(accounts.map((each) => each.stop())));

beforeEach(async () => {
  account = await newAccount();
  accounts.push(account);
  addRole(account, 'invoice-agent');
  keys = credentialsOf(account.iam.openServiceSession('invoice-agent', 'run-7@acme.test', 900));
  now = account.clock.now();
  good = await truePresigned({ ...reach(), credentials: keys });
});

const reach = () => ({ region: account.region, endpoint: account.endpoint, clock: () => now });
const host = () => new URL(account.endpoint).host;
const boundTo = (binding = trueBinding): Bound => ({
  binding,
  caller: { role: 'arn:aws:iam::999988887777:role/entry', roleId: 'AROAENTRY', userId: 'AROAENTRY:x' },
  now,
});

/** Requests that went out, as they were asked for. */
let sent: { url: URL; headers: Headers; redirect: string | undefined }[] = [];
const watched: typeof fetch = (url, init) => {
  sent.push({ url: new URL(String(url)), headers: new Headers(init?.headers), redirect: init?.redirect });
  return fetch(url, init);
};
const verify = (evidence: Presigned, bound = boundTo()) => {
  sent = [];
  const { region, endpoint } = account;
  return awsPresigned({ regions: [region, 'us-east-1'], endpoint, fetch: watched })(evidence, bound);
};
const dateOf = (moment: EpochSeconds) => toIso(moment).replace(/[-:]/g, '');
const signed = (change: Parameters<typeof presignedFor>[3]) => presignedFor(good, keys, host(), change);

describe('a presigned GetCallerIdentity', () => {
  it('proves the role behind the credentials, by its unique id', async () => {
    expect(await verify(good)).toEqual({
      method: 'aws_presigned',
      principal: account.iam.role('invoice-agent')?.id,
      role: 'arn:aws:iam::111122223333:role/invoice-agent',
      facts: {
        aws_account: '111122223333',
        aws_role: 'invoice-agent',
        aws_session: 'run-7@acme.test',
      },
    });
  });

  it('proves no region: its signer chose which STS is asked', async () => {
    expect((await verify(good)).facts).not.toHaveProperty('aws_region');
  });

  it('is on the wire as the protocol has it', () => {
    expect(schema.parse(good)).toEqual(good);
  });

  it('proves a role of another account', async () => {
    account.iam.putRole({ ...roleOf('partner'), account: '444455556666' });
    const session = account.iam.openServiceSession('partner', 's', 900, '444455556666');
    const evidence = await truePresigned({ ...reach(), credentials: async () => credentialsOf(session) });
    expect(await verify(evidence)).toMatchObject({
      role: 'arn:aws:iam::444455556666:role/partner',
      facts: { aws_account: '444455556666' },
    });
  });

  it.each([
    ['signed just now', 0],
    ['signed 60 s ahead of our clock', 60],
    ['in its last second', -60],
  ])('%s passes', async (_, seconds) => {
    await expect(verify(await signed({ date: dateOf(after(now, seconds)) }))).resolves.toBeDefined();
  });

  it('is sent once, to STS, with the binding that we know, and no redirect is followed', async () => {
    await verify(good);
    expect(sent).toHaveLength(1);
    expect(
      sent[0]?.url.href.startsWith(`${account.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-`),
    ).toBe(true);
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({
      'mayfly-binding': trueBinding,
      accept: 'application/json',
    });
    expect(sent[0]?.redirect).toBe('manual');
  });

  it('is sent to the root of an endpoint that is set with a path', async () => {
    const verifier = awsPresigned({ regions: [account.region], endpoint: `${account.endpoint}/sts/?a=1` });
    await expect(verifier(good, boundTo())).resolves.toBeDefined();
  });

  it('of a region goes to STS of that region where no other endpoint is set', async () => {
    const urls: string[] = [];
    const nowhere: typeof fetch = async (url) => {
      urls.push(String(url));
      throw new Error('no network');
    };
    for (const region of ['eu-central-1', 'cn-north-1'])
      await awsPresigned({ regions: [region], fetch: nowhere })({ ...good, region }, boundTo()).catch(
        () => {},
      );
    expect(urls.map((url) => new URL(url).origin)).toEqual([
      'https://sts.eu-central-1.amazonaws.com',
      'https://sts.cn-north-1.amazonaws.com.cn',
    ]);
  });
});

type Forgery = () => Presigned | Promise<Presigned>;
const last = (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');

describe('is refused:', () => {
  it.each<[string, string, string, Forgery]>([
    ['another region than the broker asks in', 'region', 'region', () => ({ ...good, region: 'ap-south-2' })],
    [
      'a region that the account does not sign for',
      'rejected',
      'signature',
      () => ({ ...good, region: 'us-east-1' }),
    ],
    ['a thirteenth month', 'malformed', 'date', () => ({ ...good, date: '20261301T000000Z' })],
    ['a thirtieth of February', 'malformed', 'date', () => ({ ...good, date: '20260230T000000Z' })],
    ['a time before 1970', 'malformed', 'date', () => ({ ...good, date: '19690101T000000Z' })],
    ['another second', 'rejected', 'signature', () => ({ ...good, date: dateOf(after(now, -1)) })],
    ['61 s in the future', 'not_yet_valid', 'date', () => signed({ date: dateOf(after(now, 61)) })],
    ['expired for one second', 'expired', 'date', () => signed({ date: dateOf(after(now, -61)) })],
    [
      'expired though for STS it is not',
      'expired',
      'date',
      () => signed({ date: dateOf(after(now, -800)), expires: 799 }),
    ],
    [
      'older than 15 minutes, though signed for a week',
      'expired',
      'date',
      () => signed({ date: dateOf(after(now, -901)), expires: 604_800 }),
    ],
    ['a longer life than was signed', 'rejected', 'signature', () => ({ ...good, expires: 900 })],
    [
      'another access key',
      'rejected',
      'signature',
      () => ({ ...good, access_key_id: last(good.access_key_id) }),
    ],
    [
      'another session token',
      'rejected',
      'signature',
      () => ({ ...good, session_token: last(good.session_token) }),
    ],
    ['another signature', 'rejected', 'signature', () => ({ ...good, signature: last(good.signature) })],
    [
      'signed for another binding',
      'rejected',
      'signature',
      () => signed({ headers: { 'mayfly-binding': 'A'.repeat(43) } }),
    ],
    ['signed without a binding', 'rejected', 'signature', () => signed({ headers: {} })],
    [
      'signed with the binding in another header',
      'rejected',
      'signature',
      () => signed({ headers: { 'x-binding': trueBinding } }),
    ],
    [
      'signed with one more header',
      'rejected',
      'signature',
      () => signed({ headers: { 'mayfly-binding': trueBinding, accept: 'application/json' } }),
    ],
    [
      'signed for another action',
      'rejected',
      'signature',
      () => signed({ query: { Action: 'AssumeRole', Version: '2011-06-15' } }),
    ],
    [
      'signed with one more parameter',
      'rejected',
      'signature',
      () => signed({ query: { Action: 'GetCallerIdentity', Version: '2011-06-15', RoleArn: 'x' } }),
    ],
    ['signed for the global STS', 'rejected', 'signature', () => signed({ host: 'sts.amazonaws.com' })],
    [
      'signed for another relying party',
      'rejected',
      'signature',
      () => signed({ headers: { 'x-k8s-aws-id': trueBinding } }),
    ],
    ['signed for another service', 'rejected', 'signature', () => signed({ service: 's3' })],
    ['signed in the scope of another region', 'rejected', 'signature', () => signed({ region: 'us-east-1' })],
    [
      'signed with a secret that was guessed',
      'rejected',
      'signature',
      () => presignedFor(good, { ...keys, secretAccessKey: 'guessed' }, host(), {}),
    ],
  ])('%s', async (_, fault, field, forge) => {
    await expect(verify(await forge())).rejects.toMatchObject({ name: 'EvidenceFault', fault, field });
  });

  it('a captured one, under the nonce or the key of somebody else', async () => {
    await expect(verify(good, boundTo('B'.repeat(43)))).rejects.toMatchObject({ fault: 'rejected' });
  });

  it('credentials that have ended, and those of a role that is gone', async () => {
    account.iam.removeRole('invoice-agent');
    await expect(verify(good)).rejects.toMatchObject({ fault: 'rejected' });
    account.clock.advance(900);
    await expect(verify(good)).rejects.toMatchObject({ fault: 'rejected' });
  });

  it('without a word of the evidence, which holds a session token', async () => {
    const fault = await verify({ ...good, signature: last(good.signature) }).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(EvidenceFault);
    for (const secret of [good.session_token, good.signature, good.access_key_id])
      expect(String(fault)).not.toContain(secret);
  });
});

/** Pieces that would change a request that is put together without care. */
const smuggled = [
  '&Action=AssumeRole',
  '%26Action%3DAssumeRole',
  '&X-Amz-SignedHeaders=host',
  ';x-other',
  '\r\nHost: evil.example',
  '\n',
  '\0',
  '#',
  '?Action=AssumeRole',
  '@evil.example',
  ':8080',
  '/../',
  '.evil.example/',
  ' ',
  'é',
];
const fields = ['region', 'date', 'access_key_id', 'session_token', 'signature'] as const;
const attempts = fields.flatMap((field) =>
  smuggled.map((piece) => [field, JSON.stringify(piece), piece] as const),
);

describe('smuggling into the request', () => {
  it.each(attempts)('by %s with %s does not pass the protocol', (field, _, piece) => {
    const put = (value: string) => schema.safeParse({ ...good, [field]: value } satisfies Evidence).success;
    expect([put(`${good[field]}${piece}`), put(`${piece}${good[field]}`)]).toEqual([false, false]);
  });

  it.each(attempts)('by %s with %s would send the same request to the same host', async (field, _, piece) => {
    const forged = { ...good, [field]: `${good[field]}${piece}` };
    await expect(verify(forged)).rejects.toBeInstanceOf(EvidenceFault);
    for (const { url } of sent) {
      expect(`${url.origin}${url.pathname}${url.hash}${url.username}`).toBe(`${account.endpoint}/`);
      expect([...url.searchParams.keys()]).toEqual(parameters);
      expect(url.searchParams.get('Action')).toBe('GetCallerIdentity');
      expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host;mayfly-binding');
    }
    expect(sent).toHaveLength(field === 'region' || field === 'date' ? 0 : 1);
  });

  it.each([
    ['an address', { url: 'https://evil.example/' }],
    ['a host', { host: 'evil.example' }],
    ['headers', { headers: { host: 'evil.example' } }],
    ['signed headers', { signed_headers: 'host' }],
    ['an action', { action: 'AssumeRole' }],
    ['a binding', { binding: 'A'.repeat(43) }],
    ['a life of 901 s', { expires: 901 }],
    ['no life', { expires: 0 }],
    ['a life that is text', { expires: '60&Action=AssumeRole' }],
    ['a longer token than AWS has', { session_token: 'a'.repeat(8_193) }],
    ['a list for a text', { signature: ['a'.repeat(64)] }],
  ])('by %s does not pass the protocol', (_, change) => {
    expect(schema.safeParse({ ...good, ...change }).success).toBe(false);
  });
});

const parameters = [
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
];

function roleOf(name: string) {
  const trust = { Version: '2012-10-17', Statement: [] };
  return { name, path: '/', trust, inline: new Map(), managed: [], boundary: undefined, maxSession: 3_600 };
}
