import { describe, expect, it } from 'vitest';
import { type Bound, EvidenceFault, type Proven } from '../../../../core/evidence.ts';
import { evidenceBinding } from '../../../../core/identity.ts';
import { epochSeconds } from '../../../../core/time.ts';
import { awsNitro } from '../../../../lambda/evidence/methods/aws-nitro.ts';
import { readEnvelope } from '../../../../lambda/evidence/nitro/document.ts';
import { type Payload, readPayload } from '../../../../lambda/evidence/nitro/payload.ts';
import { mutationCount, mutationsOf } from '../../../evidence/mutated.ts';
import { madeAt, madeRoot, nitroDocument } from '../../../evidence/nitro-document.ts';

const seed = 20_261_124;
/** Milliseconds; far more than all mutations take. */
const timeout = 900_000;

const binding = evidenceBinding('nonce', 'thumbprint');
const sound = Buffer.from(nitroDocument(Buffer.from(binding)), 'base64');
const bound: Bound = { binding, caller: { role: '', roleId: '', userId: '' }, now: epochSeconds(madeAt) };
const verify = awsNitro([madeRoot]);

/** What a mutation led to; whatever is thrown but a refusal is thrown on. */
async function outcome(bytes: Buffer): Promise<Proven | EvidenceFault> {
  try {
    return await verify({ method: 'aws_nitro', document: bytes.toString('base64') }, bound);
  } catch (fault) {
    if (fault instanceof EvidenceFault) return fault;
    throw fault;
  }
}

function payloadOrFault(bytes: Buffer): Payload | EvidenceFault {
  try {
    return readPayload(bytes);
  } catch (fault) {
    if (fault instanceof EvidenceFault) return fault;
    throw fault;
  }
}

describe(`Nitro documents, mutated (seed ${seed})`, () => {
  it(`prove what the true one proves or nothing, ${mutationCount} times`, { timeout }, async () => {
    const expected = await outcome(sound);
    expect(expected).not.toBeInstanceOf(EvidenceFault);
    const counts = { accepted: 0, refused: 0 };
    for (const bytes of mutationsOf(sound, seed, mutationCount)) {
      const result = await outcome(bytes);
      if (!(result instanceof EvidenceFault)) expect(result).toEqual(expected);
      counts[result instanceof EvidenceFault ? 'refused' : 'accepted'] += 1;
    }
    expect(counts.accepted + counts.refused).toBe(mutationCount);
    expect(counts.refused).toBeGreaterThan(mutationCount * 0.9);
  });

  it(`are read or refused where the signature would hold, ${mutationCount} times`, { timeout }, () => {
    const { payload } = readEnvelope(sound);
    let read = 0;
    for (const bytes of mutationsOf(payload, seed, mutationCount)) {
      const result = payloadOrFault(bytes);
      if (result instanceof EvidenceFault) continue;
      expect(result.pcrs.size).toBeGreaterThan(0);
      read += 1;
    }
    expect(read).toBeGreaterThan(mutationCount * 0.05);
  });
});
