import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { brokerAddress, regionOfAddress } from '../../cli/broker-address.ts';
import type { Problem } from '../../core/protocol/responses.ts';
import { operatorKeys, type Reply, region, startOperatorServer } from './operator-server.ts';
import { atTerminal, mayfly, shellOf } from './run.ts';

let server: Awaited<ReturnType<typeof startOperatorServer>>;
beforeAll(async () => {
  server = await startOperatorServer();
  const shell = shellOf(operatorKeys, { AWS_REGION: region, MAYFLY_URL: server.url });
  for (const [name, value] of Object.entries(shell)) vi.stubEnv(name, value);
});
afterAll(() => {
  vi.unstubAllEnvs();
  return server.close();
});

const list = ['leases', '--type', 'invoice_processor'] as const;

function refusing(status: number, code: string, detail: string, path?: string): Reply {
  const body: Problem = { type: `urn:mayfly:error:${code}`, title: '', status, code, detail };
  return { status, body: { ...body, ...(path !== undefined && { path }) } };
}

const gateway = (message: string): Reply => ({ status: 403, raw: true, body: JSON.stringify({ message }) });

describe('a refusal', () => {
  test.each([
    [
      'of a field, with its path',
      refusing(400, 'invalid_request', 'no policy is deployed for this agent type', 'scope.agent'),
      'invalid_request: no policy is deployed for this agent type (scope.agent)',
      '',
    ],
    [
      'of whoever is no operator',
      refusing(403, 'access_denied', 'only an operator may ask this'),
      'access_denied: only an operator may ask this',
      'OperatorAccess',
    ],
    [
      'by IAM',
      gateway('User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: execute-api:Invoke'),
      'HTTP 403: User: arn',
      'OperatorAccess',
    ],
    [
      'of credentials that ran out',
      gateway('The security token included in the request is expired'),
      'HTTP 403',
      'Log in again',
    ],
    [
      'of a signature for another region',
      gateway("Credential should be scoped to a valid region, not 'eu-west-1'."),
      'HTTP 403',
      '--region',
    ],
    [
      'of a path that no broker has',
      gateway('Missing Authentication Token'),
      'HTTP 403',
      "the stack's output Url",
    ],
    [
      'with characters that would move the cursor',
      refusing(400, 'invalid_request', 'a\u001b[2Jb'),
      'a?[2Jb',
      '',
    ],
  ])('%s is exit code 1, in the words of whoever refused, and with what to do', async (_, reply, words, advice) => {
    server.answer = () => reply;
    const { code, out, err } = await atTerminal(list);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(words);
    expect(err).toContain(advice);
  });
});

describe('an answer that is none', () => {
  test.each([
    ['a page of somebody else', { body: '<html>', raw: true }],
    ['JSON of something else', { body: '{"hello":"world"}', raw: true }],
    ['nothing at all', { body: '', raw: true }],
  ])('%s is told from a broker', async (_, reply) => {
    server.answer = () => reply;
    const { code, err } = await atTerminal(list);
    expect(code).toBe(1);
    expect(err).toContain(`what answers at ${server.url} is no broker`);
  });

  test('a broker that is down is told, and what works without it', async () => {
    const gone = await startOperatorServer();
    await gone.close();
    const { code, err } = await atTerminal([...list, '--url', gone.url]);
    expect(code).toBe(1);
    expect(err).toContain(`no answer from ${gone.url}: ECONNREFUSED`);
    expect(err).toContain('npx mayfly panic');
  });
});

describe('what a request is signed with', () => {
  test('the region that --region names goes before that of the environment', async () => {
    server.answer = () => ({ body: { leases: [] } });
    server.faults.length = 0;
    expect(await atTerminal([...list, '--region', region])).toMatchObject({ code: 0 });
    expect(server.faults).toEqual([]);
    expect(await atTerminal([...list, '--region', 'eu-west-1'])).toMatchObject({ code: 1 });
    expect(server.faults).toHaveLength(1);
  });

  test('without credentials it says where they are looked for, and sends nothing', async () => {
    server.received.length = 0;
    const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_EC2_METADATA_DISABLED } = shellOf(operatorKeys);
    const bare = { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_EC2_METADATA_DISABLED };
    const { code, err } = await mayfly(list, { ...bare, AWS_REGION: region, MAYFLY_URL: server.url });
    expect(code).toBe(1);
    expect(err).toContain('no AWS credentials');
    expect(err).toContain('--profile');
    expect(server.received).toEqual([]);
  });
});

describe('the address', () => {
  test('of an API names the region that its signatures need', () => {
    const address = (region: string, end = '') =>
      `https://a1b2.execute-api.${region}.amazonaws.com${end}/live`;
    expect(regionOfAddress(address('eu-central-1'))).toBe('eu-central-1');
    expect(regionOfAddress(address('cn-north-1', '.cn'))).toBe('cn-north-1');
    for (const other of ['https://broker.example/live', address('eu-central-1', '.evil.example')])
      expect(regionOfAddress(other)).toBeUndefined();
  });

  test('is taken without its last slash, and by http on this machine only', () => {
    expect(brokerAddress('https://a.example/live/')).toBe('https://a.example/live');
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect(brokerAddress(`http://${host}:8787/live`)).toBe(`http://${host}:8787/live`);
    for (const host of ['a.example', '127.0.0.1.a.example', 'localhost.a.example'])
      expect(() => brokerAddress(`http://${host}/live`)).toThrow('is not encrypted');
  });
});
