import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { LeaseRequestInput } from '../../core/protocol/requests.ts';
import type { LocalBroker } from '../../local/start.ts';
import {
  build,
  buildsKey,
  invoiceTask,
  newAgent,
  reading,
  releaseTask,
  s3With,
  startBroker,
} from '../broker.ts';
import { anyInvoice, fileInvoices, payingLease, payingTask } from '../paying.ts';
import { grantingTask } from './granting-broker.ts';
import { type Held, heldByGrantRoles, synthesized } from './held-permissions.ts';
import { firstRefused, named, withheld } from './withheld.ts';

/**
 * A task of each agent type that names its whole ceiling, one resource for each of its permissions, and the
 * condition keys that a service would set where one calls another on the agent's behalf.
 */
type WholeCeiling = {
  readonly task: LeaseRequestInput['task'];
  readonly uses: Readonly<Record<string, readonly string[]>>;
  readonly context?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
const oneInvoice: WholeCeiling = {
  task: invoiceTask(),
  uses: { 's3:GetObject': ['arn:aws:s3:::acme-invoices/acme/4711.json'] },
};
const invoiceAndResult: WholeCeiling = {
  task: { ...invoiceTask(), capabilities: ['read_invoice', 'file_result'] },
  uses: { ...oneInvoice.uses, 's3:PutObject': ['arn:aws:s3:::acme-invoices/acme/4711.result.json'] },
};
/** Another invoice each time, as each gets only so many leases. */
function onePayment(invoice = anyInvoice()): WholeCeiling {
  return {
    task: payingTask(invoice, ['read_invoice', 'file_result']),
    uses: {
      's3:GetObject': [`arn:aws:s3:::acme-invoices/acme/${invoice}.json`],
      's3:PutObject': [`arn:aws:s3:::acme-invoices/acme/results/${invoice}.json`],
    },
  };
}
const repository = 'arn:aws:ecr:eu-central-1:111122223333:repository/payments';
const oneRelease: WholeCeiling = {
  task: releaseTask(),
  uses: {
    's3:GetObject': [`arn:aws:s3:::acme-builds/payments/${build}.tar`],
    'kms:Decrypt': [buildsKey],
    'ecr:GetAuthorizationToken': ['*'],
    'ecr:BatchCheckLayerAvailability': [repository],
    'ecr:InitiateLayerUpload': [repository],
    'ecr:UploadLayerPart': [repository],
    'ecr:CompleteLayerUpload': [repository],
    'ecr:PutImage': [repository],
    'codepipeline:StartPipelineExecution': ['arn:aws:codepipeline:eu-central-1:111122223333:payments'],
  },
  context: {
    'kms:Decrypt': {
      'kms:ViaService': 's3.eu-central-1.amazonaws.com',
      'kms:EncryptionContext:aws:s3:arn': `arn:aws:s3:::acme-builds/payments/${build}.tar`,
    },
  },
};
const ceilings: Readonly<Record<string, () => WholeCeiling>> = {
  invoice_processor: () => invoiceAndResult,
  beating_processor: () => oneInvoice,
  granting_processor: () => ({ ...oneInvoice, task: grantingTask(['read_invoice']) }),
  quick_processor: () => oneInvoice,
  long_processor: () => oneInvoice,
  paying_processor: () => onePayment(),
  release_agent: () => oneRelease,
};

const model = synthesized();
const held = heldByGrantRoles(model);
const narrows = ({ action }: Held) => action === 'sts:GetScopedCredentials';
const cases = (permissions: Held[]) => permissions.map((each) => [named(each), each] as const);
const trust = held.filter(({ part }) => part === 'trust');
const narrowing = held.filter((each) => each.part !== 'trust' && narrows(each));
const ceiling = held.filter((each) => each.part !== 'trust' && !narrows(each));

const reported: string[] = [];
let broker: LocalBroker;
beforeAll(async () => {
  broker = await startBroker({ report: (line) => reported.push(line) });
  await fileInvoices(broker);
});
afterAll(() => broker.stop());

function ceilingOf({ holder }: Held): WholeCeiling {
  const found = ceilings[holder];
  if (!found) throw new Error(`no task names the ceiling of ${holder}`);
  return found();
}

async function leaseOf(permission: Held, { task } = ceilingOf(permission)) {
  const agent = await newAgent(broker, permission.holder);
  const isForSomebody = permission.holder === 'paying_processor';
  const { lease, credentials } = await (isForSomebody ? payingLease(broker, task, agent) : agent.lease(task));
  return { lease, keys: awsCredentialsOf({ credentials }) };
}

/** The resource that a row gives for a permission; the `*` of a ceiling stands where a parameter stood. */
function resourceOf({ holder, action, resource = '' }: Held, { uses }: WholeCeiling): string {
  const pattern = new RegExp(`^${resource.split('*').map(literal).join('.*')}$`);
  const found = uses[action]?.find((arn) => pattern.test(arn));
  if (found === undefined) throw new Error(`${holder} has no row for ${action} on ${resource}`);
  return found;
}

function literal(text: string): string {
  return text.replace(/[.+^${}()|[\]\\?]/g, '\\$&');
}

test('every agent type has grant roles whose trust, ceiling, boundary and narrowing are each needed', () => {
  const types = Object.keys(ceilings).sort();
  for (const part of [trust, narrowing, ceiling])
    expect([...new Set(part.map(({ holder }) => holder))].sort()).toEqual(types);
});

describe('a lease of grant roles', () => {
  test.each(cases(trust))('%s is refused exactly that', async (_, permission) => {
    const issuance =
      model.functions.find(({ logicalId }) => logicalId.startsWith('Issuance'))?.roleName ?? '';
    const ask = () => leaseOf(permission);
    await ask();
    expect(await withheld(broker, permission, () => firstRefused(broker, [issuance], ask))).toBe(
      permission.action,
    );
    expect(reported.at(-1)).toContain(`${issuance} may not perform ${permission.action} on `);
  });

  test.each(cases(narrowing))('%s is refused exactly that', async (_, permission) => {
    const ask = () => leaseOf(permission);
    await ask();
    expect(await withheld(broker, permission, () => firstRefused(broker, permission.roles, ask))).toBe(
      permission.action,
    );
  });
});

/** A key's policy leaves the decision to the account, so it is the first to say nothing when the boundary does. */
function silentBoundaryOf({ action }: Held): string {
  return action.startsWith('kms:') ? 'resource-based policy' : 'permissions boundary';
}

describe('credentials of a lease', () => {
  test.each(cases(ceiling))('of %s are refused exactly that', async (_, permission) => {
    const whole = ceilingOf(permission);
    const { keys } = await leaseOf(permission, whole);
    const context = whole.context?.[permission.action] ?? {};
    const use = { action: permission.action, resource: resourceOf(permission, whole), context };
    const ask = () => broker.mayDo({ accessKeyId: keys.access_key_id }, use);
    expect(await ask()).toEqual({ allowed: true, why: 'allowed' });
    const { allowed, why } = await withheld(broker, permission, ask);
    const silent = permission.part === 'boundary' ? silentBoundaryOf(permission) : 'identity-based policy';
    expect({ allowed, why }).toEqual({
      allowed: false,
      why: `because no ${silent} allows the ${permission.action} action`,
    });
  });

  test('without s3:GetObject are made, and whoever reads is refused; that is not the broker’s to report', async () => {
    const reads = ceiling.filter(
      ({ holder, action, part }) =>
        [holder, action, part].join() === 'invoice_processor,s3:GetObject,permissions',
    );
    const [permission] = reads;
    if (!permission || reads.length > 1) throw new Error('invoice_processor reads one thing');
    reported.length = 0;
    await withheld(broker, permission, async () => {
      const { keys } = await leaseOf(permission);
      const read = () => reading(s3With(broker, keys), 'acme/4711.json');
      expect(await read()).toBe('AccessDenied');
      expect(await firstRefused(broker, permission.roles, read)).toBe('s3:GetObject');
    });
    expect(reported).toEqual([]);
  });
});
