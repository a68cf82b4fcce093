import { describe, expect, it } from 'vitest';
import { evidenceBinding } from '../../../core/identity.ts';
import { type QuarantineRequest, quarantineRequest } from '../../../core/protocol/requests.ts';
import { attest } from '../../../core/use-cases/attest.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { heartbeat } from '../../../core/use-cases/heartbeat.ts';
import { issueChallenge } from '../../../core/use-cases/issue-challenge.ts';
import { quarantine } from '../../../core/use-cases/quarantine.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { memoryNonces } from '../../ports/memory-nonces.ts';
import { morning } from '../invoices.ts';
import { attesting } from './attesting.ts';
import { agentNamed, at, type EarlyWorld, earlyWorld, issueTo } from './early-world.ts';
import { refusalOf } from './world.ts';

const anna = agentNamed('anna');
const by = 'role/ops as anna';
const caller = {
  role: 'arn:aws:iam::111122223333:role/invoice-agent',
  roleId: anna.role_id,
  userId: `${anna.role_id}:session`,
};

type Asked = Omit<QuarantineRequest, 'reason'>;

function say(world: EarlyWorld, asked: Asked) {
  return quarantine(world, { reason: 'stolen', ...asked }, by, world.clock());
}

/** Where agents come from, over what was said in this world. */
function attestation(world: EarlyWorld) {
  const controlsOf = async (scopes: readonly string[]) => world.controls.of(scopes);
  const signer = { sign: async () => 'token' };
  const deployment = { policies: world.policies, trustDomain: 'mayfly.local', randomNonce: () => 'nonce' };
  return { ...deployment, ...attesting(), controlsOf, signer, nonces: memoryNonces() };
}

let proofs = 0;

/** Every door that an agent comes through, each tried at once: what it answers. */
async function doors(world: EarlyWorld, leaseId: string) {
  const outside = attestation(world);
  await outside.nonces.put('nonce-of-before', caller.userId, at(60));
  const nonce = 'nonce-of-before';
  const binding = evidenceBinding(nonce, anna.cnf.jkt);
  const evidence = [{ method: 'aws_iam' as const, binding }];
  const request = { agent_type: anna.agent_type, nonce, evidence };
  const mint = { proof: `proof-of-door-${++proofs}`, attempt: `attempt-of-door-${proofs}` };
  const outcome = (door: Promise<unknown>) =>
    door.then(
      () => 'open',
      (error: { code?: string }) => error.code ?? String(error),
    );
  return {
    challenge: await outcome(issueChallenge(outside, caller, morning)),
    attestation: await outcome(attest(outside, caller, request, anna.cnf.jkt, morning)),
    lease: await outcome(issueTo(world)),
    credentials: await outcome(collectCredentials(world, anna, leaseId, mint)),
    renewal: await outcome(
      collectCredentials(world, anna, leaseId, { ...mint, proof: `${mint.proof}-renewing`, estimate: 200 }),
    ),
  };
}

const open = {
  challenge: 'open',
  attestation: 'open',
  lease: 'open',
  credentials: 'open',
  renewal: 'open',
};
const shut = {
  challenge: 'quarantined',
  attestation: 'quarantined',
  lease: 'quarantined',
  credentials: 'quarantined',
  renewal: 'quarantined',
};
/** A challenge is asked for by a principal: which agent it will be nobody knows yet. */
const shutAfterChallenge = { ...shut, challenge: 'open' };

/** The id of the agent that attests with anna's key is made of her own. */
const attested = anna.sub;
const everyScope: readonly (readonly [string, Asked, string, typeof open])[] = [
  ['an agent', { scope: { agent: attested } }, `agent#${attested}`, shutAfterChallenge],
  ['a key', { scope: { key: anna.cnf.jkt } }, `key#${anna.cnf.jkt}`, shutAfterChallenge],
  [
    'a type',
    { scope: { agent_type: anna.agent_type }, confirm: anna.agent_type },
    `type#${anna.agent_type}`,
    shutAfterChallenge,
  ],
  ['a principal', { scope: { principal: anna.role_id } }, `principal#${anna.role_id}`, shut],
  ['everybody', { scope: { everybody: true }, confirm: 'everybody' }, 'everybody', shut],
];

