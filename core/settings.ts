/**
 * The environment of each function, written by its construct and read by its composition root: one list for
 * both directions, so that neither can name a variable that the other does not.
 */
export type Settings<Names extends readonly string[]> = Readonly<Record<Names[number], string>>;

/** Turns `leaseTable` into `MAYFLY_LEASE_TABLE`. */
function variable(name: string): string {
  return `MAYFLY_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** One function's settings: `write` for the construct, `read` for the function. */
export type SettingsSpec<Names extends readonly string[]> = {
  readonly names: Names;
  write(settings: Settings<Names>): Record<string, string>;
  /** Throws an Error that names the variable which is absent or empty. */
  read(environment: Readonly<Record<string, string | undefined>>): Settings<Names>;
};

function settings<const Names extends readonly string[]>(...names: Names): SettingsSpec<Names> {
  return {
    names,
    write: (values) =>
      Object.fromEntries(names.map((name) => [variable(name), values[name as Names[number]]])),
    read: (environment) =>
      Object.fromEntries(
        names.map((name) => {
          const value = environment[variable(name)];
          if (!value) throw new Error(`the environment lacks ${variable(name)}`);
          return [name, value];
        }),
      ) as Settings<Names>,
  };
}

/**
 * `publicUrl` is the API's own address without a trailing slash; `attestationKey` an ARN; `grantRolePrefix` the start
 * of grant roles' ARNs; `grantRoleShards` a count; `narrowing` as {@link narrowingOf} reads it; `operators`,
 * `approvers` and `services` ARNs of roles, or `none`; `entryRole` an ARN, or `none`; functions names; `grantKey` and `tokenKey` ARNs; `approvalTopic` an ARN; queues are their URLs, tables their names.
 */
export const discoverySettings = settings('publicUrl', 'attestationKey', 'grantKey');
export const attestationSettings = settings(
  'publicUrl',
  'attestationKey',
  'replayTable',
  'controlTable',
  'agentTable',
  'trustDomain',
  'entryRole',
  'grantRolePrefix',
);
export const issuanceSettings = settings(
  'publicUrl',
  'attestationKey',
  'leaseTable',
  'controlTable',
  'timerQueue',
  'lookupFunction',
  'postgresFunction',
  'oauthFunction',
  'jwtFunction',
  'postgresQueue',
  'oauthQueue',
  'grantRolePrefix',
  'grantRoleShards',
  'narrowing',
);
export const lifecycleSettings = settings(
  'publicUrl',
  'attestationKey',
  'leaseTable',
  'controlTable',
  'replayTable',
  'revokerQueue',
  'postgresQueue',
  'oauthQueue',
  'operators',
  'approvers',
);
export const operationsSettings = settings(
  'leaseTable',
  'controlTable',
  'revokerQueue',
  'postgresQueue',
  'oauthQueue',
  'grantRolePrefix',
  'grantRoleShards',
  'operators',
  'approvers',
);
export const timerSettings = settings(
  'leaseTable',
  'controlTable',
  'revokerQueue',
  'postgresQueue',
  'oauthQueue',
  'timerQueue',
  'approvalTopic',
);
export const sweeperSettings = settings(
  'leaseTable',
  'controlTable',
  'revokerQueue',
  'postgresQueue',
  'oauthQueue',
  'timerQueue',
  'grantRolePrefix',
  'grantRoleShards',
);
export const revokerSettings = settings(
  'leaseTable',
  'controlTable',
  'revokerQueue',
  'postgresQueue',
  'oauthQueue',
  'grantRolePrefix',
  'grantRoleShards',
);

export const postgresSettings = settings('leaseTable');
export const oauthSettings = settings('leaseTable', 'tokenKey', 'jwtFunction');
export const jwtSettings = settings('publicUrl', 'grantKey', 'leaseTable', 'controlTable', 'services');
export const proxySettings = settings(
  'publicUrl',
  'attestationKey',
  'leaseTable',
  'controlTable',
  'replayTable',
);

/**
 * Names of the lease table's indexes: the construct makes them, the functions query them. Each holds keys, or little
 * more: what decides is read from the records.
 */
export const leaseIndexes = {
  due: 'due',
  denials: 'denials',
  type: 'type',
  agent: 'agent',
  awaiting: 'awaiting',
} as const;

/** Name of the issuance function, so that a person who has nothing but IAM finds what to stop. */
export function issuanceFunctionName(deployment: string): string {
  return `${deployment}-issuance`;
}

/** Environment variable that a local run uses to move the functions' clocks, in seconds. No template sets it. */
export const clockOffsetVariable = 'MAYFLY_CLOCK_OFFSET';

/** Environment variable of `publicUrl`, which a local run sets to its own address. */
export const publicUrlVariable = variable('publicUrl');
