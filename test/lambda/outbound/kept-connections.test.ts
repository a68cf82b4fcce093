import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import type { Outbound } from '../../../lambda/outbound/outbound.ts';
import { sender } from '../../../lambda/outbound/send.ts';
import { authorityCalled, serverOf } from '../../trust/certificates.ts';
import { rawServer } from './raw-server.ts';

const plain = { method: 'GET', headers: {}, patience: 2_000, largest: 100, privateNetwork: true };
const fine = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function serving(answer: (socket: Socket, heard: string) => void) {
  const server = await rawServer(answer);
  let now = 1e12;
  const send = sender({ kept: true, clock: () => now });
  const wait = (milliseconds: number) => {
    now += milliseconds;
  };
  const ask = (changed: Partial<Outbound> = {}) => send({ url: `${server.url}/`, ...plain, ...changed });
  return { ...server, ask, wait };
}

describe('a connection that is kept', () => {
  it('serves again', async () => {
    const { ask, connections, close } = await serving((socket) => void socket.write(fine));
    for (let i = 0; i < 5; i++) await ask({ method: 'POST', body: 'x' });
    expect(connections()).toBe(1);
    await close();
  });

  it('does not serve again after four seconds: the other side may have given it up', async () => {
    const { ask, wait, connections, close } = await serving((socket) => void socket.write(fine));
    await ask();
    wait(4_000);
    await ask();
    expect(connections()).toBe(1);
    wait(4_001);
    await ask();
    expect(connections()).toBe(2);
    await close();
  });

  it('does not give its next request what came on it unasked', async () => {
    const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
    let first: Socket | undefined;
    const { ask, close } = await serving((socket) => {
      first ??= socket;
      socket.write(socket === first ? fine : fine.replace('ok', 'OK'));
    });
    await ask();
    await new Promise((resolve) => first?.on('close', resolve).write(poison));
    const { body } = await ask();
    expect(body.toString()).toBe('OK');
    await close();
  });

  it('does not give its next request a second answer that came with the first', async () => {
    const { ask, close } = await serving(
      (socket) => void socket.write(`${fine}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`),
    );
    await ask().catch(() => {});
    expect(
      await ask().then(
        ({ body }) => body.toString(),
        () => 'refused',
      ),
    ).not.toBe('evil');
    await close();
  });

  it('that was hung up is replaced for what only reads, and for nothing else', async () => {
    let answers = 0;
    const { ask, heard, close } = await serving((socket) => {
      answers += 1;
      if (answers % 2 === 0) socket.destroy();
      else socket.write(fine);
    });
    await ask();
    expect((await ask()).body.toString()).toBe('ok');
    await expect(ask({ method: 'POST', body: 'x' })).rejects.toThrow();
    expect(heard.filter((each) => each.startsWith('POST'))).toHaveLength(1);
    await close();
  });
});

describe('a connection that was checked', () => {
  const authority = authorityCalled('our authority');
  const made = serverOf(authority, { dns: 'chat.example' });
  const server = createServer({ cert: made.pem, key: made.keyPem }, (_, response) => response.end('ok'));
  let connections = 0;
  server.on('secureConnection', () => {
    connections += 1;
  });
  afterAll(() => void server.close());

  it('serves no name that leads elsewhere by now, and nobody who trusts others', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://chat.example:${(server.address() as AddressInfo).port}/`;
    let addresses = ['127.0.0.1'];
    const send = sender({ kept: true, resolve: async () => addresses });
    const ask = (ca: string) => send({ ...plain, url, ca });
    await ask(authority.pem);
    await ask(authority.pem);
    expect(connections).toBe(1);
    await expect(ask(authorityCalled('our authority').pem)).rejects.toThrow('certificate');
    addresses = ['169.254.169.254'];
    await expect(ask(authority.pem)).rejects.toThrow('nothing may be asked');
    addresses = ['127.0.0.3'];
    await expect(ask(authority.pem)).rejects.toThrow('ECONNREFUSED');
    server.closeAllConnections();
  });
});
