import { agentId } from '../../core/identity.ts';
import type { RevokedScope } from '../../core/revocation.ts';
import { scope } from '../../core/scope.ts';
import { judgedState } from '../../core/standing.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { collectCredentials } from '../../core/use-cases/collect-credentials.ts';
import { heartbeat } from '../../core/use-cases/heartbeat.ts';
import { issueLease } from '../../core/use-cases/issue-lease.ts';
import type { Issued } from '../../core/use-cases/mint-again.ts';
import { releaseLease } from '../../core/use-cases/release-lease.ts';
import { revoke } from '../../core/use-cases/revoke.ts';
import { attestedAs, awsOf, issued, orderOf } from '../core/use-cases/world.ts';
import type { Session } from './memory-aws.ts';
import type { World } from './world.ts';

/** The only agent type there is. */
export const agentType = 'invoice_processor';

/** Credentials that somebody holds: only what was shown can be misused. */
export type Shown = { readonly session: Session; readonly lease: string; readonly at: EpochSeconds };

/** An agent, as attestation would have it. */
export function attestedAgent(name: string) {
  const attested = attestedAs(`key-of-${name}`, 'AROAAGENTONE');
  return { ...attested, sub: agentId('mayfly.local', agentType, attested.principal, attested.cnf.jkt) };
}

/**
 * Agents and operators of a world, each request one run of the function that answers it. `shownDead` are leases whose
 * credentials were shown though what had been read of them said that they are dead.
 */
export function people(world: World) {
  const shown: Shown[] = [];
  let requests = 0;
  let revocations = 0;
  const shownDead: string[] = [];
  const show = (answer: Issued): Issued => {
    const { lease, standing, credentials } = answer;
    const session = world.aws.sessionOf(awsOf(credentials));
    const state = judgedState(lease, standing, world.sim.now());
    // Past the deadline they are of no use, whoever has them.
    if (state !== 'active' && state !== 'expired') shownDead.push(lease.id);
    shown.push({ session, lease: lease.id, at: world.sim.now() });
    return answer;
  };
  const agent = (name: string) => {
    const attested = attestedAgent(name);
    return {
      id: attested.sub,
      issue: (key: string, task: Parameters<typeof orderOf>[0] = {}) =>
        world
          .invoke('issuance', (ports) =>
            issueLease(ports, orderOf(task, { attested, idempotencyKey: `${name}-${key}` })),
          )
          .then((granted) => show(issued(granted))),
      collect: (lease: string, estimate?: number) => {
        const request = { proof: `proof ${++requests}`, attempt: `attempt ${requests}`, estimate };
        return world
          .invoke('issuance', (ports) => collectCredentials(ports, attested, lease, request))
          .then(show);
      },
      beat: (lease: string) => world.invoke('lifecycle', (ports) => heartbeat(ports, attested, lease)),
      release: (lease: string) => world.invoke('lifecycle', (ports) => releaseLease(ports, attested, lease)),
    };
  };
  const by = 'role/operator';
  const operator = {
    revoke: (revoked: RevokedScope) =>
      world.invoke('operations', (ports) => {
        const order = { id: `R-${++revocations}`, scope: revoked, at: ports.clock(), by, reason: 'asked' };
        return revoke(ports, order);
      }),
    quarantine: (id: string) =>
      world.invoke('operations', (ports) =>
        ports.controls.quarantine(scope.agent(id), { at: ports.clock(), by, reason: 'asked' }),
      ),
    lift: (id: string) =>
      world.invoke('operations', (ports) => ports.controls.lift(scope.agent(id), ports.clock())),
  };
  return { agent, operator, show, shown, shownDead };
}

/** How an operator names what is to end. */
export const ends = {
  lease: (lease: string): RevokedScope => ({ kind: 'lease', lease }),
  chain: (lease: string): RevokedScope => ({ kind: 'chain', lease }),
  agent: (agent: string): RevokedScope => ({ kind: 'agent', agent, agent_type: agentType }),
  task: (name: string): RevokedScope => ({ kind: 'task', agent_type: agentType, name }),
  type: { kind: 'type', agent_type: agentType } as RevokedScope,
  issuedBefore: (before: EpochSeconds): RevokedScope => ({
    kind: 'issued_before',
    agent_type: agentType,
    before,
  }),
} as const;
