import { describe, expect, it } from 'vitest';
import type { Method } from '../../../core/evidence.ts';
import type { Caller } from '../../../core/identity.ts';
import type { Way } from '../../../core/policy/schema-attestation.ts';
import { scope, scopesOf } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { attest } from '../../../core/use-cases/attest.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { morning } from '../invoices.ts';
import { earlyWorld } from './early-world.ts';
import { caller, entered, issuer, provingWorld, requestWith, role, spiffeId } from './proving.ts';
import { orderOf, refusalOf } from './world.ts';

const together: Way = { aws_iam: { role }, spiffe_jwt: { id: spiffeId } };
const ways: Way[] = [{ aws_iam: { role } }, { spiffe_jwt: { id: spiffeId } }];
const kept = { at: morning, by: 'ops', reason: 'stolen' };

type Attack = readonly [what: string, by: Caller, any_of: Way[], methods: Method[], principal: string];

const attacks: Attack[] = [
  ['its SVID, where its role was kept out', caller, ways, ['spiffe_jwt'], 'AROAAGENTONE'],
  [
    'its role, which names the agent, where its SPIFFE id was',
    caller,
    [together],
    ['aws_iam', 'spiffe_jwt'],
    spiffeId,
  ],
  [
    'a token through the entry role, where all who enter are',
    entered,
    [{ oidc: { issuer } }],
    ['oidc'],
    'AROAENTRY',
  ],
];

/** Attests in a world where this was said of a principal after the nonce was handed out. */
async function attesting([, by, any_of, methods]: Attack, quarantined?: string) {
  const { world, controls } = provingWorld(any_of);
  await world.nonces.put('nonce-1', by.userId, after(morning, 60));
  if (quarantined) await controls.quarantine(scope.principal(quarantined), kept);
  return attest(world, by, requestWith('nonce-1', methods), 'thumbprint-1', morning);
}

describe('whoever is kept out does not come back by', () => {
  it('any of these', () => {
    expect(attacks).toHaveLength(3);
  });

  it.each(attacks)('%s', async (...attack) => {
    expect(await refusalOf(attesting(attack, attack[4]))).toMatchObject({ code: 'quarantined' });
  });

  it.each(attacks)('what was attested before by %s: nothing is granted for it', async (...attack) => {
    const { result } = await attesting(attack);
    const world = earlyWorld();
    const lease = (key: string) => issueLease(world, orderOf({}, { attested: result, idempotencyKey: key }));
    expect(scopesOf((await lease('before-it')).lease)).toContain(scope.principal(attack[4]));
    await world.controls.quarantine(scope.principal(attack[4]), kept);
    expect(await refusalOf(lease('after-it'))).toMatchObject({ code: 'quarantined' });
  });
});
