import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { IssuedLeaseResponse } from '../../client/index.ts';
import { AwsFault } from '../../local/fault.ts';
import type { LocalBroker } from '../../local/start.ts';
import { invoiceTask, newAgent, reading, s3With } from '../broker.ts';
import { operatorRole } from '../operator.ts';
import { blindRole, panicRole, shellUnder, startOperated } from './access-roles.ts';
import { atTerminal, mayfly, scripted } from './run.ts';

const type = 'invoice_processor';
const otherType = 'quick_processor';

let broker: LocalBroker;
let lambda: LambdaClient;
let invoice: IssuedLeaseResponse;
let other: IssuedLeaseResponse;
beforeAll(async () => {
  broker = await startOperated();
  const { region, endpoint } = broker;
  lambda = new LambdaClient({ region, endpoint, credentials: broker.credentialsFor(panicRole, 'test') });
  [invoice, other] = await Promise.all([leased(type), leased(otherType)]);
});
afterAll(() => broker.stop());
afterEach(async () => {
  vi.unstubAllEnvs();
  await panicking('unpanic', 'all', '--yes');
});

async function leased(agentType: string): Promise<IssuedLeaseResponse> {
  return (await newAgent(broker, agentType)).lease(invoiceTask(400));
}

const panicking = (...args: string[]) => under(panicRole, ...args);
const under = (role: string, ...args: string[]) => scripted(args, shellUnder(broker, role));
const asProcess = (...args: string[]) => mayfly(args, shellUnder(broker, panicRole));
const uses = ({ credentials }: IssuedLeaseResponse) =>
  reading(s3With(broker, awsCredentialsOf({ credentials })), 'acme/4711.json');
const bothUse = async () => [await uses(invoice), await uses(other)];
const reserved = async () => {
  const command = new GetFunctionConcurrencyCommand({ FunctionName: 'mayfly-issuance' });
  return (await lambda.send(command)).ReservedConcurrentExecutions;
};
const untouched = async () =>
  expect([...(await bothUse()), await reserved()]).toEqual(['read', 'read', undefined]);

describe('panic', () => {
  test('all: no credentials work and nothing is issued, until unpanic all; each twice is harmless', async () => {
    for (const run of [asProcess, panicking]) {
      const { code, out, err } = await run('panic', 'all', '--yes');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('Issuance is stopped');
      expect(out).toContain('a few minutes');
      expect([...(await bothUse()), await reserved()]).toEqual(['AccessDenied', 'AccessDenied', 0]);
      await expect(leased(type)).rejects.toThrow();
    }
    for (const run of [asProcess, panicking]) {
      expect(await run('unpanic', 'all', '--yes')).toMatchObject({ code: 0, err: '' });
      await untouched();
      expect((await leased(type)).lease.state).toBe('active');
    }
  });

  test('one type: its credentials do not work, those of others do, and issuance goes on', async () => {
    expect(await panicking('panic', type, '--yes')).toMatchObject({ code: 0, err: '' });
    expect([...(await bothUse()), await reserved()]).toEqual(['AccessDenied', 'read', undefined]);
    expect(await panicking('unpanic', type, '--yes')).toMatchObject({ code: 0, err: '' });
    await untouched();
  });

  test('unpanic of one type leaves issuance stopped, and says so', async () => {
    await panicking('panic', 'all', '--yes');
    const { out } = await panicking('unpanic', type, '--yes');
    expect(out).toContain('npx mayfly unpanic all');
    expect([...(await bothUse()), await reserved()]).toEqual(['read', 'AccessDenied', 0]);
  });

  test('what was revoked stays so after unpanic', async () => {
    const mine = await leased(type);
    const reason = ['--reason', 'x'];
    expect(await under(operatorRole, 'revoke', 'lease', mine.lease.id, ...reason)).toMatchObject({ code: 0 });
    await broker.settled();
    await panicking('panic', 'all', '--yes');
    await panicking('unpanic', 'all', '--yes');
    expect([await uses(mine), ...(await bothUse())]).toEqual(['AccessDenied', 'read', 'read']);
  });
});

describe('nothing happens by accident', () => {
  test('without a word it says which types there are', async () => {
    const { code, out, err } = await panicking('panic');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('panic for whom? npx mayfly panic all');
    expect(err).toMatch(new RegExp(`Agent types of mayfly in eu-central-1: .*${type}`));
    await untouched();
  });

  test('a script must say --yes', async () => {
    const { code, err } = await asProcess('panic', 'all');
    expect(code).toBe(2);
    expect(err).toContain('--yes');
    await untouched();
  });

  test('a rehearsal says every call and makes none', async () => {
    const { code, out } = await panicking('panic', 'all', '--dry-run', '--yes');
    expect(code).toBe(0);
    expect(out).toContain('Would set the reserved concurrency of mayfly-issuance to 0');
    expect(out).toContain(`Would put the policy mayfly-panic on mayfly-eu-central-1-${type}-0`);
    await untouched();
  });

  test.each([
    ['a type that is not there', ['invoice_procesor'], 2, `did you mean ${type}?`],
    ['another deployment', ['all', '--deployment', 'mayfli'], 1, 'no grant roles of mayfli in eu-central-1'],
    ['another region', ['all', '--region', 'us-east-1'], 1, 'no grant roles of mayfly in us-east-1'],
    ['what is no name of a deployment', ['all', '--deployment', '../x'], 2, 'is no name of a deployment'],
    ['two words', ['type', type], 2, 'too many words'],
  ])('%s is refused', async (_, args, code, words) => {
    const ran = await panicking('panic', '--yes', ...args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(words);
    await untouched();
  });

  test('a person at a terminal is told what will happen, and must type the word', async () => {
    for (const [name, value] of Object.entries(shellUnder(broker, panicRole))) vi.stubEnv(name, value);
    const refused = await atTerminal(['panic', type], ['yes']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('nothing was done') });
    expect(refused.asked[0]).toContain(`4 grant roles (${type} 4)`);
    await untouched();
    expect(await atTerminal(['panic', type], [type])).toMatchObject({ code: 0 });
    expect(await uses(invoice)).toBe('AccessDenied');
  });
});

