import { describe, expect, it, onTestFinished } from 'vitest';
import { secretReader } from '../../../lambda/aws/secrets.ts';
import { morning } from '../../core/invoices.ts';
import { memorySecrets } from '../../ports/memory-secrets.ts';
import { memorySecretsManager } from '../../ports/memory-secrets-manager.ts';
import { grantingAccount } from './granting-account.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:vat-AbCdEf';

function inMemory() {
  const secrets = memorySecrets({ [arn]: 'first' });
  return { secrets, put: secrets.put, down: secrets.down };
}

function inFakeSecretsManager() {
  const { client, put, failWith } = memorySecretsManager({ [arn]: 'first' });
  const down = (isDown: boolean) => failWith(isDown ? new Error('down') : undefined);
  return { secrets: secretReader(client, () => morning), put, down };
}

async function inSecretsManager() {
  const { secretsManager, rotate, stop } = await grantingAccount(arn, 'first');
  onTestFinished(stop);
  const answer = secretsManager.send;
  const down = (isDown: boolean) => {
    secretsManager.send = isDown ? () => Promise.reject(new Error('down')) : answer;
  };
  const put = (_: string, text: string) => rotate(text);
  return { secrets: secretReader(secretsManager, () => morning), put, down };
}

describe.each([
  ['in memory', async () => inMemory()],
  ['in a fake of Secrets Manager', async () => inFakeSecretsManager()],
  ['in Secrets Manager', inSecretsManager],
])('secrets %s', (_, start) => {
  it('are read as they are', async () => {
    expect(await (await start()).secrets.read(arn)).toBe('first');
  });

  it('are as they were a moment ago, until a fresh one is asked for', async () => {
    const { secrets, put } = await start();
    await secrets.read(arn);
    put(arn, 'second');
    expect(await secrets.read(arn)).toBe('first');
    expect(await secrets.read(arn, 'fresh')).toBe('second');
    expect(await secrets.read(arn)).toBe('second');
  });

  it('that are not there are nobody’s', async () => {
    const { secrets } = await start();
    await expect(secrets.read(`${arn}x`)).rejects.toThrow('cannot be read');
    await expect(secrets.read('constructor')).rejects.toThrow('cannot be read');
  });

  it('that could not be had are asked for again', async () => {
    const { secrets, down } = await start();
    down(true);
    await expect(secrets.read(arn)).rejects.toThrow('cannot be read');
    down(false);
    expect(await secrets.read(arn)).toBe('first');
  });

  it('that were refused and cannot be had anew are not what they were', async () => {
    const { secrets, down } = await start();
    await secrets.read(arn);
    down(true);
    await expect(secrets.read(arn, 'fresh')).rejects.toThrow('cannot be read');
    expect(await secrets.read(arn)).toBe('first');
  });
});
