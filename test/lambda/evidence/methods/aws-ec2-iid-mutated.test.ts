import { describe, expect, it } from 'vitest';
import { EvidenceFault } from '../../../../core/evidence.ts';
import { fromIso } from '../../../../core/time.ts';
import { awsEc2Iid } from '../../../../lambda/evidence/methods/aws-ec2-iid.ts';
import { pkcs7, signatory, trueDocument } from '../../../evidence/instance-identity.ts';
import { mutationCount as count, mutationsOf } from '../../../evidence/mutated.ts';

const seed = 20_261_124;

const aws = signatory(1);
const verify = awsEc2Iid(new Map([['eu-central-1', aws.pem]]));
const bound = {
  binding: 'A'.repeat(43),
  caller: { role: 'arn:aws:iam::111122223333:role/agent', roleId: 'AROAAGENT', userId: 'AROAAGENT:s' },
  now: fromIso('2026-11-24T18:00:00Z'),
};
const answer = (bytes: Uint8Array) =>
  verify({ method: 'aws_ec2_iid', pkcs7: Buffer.from(bytes).toString('base64') }, bound);

describe(`${count} accidents of a true document, seed ${seed}`, () => {
  it('end in a refusal, or prove what the true one does', { timeout: 600_000 }, async () => {
    const original = pkcs7(Buffer.from(JSON.stringify(trueDocument)), aws);
    const proven = await answer(original);
    const seen: Record<string, number> = {};
    for (const bytes of mutationsOf(original, seed, count)) {
      const outcome = await answer(bytes).catch((error: unknown) => error);
      if (outcome instanceof EvidenceFault) seen[outcome.fault] = (seen[outcome.fault] ?? 0) + 1;
      else {
        expect(outcome).toEqual(proven);
        seen['accepted'] = (seen['accepted'] ?? 0) + 1;
      }
    }
    // Some get as far as the signature, some only change what nobody looks at.
    expect(Object.keys(seen).sort()).toEqual(expect.arrayContaining(['accepted', 'malformed', 'signature']));
    if (process.env['MAYFLY_FUZZ'] !== undefined) console.info(seen);
  });
});
