import { describe, expect, it } from 'vitest';
import { type Scope, scope } from '../../../core/scope.ts';
import { childOf, counting, delegatingWorld, refused } from './delegate-world.ts';
import { agentNamed, issueTo, revokeScope } from './early-world.ts';

describe('who is kept out neither delegates nor is delegated to', () => {
  const [anna, bert] = [agentNamed('anna'), agentNamed('bert')];
  it.each<[string, Scope]>([
    ['the agent that delegates', scope.agent(anna.sub)],
    ['the key that signed it', scope.key(anna.cnf.jkt)],
    ['the principal of the one that delegates', scope.principal('AROAROOTROLE')],
    ['the agent that it is for', scope.agent(bert.sub)],
    ['its key', scope.key(bert.cnf.jkt)],
    ['its principal', scope.principal(bert.principal)],
    ['the type', scope.type('invoice_processor')],
    ['everybody', scope.everybody],
  ])('%s', async (_, kept) => {
    const world = delegatingWorld({ limits: counting });
    const { leases } = world;
    const issued = await issueTo(world, 'anna');
    const parent = { ...issued, id: 'L-ANOTHERLEASE2222', principal: 'AROAROOTROLE' };
    await leases.reserve({ ...parent, state: 'issuing' });
    await leases.activate(parent);
    const quarantine = { at: world.clock(), by: 'role/ops as anna', reason: 'stolen' };
    await world.controls.quarantine(kept, quarantine);
    expect((await refused({}, world, parent)).code).toBe('quarantined');
    await world.controls.lift(kept, world.clock());
    expect((await childOf(world, parent)).state).toBe('active');
  });

  it('an agent that is denied as a whole, until that is over', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna');
    await revokeScope(world, { kind: 'agent', agent: bert.sub, agent_type: 'invoice_processor' });
    await world.controls.lift(scope.agent(bert.sub), world.clock());
    expect((await refused({}, world, parent)).code).toBe('quarantined');
    expect((await childOf(world, parent, { to: 'carl' })).state).toBe('active');
  });
});