describe.each(everyScope)('a quarantine of %s', (_, asked, scope, expected) => {
  it('keeps out of every door, until it is lifted', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    expect(await doors(world, lease.id)).toEqual(open);
    world.clock.advance(10);
    expect(await say(world, asked)).toEqual({ scope, state: 'quarantined' });
    expect(world.controls.of([scope])).toMatchObject([{ quarantine: { at: at(10), by, reason: 'stolen' } }]);
    expect(await doors(world, lease.id)).toEqual(expected);
    world.clock.advance(10);
    expect(await say(world, { ...asked, lift: true, confirm: undefined })).toEqual({
      scope,
      state: 'lifted',
    });
    expect(await doors(world, lease.id)).toEqual(open);
  });

  it('ends nothing that is alive: its lease is heard from, and given back', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    const lease = await issueTo(world);
    await say(world, asked);
    expect((await heartbeat(world, anna, lease.id)).lease.state).toBe('active');
    expect((await releaseLease(world, anna, lease.id)).lease.state).toBe('released');
  });

  it('keeps nobody else out', async () => {
    const world = earlyWorld();
    await say(world, asked);
    const agent = { agent: agentNamed('bert').sub, agent_type: 'payer', principal: 'AROAOTHER', jkt: 'bert' };
    const theirs = [`agent#${agent.agent}`, `type#${agent.agent_type}`, 'principal#AROAOTHER', 'key#bert'];
    expect(world.controls.of(theirs)).toEqual([]);
  });

  it('while the credentials are made throws them away', async () => {
    const world = earlyWorld();
    world.minter.meddle = async () => {
      await say(world, asked);
      return {};
    };
    expect((await refusalOf(issueTo(world))).code).toBe('access_denied');
    expect(world.leases.all()).toMatchObject([{ state: 'revoked', end: { by: 'issuance' } }]);
  });
});

describe('a quarantine', () => {
  it('while credentials are renewed shows none', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    world.minter.meddle = async () => {
      await say(world, { scope: { agent: anna.sub } });
      return {};
    };
    const mint = { proof: 'proof-late', attempt: 'attempt-late' };
    expect((await refusalOf(collectCredentials(world, anna, lease.id, mint))).code).toBe('quarantined');
  });

  it('twice stays the first, and lifting what is not kept out changes nothing', async () => {
    const world = earlyWorld();
    const agent = { scope: { agent: anna.sub } };
    await say(world, { ...agent, lift: true });
    world.clock.advance(1);
    await say(world, agent);
    world.clock.advance(1);
    await quarantine(world, { ...agent, reason: 'other' }, 'another', world.clock());
    expect(world.controls.of([`agent#${anna.sub}`])).toMatchObject([{ quarantine: { at: at(1), by } }]);
  });

  it.each<[string, Asked, string]>([
    ['a type that no policy knows', { scope: { agent_type: 'typo' }, confirm: 'typo' }, 'scope.agent_type'],
    [
      'an agent of such a type',
      { scope: { agent: anna.sub.replace('invoice_processor', 'typo') } },
      'scope.agent',
    ],
    ['what is no agent', { scope: { agent: 'anna' } }, 'scope.agent'],
    ['a whole type without confirmation', { scope: { agent_type: anna.agent_type } }, 'confirm'],
    [
      'a whole type with that of another',
      { scope: { agent_type: anna.agent_type }, confirm: 'payer' },
      'confirm',
    ],
    ['everybody without confirmation', { scope: { everybody: true } }, 'confirm'],
    ['everybody with that of a type', { scope: { everybody: true }, confirm: anna.agent_type }, 'confirm'],
  ])('of %s is refused, and nothing is said', async (_, asked, path) => {
    const world = earlyWorld();
    const refusal = await refusalOf(say(world, asked));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path } });
    expect(world.controls.of(['everybody', `type#${anna.agent_type}`, 'type#typo'])).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['no scope', {}],
    ['two scopes', { key: 'k'.repeat(43), everybody: true }],
    ['everybody, but not', { everybody: false }],
    ['what is no key', { key: 'short' }],
    ['what is no principal', { principal: 'invoice-agent' }],
    ['what is no agent', { agent: 'anna' }],
  ])('of %s is no request', (_, scope) => {
    expect(quarantineRequest.safeParse({ scope, reason: 'stolen' }).success).toBe(false);
  });
});
