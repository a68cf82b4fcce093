import { afterAll, describe, expect, it } from 'vitest';
import { after } from '../../../core/time.ts';
import { nonceStore } from '../../../lambda/aws/nonce-store.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryNonces } from '../../ports/memory-nonces.ts';

const { dynamo, stop } = await startDynamo('replay');
afterAll(stop);

const expires = after(morning, 60);
let count = 0;

describe.each([
  ['in memory', memoryNonces()],
  ['in DynamoDB', nonceStore(dynamo, 'replay')],
])('nonces %s', (_, nonces) => {
  async function handedOut(): Promise<string> {
    const nonce = `nonce-${++count}`;
    await nonces.put(nonce, 'AROA1:a', expires);
    return nonce;
  }

  it('are used once', async () => {
    const nonce = await handedOut();
    expect(await nonces.consume(nonce, 'AROA1:a', morning)).toBe(true);
    expect(await nonces.consume(nonce, 'AROA1:a', morning)).toBe(false);
  });

  it('are used by one of fifty callers at once', async () => {
    const nonce = await handedOut();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => nonces.consume(nonce, 'AROA1:a', morning)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('are used only by whom they were given to, and not lost to others', async () => {
    const nonce = await handedOut();
    expect(await nonces.consume(nonce, 'AROA1:b', morning)).toBe(false);
    expect(await nonces.consume(nonce, 'AROA1:a', morning)).toBe(true);
  });

  it('are used until they expire, whether or not anything has deleted them', async () => {
    expect(await nonces.consume(await handedOut(), 'AROA1:a', after(expires, -1))).toBe(true);
    expect(await nonces.consume(await handedOut(), 'AROA1:a', expires)).toBe(false);
  });

  it('are not made up', async () => {
    expect(await nonces.consume('made-up', 'AROA1:a', morning)).toBe(false);
  });

  it('are kept once, where the answer was lost and the same was asked again', async () => {
    const nonce = await handedOut();
    await nonces.put(nonce, 'AROA1:a', expires);
    expect(await nonces.consume(nonce, 'AROA1:a', morning)).toBe(true);
    expect(await nonces.consume(nonce, 'AROA1:a', morning)).toBe(false);
  });

  it('are never handed out twice', async () => {
    const nonce = await handedOut();
    await expect(nonces.put(nonce, 'AROA1:b', expires)).rejects.toThrow();
    expect(await nonces.consume(nonce, 'AROA1:b', morning)).toBe(false);
  });
});
