import { describe, expect, it } from 'vitest';
import { policiesFor, policyOf } from '../../../core/admission.ts';
import type { Method, Proven, Strength } from '../../../core/evidence.ts';
import type { Caller } from '../../../core/identity.ts';
import type { Way } from '../../../core/policy/schema-attestation.ts';
import { scope } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { attest } from '../../../core/use-cases/attest.ts';
import { issueChallenge } from '../../../core/use-cases/issue-challenge.ts';
import { invoicePolicy, morning } from '../invoices.ts';
import { entryRole } from './attesting.ts';
import { caller, entered, issuer, provingWorld, requestWith, role, spiffeId } from './proving.ts';
import { refusalOf, thrownRefusal } from './world.ts';

const jkt = 'thumbprint-1';
const grantRole = 'arn:aws:iam::111122223333:role/mayfly-eu-central-1-invoice-processor-0';

async function attestedBy(
  by: Caller,
  ways: Way[],
  methods: readonly Method[],
  changed: Partial<Record<Method, Partial<Proven>>> = {},
) {
  const proving = provingWorld(ways, changed);
  await proving.world.nonces.put('nonce-1', by.userId, after(morning, 60));
  const act = () => attest(proving.world, by, requestWith('nonce-1', methods), jkt, morning);
  /** Whether the nonce is there still. */
  const unused = () => proving.world.nonces.consume('nonce-1', by.userId, morning);
  return { ...proving, act, unused };
}

describe('evidence', () => {
  it('of a method that the policy does not ask for is refused before any is verified', async () => {
    const { act, asked, unused } = await attestedBy(
      caller,
      [{ aws_iam: { role } }],
      ['aws_iam', 'aws_nitro'],
    );
    expect(await refusalOf(act())).toMatchObject({
      code: 'invalid_evidence',
      evidence: { path: 'evidence[1].method', fault: 'not_configured' },
    });
    expect(asked).toEqual([]);
    expect(await unused()).toBe(true);
  });

  it('of a method that only another agent type asks for is refused, too', async () => {
    const { world } = provingWorld([{ aws_iam: { role } }]);
    const other = invoicePolicy({
      agent_type: 'payer',
      attestation: { any_of: [{ oidc: { issuer, subject: 'me' } }] },
    });
    const policies = [...world.policies, other];
    const request = requestWith('nonce-1', ['oidc']);
    expect(await refusalOf(attest({ ...world, policies }, caller, request, jkt, morning))).toMatchObject({
      evidence: { fault: 'not_configured' },
    });
  });

  it.each([
    ['a grant role of this deployment', 'aws_presigned', grantRole],
    [
      'a grant role by its path',
      'aws_presigned',
      'arn:aws:iam::111122223333:role/mayfly/other/grant/other-eu-1-x-0',
    ],
    ['the entry role', 'aws_presigned', entered.role],
    ['the entry role by its path', 'aws_web_identity', entryRole],
  ] as const)('of %s is refused, though a policy should name it', async (_, method, own) => {
    const terms = { role: own };
    const ways = [{ aws_iam: { role } }, { [method]: terms }];
    const { act, unused } = await attestedBy(caller, ways, [method], { [method]: { role: own } });
    expect(await refusalOf(act())).toMatchObject({
      code: 'invalid_evidence',
      evidence: { path: 'evidence[0]', fault: 'principal' },
    });
    expect(await unused()).toBe(true);
  });

  it('that is sound, but not what the policy asks for, is denied and burns no nonce', async () => {
    const { act, unused } = await attestedBy(caller, [{ aws_iam: { role } }], ['aws_iam'], {
      aws_iam: { role: `${role}2` },
    });
    expect(await refusalOf(act())).toMatchObject({ code: 'access_denied', evidence: { path: 'evidence' } });
    expect(await unused()).toBe(true);
  });

  it('without a binding is told to verifiers only where a way takes it', async () => {
    const { act, asked } = await attestedBy(
      entered,
      [
        { oidc: { issuer, subject: 'me', plain_audience: 'us' }, spiffe_jwt: { id: spiffeId } },
        { oidc: { issuer, subject: 'you', plain_audience: 'them' } },
      ],
      ['oidc', 'spiffe_jwt'],
    );
    await act();
    expect(asked.map(({ bound }) => bound.plainAudiences)).toEqual([['us', 'them'], []]);
    expect(asked.map(({ place }) => place)).toEqual([0, 1]);
  });
});

