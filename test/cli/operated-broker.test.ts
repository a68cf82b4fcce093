import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { LocalBroker } from '../../local/start.ts';
import { agentRole, invoiceTask, newAgent, reading, s3With } from '../broker.ts';
import { operatorRole } from '../operator.ts';
import { shellUnder, startOperated } from './access-roles.ts';
import { mayfly, scripted } from './run.ts';

let broker: LocalBroker;
beforeAll(async () => {
  broker = await startOperated();
});
afterAll(() => broker.stop());

const operating = (...args: string[]) => scripted(args, shellUnder(broker, operatorRole));

test('an operator with OperatorAccess sees a lease, ends it, and sees by whom it ended and why', async () => {
  const agent = await newAgent(broker);
  const { lease, credentials } = await agent.lease(invoiceTask());
  const list = ['leases', '--type', 'invoice_processor'];
  expect((await operating(...list)).out).toContain(`${lease.id}  active`);
  const revoke = ['revoke', 'lease', lease.id, '--reason', 'wrong invoice'];
  const ended = await mayfly(revoke, shellUnder(broker, operatorRole));
  expect(ended).toMatchObject({ code: 0, err: '' });
  await broker.settled();
  expect(await reading(s3With(broker, awsCredentialsOf({ credentials })), 'acme/4711.json')).toBe(
    'AccessDenied',
  );
  const { out } = await operating(...list, '--state', 'revoked');
  expect(out).toMatch(new RegExp(`^${lease.id}  revoked .* ${operatorRole} as on-call: wrong invoice$`, 'm'));
  const again = await operating(...revoke);
  expect(again.code).toBe(1);
  expect(again.err).toContain('lease_ended: this lease is revoked already');
});

test('keeps an agent out and lets it in again', async () => {
  const agent = await newAgent(broker);
  const { agent: id } = await agent.attest();
  const reason = ['--reason', 'behaves oddly'];
  expect(await operating('quarantine', 'agent', id, ...reason)).toMatchObject({ code: 0 });
  await expect(agent.lease(invoiceTask())).rejects.toMatchObject({ code: 'quarantined' });
  expect(await operating('quarantine', 'agent', id, '--lift', ...reason)).toMatchObject({ code: 0 });
  expect((await agent.lease(invoiceTask())).lease.state).toBe('active');
});

test('ends a whole type when it is named twice', async () => {
  const agent = await newAgent(broker);
  const { credentials } = await agent.lease(invoiceTask());
  const all = ['revoke', 'type', 'invoice_processor', '--reason', 'incident'];
  expect(await operating(...all)).toMatchObject({ code: 2 });
  expect(await operating(...all, '--confirm', 'invoice_processor')).toMatchObject({ code: 0 });
  await broker.settled();
  expect(await reading(s3With(broker, awsCredentialsOf({ credentials })), 'acme/4711.json')).toBe(
    'AccessDenied',
  );
});

test('what is wrong is told with its path, as the broker says it', async () => {
  const unknown = await operating('revoke', 'lease', 'L-ACLJJ5JCW5ITAYCO', '--reason', 'x');
  expect(unknown.code).toBe(1);
  expect(unknown.err).toContain('mayfly: not_found: no such lease (scope.lease)');
  const type = await operating('revoke', 'type', 'no_such', '--reason', 'x', '--confirm', 'no_such');
  expect(type.err).toContain('(scope.agent_type)');
});

test('whoever is no operator is refused, and told how to become one', async () => {
  const { code, err } = await scripted(
    ['leases', '--type', 'invoice_processor'],
    shellUnder(broker, agentRole),
  );
  expect(code).toBe(1);
  expect(err).toContain('HTTP 403');
  expect(err).toContain('OperatorAccess');
});
