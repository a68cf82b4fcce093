import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalBroker } from '../local-broker.ts';
import { type ChatApi, startChatApi } from './chat-api.ts';
import { type OauthServer, startOauthServer } from './oauth-server.ts';
import type { TokenOptions } from './oauth-tokens.ts';
import { type LocalPostgres, startPostgres } from './postgres.ts';
import { makeDatabase, setUpOf, setUpServer } from './postgres-setup.ts';

/** The systems that an agent of the examples reaches beyond AWS: a database, an authorization server with a service, a chat. */
export type LocalSystems = {
  readonly postgres: LocalPostgres;
  readonly oauth: OauthServer;
  readonly chat: ChatApi;
  /** A policy, a guardrail or any other file of a policy folder, with these systems in the place of those that it names. */
  standIn(text: string): string;
  /** The same with every file of a policy folder, `systems.yaml` included. */
  standInFolder(folder: string): Promise<void>;
  /** What `systems.yaml` says of them. */
  readonly document: string;
  /** Keeps their secrets in the broker's account. */
  keepSecrets(broker: Pick<LocalBroker, 'createSecret'>): void;
  stop(): Promise<void>;
};

const customers = `
  CREATE SCHEMA crm;
  CREATE TABLE crm.customers (id text PRIMARY KEY, name text, vat_id text, iban text);
  INSERT INTO crm.customers VALUES ('acme', 'ACME GmbH', 'DE136695976', 'DE02120300000000202051');
  CREATE TABLE crm.contracts (customer_id text, terms text);`;

const secretArn = (name: string) =>
  `arn:aws:secretsmanager:eu-central-1:111122223333:secret:mayfly/${name}-LocalA`;
const scope = 'vat.read';

/**
 * Starts them, each on a free port of this machine and with secrets of its own: a real PostgreSQL and two small strict
 * servers; `options` are the authorization server's.
 */
export async function startSystems(options: Partial<TokenOptions> = {}): Promise<LocalSystems> {
  const [clientSecret, botToken] = [newSecret(), `xoxb-${newSecret()}`];
  const client = {
    client_id: 'mayfly',
    authentication: 'client_secret_basic',
    secret: clientSecret,
    grants: ['client_credentials', 'token_exchange'],
    scopes: [scope],
  } as const;
  const [postgres, oauth, chat] = await Promise.all([
    startPostgres(),
    startOauthServer({ clients: [client], ...options }),
    startChatApi(botToken),
  ]);
  const setUp = setUpOf(await readFile(join(import.meta.dirname, '../../docs/postgres.md'), 'utf8'));
  const { user: username, password } = await setUpServer(postgres, setUp);
  await makeDatabase(postgres, setUp, { database: 'crm', schema: 'crm', sql: customers });
  // JSON is YAML, too.
  const document = JSON.stringify({ systems: documentOf(postgres, oauth) });
  const standIn = (text: string) =>
    text
      .replaceAll('https://slack.com', chat.url)
      .replaceAll('https://vat.example', oauth.url)
      .replace(/hosts: \[slack\.com, vat\.example\]/, 'hosts: ["127.0.0.1"]');
  return {
    postgres,
    oauth,
    chat,
    document,
    standIn,
    async standInFolder(folder) {
      for (const name of (await readdir(folder)).filter((each) => each.endsWith('.yaml'))) {
        const file = join(folder, name);
        await writeFile(file, standIn(await readFile(file, 'utf8')));
      }
      await writeFile(join(folder, 'systems.yaml'), document);
    },
    keepSecrets(broker) {
      broker.createSecret(secretArn('crm'), JSON.stringify({ username, password }));
      broker.createSecret(secretArn('vat-client'), clientSecret);
      broker.createSecret(secretArn('slack-bot'), botToken);
    },
    async stop() {
      await Promise.all([postgres.stop(), oauth.stop(), chat.close()]);
    },
  };
}

function documentOf({ host, port }: LocalPostgres, { revocation_endpoint }: OauthServer) {
  const here = { hosts: ['127.0.0.1'], private_network: true };
  return {
    databases: { crm: { host, port, database: 'crm', secret: secretArn('crm'), tls: 'off' } },
    clients: {
      'vat-client': {
        ...here,
        client_id: 'mayfly',
        authentication: 'client_secret_basic',
        secret: secretArn('vat-client'),
        revocation_endpoint,
        longest_token: '15m',
      },
    },
    secrets: { 'slack-bot': { ...here, secret: secretArn('slack-bot') } },
  };
}

function newSecret(): string {
  return randomBytes(24).toString('base64url');
}
