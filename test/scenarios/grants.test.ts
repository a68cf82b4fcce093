import { describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/index.ts';
import { reading, s3With } from '../broker.ts';
import { connected, databaseOf, rolesIn } from './granted.ts';
import { grantingBroker, wholeTask } from './granting.ts';

const on = grantingBroker({ report: console.error });

describe('one lease', () => {
  test('is over AWS, a database, an authorization server, a service and a chat at once', async () => {
    const agent = await on.agent();
    const issued = await agent.lease(wholeTask());
    const { lease, credentials } = issued;
    expect(lease.grants.map(({ kind, name }) => [kind, name])).toEqual([
      ['aws', undefined],
      ['postgres', 'crm'],
      ['oauth', 'check_vat'],
      ['jwt', 'tell_ledger'],
      ['proxy', 'post_message'],
    ]);
    expect(await reading(s3With(on.broker, awsCredentialsOf(issued)), 'acme/4711.json')).toBe('read');
    const database = await connected(databaseOf(issued));
    const { rows } = await database.query('SELECT name, vat_id FROM crm.customers');
    expect(rows).toEqual([{ name: 'ACME GmbH', vat_id: 'DE136695976' }]);
    const vat = await fetch(`${on.systems.oauth.url}/vat/DE136695976`, {
      headers: { Authorization: `Bearer ${credentials.oauth?.['check_vat']?.access_token}` },
    });
    expect(vat.status).toBe(200);
    const posted = await agent.proxy(lease.id, 'post_message', {
      method: 'POST',
      path: '/chat.postMessage',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ channel: 'C1', text: 'invoice 4711 is valid' }),
    });
    expect(posted.status).toBe(200);
    expect(on.systems.chat.messages).toMatchObject([{ text: 'invoice 4711 is valid' }]);
    const closed = new Promise((resolve) => database.once('end', resolve));
    expect((await agent.release(lease.id)).state).toBe('released');
    await on.broker.settled();
    await closed;
    expect(await rolesIn(on.systems)).toEqual([]);
    expect((await agent.read(lease.id)).grants.map(({ ended_at }) => ended_at !== undefined)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });
});
