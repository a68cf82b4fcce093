import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IdentityProvider } from '../../core/policy/identity-providers.ts';
import type { LeaseView } from '../../core/protocol/responses.ts';
import { providerOf, startIdentityProvider } from '../../local/people/identity-provider.ts';
import { loopback, sendJson } from '../../local/people/loopback.ts';
import { signingKey } from '../../local/people/signing.ts';
import { newAgent } from '../broker.ts';
import type { HostileWorld } from '../oidc/hostile-crafts.ts';
import { hostileTokens } from '../oidc/hostile-tokens.ts';
import { type OwnAssembly, ownAssembly } from '../own-assembly.ts';
import { outcomeOf, payingBroker, payingTask } from '../scenarios/paying.ts';

const [issuer, other, shaky] = [
  await startIdentityProvider(),
  await startIdentityProvider(),
  await startIdentityProvider(),
];
const key = signingKey('ES256', 'of-the-attacker');
const attacker = { key, ...(await loopback((_, response) => sendJson(response, { keys: [key.jwk] }))) };
let own: OwnAssembly;
let lease: LeaseView;

/** One audience for both kinds, so that what is refused is refused for what is wrong with it. */
function alike({ sign_in: _, ...provider }: IdentityProvider): IdentityProvider {
  return provider;
}

beforeAll(() => {
  own = ownAssembly();
  const trusted = providerOf(issuer.url, { algorithms: ['ES256', 'RS256'] });
  own.providers([trusted, other.provider, shaky.provider].map(alike));
});
const on = payingBroker(() => ({ assembly: own.folder, schedules: false }));
beforeAll(async () => {
  lease = (await asked(15_000, issuer)).lease;
});
afterAll(async () => {
  own.remove();
  await Promise.all([issuer, other, shaky, attacker].map((server) => server.close()));
});

/** Alice's token of a provider, right in every way. */
const alicesToken = (provider: typeof issuer) => provider.token({ claims: { customer_id: 'acme' } });
const asked = (amount: number, provider: typeof issuer) =>
  on.asked(amount, { subjectToken: alicesToken(provider) });

/** What somebody's vote comes to, by a token that a provider made. */
const say = (of: LeaseView, id_token: string) =>
  on.people.ask<{ code?: string; path?: string; detail?: string; lease?: LeaseView }>(
    'POST',
    `/v1/leases/${of.id}/approval`,
    { decision: 'approve', id_token },
  );
const manager = (provider: typeof issuer, of: LeaseView, sub = 'zoe') =>
  provider.token({ claims: { sub, groups: ['finance-managers'], nonce: of.approval?.request_hash } });

/** How the broker refuses what does not even reach the verifier: by its size, or its absence. */
const sizes: Readonly<Record<string, [number, string]>> = {
  nothing: [400, 'invalid_request'],
  'one character too many': [400, 'invalid_request'],
  'a kid of 10 KB': [400, 'invalid_request'],
  'a megabyte': [413, 'request_too_large'],
};

/** The emulated clock goes on: what is early must not come of age on the way, and what is late must not be on time. */
const moment = (name: string) => on.broker.now() + (/future|not valid yet/.test(name) ? 30 : -30);

/** What those functions wrote or minted that read people's tokens. */
const written = () =>
  on.broker.calls.filter(
    ({ operation, role, status }) =>
      status === 200 &&
      /issuance|operations/i.test(role) &&
      /^(PutItem|UpdateItem|AssumeRole)$/.test(operation),
  ).length;

