import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { trustFetch } from '../../../lambda/evidence/trust-fetch.ts';
import { loopback } from '../../../local/people/loopback.ts';

let answer: (response: ServerResponse) => void = () => {};
const source = await loopback((_, response) => answer(response));
afterAll(() => source.close());

describe('a source that takes its time is given up', () => {
  const timers: NodeJS.Timeout[] = [];
  const every = (milliseconds: number, drip: () => void) => timers.push(setInterval(drip, milliseconds));
  const given = { patience: 200 };
  const late = 'does not answer within 200 ms';
  afterAll(() => timers.forEach(clearInterval));

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['before its headers', () => {}],
    ['behind its headers', (response) => response.writeHead(200).flushHeaders()],
    ['in its body', (response) => response.write('{"keys":[')],
    ['byte by byte', (response) => every(10, () => response.write(' '))],
    [
      'one answer after the other that is none yet',
      (response) => every(10, () => response.writeProcessing()),
    ],
  ])('%s', async (_, answers) => {
    let open = 0;
    answer = (response) => {
      open += 1;
      response.on('close', () => {
        open -= 1;
      });
      answers(response);
    };
    await expect(trustFetch(`${source.url}/keys`, given)).rejects.toThrow(late);
    await expect.poll(() => open).toBe(0);
  });

  it.each<[string, string, (socket: Socket) => unknown]>([
    ['header by header', 'http', (socket) => every(10, () => socket.write('X: y\r\n'))],
    ['while it shakes hands', 'https', () => {}],
  ])('%s', async (_, scheme, answers) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      if (scheme === 'http') socket.write('HTTP/1.1 200 OK\r\n');
      answers(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    await expect(trustFetch(url, { ...given, privateNetwork: true })).rejects.toThrow(late);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('while its name is asked for', async () => {
    let stopped = false;
    const resolve = (_: string, __: number, signal: AbortSignal) => {
      signal.addEventListener('abort', () => {
        stopped = true;
      });
      return new Promise<never>(() => {});
    };
    await expect(trustFetch('https://keys.example/', { ...given, resolve })).rejects.toThrow(late);
    expect(stopped).toBe(true);
  });
});
