import { describe, expect, it } from 'vitest';
import { agentId, leaseId } from '../../core/identity.ts';
import { type RevocationRequest, revocationRequest } from '../../core/protocol/requests.ts';
import { type RevokedScope, revokedScope, scopeKey } from '../../core/revocation.ts';
import { after, toIso } from '../../core/time.ts';
import { morning } from './invoices.ts';
import { thrownRefusal } from './use-cases/world.ts';

const types = ['payer', 'reader'];
const lease = leaseId('role', 'key', 'k');
const agent = agentId('mayfly.local', 'payer', 'role', 'key');
const reason = 'stolen';

function scopeOf(request: Partial<RevocationRequest> & Pick<RevocationRequest, 'scope'>): RevokedScope {
  return revokedScope({ reason, ...request }, types, morning);
}

const long = 43_200;
const before = (seconds: number) => ({
  scope: { agent_type: 'payer' },
  confirm: 'payer',
  issued_before: toIso(after(morning, seconds)),
});

describe('what a revocation is about', () => {
  it.each<[string, Partial<RevocationRequest> & Pick<RevocationRequest, 'scope'>, RevokedScope, string]>([
    ['a lease', { scope: { lease } }, { kind: 'lease', lease }, `lease#${lease}`],
    ['a chain', { scope: { chain: lease } }, { kind: 'chain', lease }, `chain#${lease}`],
    ['an agent', { scope: { agent } }, { kind: 'agent', agent, agent_type: 'payer' }, `agent#${agent}`],
    [
      'a task',
      { scope: { task: { agent_type: 'payer', name: 'pay' } } },
      { kind: 'task', agent_type: 'payer', name: 'pay' },
      'task#payer#pay',
    ],
    [
      'a type',
      { scope: { agent_type: 'payer' }, confirm: 'payer' },
      { kind: 'type', agent_type: 'payer' },
      'type#payer',
    ],
    [
      'what of a type was issued before now',
      before(0),
      { kind: 'issued_before', agent_type: 'payer', before: morning },
      'type#payer',
    ],
    [
      'what was issued as long ago as a lease can live',
      before(-long),
      { kind: 'issued_before', agent_type: 'payer', before: after(morning, -long) },
      'type#payer',
    ],
  ])('is %s', (_, request, revoked, key) => {
    expect(scopeOf(request)).toEqual(revoked);
    expect(scopeKey(revoked)).toBe(key);
  });

  it('has the key of its role where the revoker gives up a whole role', () => {
    expect(scopeKey({ kind: 'shard', role: 'payer-0' })).toBe('shard#payer-0');
  });

  const type = { agent_type: 'payer' };
  it.each<[string, Partial<RevocationRequest> & Pick<RevocationRequest, 'scope'>, string]>([
    ['a type that no policy knows', { scope: { agent_type: 'typo' }, confirm: 'typo' }, 'scope.agent_type'],
    [
      'an agent of a type that no policy knows',
      { scope: { agent: agentId('mayfly.local', 'typo', 'role', 'key') } },
      'scope.agent',
    ],
    ['what is no agent', { scope: { agent: 'spiffe://mayfly.local/payer' } }, 'scope.agent'],
    [
      'a task of a type that no policy knows',
      { scope: { task: { agent_type: 'typo', name: 'pay' } } },
      'scope.task.agent_type',
    ],
    ['nothing at all', { scope: {} }, 'scope.agent_type'],
    ['a whole type without confirmation', { scope: type }, 'confirm'],
    ['a whole type with that of another', { scope: type, confirm: 'reader' }, 'confirm'],
    ['a whole type with that of everybody', { scope: type, confirm: 'everybody' }, 'confirm'],
    ['what was issued before, without confirmation', { ...before(0), confirm: undefined }, 'confirm'],
    ['a time to come', before(1), 'issued_before'],
    ['a time before which every lease has ended', before(-long - 1), 'issued_before'],
    [
      'a time before all time, which no clock of ours can hold',
      { ...before(0), issued_before: '0001-01-01T00:00:00Z' },
      'issued_before',
    ],
    ['a time with another scope than a type', { ...before(0), scope: { lease } }, 'issued_before'],
  ])('is not %s', (_, request, path) => {
    const refusal = thrownRefusal(() => scopeOf(request));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path } });
  });
});

describe('the body of a revocation', () => {
  it.each<[string, unknown]>([
    ['no scope', { reason }],
    ['an empty scope', { reason, scope: {} }],
    ['two scopes', { reason, scope: { lease, agent } }],
    ['a scope that does not exist', { reason, scope: { everybody: true } }],
    ['a lease and its chain', { reason, scope: { lease, chain: lease } }],
    ['what is no lease id', { reason, scope: { lease: 'L-1' } }],
    ['what is no agent id', { reason, scope: { agent: 'payer' } }],
    ['a task without a type', { reason, scope: { task: { name: 'pay' } } }],
    ['no reason', { scope: { lease } }],
    ['an empty reason', { reason: '', scope: { lease } }],
    ['a time of somewhere', { ...before(0), reason, issued_before: '2026-11-24T02:00:00' }],
    ['what is no time', { ...before(0), reason, issued_before: 'yesterday' }],
    ['a key that nobody knows', { reason, scope: { lease }, forever: true }],
  ])('is refused with %s', (_, body) => {
    expect(revocationRequest.safeParse(body).success).toBe(false);
  });

  it('is taken with one scope and a reason', () => {
    for (const scope of [{ lease }, { chain: lease }, { agent }, { agent_type: 'payer' }])
      expect(revocationRequest.safeParse({ reason, scope }).success).toBe(true);
  });
});
