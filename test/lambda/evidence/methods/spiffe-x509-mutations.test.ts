import { expect, it } from 'vitest';
import { type Bound, EvidenceFault, type Proven } from '../../../../core/evidence.ts';
import { evidenceBinding } from '../../../../core/identity.ts';
import { epochSeconds } from '../../../../core/time.ts';
import { spiffeX509 } from '../../../../lambda/evidence/methods/spiffe-x509.ts';
import { mutationCount, mutationsOf } from '../../../evidence/mutated.ts';
import { bundle, chainOf, madeAt, svidEvidence, trustDomain } from '../../../evidence/svid.ts';

const seed = 20_261_125;
/** Milliseconds; far more than all mutations take. */
const timeout = 900_000;

const binding = evidenceBinding('nonce', 'thumbprint');
const bound: Bound = { binding, caller: { role: '', roleId: '', userId: '' }, now: epochSeconds(madeAt) };
const verify = spiffeX509(async (domain) => (domain === trustDomain ? bundle : undefined));
const evidence = svidEvidence(Buffer.from(binding));
const [leaf = Buffer.alloc(0), middle = Buffer.alloc(0)] = chainOf();

async function outcome(chain: readonly Uint8Array[]): Promise<Proven | EvidenceFault> {
  try {
    return await verify(
      { ...evidence, chain: chain.map((each) => Buffer.from(each).toString('base64')) },
      bound,
    );
  } catch (fault) {
    if (fault instanceof EvidenceFault) return fault;
    throw fault;
  }
}

it(`SVIDs, mutated (seed ${seed}), prove what the true one proves or nothing, ${mutationCount} times`, {
  timeout,
}, async () => {
  const expected = await outcome([leaf, middle]);
  expect(expected).not.toBeInstanceOf(EvidenceFault);
  const counts = { accepted: 0, refused: 0 };
  const half = mutationCount / 2;
  const chains = [
    ...[...mutationsOf(leaf, seed, half)].map((each) => [each, middle]),
    ...[...mutationsOf(middle, seed, half)].map((each) => [leaf, each]),
  ];
  for (const chain of chains) {
    const result = await outcome(chain);
    if (!(result instanceof EvidenceFault)) expect(result).toEqual(expected);
    counts[result instanceof EvidenceFault ? 'refused' : 'accepted'] += 1;
  }
  expect(counts.accepted + counts.refused).toBe(mutationCount);
  expect(counts.refused).toBeGreaterThan(mutationCount * 0.9);
});
