import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A moto server of ours, on loopback. */
export type MotoServer = { readonly url: string; stop(): Promise<void> };

/** Milliseconds in which moto must answer. */
const patience = 60_000;

/** Starts moto on a free port and waits until it answers; throws with what it printed when it does not. */
export async function startMoto(program: string): Promise<MotoServer> {
  // Port 0: the system chooses a free one, and moto prints which.
  const child = spawn(program, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.removeListener('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    kill();
    await ended;
  };
  try {
    const url = await announcedUrl(child);
    const { status } = await fetch(`${url}/moto-api/`, { signal: AbortSignal.timeout(patience) });
    if (status !== 200) throw new Error(`moto answers ${status}`);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function announcedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const listen = (chunk: Buffer) => {
      // The server prints a line for every request: only what comes before the address is kept.
      if (announced.test(printed)) return;
      printed += chunk;
      const url = announced.exec(printed)?.[1];
      if (url) resolve(url);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    const late = AbortSignal.timeout(patience);
    late.addEventListener('abort', () =>
      reject(new Error(`moto does not say where it listens:\n${printed}`)),
    );
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`moto ended with ${code}:\n${printed}`)));
  });
}

const announced = /Running on (http:\/\/127\.0\.0\.1:\d+)/;
