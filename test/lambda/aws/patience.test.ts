import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, inject, test } from 'vitest';
import { patience } from '../../../lambda/aws/patience.ts';
import { isTransient } from '../../../lambda/aws/transient.ts';
import { readAssembly } from '../../../local/template/load.ts';

test('a service that takes the call and never answers is given up, as a fault that may pass', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const requestHandler = { ...patience.requestHandler, requestTimeout: 20 };
  const sts = new STSClient({
    ...patience,
    requestHandler,
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
  });
  try {
    const outcome = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ name: 'TimeoutError' });
    expect(isTransient(outcome)).toBe(true);
    expect(sockets).toHaveLength(patience.maxAttempts);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('all tries of two calls fit into the time of every function, with room to answer', () => {
  const { connectionTimeout, requestTimeout } = patience.requestHandler;
  const longest = (patience.maxAttempts * (connectionTimeout + requestTimeout)) / 1000;
  const functions = Object.values(readAssembly(inject('assembly')).template.Resources).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  expect(functions.length).toBeGreaterThan(0);
  for (const { Properties } of functions) expect(Properties?.['Timeout']).toBeGreaterThan(2 * longest + 1);
});
