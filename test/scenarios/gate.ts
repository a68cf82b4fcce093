import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server of this machine that can be shut, as a network is that fails. */
export type Gate = {
  readonly port: number;
  /** Lets nobody in any more; who is in stays. */
  shut(): void;
  open(): void;
  stop(): Promise<void>;
};

/** Opens a way to a server. */
export async function startGate(to: { readonly host: string; readonly port: number }): Promise<Gate> {
  let isShut = false;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    if (isShut) return void near.destroy();
    const far = connect(to);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    shut: () => {
      isShut = true;
    },
    open: () => {
      isShut = false;
    },
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
