import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceFault, TrustUnavailable } from '../../../../core/evidence.ts';
import { evidence as schema } from '../../../../core/protocol/evidence.ts';
import { awsPresigned } from '../../../../lambda/evidence/methods/aws-presigned.ts';
import { mutationCount, mutationsOf } from '../../../evidence/mutated.ts';
import { trueBinding, truePresigned } from '../../../evidence/presigned.ts';
import { addRole, credentialsOf, newAccount } from '../../../local/account.ts';

const seed = 20_261_127;
const timeout = 900_000;

const account = await newAccount();
afterAll(() => account.stop());
addRole(account, 'invoice-agent');
const keys = credentialsOf(account.iam.openServiceSession('invoice-agent', 'run-7', 900));
const { region, endpoint } = account;
const now = account.clock.now();
const good = await truePresigned({ region, endpoint, clock: () => now, credentials: keys });
const bound = {
  binding: trueBinding,
  caller: { role: 'arn:aws:iam::999988887777:role/entry', roleId: 'AROAENTRY', userId: 'AROAENTRY:x' },
  now,
};
const proven = await awsPresigned({ regions: [region], endpoint })(good, bound);

/** What a body leads to: the shape on the wire refuses first, then the verifier, then STS itself. */
async function outcome(bytes: Uint8Array): Promise<unknown> {
  const parsed = schema.safeParse(jsonOf(bytes));
  if (!parsed.success || parsed.data.method !== 'aws_presigned') return 'shape';
  return awsPresigned({ regions: [region], endpoint })(parsed.data, bound).catch((error: unknown) => error);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

describe(`a presigned request, mutated ${mutationCount} times (seed ${seed})`, () => {
  it('proves what the true one proves or nothing', { timeout }, async () => {
    const seen: Record<string, number> = {};
    for (const bytes of mutationsOf(Buffer.from(JSON.stringify(good)), seed, mutationCount)) {
      const result = await outcome(bytes);
      const name = result instanceof EvidenceFault ? result.fault : result === 'shape' ? 'shape' : 'accepted';
      if (name === 'accepted') expect(result).toEqual(proven);
      seen[name] = (seen[name] ?? 0) + 1;
    }
    expect(Object.keys(seen)).toEqual(expect.arrayContaining(['shape', 'rejected']));
    if (process.env['MAYFLY_FUZZ'] !== undefined) console.info(seen);
  });

  it('is believed by what STS answers, mutated as well, or by nothing', { timeout }, async () => {
    const identity = {
      Account: '111122223333',
      Arn: 'arn:aws:sts::111122223333:assumed-role/invoice-agent/run-7',
      UserId: `${proven.principal}:run-7`,
    };
    const metadata = { RequestId: 'b2e3f495-38e9-4cd0-9619-f2442b5079a9' };
    const answer = {
      GetCallerIdentityResponse: { GetCallerIdentityResult: identity, ResponseMetadata: metadata },
    };
    const seen = { believed: 0, same: 0, refused: 0 };
    for (const bytes of mutationsOf(Buffer.from(JSON.stringify(answer)), seed, mutationCount)) {
      const verify = awsPresigned({
        regions: [region],
        endpoint,
        fetch: async () => new Response(Buffer.from(bytes)),
      });
      const result = await verify(good, bound).catch((error: unknown) => error);
      if (result instanceof EvidenceFault || result instanceof TrustUnavailable) seen.refused += 1;
      else {
        // STS's own word, changed: whatever is believed is one role session of one account, each part in its form.
        expect(result).toMatchObject({
          principal: expect.stringMatching(/^AROA[A-Z0-9]{12,124}$/),
          role: expect.stringMatching(/^arn:aws:iam::\d{12}:role\/[\w+=,.@-]{1,64}$/),
        });
        seen[JSON.stringify(result) === JSON.stringify(proven) ? 'same' : 'believed'] += 1;
      }
    }
    expect(seen.same).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(mutationCount / 2);
    if (process.env['MAYFLY_FUZZ'] !== undefined) console.info(seen);
  });
});
