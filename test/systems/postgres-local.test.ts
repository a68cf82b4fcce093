import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startPostgres } from '../../local/systems/postgres.ts';
import { setUpOf } from '../../local/systems/postgres-setup.ts';
import { codeFrom, signedIn } from './postgres-world.ts';

const program = `
import { startPostgres } from '${join(import.meta.dirname, '../../local/systems/postgres.ts')}';
const { host, port, superuser } = await startPostgres();
const before = process.listenerCount('SIGINT') + process.listenerCount('exit') + process.listenerCount('beforeExit');
console.log(JSON.stringify({ host, port, ...superuser, before }));
setInterval(() => {}, 1000);
`;

const folderOf = async (client: Awaited<ReturnType<typeof signedIn>>) =>
  String((await client.query('SHOW data_directory')).rows[0].data_directory);

describe('a local PostgreSQL', () => {
  it('is gone with its folder when it is stopped', async () => {
    const server = await startPostgres();
    const signIn = { ...server, ...server.superuser, database: 'postgres' };
    const client = await signedIn(signIn);
    const folder = await folderOf(client);
    await client.end();
    expect(existsSync(folder)).toBe(true);
    await server.stop();
    expect(existsSync(folder)).toBe(false);
    expect(await codeFrom(signedIn(signIn))).toBe('ECONNREFUSED');
  });

  it('is gone with its folder when the process that started it is killed, whose end it leaves alone', async () => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = JSON.parse(String((await child.stdout.take(1).toArray())[0]));
    expect(said.before).toBe(0);
    const client = await signedIn({ ...said, database: 'postgres' });
    const folder = await folderOf(client);
    const gone = new Promise<void>((resolve) => client.once('end', () => resolve()));
    child.kill('SIGKILL');
    await gone;
    while (existsSync(folder)) await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(folder)).toBe(false);
  });
});

describe('the page that owners follow', () => {
  it('has its four blocks of SQL, or is refused', () => {
    expect(() => setUpOf('```sql\nSELECT 1;\n```\n')).toThrow('four blocks');
  });
});
