import {
  AssumeRoleCommand,
  type Credentials,
  GetScopedCredentialsCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { assumeRoleSeconds, credentialSeconds } from '../../core/lifetime.ts';
import { type EpochSeconds, fromDate } from '../../core/time.ts';
import type { Minter } from '../../core/use-cases/mint-checked.ts';

/**
 * Mints in two calls: AssumeRole for a wide session that never leaves this function, then
 * GetScopedCredentials with it, which takes any lifetime from one second (STS API reference,
 * GetScopedCredentials; regional endpoints only).
 */
export function stsMinter(sts: STSClient, clock: () => EpochSeconds): Minter {
  return {
    async mint(plan) {
      const seconds = credentialSeconds(plan.deadline - clock());
      const wide = await sts.send(
        new AssumeRoleCommand({
          RoleArn: plan.roleArn,
          RoleSessionName: plan.sessionName,
          SourceIdentity: plan.sourceIdentity,
          DurationSeconds: assumeRoleSeconds(seconds),
          Tags: Object.entries(plan.tags).map(([Key, Value]) => ({ Key, Value })),
        }),
      );
      const narrowing = new GetScopedCredentialsCommand({ Policy: plan.policy, DurationSeconds: seconds });
      const narrow = await asSession(sts, wide.Credentials).send(narrowing);
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = complete(narrow.Credentials);
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: fromDate(Expiration),
        sourceIdentity: narrow.SourceIdentity,
        arn: narrow.SessionInfo?.Arn,
      };
    },
  };
}

/** A client that signs with the wide session and shares the connections of the first. */
function asSession(sts: STSClient, credentials: Credentials | undefined): STSClient {
  const { AccessKeyId, SecretAccessKey, SessionToken } = complete(credentials);
  return new STSClient({
    region: sts.config.region,
    requestHandler: sts.config.requestHandler,
    maxAttempts: 2,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
}

function complete(credentials: Credentials | undefined) {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
    throw new Error('STS answered without credentials');
  return { AccessKeyId, SecretAccessKey, SessionToken, Expiration };
}
