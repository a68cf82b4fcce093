import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { Group } from '../../lib/api-policy.ts';
import type { LocalBroker } from '../../local/start.ts';
import { localPlace } from '../../local/synthesize.ts';
import { approverRole } from '../approver.ts';
import { agentRole, invoiceTask, newAgent, signedFetch } from '../broker.ts';
import { operatorRole } from '../operator.ts';
import { serviceArn } from '../synth.ts';

/** Another account, of which the policies list one role. */
export const elsewhere = '444455556666';

/** The role of that account which a policy lists, for quick_processor. */
export const partnerRole = 'partner-agent';

/** How somebody sends requests: signed with what they hold, or not at all. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** The role of services that ask about tokens. */
export const serviceRole = serviceArn.split('/').at(-1) ?? '';
const invoke = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' } as const;
const everything = { Effect: 'Allow', Action: '*', Resource: '*' } as const;

/** Who must be kept out, and how each would call. */
export const outsiders: Readonly<Record<string, (broker: LocalBroker) => Promise<Send>>> = {
  'somebody who does not sign': async () => fetch,
  'an administrator of the same account': async (broker) => as(broker, 'admin', everything),
  'a role whose name begins like an agent’s': async (broker) => as(broker, `${agentRole}-2`, everything),
  'the holder of a lease’s credentials': holderOfLease,
  'a role of another account with an agent’s name': async (broker) =>
    as(broker, agentRole, invoke, elsewhere),
};

/** Those whom IAM lets pass where the API has no policy of its own: they hold the permission in the API's account. */
export const insideTheAccount = [
  'an administrator of the same account',
  'a role whose name begins like an agent’s',
];

/** The agent of the other account that a policy lists; what its own account allows is an argument. */
export function partner(broker: LocalBroker, statements: readonly (typeof invoke)[] = [invoke]): Send {
  broker.createRole(partnerRole, statements, elsewhere);
  return signedFetch(broker, broker.credentialsFor(partnerRole, 'partner', elsewhere)) as Send;
}

/** An operator of the broker, with the permission to call its API. */
export function operator(broker: LocalBroker): Send {
  return as(broker, operatorRole, invoke);
}

/** Somebody who decides, with the permission to call its API. */
export function approver(broker: LocalBroker): Send {
  return as(broker, approverRole, invoke);
}

/** A service that takes tokens of the broker, with the permission to call its API. */
export function service(broker: LocalBroker): Send {
  return as(broker, serviceRole, invoke);
}

/** Whom the API lists, by group: each is an outsider where only another group calls. */
export const insiders: Readonly<Record<Group, (broker: LocalBroker) => readonly Send[]>> = {
  agent: (broker) => [
    signedFetch(broker, broker.credentialsFor(agentRole, 'agent')) as Send,
    partner(broker),
  ],
  operator: (broker) => [operator(broker)],
  approver: (broker) => [approver(broker)],
  service: (broker) => [service(broker)],
};

function as(
  broker: LocalBroker,
  role: string,
  statement: typeof invoke | typeof everything,
  account: string = localPlace.account,
): Send {
  broker.createRole(role, [statement], account);
  return signedFetch(broker, broker.credentialsFor(role, 'outsider', account));
}

async function holderOfLease(broker: LocalBroker): Promise<Send> {
  const { credentials } = await (await newAgent(broker)).lease(invoiceTask());
  const { access_key_id, secret_access_key, session_token } = awsCredentialsOf({ credentials });
  return signedFetch(broker, {
    accessKeyId: access_key_id,
    secretAccessKey: secret_access_key,
    sessionToken: session_token,
  });
}
