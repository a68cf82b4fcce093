import { AwsClient } from 'aws4fetch';
import { expect, it } from 'vitest';
import { invoker } from '../../../lambda/aws/invoke.ts';

const secret = 'the-password-of-a-lease';

/** Lambda as it answers with this text. */
function answering(text: string): AwsClient {
  const aws = new AwsClient({
    accessKeyId: 'a',
    secretAccessKey: 's',
    service: 'lambda',
    region: 'eu-central-1',
  });
  return Object.assign(aws, { fetch: async () => new Response(text) });
}

it('tells nothing of an answer that is no JSON, which may hold what was made', async () => {
  const invoke = invoker(answering(`{"crm":{"password":${secret}`), 'https://lambda.example', 1_000);
  const fault = await invoke('postgres', {}).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(Error);
  expect(String(fault)).toContain('no JSON');
  expect(JSON.stringify([String(fault), (fault as Error).cause])).not.toContain(secret.slice(0, 5));
});

it('answers what a function answers', async () => {
  expect(await invoker(answering('{"made":1}'), 'https://lambda.example', 1_000)('jwt', {})).toEqual({
    made: 1,
  });
});
