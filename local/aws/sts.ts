import { AwsFault } from '../fault.ts';
import { header, type WireReply, type WireRequest } from '../http/message.ts';
import type { Session } from '../iam/store.ts';
import { answerQuery, answerQueryAsJson, element, formOf, refuseQuery } from './query-protocol.ts';
import type { OpenCall, Service } from './service.ts';
import { assumeRole } from './sts-assume-role.ts';
import {
  assumeRoleWithWebIdentity,
  assumeRoleWithWebIdentityName,
} from './sts-assume-role-with-web-identity.ts';
import { getWebIdentityToken } from './sts-get-web-identity-token.ts';
import { getScopedCredentials } from './sts-scoped-credentials.ts';
import type { StsWorld } from './sts-session.ts';

type Operation = (world: StsWorld, caller: Session, form: URLSearchParams) => Promise<string>;

const operations: Readonly<Record<string, Operation>> = {
  AssumeRole: assumeRole,
  [assumeRoleWithWebIdentityName]: (world, _, form) => assumeRoleWithWebIdentity(world, form),
  GetScopedCredentials: getScopedCredentials,
  GetWebIdentityToken: getWebIdentityToken,
  GetCallerIdentity: async (_, caller) =>
    Object.entries(identityOf(caller))
      .map(([name, value]) => element(name, value))
      .join(''),
};

/** STS over the query protocol: roles and web identities, GetScopedCredentials, GetCallerIdentity. */
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
    open: (request) => openCall(world, request),
    refuse: (fault, requestId) => refuseQuery(namespace, fault, requestId),
  };
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** What STS answers to anybody: sessions for tokens of providers, and the keys of its own tokens. */
function openCall(world: StsWorld, request: WireRequest): OpenCall | undefined {
  if (request.method === 'GET') return published(world, request.rawPath);
  const form = new URLSearchParams(request.body.toString());
  const action = form.get('Action');
  if (action !== assumeRoleWithWebIdentityName) return undefined;
  const answer = async () => answerQuery(namespace, action, await assumeRoleWithWebIdentity(world, form));
  return { operation: action, answer };
}

function published({ issuers }: StsWorld, path: string): OpenCall | undefined {
  const found = issuers.published(path);
  if (!found) return undefined;
  const headers = { 'Content-Type': 'application/json' };
  const answer = async () => ({ status: 200, headers, body: JSON.stringify(await found.read()) });
  return { operation: found.name, answer };
}

function identityOf({ role, name, arn }: Session) {
  return { Account: role.account, Arn: arn, UserId: `${role.id}:${name}` };
}
