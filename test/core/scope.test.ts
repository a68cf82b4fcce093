import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentId, leaseId } from '../../core/identity.ts';
import {
  agentTag,
  type Scope,
  scope,
  scopesOf,
  scopesOfAgent,
  scopesOfCaller,
  typeOfAgent,
} from '../../core/scope.ts';
import { morning } from './invoices.ts';

const types = fc.stringMatching(/^[a-z][a-z0-9_]{0,31}$/);
const texts = fc.stringMatching(/^[\x20-\x7e]{1,40}$/);

/** Any scope, with what it is of. */
const scopes: fc.Arbitrary<readonly [key: Scope, of: readonly string[]]> = fc.oneof(
  fc.constant([scope.everybody, ['everybody']] as const),
  types.map((type) => [scope.type(type), ['type', type]] as const),
  texts.map((id) => [scope.agent(id), ['agent', id]] as const),
  texts.map((id) => [scope.principal(id), ['principal', id]] as const),
  texts.map((jkt) => [scope.key(jkt), ['key', jkt]] as const),
  fc.tuple(types, texts).map(([type, name]) => [scope.task(type, name), ['task', type, name]] as const),
  texts.map((id) => [scope.chain(id), ['chain', id]] as const),
  fc
    .tuple(texts, texts)
    .map(([issuer, subject]) => [scope.user({ issuer, subject }), ['user', issuer, subject]] as const),
);

describe('scopes', () => {
  it('share no key: what is said of one is never said of another', () => {
    fc.assert(
      fc.property(scopes, scopes, ([key, of], [otherKey, other]) => {
        expect(key === otherKey).toBe(JSON.stringify(of) === JSON.stringify(other));
      }),
    );
    // The name of a task is its agent's own words.
    expect(scope.task('payer', 'x#y')).not.toBe(scope.task('payer_x', 'y'));
    expect(scope.task('payer', 'everybody')).not.toBe(scope.everybody);
  });

  const agent = { agent: 'spiffe://a/agent/b/c', agent_type: 'b', principal: 'AROA1', jkt: 'thumb' };
  const task = {
    name: 'pay',
    purpose: 'p',
    capabilities: [],
    parameters: {},
    sources: {},
    estimated_seconds: 1,
  };

  it('of a lease are all those of its agent, its task and itself', () => {
    const lease = { ...agent, id: 'L-1', task, ancestors: [] };
    expect(scopesOf(lease)).toEqual([...scopesOfAgent(lease), 'task#b#pay', 'chain#L-1']);
    expect(new Set(scopesOf(lease)).size).toBe(7);
  });

  it('of a lease of a user are also those of the user', () => {
    const user = { issuer: 'https://idp.example', subject: 'anna', mfa: true, presented_at: morning };
    const lease = { ...agent, id: 'L-1', task, ancestors: [] };
    expect(scopesOf({ ...lease, user })).toEqual([...scopesOf(lease), scope.user(user)]);
    expect(scope.user(user)).toMatch(/^user#[a-z2-7]{26}$/);
  });

  it('of a delegated lease are also the agents, the tasks and the leases that it came from', () => {
    const ancestors = [
      { lease: 'L-2', agent: 'spiffe://a/agent/b/root', task: 'review' },
      { lease: 'L-3', agent: 'spiffe://a/agent/b/between', task: 'pay' },
    ];
    const lease = { ...agent, id: 'L-1', task };
    expect(scopesOf({ ...lease, ancestors })).toEqual([
      ...scopesOf({ ...lease, ancestors: [] }),
      'agent#spiffe://a/agent/b/root',
      'task#b#review',
      'chain#L-2',
      'agent#spiffe://a/agent/b/between',
      'task#b#pay',
      'chain#L-3',
    ]);
  });

  it('of an agent are everybody, its type, itself, its principal and its key', () => {
    expect(scopesOfAgent(agent)).toEqual([
      'everybody',
      'type#b',
      'agent#spiffe://a/agent/b/c',
      'principal#AROA1',
      'key#thumb',
    ]);
  });

  it('of a caller are everybody and its principal', () => {
    expect(scopesOfCaller({ roleId: 'AROA1' })).toEqual(['everybody', 'principal#AROA1']);
  });
});

describe('ids of agents', () => {
  it('tell the type, and the tag of their sessions', () => {
    fc.assert(
      fc.property(types, texts, texts, (type, roleId, jkt) => {
        const id = agentId('mayfly.local', type, roleId, jkt);
        expect(typeOfAgent(id)).toBe(type);
        expect(agentTag(id)).toMatch(/^[a-z2-7]{26}$/);
        expect(id.endsWith(`/${agentTag(id)}`)).toBe(true);
      }),
    );
  });

  const tag = 'a'.repeat(26);
  it.each([
    ['a lease', leaseId('role', 'key', 'k')],
    ['nothing', ''],
    ['a tag alone', tag],
    ['a tag too short', `spiffe://mayfly.local/agent/payer/${tag.slice(1)}`],
    ['a tag too long', `spiffe://mayfly.local/agent/payer/${tag}a`],
    ['a type in capitals', `spiffe://mayfly.local/agent/Payer/${tag}`],
    ['a path beside', `spiffe://mayfly.local/agent/payer/${tag}/x`],
    ['a path before', `x/spiffe://mayfly.local/agent/payer/${tag}`],
    ['another kind of workload', `spiffe://mayfly.local/service/payer/${tag}`],
    ['a line after', `spiffe://mayfly.local/agent/payer/${tag}\n`],
  ])('are not %s', (_, id) => {
    expect(typeOfAgent(id)).toBeUndefined();
  });
});
