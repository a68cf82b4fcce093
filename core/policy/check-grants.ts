import { awsPartOf } from '../capability.ts';
import { allowProblem } from '../proxy/allowed-call.ts';
import type { Problem } from './problem.ts';
import type { Capability, ContextPolicy, Guardrail } from './schema.ts';
import { kinds } from './schema-capabilities.ts';
import type { Systems } from './schema-systems.ts';
import { parametersOf } from './template.ts';

/** What a capability may lean on. */
export type Known = {
  readonly policy: ContextPolicy;
  readonly guardrail: Guardrail;
  readonly systems: Systems;
};

/** What is wrong with a capability that is not of `aws`: against the guardrail and the systems of the deployment. */
export function grantProblems(capability: Capability, known: Known): Problem[] {
  const named = kinds.filter((kind) => capability[kind] !== undefined);
  if (named.length !== 1)
    return [{ path: [], message: `a capability is of exactly one kind: ${kinds.join(', ')}` }];
  return [
    ...postgresProblems(capability, known),
    ...oauthProblems(capability, known),
    ...jwtProblems(capability, known),
    ...proxyProblems(capability, known),
  ];
}

function postgresProblems(capability: Capability, { guardrail, systems }: Known): Problem[] {
  const { postgres } = capability;
  if (!postgres) return [];
  const { database, grants, iam } = postgres;
  const path = ['postgres'];
  if ((database === undefined) === (iam === undefined) || (database === undefined) !== (grants === undefined))
    return [{ path, message: 'either `database` and `grants`, or `iam`' }];
  if (database === undefined) return iamProblems(capability, guardrail);
  const withColumns = (grants ?? []).findIndex(
    ({ privileges, columns }) => columns && privileges.includes('DELETE'),
  );
  return [
    ...listed('database', database, guardrail.databases, 'databases', path),
    ...inSystems(database, systems.databases, 'databases', [...path, 'database']),
    ...(withColumns < 0
      ? []
      : [
          {
            path: [...path, 'grants', withColumns, 'columns'],
            message: 'DELETE is of whole rows: grant it without columns, in an entry of its own',
          },
        ]),
  ];
}

function iamProblems(capability: Capability, { services, accounts }: Guardrail): Problem[] {
  const iam = capability.postgres?.iam;
  const [action = ''] = awsPartOf(capability)?.actions ?? [];
  const [service = ''] = action.split(':');
  const [, , , , account = '', ...rest] = (iam?.resource ?? '').split(':');
  const path = ['postgres', 'iam', 'resource'];
  const user = rest.join(':').split('/')[1];
  return [
    ...listed('service', service, services, 'services', path),
    ...listed('account', account, accounts, 'accounts', path),
    ...(service === 'rds-db' && user !== iam?.user
      ? [{ path: ['postgres', 'iam', 'user'], message: `the resource is for the user ${user}` }]
      : []),
  ];
}

function oauthProblems({ oauth }: Capability, { policy, guardrail, systems }: Known): Problem[] {
  if (!oauth) return [];
  const client = Object.hasOwn(systems.clients, oauth.client) ? systems.clients[oauth.client] : undefined;
  const path = ['oauth', 'token_endpoint'];
  return [
    ...inSystems(oauth.client, systems.clients, 'clients', ['oauth', 'client']),
    ...addressProblems(oauth.token_endpoint, client, guardrail, path),
    ...(oauth.exchange?.subject === 'user' && policy.conditions.user_delegation.is !== 'required'
      ? [
          {
            path: ['oauth', 'exchange', 'subject'],
            message: 'only where `user_delegation` is required there is always a user to speak for',
          },
        ]
      : []),
  ];
}

function jwtProblems({ jwt }: Capability, { policy, guardrail }: Known): Problem[] {
  if (!jwt) return [];
  return [
    ...listed('audience', jwt.audience, guardrail.audiences, 'audiences', ['jwt', 'audience']),
    ...jwt.parameters.flatMap((name, i) =>
      Object.hasOwn(policy.parameters, name)
        ? []
        : [{ path: ['jwt', 'parameters', i], message: `no parameter is called ${name}` }],
    ),
  ];
}

function proxyProblems({ proxy }: Capability, { policy, guardrail, systems }: Known): Problem[] {
  if (!proxy) return [];
  const secret = Object.hasOwn(systems.secrets, proxy.secret) ? systems.secrets[proxy.secret] : undefined;
  return [
    ...inSystems(proxy.secret, systems.secrets, 'secrets', ['proxy', 'secret']),
    ...addressProblems(proxy.base_url, secret, guardrail, ['proxy', 'base_url']),
    ...(/[?#]/.test(proxy.base_url) || proxy.base_url.endsWith('/')
      ? [{ path: ['proxy', 'base_url'], message: 'without a query, and without a slash at the end' }]
      : []),
    ...proxy.allow.flatMap((call, i) => {
      const message = callProblem(call, policy);
      return message === undefined ? [] : [{ path: ['proxy', 'allow', i], message }];
    }),
  ];
}

function callProblem(call: string, { parameters }: ContextPolicy): string | undefined {
  const problem = allowProblem(call, Object.keys(parameters));
  const number = parametersOf(call).find((name) => parameters[name]?.type === 'number');
  return problem ?? (number && `${number} is a number; only strings may stand in a path`);
}

/** A secret goes nowhere but to the hosts that it is for, whatever a policy says. */
function addressProblems(
  address: string,
  system: { readonly hosts: readonly string[]; readonly private_network: boolean } | undefined,
  { hosts }: Guardrail,
  path: Problem['path'],
): Problem[] {
  const { hostname, protocol } = new URL(address);
  return [
    ...listed('host', hostname, hosts, 'hosts', path),
    ...(system && !system.hosts.includes(hostname)
      ? [{ path, message: `its secret is not for the host ${hostname}: systems.yaml says for which it is` }]
      : []),
    ...(system && protocol === 'http:' && !system.private_network
      ? [{ path, message: 'http is for this machine only, where systems.yaml says `private_network: true`' }]
      : []),
  ];
}

function listed(
  what: string,
  value: string,
  list: readonly string[],
  name: string,
  path: Problem['path'],
): Problem[] {
  if (list.includes(value)) return [];
  return [{ path, message: `the guardrail does not list the ${what} ${value} among its ${name}` }];
}

function inSystems(name: string, those: object, group: string, path: Problem['path']): Problem[] {
  if (Object.hasOwn(those, name)) return [];
  return [{ path, message: `systems.yaml has no ${name} among its ${group}` }];
}
