import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrustUnavailable } from '../../../../core/evidence.ts';
import { awsPresigned } from '../../../../lambda/evidence/methods/aws-presigned.ts';
import { type Loopback, loopback } from '../../../../local/people/loopback.ts';
import { manualClock } from '../../../core/use-cases/world.ts';
import { type Presigned, trueBinding, truePresigned } from '../../../evidence/presigned.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let answer: Answer = (response) => response.end();
let sts: Loopback;
let elsewhere: Loopback;
let good: Presigned;
const clock = manualClock();
const region = 'eu-central-1';

beforeAll(async () => {
  sts = await loopback((request, response) => answer(response, request));
  elsewhere = await loopback((_, response) => response.end(answered()));
  const credentials = { accessKeyId: 'ASIAEXAMPLEEXAMPLE00', secretAccessKey: 's', sessionToken: 't' };
  good = await truePresigned({ region, credentials, endpoint: sts.url, clock });
});
afterAll(() => Promise.all([sts.close(), elsewhere.close()]));

const bound = {
  binding: trueBinding,
  caller: { role: 'arn:aws:iam::111122223333:role/entry', roleId: 'AROAENTRY', userId: 'AROAENTRY:x' },
  now: clock(),
};
const verify = (patience?: number) =>
  awsPresigned({ regions: [region], endpoint: sts.url, ...(patience !== undefined && { patience }) })(
    good,
    bound,
  );
