import { describe, expect, it } from 'vitest';
import { freshCooldown, secretLifetime, secretReader } from '../../../lambda/aws/secrets.ts';
import { manualClock } from '../../core/use-cases/world.ts';
import { memorySecretsManager } from '../../ports/memory-secrets-manager.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:vat-AbCdEf';
const other = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:crm-AbCdEf';

function start() {
  const manager = memorySecretsManager({ [arn]: 'first', [other]: 'theirs' });
  const clock = manualClock();
  return { ...manager, clock, secrets: secretReader(manager.client, clock) };
}

describe('the reader of secrets', () => {
  it('asks once for a hundred callers at once', async () => {
    const { secrets, asked } = start();
    const texts = await Promise.all(Array.from({ length: 100 }, () => secrets.read(arn)));
    expect(new Set(texts)).toEqual(new Set(['first']));
    expect(asked).toEqual([arn]);
  });

  it('keeps secrets apart', async () => {
    const { secrets } = start();
    expect(await Promise.all([secrets.read(arn), secrets.read(other)])).toEqual(['first', 'theirs']);
  });

  it('uses a secret for five minutes to the second, while Secrets Manager is down too', async () => {
    const { secrets, clock, failWith } = start();
    await secrets.read(arn);
    failWith(new Error('down'));
    clock.advance(secretLifetime - 1);
    expect(await secrets.read(arn)).toBe('first');
    clock.advance(1);
    await expect(secrets.read(arn)).rejects.toThrow();
  });

  it('counts the age of a secret from when it was asked for, not from when it came', async () => {
    const { secrets, clock, hold, put } = start();
    const letGo = hold();
    const slow = secrets.read(arn);
    clock.advance(secretLifetime);
    put(arn, 'second');
    letGo();
    expect(await slow).toBe('first');
    expect(await secrets.read(arn)).toBe('second');
  });

  it('gives all who wait the failure, and the next one a new try', async () => {
    const { secrets, asked, failWith } = start();
    failWith(new Error('down'));
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => secrets.read(arn)));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(10).fill('rejected'));
    failWith();
    expect(await secrets.read(arn)).toBe('first');
    expect(asked).toHaveLength(2);
  });

  it('cannot be made to hammer Secrets Manager by refusals', async () => {
    const { secrets, asked, clock } = start();
    await secrets.read(arn);
    for (let n = 0; n < 50; n++) expect(await secrets.read(arn, 'fresh')).toBe('first');
    expect(asked).toHaveLength(2);
    clock.advance(freshCooldown);
    await secrets.read(arn, 'fresh');
    expect(asked).toHaveLength(3);
  });

  it('cannot be made to hammer it by refusals while it is down', async () => {
    const { secrets, asked, failWith } = start();
    failWith(new Error('down'));
    for (let n = 0; n < 50; n++) await expect(secrets.read(arn, 'fresh')).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });

  it('gives who was refused at the same time what the first of them gets', async () => {
    const { secrets, asked, put } = start();
    await secrets.read(arn);
    put(arn, 'second');
    const texts = await Promise.all(Array.from({ length: 20 }, () => secrets.read(arn, 'fresh')));
    expect(new Set(texts)).toEqual(new Set(['second']));
    expect(asked).toHaveLength(2);
  });

  it('never lets a slow old answer replace a fresh one', async () => {
    const { secrets, put, hold } = start();
    const letGo = hold();
    const old = secrets.read(arn);
    hold()();
    put(arn, 'second');
    expect(await secrets.read(arn, 'fresh')).toBe('second');
    letGo();
    expect(await old).toBe('first');
    expect(await secrets.read(arn)).toBe('second');
  });

  it('waits for no answer that froze with the function', async () => {
    const { secrets, clock, hold } = start();
    hold();
    secrets.read(arn).catch(() => {});
    clock.advance(freshCooldown);
    hold()();
    expect(await secrets.read(arn)).toBe('first');
  });

  it('throws away what an SDK says of an answer that it cannot read, since that quotes it', async () => {
    const { secrets, failWith } = start();
    const fault = Object.assign(new SyntaxError('Unexpected token in {"SecretString":"first"'), {
      $responseBodyText: '{"SecretString":"first"',
    });
    failWith(fault);
    const error = await secrets.read(arn).catch((error: unknown) => error as Error);
    expect(error).toMatchObject({ message: `the secret ${arn} cannot be read: SyntaxError` });
    expect(Object.keys(error as Error)).toEqual([]);
    expect((error as Error).cause).toBeUndefined();
  });

  it('takes no secret that is empty', async () => {
    const { secrets, put } = start();
    put(arn, '');
    await expect(secrets.read(arn)).rejects.toThrow('is no text');
  });
});
