import {
  AssumeRoleCommand,
  type Credentials,
  GetScopedCredentialsCommand,
  PackedPolicyTooLargeException,
  STSClient,
} from '@aws-sdk/client-sts';
import { assumeRoleSeconds, credentialSeconds } from '../../core/lifetime.ts';
import type { AwsPlan } from '../../core/plan.ts';
import { type EpochSeconds, fromDate } from '../../core/time.ts';
import type { MintedCredentials, Minter } from '../../core/use-cases/mint-checked.ts';

/**
 * Mints a plan. With `scoped_credentials` in two calls: AssumeRole for a wide session that never leaves this
 * function, then GetScopedCredentials with it, which takes any lifetime from one second (STS API reference,
 * GetScopedCredentials; regional endpoints only). With `session_policy` AssumeRole carries the policy itself.
 */
export function stsMinter(sts: STSClient, clock: () => EpochSeconds): Minter {
  return {
    async mint(plan, until) {
      const seconds = credentialSeconds(until - clock());
      try {
        return plan.narrowing === 'scoped_credentials'
          ? await narrowed(sts, plan, seconds)
          : answerOf(await sts.send(assumeRole(plan, seconds, plan.policy)));
      } catch (error) {
        if (error instanceof PackedPolicyTooLargeException) return 'too_large';
        throw error;
      }
    },
  };
}

async function narrowed(sts: STSClient, plan: AwsPlan, seconds: number): Promise<MintedCredentials> {
  const wide = await sts.send(assumeRole(plan, seconds));
  const narrowing = new GetScopedCredentialsCommand({ Policy: plan.policy, DurationSeconds: seconds });
  const narrow = await asSession(sts, wide.Credentials).send(narrowing);
  return answerOf({ ...narrow, AssumedRoleUser: narrow.SessionInfo });
}

function assumeRole(plan: AwsPlan, seconds: number, Policy?: string): AssumeRoleCommand {
  return new AssumeRoleCommand({
    RoleArn: plan.roleArn,
    RoleSessionName: plan.sessionName,
    SourceIdentity: plan.sourceIdentity,
    DurationSeconds: assumeRoleSeconds(seconds, plan.narrowing),
    Tags: Object.entries(plan.tags).map(([Key, Value]) => ({ Key, Value })),
    ...(Policy !== undefined && { Policy }),
  });
}

type StsAnswer = {
  readonly Credentials?: Credentials | undefined;
  readonly SourceIdentity?: string | undefined;
  readonly AssumedRoleUser?: { readonly Arn?: string | undefined } | undefined;
};

function answerOf(answer: StsAnswer): MintedCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = complete(answer.Credentials);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: fromDate(Expiration),
    sourceIdentity: answer.SourceIdentity,
    arn: answer.AssumedRoleUser?.Arn,
  };
}

/** A client that signs with the wide session and shares the connections of the first. */
function asSession(sts: STSClient, credentials: Credentials | undefined): STSClient {
  const { AccessKeyId, SecretAccessKey, SessionToken } = complete(credentials);
  return new STSClient({
    region: sts.config.region,
    requestHandler: sts.config.requestHandler,
    maxAttempts: sts.config.maxAttempts,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
}

function complete(credentials: Credentials | undefined) {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
    throw new Error('STS answered without credentials');
  return { AccessKeyId, SecretAccessKey, SessionToken, Expiration };
}