const when = (next: Answer, patience?: number) => {
  answer = next;
  return verify(patience);
};
const saying =
  (body: string | Buffer, status = 200, headers = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

const identity = {
  Account: '111122223333',
  Arn: 'arn:aws:sts::111122223333:assumed-role/invoice-agent/run-7',
  UserId: 'AROAEXAMPLEEXAMPLE000:run-7',
};
const metadata = { RequestId: '01234567-89ab-cdef-0123-456789abcdef' };

/** The answer as AWS's STS gives it to who accepts JSON, as its public verifiers read it. */
function answered(change: Record<string, unknown> = {}): string {
  const GetCallerIdentityResult = { ...identity, ...change };
  return JSON.stringify({
    GetCallerIdentityResponse: { GetCallerIdentityResult, ResponseMetadata: metadata },
  });
}

describe('an answer of STS', () => {
  it('in the shape of AWS proves the role', async () => {
    await expect(when(saying(answered()))).resolves.toEqual({
      method: 'aws_presigned',
      principal: 'AROAEXAMPLEEXAMPLE000',
      role: 'arn:aws:iam::111122223333:role/invoice-agent',
      facts: {
        aws_account: '111122223333',
        aws_role: 'invoice-agent',
        aws_session: 'run-7',
      },
    });
  });

  it('may be compressed, and come in pieces', async () => {
    const packed = gzipSync(answered());
    const piecemeal: Answer = (response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      for (const byte of packed) response.write(Buffer.of(byte));
      response.end();
    };
    await expect(when(piecemeal)).resolves.toMatchObject({ principal: 'AROAEXAMPLEEXAMPLE000' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['a user', { Arn: 'arn:aws:iam::111122223333:user/alice', UserId: 'AIDAEXAMPLEEXAMPLE000' }],
    [
      'a user with a path',
      { Arn: 'arn:aws:iam::111122223333:user/team/alice', UserId: 'AIDAEXAMPLEEXAMPLE000' },
    ],
    ['a user called as a role', { Arn: 'arn:aws:iam::111122223333:assumed-role/invoice-agent/run-7' }],
    ['the root of an account', { Arn: 'arn:aws:iam::111122223333:root', UserId: '111122223333' }],
    ['a federated user', { Arn: 'arn:aws:sts::111122223333:federated-user/bob', UserId: '111122223333:bob' }],
    [
      'a role itself',
      { Arn: 'arn:aws:iam::111122223333:role/invoice-agent', UserId: 'AROAEXAMPLEEXAMPLE000' },
    ],
    ['a role with a path', { Arn: 'arn:aws:sts::111122223333:assumed-role/team/invoice-agent/run-7' }],
    ['a role without a session', { Arn: 'arn:aws:sts::111122223333:assumed-role/invoice-agent' }],
    ['a name that is none', { Arn: 'arn:aws:sts::111122223333:assumed-role/invoice*/run-7' }],
  ])('that names %s is no principal', async (_, change) => {
    await expect(when(saying(answered(change)))).rejects.toMatchObject({
      name: 'EvidenceFault',
      fault: 'principal',
      field: 'access_key_id',
    });
  });

  it.each([
    [
      'refuses as of another signer',
      403,
      '<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>',
    ],
    ['refuses as not understood', 400, ''],
    ['refuses in JSON', 403, '{"Error":{"Code":"ExpiredToken"}}'],
  ])('that %s rejects the evidence', async (_, status, body) => {
    await expect(when(saying(body, status))).rejects.toMatchObject({ fault: 'rejected', field: 'signature' });
  });
});

const xml =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/invoice-agent/run-7</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>';
const endlessly =
  (status: number): Answer =>
  (response) => {
    const more = () => {
      while (response.write(Buffer.alloc(65_536, ' ')));
      response.once('drain', more);
    };
    response.writeHead(status);
    more();
  };

describe('says nothing of the evidence, and closed is what fails:', () => {
  const shapes: [string, Answer][] = [
    ['nothing', saying('')],
    ['HTML', saying('<html>sign in to this network</html>')],
    ['XML', saying(xml)],
    ['JSON that is cut', saying(answered().slice(0, -1))],
    ['JSON with more behind it', saying(`${answered()}{}`)],
    ['bytes that are no UTF-8', saying(Buffer.concat([Buffer.from(answered()), Buffer.of(0xff)]))],
    ['a list', saying(`[${answered()}]`)],
    ['null', saying('null')],
    [
      'the answer of another action',
      saying(answered().replace('GetCallerIdentityResult', 'AssumeRoleResult')),
    ],
    ['no response', saying(JSON.stringify({ GetCallerIdentityResult: identity }))],
    ['a result that is null', saying('{"GetCallerIdentityResponse":{"GetCallerIdentityResult":null}}')],
    [
      'two ARNs',
      saying(
        answered().replace(
          '"UserId"',
          '"Arn":"arn:aws:sts::111122223333:assumed-role/invoice-agent/run-7","UserId"',
        ),
      ),
    ],
    [
      'two results',
      saying(answered().replace('"ResponseMetadata"', '"GetCallerIdentityResult":{},"ResponseMetadata"')),
    ],
    [
      'an ARN that is inherited',
      saying(
        answered({ Arn: undefined }).replace('"Account"', `"__proto__":{"Arn":"${identity.Arn}"},"Account"`),
      ),
    ],
    ['no user id', saying(answered({ UserId: undefined }))],
    ['an account that is a number', saying(answered({ Account: 111122223333 }))],
    [
      'an account of eleven digits',
      saying(answered({ Account: '11112222333', Arn: identity.Arn.replace('111122223333', '11112222333') })),
    ],
    ['an ARN that is none', saying(answered({ Arn: 'assumed-role/invoice-agent/run-7' }))],
    ['an ARN that is another name', saying(answered({ Arn: identity.Arn.replace('arn:', 'urn:') }))],
    ['an ARN in a list', saying(answered({ Arn: [identity.Arn] }))],
    ['an ARN of another account', saying(answered({ Account: '444455556666' }))],
    ['an ARN of another partition', saying(answered({ Arn: identity.Arn.replace('aws', 'aws-cn') }))],
    ['an ARN with a region', saying(answered({ Arn: identity.Arn.replace('::', ':eu-central-1:') }))],
    ['an ARN with a colon too many', saying(answered({ Arn: `${identity.Arn}:x` }))],
    ['a user id of another session', saying(answered({ UserId: 'AROAEXAMPLEEXAMPLE000:run-8' }))],
    ['a user id of a user', saying(answered({ UserId: 'AIDAEXAMPLEEXAMPLE000:run-7' }))],
    ['a user id without a session', saying(answered({ UserId: 'AROAEXAMPLEEXAMPLE000' }))],
  ];
  const failures: [string, Answer][] = [
    ['a redirect', (response) => response.writeHead(302, { Location: elsewhere.url }).end(answered())],
    [
      'a permanent redirect',
      (response) => response.writeHead(308, { Location: elsewhere.url }).end(answered()),
    ],
    ['status 201', saying(answered(), 201)],
    ['status 500', saying(answered(), 500)],
    ['status 503', saying('', 503)],
    ['status 429', saying('', 429)],
    ['status 408', saying('', 408)],
    ['too many calls of the account', saying('<Error><Code>Throttling</Code></Error>', 400)],
    ['too many calls in JSON', saying('{"Error":{"Code":"ThrottlingException"}}', 400)],
    ['too many requests', saying('<Error><Code>RequestLimitExceeded</Code></Error>', 400)],
    ['one byte too much', saying(answered().padEnd(16_385))],
    ['no end of it', endlessly(200)],
    [
      'a megabyte in a few packed bytes',
      saying(gzipSync(Buffer.alloc(2 ** 20, ' ')), 200, { 'Content-Encoding': 'gzip' }),
    ],
    ['a refusal without end', endlessly(403)],
    ['a connection that is cut', (response) => response.destroy()],
    [
      'half an answer',
      (response) => response.writeHead(200, { 'Content-Length': 999 }).write('{', () => response.destroy()),
    ],
  ];

  it.each(shapes)('%s', async (_, shape) => {
    await expect(when(shape)).rejects.toMatchObject({
      name: 'TrustUnavailable',
      message: /GetCallerIdentity/,
    });
  });

  it.each(failures)('%s', async (_, failure) => {
    await expect(when(failure)).rejects.toBeInstanceOf(TrustUnavailable);
    expect(elsewhere.requests).toEqual([]);
  });

  it('an answer that never begins', async () => {
    await expect(when(() => {}, 50)).rejects.toBeInstanceOf(TrustUnavailable);
  });

  it('an answer that never ends, though it began', async () => {
    const begun: Answer = (response) => response.writeHead(200).write('{');
    await expect(when(begun, 50)).rejects.toBeInstanceOf(TrustUnavailable);
  });

  it('nobody at the address', async () => {
    const gone = await loopback(() => {});
    await gone.close();
    const nobody = awsPresigned({ regions: [region], endpoint: gone.url })(good, bound);
    await expect(nobody).rejects.toBeInstanceOf(TrustUnavailable);
  });

  it('and what was sent is not told, as it holds a session token', async () => {
    const error = await when(saying('', 500)).catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain('X-Amz-');
  });
});

describe('an answer of 16,384 bytes', () => {
  it('is read', async () => {
    await expect(when(saying(answered().padEnd(16_384)))).resolves.toBeDefined();
  });
});
