import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { LocalBroker } from '../../local/start.ts';
import { invoiceTask, newAgent, startBroker } from '../broker.ts';
import { functionsOf, type Held, heldByFunctions, synthesized } from './held-permissions.ts';
import { concrete, covers, type Deed, deeds, nearMisses } from './nothing-more-actions.ts';

const model = synthesized();
const held = heldByFunctions(model);
const functions = functionsOf(model).map(({ short, role }) => {
  const own = held.filter(({ holder }) => holder === short);
  const all = [...deeds(model), ...nearMisses(own, model)];
  const others = all.filter((deed) => !own.some((permission) => covers(permission, deed)));
  return { short, role, own, others, count: new Set(others.map((deed) => JSON.stringify(deed))).size };
});

let broker: LocalBroker;
beforeAll(async () => {
  broker = await startBroker();
  console.log(functions.map(({ short, count }) => `${short}: ${count} deeds refused`).join(', '));
});
afterAll(() => broker.stop());

/** What is wrong with how a deed is refused: nothing, when the role itself does not allow it. */
async function fault(role: string, deed: Deed): Promise<string[]> {
  const { allowed, why } = await broker.mayDo({ role }, deed);
  // A refusal that only a resource's policy makes would leave the role free to do it to another resource. The
  // API's own Deny is named before the role's silence.
  const byRole = why.startsWith('because no identity-based policy allows ');
  const byApi = deed.action === 'execute-api:Invoke' && why.startsWith('with an explicit deny in ');
  return !allowed && (byRole || byApi) ? [] : [`${deed.action} on ${deed.resource}: ${why}`];
}

describe('a function', () => {
  test('of each kind is in the template', () => expect(functions.length).toBeGreaterThan(0));

  test.each(functions)('$short may do none of $count other things', async ({ role, others, count }) => {
    expect(count).toBeGreaterThanOrEqual(30);
    const faults = await Promise.all(others.map((deed) => fault(role, deed)));
    expect(faults.flat()).toEqual([]);
  });

  test.each(functions)('$short may do what the template grants, asked the same way', async ({
    role,
    own,
  }) => {
    expect(own.length).toBeGreaterThan(0);
    for (const permission of own) {
      const question = { ...concrete(permission, model), context: leaseContext(permission) };
      expect(await broker.mayDo({ role }, question), permission.action).toEqual({
        allowed: true,
        why: 'allowed',
      });
    }
  });
});

/** What a trust policy asks of whoever assumes a grant role. */
function leaseContext({ action }: Held): Record<string, string> {
  return action.startsWith('sts:') ? { 'sts:SourceIdentity': 'L-AAAAAAAAAAAAAAAA' } : {};
}

describe('the credentials of a lease', () => {
  test('may do none of this but read their own invoice', async () => {
    const { credentials } = await (await newAgent(broker)).lease(invoiceTask());
    const who = { accessKeyId: awsCredentialsOf({ credentials }).access_key_id };
    const all = deeds(model);
    const verdicts = await Promise.all(all.map((deed) => broker.mayDo(who, deed)));
    const allowed = all.filter((_, i) => verdicts[i]?.allowed);
    expect(allowed.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      's3:GetObject arn:aws:s3:::acme-invoices/acme/4711.json',
    ]);
  });
});

describe('a question without sense is no refusal', () => {
  test.each([
    [
      'an action that does not exist',
      'dynamodb:PutItems',
      'arn:aws:dynamodb:eu-central-1:111122223333:table/x',
    ],
    ['a service that does not exist', 'dynamo:PutItem', 'arn:aws:dynamodb:eu-central-1:111122223333:table/x'],
    ['a resource that the action cannot have', 'kms:Sign', 'arn:aws:s3:::acme-invoices'],
    [
      'a resource for an action without',
      'dynamodb:ListTables',
      'arn:aws:dynamodb:eu-central-1:111122223333:table/x',
    ],
  ])('%s', async (_, action, resource) => {
    const [{ role } = { role: '' }] = functions;
    await expect(broker.mayDo({ role }, { action, resource })).rejects.toThrow(action);
  });
});