describe('the minimum of a policy', () => {
  const ways = [{ aws_iam: { role } }, { aws_iam: { role }, aws_nitro: { pcrs: { '0': 'a'.repeat(96) } } }];
  const asking = (minimum: Strength) => [invoicePolicy({ attestation: { any_of: ways, minimum } })];

  it.each<[Strength, Method[], boolean]>([
    ['instance', ['aws_iam'], true],
    ['principal', ['aws_iam'], true],
    ['workload', ['aws_iam'], false],
    ['measured', ['aws_iam'], false],
    ['measured', ['aws_iam', 'aws_nitro'], true],
  ])('of %s with %j: %s', async (minimum, methods, enough) => {
    const { world, signed } = provingWorld(ways);
    await world.nonces.put('nonce-1', caller.userId, after(morning, 60));
    const attesting = attest(
      { ...world, policies: asking(minimum) },
      caller,
      requestWith('nonce-1', methods),
      jkt,
      morning,
    );
    if (enough) await attesting;
    else
      expect(await refusalOf(attesting)).toMatchObject({
        code: 'access_denied',
        evidence: { path: 'evidence' },
      });
    expect(signed).toHaveLength(enough ? 1 : 0);
    expect(await world.nonces.consume('nonce-1', caller.userId, morning)).toBe(!enough);
  });

  it('that was raised since ends what an attested agent may do', async () => {
    const { act } = await attestedBy(caller, ways, ['aws_iam']);
    const { result } = await act();
    expect(policyOf(asking('principal'), result, caller).agent_type).toBe('invoice_processor');
    const refusal = thrownRefusal(() => policyOf(asking('measured'), result, caller));
    expect(refusal).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining('attest again'),
    });
  });
});

describe('who is kept out', () => {
  const tokens = [{ oidc: { issuer, subject: 'me' } }];
  const svids = [{ spiffe_jwt: { id: spiffeId } }];
  const presigned = [{ aws_presigned: { role } }];

  it.each<[string, string, Caller, Way[], Method[]]>([
    ['a role', 'AROAAGENTONE', caller, [{ aws_iam: { role } }], ['aws_iam']],
    ['a SPIFFE id', spiffeId, entered, svids, ['spiffe_jwt']],
    ['an issuer’s subject', `${issuer}#me`, entered, tokens, ['oidc']],
    ['a role elsewhere', 'AROAPRESIGNED', entered, presigned, ['aws_presigned']],
  ])('as %s gets no result, and another one does', async (_, principal, by, ways, methods) => {
    const kept = { at: morning, by: 'ops', reason: 'test' };
    const { act, controls, unused, world } = await attestedBy(by, ways, methods);
    await controls.quarantine(scope.principal(principal), kept);
    expect((await refusalOf(act())).code).toBe('quarantined');
    expect(await unused()).toBe(true);
    expect(world.agents.known.size).toBe(0);
    const free = await attestedBy(by, ways, methods);
    await free.controls.quarantine(scope.principal(`${principal}2`), kept);
    expect((await free.act()).result.principal).toBe(principal);
  });

  it.each([
    ['the key', scope.key(jkt)],
    ['the type', scope.type('invoice_processor')],
    ['everybody', scope.everybody],
  ])('as %s gets no result', async (_, kept) => {
    const { act, controls } = await attestedBy(entered, tokens, ['oidc']);
    await controls.quarantine(kept, { at: morning, by: 'ops', reason: 'test' });
    expect((await refusalOf(act())).code).toBe('quarantined');
  });
});

describe('the entry role', () => {
  const byToken = { oidc: { issuer, subject: 'me' } };
  const challenge = (ways: Way[], by: Caller, changed: { entryRole?: string } = {}) => {
    const { world } = provingWorld(ways);
    return issueChallenge({ ...world, ...changed, randomNonce: () => 'nonce-1' }, by, morning);
  };

  it('gets challenges where a way needs no role of its own, and the agent is who its token says', async () => {
    expect((await challenge([byToken], entered)).nonce).toBe('nonce-1');
    const { act } = await attestedBy(entered, [byToken], ['oidc']);
    expect((await act()).result).toMatchObject({ principal: `${issuer}#me`, role_id: 'AROAENTRY' });
  });

  it.each<[string, Way[], { entryRole?: string }]>([
    [
      'every way needs the caller’s own role',
      [{ aws_iam: { role } }, { ...byToken, aws_web_identity: { role } }],
      {},
    ],
    ['the deployment has none', [byToken], { entryRole: 'none' }],
    [
      'it is that of another deployment',
      [byToken],
      { entryRole: entryRole.replace('eu-central-1', 'eu-west-1') },
    ],
  ])('gets none where %s', async (_, ways, changed) => {
    expect((await refusalOf(challenge(ways, entered, changed))).code).toBe('access_denied');
  });

  it('is no way in for roles that no policy names', async () => {
    const stranger = { ...caller, role: `${role}2` };
    expect((await refusalOf(challenge([byToken], stranger))).code).toBe('access_denied');
    expect((await refusalOf(challenge([{ ...byToken, aws_iam: { role } }], stranger))).code).toBe(
      'access_denied',
    );
  });

  it('comes to the types whose ways need no role of its own, and to no other', () => {
    const policies = [
      invoicePolicy({ agent_type: 'by_token', attestation: { any_of: [byToken] } }),
      invoicePolicy({ agent_type: 'by_role', attestation: { any_of: [{ aws_iam: { role } }] } }),
    ];
    const types = (by: Caller) =>
      policiesFor({ policies, entryRole }, by).map(({ agent_type }) => agent_type);
    expect(types(entered)).toEqual(['by_token']);
    expect(types(caller)).toEqual(['by_role']);
  });
});