describe('what fails', () => {
  /** Lets the first calls of an operation go wrong. */
  function failing(operation: string, times: number, fault: AwsFault): () => void {
    let left = times;
    return broker.intercept(async (call) => {
      if (call.operation !== operation || left === 0) return undefined;
      left--;
      throw fault;
    });
  }

  test('a role that fails is named, the others are denied, and it is exit code 1', async () => {
    const stop = failing('PutRolePolicy', 1, new AwsFault('UnmodifiableEntity', 'no', 400));
    const { code, out, err } = await panicking('panic', 'all', '--yes', '--json');
    stop();
    expect(code).toBe(1);
    const { roles, issuance } = JSON.parse(out) as {
      roles: { role: string; done: boolean }[];
      issuance: boolean;
    };
    const failed = roles.filter(({ done }) => !done);
    expect(failed).toHaveLength(1);
    expect(roles.length).toBeGreaterThan(8);
    expect(issuance).toBe(true);
    expect(err).toContain(`failed: ${failed[0]?.role}: UnmodifiableEntity`);
  });

  test('throttling passes: it is asked again more often than the SDK does by itself', async () => {
    const stop = failing('PutRolePolicy', 4, new AwsFault('Throttling', 'Rate exceeded', 400));
    expect(await panicking('panic', 'invoice_processor', '--yes')).toMatchObject({ code: 0, err: '' });
    stop();
    expect(await uses(invoice)).toBe('AccessDenied');
  });

  test('so does a change of the same role by the revoker', async () => {
    const busy = new AwsFault('ConcurrentModification', 'somebody else is changing this role', 409);
    const stop = failing('PutRolePolicy', 1, busy);
    expect(await panicking('panic', 'invoice_processor', '--yes')).toMatchObject({ code: 0, err: '' });
    stop();
    expect(await uses(invoice)).toBe('AccessDenied');
  });

  test('whoever may not is told which policy of the stack allows it', async () => {
    const { code, err } = await under(operatorRole, 'panic', type, '--yes');
    expect(code).toBe(1);
    expect(err).toContain('the grant roles cannot be listed: AccessDenied');
    expect(err).toContain('PanicAccess');
    await untouched();
  });

  test('whoever cannot list the roles still stops issuance, and is told that this was all', async () => {
    const { code, out, err } = await under(blindRole, 'panic', 'all', '--yes');
    expect(code).toBe(1);
    expect(out).toContain('Issuance is stopped');
    expect(err).toContain('only issuance can be stopped');
    expect([...(await bothUse()), await reserved()]).toEqual(['read', 'read', 0]);
  });

  test('whoever cannot list the roles starts nothing again', async () => {
    await panicking('panic', 'all', '--yes');
    const { code } = await under(blindRole, 'unpanic', 'all', '--yes');
    expect(code).toBe(1);
    expect(await reserved()).toBe(0);
  });
});

test('a profile is enough: keys, region and endpoint come from its file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-profile-'));
  const file = join(folder, 'credentials');
  const keys = broker.credentialsFor(panicRole, 'on-call');
  const profile = [
    '[panicking]',
    `region = ${broker.region}`,
    `endpoint_url = ${broker.endpoint}`,
    `aws_access_key_id = ${keys.accessKeyId}`,
    `aws_secret_access_key = ${keys.secretAccessKey}`,
    `aws_session_token = ${keys.sessionToken}`,
  ];
  await writeFile(file, profile.join('\n'), { mode: 0o600 });
  const env = { AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: file };
  const ran = await mayfly(['panic', 'all', '--yes', '--profile', 'panicking'], env);
  await rm(folder, { recursive: true });
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(await bothUse()).toEqual(['AccessDenied', 'AccessDenied']);
});

test('panic works with the broker stopped', async () => {
  await broker.stopBroker();
  expect(await bothUse()).toEqual(['read', 'read']);
  expect(await asProcess('panic', 'all', '--yes')).toMatchObject({ code: 0, err: '' });
  expect([...(await bothUse()), await reserved()]).toEqual(['AccessDenied', 'AccessDenied', 0]);
});
