import { afterAll, describe, expect, it } from 'vitest';
import { after } from '../../../core/time.ts';
import type { KnownAgent } from '../../../core/use-cases/attest.ts';
import { agentRegistry } from '../../../lambda/aws/agent-registry.ts';
import { firstUses } from '../../../lambda/aws/first-uses.ts';
import { usedProofs } from '../../../lambda/aws/used-proofs.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryFirstUses, memoryRegistry, memoryUsedProofs } from '../../ports/memory-registry.ts';

const agents = await startDynamo('agents');
const replay = await startDynamo('replay');
afterAll(() => Promise.all([agents.stop(), replay.stop()]));

let count = 0;

describe.each([
  ['in memory', memoryRegistry()],
  ['in DynamoDB', agentRegistry(agents.dynamo, 'agents')],
])('the registry of agents %s', (_, registry) => {
  function newAgent(changed: Partial<KnownAgent> = {}): KnownAgent {
    return {
      sub: `spiffe://mayfly.local/agent/payer/${++count}`,
      agent_type: 'payer',
      principal: 'AROAONE',
      role_id: 'AROAONE',
      methods: ['aws_iam'],
      strength: 'principal',
      jkt: 'thumbprint',
      at: morning,
      ...changed,
    };
  }

  it('takes an agent as often as it attests as strongly, or more', async () => {
    const agent = newAgent();
    expect(await registry.attested(agent)).toBe(true);
    expect(await registry.attested({ ...agent, at: after(morning, 60) })).toBe(true);
    expect(await registry.attested({ ...agent, strength: 'measured' })).toBe(true);
  });

  it('refuses an agent that proves less than before, and changes nothing', async () => {
    const agent = newAgent({ strength: 'key_bound' });
    expect(await registry.attested(agent)).toBe(true);
    for (const strength of ['workload', 'principal', 'instance'] as const)
      expect(await registry.attested({ ...agent, strength })).toBe(false);
    expect(await registry.attested({ ...agent, at: after(morning, 1) })).toBe(true);
    expect(await registry.attested({ ...agent, strength: 'workload' })).toBe(false);
  });

  it('takes each agent for itself', async () => {
    expect(await registry.attested(newAgent({ strength: 'measured' }))).toBe(true);
    expect(await registry.attested(newAgent())).toBe(true);
  });

  it('forgets whoever did not attest for a month, whether or not anything has deleted them', async () => {
    const agent = newAgent({ strength: 'measured' });
    await registry.attested(agent);
    const weaker = { ...agent, strength: 'principal' as const };
    expect(await registry.attested({ ...weaker, at: after(morning, 30 * 86_400 - 1) })).toBe(false);
    expect(await registry.attested({ ...weaker, at: after(morning, 30 * 86_400) })).toBe(true);
  });
});

describe.each([
  ['in memory', memoryFirstUses()],
  ['in DynamoDB', firstUses(replay.dynamo, 'replay')],
])('tokens without a nonce %s', (_, uses) => {
  const until = after(morning, 600);
  const fresh = () => `token-${++count}`;

  it('belong to the key that used them first, however often it does', async () => {
    const id = fresh();
    expect(await uses.bind(id, 'one', until, morning)).toBe(true);
    expect(await uses.bind(id, 'two', until, morning)).toBe(false);
    expect(await uses.bind(id, 'one', until, after(morning, 1))).toBe(true);
    expect(await uses.bind(id, 'two', until, after(until, -1))).toBe(false);
  });

  it('belong to one of many keys that use them at once', async () => {
    const id = fresh();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => uses.bind(id, `key-${i}`, until, morning)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('are free once nobody could use them any more', async () => {
    const id = fresh();
    await uses.bind(id, 'one', until, morning);
    expect(await uses.bind(id, 'two', after(until, 600), until)).toBe(true);
  });
});

describe.each([
  ['in memory', memoryUsedProofs()],
  ['in DynamoDB', usedProofs(replay.dynamo, 'replay', () => `attempt-${++count}`)],
])('proofs of possession %s', (_, proofs) => {
  it('serve once, each key its own', async () => {
    const jti = `proof-${++count}`;
    expect(await proofs.use('one', jti, morning)).toBe(true);
    expect(await proofs.use('one', jti, morning)).toBe(false);
    expect(await proofs.use('two', jti, morning)).toBe(true);
  });

  it('serve one of many requests that carry them', async () => {
    const jti = `proof-${++count}`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => proofs.use('one', jti, morning)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('are remembered for longer than they are fresh', async () => {
    const jti = `proof-${++count}`;
    await proofs.use('one', jti, morning);
    expect(await proofs.use('one', jti, after(morning, 121))).toBe(false);
  });
});

it('a proof is taken once where the answer was lost and the SDK asked again', async () => {
  const proofs = usedProofs(replay.dynamo, 'replay', () => 'the same attempt');
  expect(await proofs.use('one', 'asked twice', morning)).toBe(true);
  expect(await proofs.use('one', 'asked twice', morning)).toBe(true);
});
