import { AwsFault } from '../fault.ts';
import type { Authorizer } from '../iam/authorize.ts';
import type { IamStore, Session } from '../iam/store.ts';
import { deleteRolePolicy, getRolePolicy, listRolePolicies, putRolePolicy } from './iam-role-policy.ts';
import { listRoles } from './iam-roles.ts';
import { answerQuery, refuseQuery } from './query-protocol.ts';
import type { Service } from './service.ts';

/** What IAM works with. */
export type IamWorld = { readonly iam: IamStore; readonly authorizer: Authorizer };

/** One operation: answers the XML of its result, undefined where it has none. */
export type IamOperation = (
  world: IamWorld,
  caller: Session,
  form: URLSearchParams,
) => Promise<string | undefined>;

const operations: Readonly<Record<string, IamOperation>> = {
  PutRolePolicy: putRolePolicy,
  GetRolePolicy: getRolePolicy,
  DeleteRolePolicy: deleteRolePolicy,
  ListRolePolicies: listRolePolicies,
  ListRoles: listRoles,
};

/** IAM over the query protocol: the inline policies of roles, and the list of roles. */
export function createIam(world: IamWorld): Service {
  return {
    // IAM is signed for its home, but the SDK signs for its own region where an endpoint is configured.
    regions: ['us-east-1'],
    async handle(request, session) {
      const form = new URLSearchParams(request.body.toString());
      const action = form.get('Action') ?? '';
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
      if (!operation) {
        await world.authorizer.demand(session, { action: `iam:${action}`, resource: '*' });
        throw new AwsFault('InvalidAction', `Could not find operation ${action} for version 2010-05-08`);
      }
      return answerQuery(namespace, action, await operation(world, session, form));
    },
    refuse: (fault, requestId) => refuseQuery(namespace, fault, requestId),
  };
}

const namespace = 'https://iam.amazonaws.com/doc/2010-05-08/';
