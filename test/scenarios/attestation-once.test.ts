import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { type BrokerClient, createAgentKey, oidc, type SignedFetch } from '../../client/index.ts';
import { signedFetch } from '../broker.ts';
import { spiffeId } from '../evidence/svid.ts';
import { attestingBroker, invoice, resultOf } from './attesting.ts';
import { pod } from './attesting-policies.ts';
import { refusalOf } from './ended.ts';

const on = attestingBroker();

/** What so many agents' attesting came to, and how often; eight at a time, as each takes a thread here. */
async function tally(agents: readonly BrokerClient[]): Promise<Record<string, number>> {
  const left = [...agents];
  const outcomes: string[] = [];
  const one = async () => {
    for (let next = left.pop(); next; next = left.pop()) outcomes.push(await refusalOf(next.attest()));
  };
  await Promise.all(Array.from({ length: 8 }, one));
  return Object.fromEntries(
    [...new Set(outcomes)].map((each) => [each, outcomes.filter((other) => other === each).length]),
  );
}

/** Whoever signs by this is told one nonce, however often it asks. */
function withNonce(fetch: SignedFetch, nonce: string): SignedFetch {
  const challenge = { nonce, expires_at: new Date((on.broker.now() + 60) * 1_000).toISOString() };
  return async (url, init) => (url.endsWith('/v1/challenges') ? Response.json(challenge) : fetch(url, init));
}

async function challenged(fetch: SignedFetch): Promise<string> {
  const response = await fetch(`${on.broker.url}/v1/challenges`, { method: 'POST', headers: {}, body: '{}' });
  return ((await response.json()) as { nonce: string }).nonce;
}

describe('one nonce', () => {
  test('serves one of fifty agents that come with it', async () => {
    const signed = signedFetch(on.broker, await on.entered());
    const fetch = withNonce(signed, await challenged(signed));
    const agents = await Promise.all(
      Array.from({ length: 50 }, () => on.agent('holder', on.bySvid(), { fetch })),
    );
    expect(await tally(agents)).toEqual({
      'not refused': 1,
      invalid_nonce: 49,
    });
  }, 120_000);

  test('serves only the session that got it, though others came through the same role', async () => {
    const [one, other] = [await on.entered(), await on.entered()].map((keys) => signedFetch(on.broker, keys));
    if (!one || !other) throw new Error('both came in');
    const nonce = await challenged(one);
    const thief = await on.agent('holder', on.bySvid(), { fetch: withNonce(other, nonce) });
    expect(await refusalOf(thief.attest())).toBe('invalid_nonce');
    const owner = await on.agent('holder', on.bySvid(), { fetch: withNonce(one, nonce) });
    expect(await refusalOf(owner.attest())).toBe('not refused');
  });
});

describe('a token in which nothing is fresh', () => {
  const withToken = (token: string) =>
    on.agent(
      'pod_agent',
      oidc(on.broker.url, async () => token),
    );

  test.each([
    ['its id', () => ({ jti: crypto.randomUUID() })],
    ['when it was made and ends, where it has no id', () => ({ sub: `${pod}-${crypto.randomUUID()}` })],
  ])('is known by %s and belongs to the key that used it first, which may use it again', async (_, claims) => {
    const token = on.podToken(claims());
    const [first, second] = [await withToken(token), await withToken(token)];
    const { sub } = await resultOf(first);
    await expect(second.attest()).rejects.toMatchObject({
      code: 'invalid_evidence',
      problem: { path: 'evidence[0].token', fault: 'replayed' },
    });
    expect((await resultOf(first)).sub).toBe(sub);
  });

  test('belongs to one of eight keys that race for it', async () => {
    const token = on.podToken({ jti: crypto.randomUUID() });
    const agents = await Promise.all(Array.from({ length: 8 }, () => withToken(token)));
    expect(await tally(agents)).toEqual({
      'not refused': 1,
      invalid_evidence: 7,
    });
  });
});

