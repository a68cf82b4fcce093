import { after, type EpochSeconds } from '../../core/time.ts';
import { AwsFault } from '../fault.ts';
import type { Session } from '../iam/store.ts';
import { checkedNumber, element, invalid, text } from './query-protocol.ts';
import { checkedPolicy, stsLimits } from './sts-limits.ts';
import { credentialsXml, openSession, type StsWorld, sizesXml } from './sts-session.ts';

/** GetScopedCredentials (STS API reference): the same session, narrower and shorter. */
export async function getScopedCredentials(
  world: StsWorld,
  caller: Session,
  form: URLSearchParams,
): Promise<string> {
  const policyText = text(form, 'Policy');
  const seconds = checkedNumber('DurationSeconds', text(form, 'DurationSeconds'), stsLimits.scoped);
  if (policyText === undefined && seconds === undefined)
    throw invalid('at least one of Policy and DurationSeconds is needed');
  if ((text(form, 'ScopedSessionDescription') ?? '').length > stsLimits.scoped.description)
    throw invalid(`ScopedSessionDescription holds at most ${stsLimits.scoped.description} characters`);
  const policy = policyText === undefined ? undefined : checkedPolicy(policyText);
  await world.authorizer.demand(caller, { action: 'sts:GetScopedCredentials', resource: '*' });
  const remaining = caller.expires - world.clock.now();
  if (seconds !== undefined && seconds > remaining) {
    throw new AwsFault(
      'InsufficientSessionLifetime',
      `DurationSeconds is ${seconds}, and ${remaining} seconds are left of the calling session.`,
    );
  }
  const scopeDown = [...caller.scopeDown, ...(policy ? [policy] : [])];
  if (scopeDown.length > stsLimits.scoped.layers)
    throw invalid(`a session holds at most ${stsLimits.scoped.layers} scope-down policies`);
  const expires = seconds === undefined ? caller.expires : after(world.clock.now(), seconds);
  const { role, name, sourceIdentity, tags, transitive, sessionPolicies } = caller;
  const session = openSession(world, {
    role,
    name,
    expires: Math.min(expires, caller.expires) as EpochSeconds,
    sourceIdentity,
    tags,
    transitive,
    sessionPolicies,
    scopeDown,
  });
  const info = element('ScopedSessionId', `${role.id}:${name}`) + element('Arn', session.arn);
  return `${credentialsXml(session)}<SessionInfo>${info}</SessionInfo>${element('ScopedPoliciesCount', String(scopeDown.length))}${sizesXml(session)}`;
}
