import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalCredentials } from '../../local/start.ts';
import { newOperator, operatorRole } from '../operator.ts';
import { craftyAgent } from './crafty-agent.ts';
import { type FrontDoor, openFrontDoor, type Refusal, secretLike } from './front-door.ts';
import { extended, reduced, retyped } from './mutations.ts';

let door: FrontDoor;
let keys: LocalCredentials;
let active: { readonly id: string; readonly agent: string };
beforeAll(async () => {
  door = await openFrontDoor();
  newOperator(door.broker);
  keys = door.broker.credentialsFor(operatorRole, 'on-call');
  const agent = await craftyAgent(door);
  active = JSON.parse((await agent.send(await agent.lease())).body).lease;
});
afterAll(() => door.stop());

const asked = (method: string, path: string, body?: string) => () =>
  door.ask({ method, url: `${door.broker.url}${path}`, headers: {}, body }, keys);
const posted = (path: string, body: unknown) =>
  asked('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
const invalid = (path: string, detail?: string): Refusal => ({
  status: 400,
  code: 'invalid_request',
  path,
  ...(detail !== undefined && { detail }),
});

const ofTask = { scope: { task: { agent_type: 'invoice_processor', name: 'process' } }, reason: 'a test' };
const ofKey = { scope: { key: 'A'.repeat(43) }, lift: false, reason: 'a test' };
const names = ['urgent', '__proto__', 'constructor', ''];

describe.each([
  ['/v1/revocations', ofTask, ['scope.task']],
  ['/v1/quarantines', ofKey, ['scope.key', 'lift']],
])('a body of %s that is wrong in one place is refused with that place', (path, body, notAlone) => {
  test.each([
    ...retyped(body),
    ...reduced(body).filter((mutation) => !notAlone.includes(mutation.path)),
    ...names.flatMap((field) => extended(body, field)).filter(({ name }) => !name.endsWith('in scope')),
  ])('$name', async ({ path: place, body: text }) => {
    await door.refuses(posted(path, text), invalid(place));
  });

  test.each([
    ['no scope', {}],
    ['two scopes', { ...body.scope, agent_type: 'invoice_processor' }],
  ])('%s', async (_, scope) => {
    await door.refuses(posted(path, { ...body, scope }), invalid('scope', 'exactly one of'));
  });

  test.each(['', '{', 'null', '[]', secretLike, `{"reason":${secretLike}}`])('%j', async (text) => {
    await door.refuses(posted(path, text), invalid('body'));
  });

  test('a reason that breaks a line of a log', async () => {
    await door.refuses(posted(path, { ...body, reason: 'a\r\nlevel: ERROR' }), invalid('reason'));
  });
});

describe('a revocation', () => {
  const type = { agent_type: 'invoice_processor' };
  const stranger = `spiffe://mayfly.local/agent/nobody/${'a'.repeat(26)}`;
  test.each<[string, object, Refusal]>([
    [
      'of a type without saying it again',
      { scope: type },
      invalid('confirm', '"confirm": "invoice_processor"'),
    ],
    ['of a type that confirms another', { scope: type, confirm: 'quick_processor' }, invalid('confirm')],
    [
      'of a type that no policy has',
      { scope: { agent_type: 'nobody' }, confirm: 'nobody' },
      invalid('scope.agent_type'),
    ],
    ['of an agent of a type that no policy has', { scope: { agent: stranger } }, invalid('scope.agent')],
    [
      'of a task of a type that no policy has',
      { scope: { task: { agent_type: 'nobody', name: 'x' } } },
      invalid('scope.task.agent_type'),
    ],
    [
      'of what is issued tomorrow',
      { scope: type, confirm: 'invoice_processor', issued_before: '2999-01-01T00:00:00Z' },
      invalid('issued_before'),
    ],
    ['of a key', { scope: { key: 'A'.repeat(43) } }, invalid('scope.key')],
    ['of everybody', { scope: { everybody: true } }, invalid('scope.everybody')],
    ['of a role', { scope: { shard: 'mayfly-eu-central-1-invoice_processor-0' } }, invalid('scope.shard')],
    ['of a lease that is none', { scope: { lease: '*' } }, invalid('scope.lease')],
    [
      'of a lease that is not there',
      { scope: { lease: 'L-AAAAAAAAAAAAAAAA' } },
      { status: 404, code: 'not_found', path: 'scope.lease' },
    ],
    [
      'of a chain that is not there',
      { scope: { chain: 'L-AAAAAAAAAAAAAAAA' } },
      { status: 404, code: 'not_found', path: 'scope.chain' },
    ],
  ])('%s is refused', async (_, asking, refusal) => {
    await door.refuses(posted('/v1/revocations', { reason: 'a test', ...asking }), refusal);
  });

  test('of one lease with the time of others is refused', async () => {
    const asking = { scope: { lease: active.id }, issued_before: '2020-01-01T00:00:00Z', reason: 'a test' };
    await door.refuses(posted('/v1/revocations', asking), invalid('issued_before'));
  });
});

describe('a quarantine', () => {
  test.each<[string, object, string]>([
    ['of everybody without saying so', { scope: { everybody: true } }, 'confirm'],
    [
      'of everybody that confirms a type',
      { scope: { everybody: true }, confirm: 'invoice_processor' },
      'confirm',
    ],
    ['of nobody', { scope: { everybody: false } }, 'scope.everybody'],
    ['of a type without saying it again', { scope: { agent_type: 'invoice_processor' } }, 'confirm'],
    [
      'of a type that no policy has',
      { scope: { agent_type: 'nobody' }, confirm: 'nobody' },
      'scope.agent_type',
    ],
    ['of a principal by its name', { scope: { principal: 'invoice-agent' } }, 'scope.principal'],
    ['of a lease', { scope: { lease: 'L-AAAAAAAAAAAAAAAA' } }, 'scope.lease'],
  ])('%s is refused', async (_, asking, path) => {
    await door.refuses(posted('/v1/quarantines', { reason: 'a test', ...asking }), invalid(path));
  });
});

describe('a list of leases', () => {
  test.each<[string, string, string]>([
    ['of nobody', '', 'body'],
    [
      'of an agent and a type',
      '?agent_type=invoice_processor&agent=spiffe%3A%2F%2Fa%2Fagent%2Fb%2Faaaaaaaaaaaaaaaaaaaaaaaaaa',
      'body',
    ],
    ['of a type twice', '?agent_type=invoice_processor&agent_type=quick_processor', 'agent_type'],
    ['of an agent that is none', '?agent=*', 'agent'],
    ['in a state that is none', '?agent_type=invoice_processor&state=dead', 'state'],
    ['without a limit', '?agent_type=invoice_processor&limit=0', 'limit'],
    ['of more than a page', '?agent_type=invoice_processor&limit=101', 'limit'],
    ['of a limit that is no number', '?agent_type=invoice_processor&limit=1e1', 'limit'],
    ['from a place that is none', '?agent_type=invoice_processor&cursor=zzz', 'cursor'],
    [
      'with a word that is unknown',
      `?agent_type=invoice_processor&filter=${secretLike.slice(0, 12)}`,
      'filter',
    ],
  ])('%s is refused', async (_, query, path) => {
    await door.refuses(asked('GET', `/v1/leases${query}`), invalid(path));
  });

  test('of an agent is answered by the same door', async () => {
    const answer = await asked('GET', `/v1/leases?agent=${encodeURIComponent(active.agent)}`)();
    expect(JSON.parse(answer.body)).toMatchObject({ leases: [{ id: active.id, state: 'active' }] });
  });
});

test('no log holds what these requests held', () => {
  door.loggedNone([keys.secretAccessKey, keys.sessionToken]);
});
