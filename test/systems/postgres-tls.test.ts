import { beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseSystem } from '../../core/policy/schema-systems.ts';
import { after } from '../../core/time.ts';
import {
  alternativeNames,
  authority,
  certificate,
  ecKeys,
  noAuthority,
  pemOf,
} from '../evidence/certificates.ts';
import {
  capabilities,
  grantingOf,
  now,
  type PostgresWorld,
  policyWith,
  postgresWorld,
} from './postgres-world.ts';

const world = postgresWorld();
const keys = ecKeys('prime256v1');
const [own, other] = [authorityNamed('own'), authorityNamed('other')];
const leaf = certificate({
  ...own.parts,
  subject: 'database',
  keys,
  extensions: [noAuthority, alternativeNames([], ['localhost'])],
});

/** An authority of its own, in PEM form. */
function authorityNamed(subject: string) {
  const issuerKeys = ecKeys('prime256v1');
  const parts = {
    subject,
    issuer: subject,
    keys: issuerKeys,
    issuerKeys,
    notBefore: now() - 3_600,
    notAfter: after(now(), 3_600),
    extensions: [authority()],
    hash: 'sha256',
  } as const;
  return { parts, pem: pemOf([certificate(parts)]) };
}

/** Lets the server have files that only it may read, and speak TLS with them. */
async function switchOnTls({ rows }: PostgresWorld): Promise<void> {
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const [file, text] of [
    ['server.crt', pemOf([leaf])],
    ['server.key', key],
  ])
    await rows(`COPY (SELECT string_to_table('${text}', E'\\n')) TO PROGRAM 'umask 077; cat > ${file}'`);
  await rows('ALTER SYSTEM SET ssl = on');
  await rows('SELECT pg_reload_conf()');
  while ((await rows('SHOW ssl'))[0]?.['ssl'] !== 'on');
}

const policy = policyWith(capabilities);
const crm = (changed: Partial<DatabaseSystem>): DatabaseSystem =>
  ({
    ...world.databases['crm'],
    host: 'localhost',
    tls: 'required',
    ca: own.pem,
    ...changed,
  }) as DatabaseSystem;

function mint(changed: Partial<DatabaseSystem>) {
  const connector = world.connector({ systems: { databases: { crm: crm(changed) } } });
  return connector.mint(grantingOf(), policy, now());
}

describe('a server without TLS', () => {
  it('is refused where TLS is required', async () => {
    await expect(mint({})).rejects.toThrow('it did not answer as a database does');
  });
});

describe('a server with TLS', () => {
  beforeAll(() => switchOnTls(world));

  it('is the database where its certificate is trusted and is for its host; so the agent is told', async () => {
    expect((await mint({})).credential).toMatchObject({ host: 'localhost', tls: 'required' });
  });

  it.each<[string, Partial<DatabaseSystem>]>([
    ['it has a certificate for another host', { host: '127.0.0.1' }],
    ['it has a certificate of another authority', { ca: other.pem }],
    ['it has a certificate that only its owner knows', { ca: undefined }],
  ])('is refused where %s', async (_, changed) => {
    await expect(mint(changed)).rejects.toThrow('it did not answer as a database does');
  });

  it.each([
    'database.example.com',
    '10.0.0.1',
    '127.0.0.1.example.com',
    '0.0.0.0',
  ])('is never asked without TLS where it is not on this machine: %s', async (host) => {
    await expect(mint({ host, tls: 'off' })).rejects.toThrow('TLS may be off on this machine only');
  });
});