describe('a hostile token', () => {
  test('is one of many kinds', () => {
    expect(hostileTokens.length).toBeGreaterThan(150);
    for (const name of Object.keys(sizes)) expect(hostileTokens.map((each) => each.name)).toContain(name);
  });

  test.each(hostileTokens)('proves nobody who votes, and nobody behind a task: $name', async ({
    name,
    write,
    says,
  }) => {
    const world: HostileWorld = { issuer, other, attacker, now: moment(name) };
    const [status, code] = sizes[name] ?? [401, 'invalid_token'];
    const before = written();
    other.requests.length = 0;
    const vote = await say(lease, write(world));
    expect({ ...outcomeOf(vote), path: vote.body.path }).toMatchObject({ status, says: code });
    const subjectToken = write(world);
    await expect(on.agent.ask(payingTask('1'), { subjectToken })).rejects.toMatchObject({ status, code });
    if (status === 401) {
      expect(vote.body.path).toBe('id_token');
      expect(vote.body.detail).toContain(says);
    }
    expect(written()).toBe(before);
    expect([...attacker.requests, ...other.requests]).toEqual([]);
    expect(issuer.requests.filter((each) => each !== 'GET /keys')).toEqual([]);
  });

  test('of them all left the lease as it was, and a line in the audit where somebody tried', async () => {
    expect(await on.agent.read(lease.id)).toEqual(lease);
    const tried = hostileTokens.filter(({ name }) => sizes[name] === undefined);
    const audited = on.audit(lease);
    expect(audited).toHaveLength(tried.length);
    for (const event of audited)
      expect(event).toMatchObject({ outcome: 'invalid_token', decision: 'approve' });
    expect(audited.filter((event) => event.voter !== undefined)).toEqual([]);
    expect(attacker.requests).toEqual([]);
  });
});

describe('people of two providers', () => {
  test('with one name are two: both count, and the other may decide on what the one delegated', async () => {
    const waiting = (await asked(15_000, issuer)).lease;
    expect(outcomeOf(await say(waiting, manager(issuer, waiting)))).toEqual({ status: 200, says: 'pending' });
    expect(outcomeOf(await say(waiting, manager(issuer, waiting)))).toEqual({
      status: 409,
      says: 'approval_closed',
    });
    expect(outcomeOf(await say(waiting, manager(issuer, waiting, 'alice')))).toEqual({
      status: 403,
      says: 'approval_refused',
    });
    expect(outcomeOf(await say(waiting, manager(other, waiting, 'alice')))).toEqual({
      status: 200,
      says: 'approved',
    });
  });
});

describe('a provider that cannot be asked', () => {
  test.each<[string, Parameters<typeof shaky.answerKeysWith>[0]]>([
    ['because it fails', (response) => response.writeHead(500).end()],
    ['because it hangs up', (response) => response.destroy()],
    ['because it answers nonsense', (response) => response.writeHead(200).end('{')],
    [
      'because it sends the broker elsewhere',
      (response) => response.writeHead(302, { Location: `${attacker.url}/keys` }).end(),
    ],
  ])('%s has nobody refused for good, and nothing granted', async (_, answer) => {
    shaky.answerKeysWith(answer);
    const before = written();
    await expect(asked(420, shaky)).rejects.toMatchObject({
      status: 503,
      code: 'temporarily_unavailable',
      retryAfter: 5,
      problem: { path: 'subject_token' },
    });
    const vote = await say(lease, manager(shaky, lease));
    expect({ ...outcomeOf(vote), path: vote.body.path }).toEqual({
      status: 503,
      says: 'temporarily_unavailable',
      path: 'id_token',
    });
    expect(written()).toBe(before);
    expect(on.audit(lease).at(-1)).toMatchObject({ outcome: 'temporarily_unavailable' });
    expect(attacker.requests).toEqual([]);
  });

  test('is asked again once it is back, and others are not kept waiting meanwhile', async () => {
    shaky.answerKeysWith((response) => response.writeHead(500).end());
    expect((await asked(420, issuer)).lease.state).toBe('active');
    shaky.answerKeysWith();
    on.broker.advance(31);
    expect((await asked(420, shaky)).lease).toMatchObject({ state: 'active', user: { issuer: shaky.url } });
  });
});

describe('an agent type that acts for nobody', () => {
  test('is refused a token, right or wrong, as one more secret in one more place', async () => {
    const agent = await newAgent(on.broker, 'invoice_processor');
    const parameters = { customer_id: 'acme', invoice_id: '4711' };
    const task = { ...payingTask('4711'), parameters };
    const before = written();
    await expect(agent.ask(task, { subjectToken: alicesToken(issuer) })).rejects.toMatchObject({
      status: 400,
      code: 'invalid_request',
      problem: { path: 'subject_token' },
    });
    await expect(agent.ask(task, { subjectToken: 'x' })).rejects.toMatchObject({
      status: 401,
      code: 'invalid_token',
    });
    expect(written()).toBe(before);
    expect((await agent.ask(task)).lease.state).toBe('active');
  });
});
