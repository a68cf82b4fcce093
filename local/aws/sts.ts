import { AwsFault } from '../fault.ts';
import { header, type WireReply, type WireRequest } from '../http/message.ts';
import type { Session } from '../iam/store.ts';
import { answerQuery, answerQueryAsJson, element, formOf, refuseQuery } from './query-protocol.ts';
import type { Service } from './service.ts';
import { assumeRole } from './sts-assume-role.ts';
import { getScopedCredentials } from './sts-scoped-credentials.ts';
import type { StsWorld } from './sts-session.ts';

type Operation = (world: StsWorld, caller: Session, form: URLSearchParams) => Promise<string>;

const operations: Readonly<Record<string, Operation>> = {
  AssumeRole: assumeRole,
  GetScopedCredentials: getScopedCredentials,
  GetCallerIdentity: async (_, caller) =>
    Object.entries(identityOf(caller))
      .map(([name, value]) => element(name, value))
      .join(''),
};

/** STS over the query protocol: AssumeRole, GetScopedCredentials, GetCallerIdentity. */
export function createSts(world: StsWorld): Service {
  return {
    async handle(request: WireRequest, session: Session): Promise<WireReply> {
      const form = formOf(request);
      const action = form.get('Action') ?? '';
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
      if (!operation) {
        await world.authorizer.demand(session, { action: `sts:${action}`, resource: '*' });
        throw new AwsFault('InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
      }
      if (action === 'GetCallerIdentity' && header(request, 'accept') === 'application/json')
        return answerQueryAsJson(action, identityOf(session));
      return answerQuery(namespace, action, await operation(world, session, form));
    },
    refuse: (fault, requestId) => refuseQuery(namespace, fault, requestId),
  };
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

function identityOf({ role, name, arn }: Session) {
  return { Account: role.account, Arn: arn, UserId: `${role.id}:${name}` };
}
