import { describe, expect, it } from 'vitest';
import type { Method } from '../../../core/evidence.ts';
import { after } from '../../../core/time.ts';
import { type AttestingWorld, attest } from '../../../core/use-cases/attest.ts';
import { morning } from '../invoices.ts';
import { caller, issuer, provingWorld, requestWith, role } from './proving.ts';
import { refusalOf } from './world.ts';

const way = { aws_iam: { role }, oidc: { issuer, subject: 'me', plain_audience: 'us' } };
const methods: Method[] = ['oidc', 'aws_iam'];
const plain = { plainAudience: 'us', reusable: { id: `${issuer} jti-1`, until: after(morning, 600) } };
const jkt = 'thumbprint-1';
/** What attesting does to the world, in this order. */
const steps = ['verify', 'verify', 'controls', 'consume', 'bind', 'attested', 'sign'];
const firstWrite = steps.indexOf('consume');

/** A world that notes every step, and in which the process dies at one of them: before or after it has its effect. */
function steppedWorld(dies: { readonly at: number; readonly when: 'before' | 'after' } | undefined) {
  const proving = provingWorld([way], { oidc: plain });
  const trail: string[] = [];
  const step =
    <Args extends unknown[], Result>(name: string, act: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const dead = dies?.at === trail.push(name) - 1;
      if (dead && dies.when === 'before') throw new Error('the process died');
      const result = await act(...args);
      if (dead) throw new Error('the process died');
      return result;
    };
  const { world } = proving;
  const stepped: AttestingWorld = {
    ...world,
    verify: step('verify', world.verify),
    controlsOf: step('controls', world.controlsOf),
    nonces: { ...world.nonces, consume: step('consume', world.nonces.consume) },
    firstUses: { bind: step('bind', world.firstUses.bind) },
    agents: { attested: step('attested', world.agents.attested) },
    signer: { sign: step('sign', world.signer.sign) },
  };
  return { ...proving, stepped, trail };
}

async function withNonces(world: AttestingWorld, ...nonces: readonly string[]) {
  for (const nonce of nonces) await world.nonces.put(nonce, caller.userId, after(morning, 60));
}

describe('attesting', () => {
  it('writes nothing before all is known, then the nonce first, and signs last', async () => {
    const { stepped, trail } = steppedWorld(undefined);
    await withNonces(stepped, 'nonce-1');
    await attest(stepped, caller, requestWith('nonce-1', methods), jkt, morning);
    expect(trail).toEqual(steps);
  });

  it('consumes the nonce once, though many pieces came with it', async () => {
    const { stepped, trail } = steppedWorld(undefined);
    await withNonces(stepped, 'nonce-1');
    await attest(stepped, caller, requestWith('nonce-1', methods), jkt, morning);
    expect(trail.filter((name) => name === 'consume')).toHaveLength(1);
    const again = attest(stepped, caller, requestWith('nonce-1', methods), jkt, morning);
    expect((await refusalOf(again)).code).toBe('invalid_nonce');
    expect(trail.filter((name) => name === 'bind')).toHaveLength(1);
  });

  const crashes = steps.flatMap((name, at) =>
    (['before', 'after'] as const).map((when) => ({ name, at, when })),
  );

  it.each(crashes)('that dies $when step $at, $name, leaves no more than a used nonce', async ({
    at,
    when,
  }) => {
    const { world, stepped, trail, signed } = steppedWorld({ at, when });
    await withNonces(world, 'nonce-1', 'nonce-2');
    await expect(attest(stepped, caller, requestWith('nonce-1', methods), jkt, morning)).rejects.toThrow();
    expect(trail).toEqual(steps.slice(0, at + 1));
    expect(signed).toHaveLength(at === steps.length - 1 && when === 'after' ? 1 : 0);
    const used = at > firstWrite || (at === firstWrite && when === 'after');
    const same = await attest(world, caller, requestWith('nonce-1', methods), jkt, morning).catch(
      (error: unknown) => error,
    );
    expect(same).toMatchObject(used ? { code: 'invalid_nonce' } : { token: expect.any(String) });
    // The same token again, and the same agent, by a new nonce.
    const { result } = await attest(world, caller, requestWith('nonce-2', methods), jkt, morning);
    expect(result).toMatchObject({ principal: 'AROAAGENTONE', strength: 'workload' });
  });

  it('tries every step', () => {
    expect(crashes).toHaveLength(2 * steps.length);
  });

  it('takes a token without a nonce from the key that used it first, and from no other', async () => {
    const { world, signed } = provingWorld([way], { oidc: plain });
    await withNonces(world, 'nonce-1', 'nonce-2', 'nonce-3');
    await attest(world, caller, requestWith('nonce-1', methods), jkt, morning);
    const stolen = attest(world, caller, requestWith('nonce-2', methods, 'stolen'), 'stolen', morning);
    expect(await refusalOf(stolen)).toMatchObject({
      code: 'invalid_evidence',
      evidence: { path: 'evidence[0].token', fault: 'replayed' },
    });
    await attest(world, caller, requestWith('nonce-3', methods), jkt, morning);
    expect(signed).toHaveLength(2);
    expect(world.agents.known.size).toBe(1);
  });

  it('binds no token that was not counted', async () => {
    const ways = [{ oidc: { issuer, plain_audience: 'them', subject: 'me' } }, { aws_iam: { role } }];
    const { world } = provingWorld(ways, { oidc: plain });
    await withNonces(world, 'nonce-1', 'nonce-2');
    const { result } = await attest(world, caller, requestWith('nonce-1', methods), jkt, morning);
    expect(result).toMatchObject({ methods: ['aws_iam'], strength: 'principal' });
    expect(result.facts).not.toHaveProperty('oidc_issuer');
    await attest(world, caller, requestWith('nonce-2', methods, 'other'), 'other', morning);
  });

  it('refuses an agent that proved more before, and changes nothing of what is known of it', async () => {
    const ways = [
      { aws_iam: { role } },
      { aws_iam: { role }, spiffe_x509: { id: 'spiffe://acme.example/agent' } },
    ];
    const { world, signed } = provingWorld(ways);
    await withNonces(world, 'nonce-1', 'nonce-2');
    await attest(world, caller, requestWith('nonce-1', ['aws_iam', 'spiffe_x509']), jkt, morning);
    const known = [...world.agents.known.values()];
    const weaker = attest(world, caller, requestWith('nonce-2', ['aws_iam']), jkt, morning);
    expect(await refusalOf(weaker)).toMatchObject({ code: 'access_denied' });
    expect([...world.agents.known.values()]).toEqual(known);
    expect(signed).toHaveLength(1);
  });
});
