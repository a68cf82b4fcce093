import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalBroker } from '../local/start.ts';

/** Somebody who may try the local broker: the name of a profile, and the role behind it. */
export type Profile = {
  readonly name: 'agent' | 'operator';
  readonly role: string;
  /** What else its processes find in their environment. */
  readonly variables?: Readonly<Record<string, string>>;
};

/** Where profiles are written; only their owner may read them. */
const folder = '.mayfly';
const ownerOnly = { mode: 0o600 };

/**
 * Writes what somebody needs to try the broker: a file of variables for each profile, and one of credentials for the
 * AWS command line. Answers their paths.
 */
export function writeProfiles(
  broker: LocalBroker,
  profiles: readonly Profile[],
): { readonly environments: Readonly<Record<Profile['name'], string>>; readonly credentials: string } {
  mkdirSync(folder, { recursive: true });
  const sections: string[] = [];
  const environments = profiles.map(({ name, role, variables: more = {} }) => {
    const keys = keysOf(broker, role, `example-${name}`);
    sections.push(section(broker, `mayfly-${name}`, keys));
    const file = join(folder, `${name}.env`);
    const variables = {
      MAYFLY_URL: broker.url,
      AWS_ENDPOINT_URL: broker.endpoint,
      AWS_REGION: broker.region,
      ...more,
      ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [key.toUpperCase(), value])),
    };
    const lines = Object.entries(variables).map(([variable, value]) => `${variable}=${value}\n`);
    writeFileSync(file, lines.join(''), ownerOnly);
    return [name, file] as const;
  });
  const credentials = join(folder, 'credentials');
  writeFileSync(credentials, sections.join('\n'), ownerOnly);
  return { environments: Object.fromEntries(environments) as Record<Profile['name'], string>, credentials };
}

function keysOf(broker: LocalBroker, role: string, session: string): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = broker.credentialsFor(role, session);
  return {
    aws_access_key_id: accessKeyId,
    aws_secret_access_key: secretAccessKey,
    aws_session_token: sessionToken,
  };
}

function section({ region, endpoint }: LocalBroker, name: string, keys: Record<string, string>): string {
  const settings = { region, endpoint_url: endpoint, ...keys };
  const lines = Object.entries(settings).map(([setting, value]) => `${setting} = ${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}
