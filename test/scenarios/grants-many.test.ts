import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import type { BrokerClient } from '../../client/index.ts';
import { runSql } from '../../local/systems/postgres-setup.ts';
import { agentRole, signedFetch } from '../broker.ts';
import { operatorRole } from '../operator.ts';
import {
  alive,
  databaseOf,
  dead,
  type Granted,
  granted,
  introspected,
  leftIn,
  nothing,
  posting,
  worthOf,
} from './granted.ts';
import { grantingBroker, serviceRole, wholeTask } from './granting.ts';
import { recordsOf } from './records.ts';

const on = grantingBroker({ schedules: false });

/** All secrets that anybody was given here. */
const given: string[] = [];

function noted(all: Granted): Granted {
  const { aws, oauth, jwt } = all.credentials;
  const tokens = [oauth?.['check_vat'], jwt?.['tell_ledger']].map((each) => each?.access_token);
  const keys = [aws?.secret_access_key, aws?.session_token];
  given.push(...[databaseOf(all).password, ...tokens, ...keys].filter((each) => each !== undefined));
  return all;
}

async function released({ agent, lease }: Granted): Promise<void> {
  await agent.release(lease.id);
  await on.broker.settled();
}

/** Does something with each, some at a time: every function that works at once is a process of its own. */
async function eachOf<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
) {
  const results: Result[] = [];
  for (let i = 0; i < items.length; i += atOnce)
    results.push(...(await Promise.all(items.slice(i, i + atOnce).map(work))));
  return results;
}

describe('making a lease', () => {
  test('asks all systems before any of them has answered', async () => {
    const { agent } = noted(await granted(on));
    const asked = new Set<string>();
    const all = Promise.withResolvers<void>();
    const reads = new Set<string>();
    const stop = on.broker.intercept(async ({ operation, role }, phase) => {
      const meant = systems.find(([, at, by]) => at === operation && role.includes(by));
      if (phase === 'after' || !meant) return undefined;
      const [system] = meant;
      // The function reads the lease, makes the role, and reads it again before it answers.
      if (system === 'postgres' && !reads.has(system)) return void reads.add(system);
      asked.add(system);
      if (asked.size === systems.length) all.resolve();
      await all.promise;
      return undefined;
    });
    try {
      const issued = await agent.lease(wholeTask());
      expect([...asked].sort()).toEqual(systems.map(([system]) => system).sort());
      expect(await worthOf(on, noted({ agent, ...issued }))).toEqual(alive);
      await agent.release(issued.lease.id);
    } finally {
      all.resolve();
      stop();
    }
  }, 60_000);

  test('a hundred times gives as many roles and tokens, all different, and nothing is left of them', async () => {
    const { leases } = await on.operator.leases('agent_type=invoice_processor&state=active');
    for (const { id } of leases) await on.operator.revoke({ lease: id });
    const agents = await eachOf(Array.from({ length: 10 }), 5, async () => {
      const agent = await on.agent();
      await agent.attest();
      return agent;
    });
    const makers = Array.from({ length: 10 }, () => agents).flat();
    const all = await eachOf(makers, 10, async (agent: BrokerClient) =>
      noted({ agent, ...(await agent.lease(wholeTask(undefined, 700))) }),
    );
    expect(all).toHaveLength(100);
    const secrets = all.flatMap(({ credentials: { aws, postgres, oauth, jwt } }) => [
      aws?.access_key_id,
      postgres?.['crm']?.user,
      postgres?.['crm']?.password,
      oauth?.['check_vat']?.access_token,
      jwt?.['tell_ledger']?.access_token,
    ]);
    expect(new Set(secrets).size).toBe(500);
    const worth = await eachOf(all, 10, (each) => worthOf(on, each));
    expect(worth).toEqual(all.map(() => alive));
    await eachOf(all, 10, ({ agent, lease }) => agent.release(lease.id));
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
    expect(await worthOf(on, all[99] as Granted)).toEqual(dead);
  }, 600_000);
});

/** Which call of which function shows that it has asked its system, or is about to. */
const systems = [
  ['sts', 'AssumeRole', 'IssuanceRole'],
  ['postgres', 'GetItem', 'PostgresRole'],
  ['oauth', 'Encrypt', 'OauthRole'],
  ['jwt', 'Sign', 'JwtRole'],
] as const;

const tokenOf = ({ credentials }: Granted) => credentials.jwt?.['tell_ledger']?.access_token ?? '';

function verified(token: string, typ = 'at+jwt') {
  const keys = createRemoteJWKSet(new URL(`${on.broker.url}/.well-known/jwks.json`));
  return jwtVerify(token, keys, {
    issuer: on.broker.url,
    audience: 'https://ledger.example',
    typ,
    algorithms: ['ES256'],
    currentDate: new Date(on.broker.now() * 1_000),
  });
}