describe('an agent', () => {
  /** Clients of one agent, by its JWT-SVID and by its X.509-SVID. */
  async function both(): Promise<{ weak: BrokerClient; strong: BrokerClient }> {
    const how = { as: await on.entered(), key: await createAgentKey() };
    return {
      weak: await on.agent('workload', on.bySvid(), how),
      strong: await on.agent('workload', on.bySvidKey(), how),
    };
  }

  test('that proved more before must not prove less', async () => {
    const { weak, strong } = await both();
    const before = await resultOf(weak);
    expect(await resultOf(strong)).toMatchObject({ sub: before.sub, strength: 'key_bound' });
    await expect(weak.attest()).rejects.toMatchObject({
      code: 'access_denied',
      problem: { detail: expect.stringContaining('proved more before') },
    });
    expect((await resultOf(strong)).sub).toBe(before.sub);
  });

  test.each<[string, (agent: BrokerClient, lease: string) => Promise<unknown>]>([
    ['new credentials', (agent, lease) => agent.collect(lease)],
    ['more time', (agent, lease) => agent.renew(lease, 120)],
  ])('gets %s of a lease only by as much as it proved for it', async (_, ask) => {
    const { weak, strong } = await both();
    const weaker = await resultOf(weak);
    const { lease } = await strong.lease(invoice());
    expect(lease.agent).toBe(weaker.sub);
    await expect(ask(weak, lease.id)).rejects.toMatchObject({
      code: 'access_denied',
      problem: { detail: expect.stringContaining('workload, and the lease is for key_bound') },
    });
    expect(await refusalOf(ask(strong, lease.id))).toBe('not refused');
  });

  test('is its principal and its key: another key is another agent, another session is not', async () => {
    const key = await createAgentKey();
    const ids = await Promise.all(
      [key, key, await createAgentKey()].map(
        async (each) => (await resultOf(await on.agent('workload', on.bySvid(), { key: each }))).sub,
      ),
    );
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test('is on record without a secret, from the first time to the last', async () => {
    const agent = await on.agent('workload', on.bySvid());
    const { sub, role_id, iat } = await resultOf(agent);
    on.broker.advance(5);
    await agent.attest();
    const item = await registered(sub);
    expect(item).toEqual({
      id: sub,
      agent_type: 'workload',
      principal: spiffeId,
      role_id,
      methods: ['spiffe_jwt'],
      strength: 'workload',
      strength_rank: 2,
      jkt: agent.key.thumbprint,
      first_attested_at: iat,
      attested_at: expect.any(Number),
      kept_until: item?.['ttl'],
      ttl: Number(item?.['attested_at']) + 30 * 86_400,
    });
    expect(Number(item?.['attested_at'])).toBeGreaterThanOrEqual(iat + 5);
  });
});

/** What the registry of agents holds about one. */
async function registered(id: string): Promise<Record<string, unknown> | undefined> {
  const { region, endpoint, decisions } = on.broker;
  const written = decisions.findLast(
    ({ action, resource }) => action === 'dynamodb:UpdateItem' && /agent/i.test(resource),
  );
  const TableName = written?.resource.split('/').at(-1) ?? '';
  on.broker.createRole('auditor', [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*' }]);
  const credentials = on.broker.credentialsFor('auditor', 'audit');
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region, endpoint, credentials }));
  return (await client.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true }))).Item;
}

describe('a proof of possession', () => {
  test.each<[string, (agent: BrokerClient, lease: string) => Promise<unknown>]>([
    ['a heartbeat', (agent, lease) => agent.heartbeat(lease)],
    ['reading', (agent, lease) => agent.read(lease)],
    ['giving back', (agent, lease) => agent.release(lease)],
    ['new credentials', (agent, lease) => agent.collect(lease)],
  ])('serves once, for %s: another who comes through the same role cannot send it again', async (_, ask) => {
    let sent: Parameters<SignedFetch> | undefined;
    const [own, stranger] = [await on.entered(), await on.entered()].map((keys) =>
      signedFetch(on.broker, keys),
    );
    const agent = await on.agent('workload', on.bySvid(), {
      fetch: (...request) => {
        sent = request;
        return own?.(...request) ?? Promise.reject(new Error('nobody came in'));
      },
    });
    const { lease } = await agent.lease(invoice());
    await ask(agent, lease.id);
    if (!sent || !stranger) throw new Error('nothing was sent');
    const again = await stranger(...sent);
    expect(await again.json()).toMatchObject({
      detail: expect.stringContaining('this proof was used before'),
    });
  });
});