describe('a token of the broker', () => {
  test('says to whoever trusts its keys whose it is, bound to whose key, and for what', async () => {
    const all = noted(await granted(on));
    const { agent, lease } = all;
    expect((await verified(tokenOf(all))).payload).toMatchObject({
      sub: lease.agent,
      client_id: lease.agent,
      cnf: { jkt: agent.key.thumbprint },
      lease: lease.id,
      capability: 'tell_ledger',
      scope: 'entries.write',
      parameters: { customer_id: 'acme' },
      exp: Date.parse(lease.deadline) / 1_000,
    });
    await released(all);
  }, 60_000);

  test('is no attestation result, nor is that such a token', async () => {
    const all = noted(await granted(on));
    const { attestation } = await all.agent.attest();
    await expect(verified(attestation)).rejects.toThrow();
    expect(await introspected(on, attestation)).toEqual({ status: 200, active: false });
    const target = { method: 'GET', url: `${on.broker.url}/v1/leases/${all.lease.id}` };
    const asking = async (token: string) => {
      const DPoP = await all.agent.key.prove({ ...target, token }, on.broker.now());
      const fetch = signedFetch(on.broker, on.broker.credentialsFor(agentRole, 'test-agent'));
      return fetch(target.url, { method: 'GET', headers: { DPoP, 'Mayfly-Attestation': token } });
    };
    expect((await asking(attestation)).status).toBe(200);
    const refused = await asking(tokenOf(all));
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      401,
      'invalid_token',
    ]);
    await released(all);
  }, 60_000);

  test('is introspected by services alone', async () => {
    const all = noted(await granted(on));
    on.broker.createRole('stranger', [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
    for (const role of [agentRole, operatorRole, 'stranger'])
      expect((await introspected(on, tokenOf(all), role)).status, role).toBe(403);
    expect(await introspected(on, tokenOf(all), serviceRole)).toMatchObject({
      status: 200,
      active: true,
      token_type: 'DPoP',
      lease: all.lease.id,
      cnf: { jkt: all.agent.key.thumbprint },
    });
    await released(all);
    expect(await introspected(on, tokenOf(all))).toEqual({ status: 200, active: false });
  }, 60_000);

  test('counts only as it was signed, and no other token does', async () => {
    const all = noted(await granted(on));
    const token = tokenOf(all);
    const [header, payload, signature] = token.split('.');
    const changed = Buffer.from(
      JSON.stringify({
        ...JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()),
        exp: 9_999_999_999,
      }),
    );
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const others = [
      'x',
      'a.b.c',
      `${token}x`,
      `${header}.${changed.toString('base64url')}.${signature}`,
      `${none}.${payload}.`,
      all.credentials.oauth?.['check_vat']?.access_token ?? '',
      databaseOf(all).password,
    ];
    for (const other of others) expect(await introspected(on, other)).toEqual({ status: 200, active: false });
    expect((await introspected(on, '')).status).toBe(200);
    expect(await introspected(on, token)).toMatchObject({ active: true });
    await released(all);
  }, 60_000);
});

describe('what is secret', () => {
  test('stands in no log, no record, no message and no answer but the one, whatever went wrong', async () => {
    const messages: string[] = [];
    const stop = on.broker.onMessage(({ body }) => void messages.push(body));
    const all = noted(await granted(on));
    await worthOf(on, all);
    on.systems.chat.fail('echo');
    await posting(all.agent, all.lease.id);
    on.systems.chat.fail();
    on.systems.oauth.misbehave('/token', 'echo');
    await expect(all.agent.lease(wholeTask())).rejects.toMatchObject({ status: 503 });
    on.systems.oauth.misbehave('/token', { members: (members) => ({ ...members, expires_in: 7_200 }) });
    await expect(all.agent.lease(wholeTask())).rejects.toMatchObject({ status: 503 });
    on.systems.oauth.misbehave('/token');
    on.systems.oauth.misbehave('/revoke', 'echo');
    const { password } = JSON.parse(on.secrets.get('crm')?.text ?? '');
    await runSql(on.systems.postgres, 'postgres', "ALTER ROLE mayfly PASSWORD 'another'");
    await all.agent.release(all.lease.id);
    await on.broker.settled();
    const found = { logs: on.logs, answers: on.answers, messages, records: await recordsOf(on) };
    on.systems.oauth.misbehave('/revoke');
    await runSql(on.systems.postgres, 'postgres', `ALTER ROLE mayfly PASSWORD '${password}'`);
    stop();
    const [client = '', bot = ''] = ['vat-client', 'slack-bot'].map((name) => on.secrets.get(name)?.text);
    const basic = Buffer.from(`mayfly:${client}`).toString('base64');
    const tokens = on.systems.oauth.tokens().map(({ token }) => token);
    const secrets = [...new Set([password, client, bot, basic, ...tokens, ...given])];
    expect(secrets.every((each) => each.length > 20)).toBe(true);
    for (const [place, texts] of Object.entries(found)) {
      expect(texts.length, place).toBeGreaterThan(0);
      const text = texts.join('\n');
      expect(secrets.filter((each) => text.includes(each)).length, place).toBe(0);
    }
  }, 90_000);
});
