import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Failure } from './cli-error.ts';
import type { World } from './world.ts';

/** Options of everything that asks AWS. */
export const awsOptions = { region: { type: 'string' }, profile: { type: 'string' } } as const;

/** As whom and where to call AWS. */
export type AwsChoice = { readonly region?: string | undefined; readonly profile?: string | undefined };

/** Keys to sign with. */
export type Keys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/**
 * Chooses the profile for this process: the SDK takes keys and region from a profile that a client is given, but its
 * endpoints only from the one that the environment names.
 */
function choose({ profile }: AwsChoice): void {
  if (profile !== undefined) process.env['AWS_PROFILE'] = profile;
}

/** Credentials from where the SDK looks for them; a profile that wants MFA asks for its code. */
export async function findKeys(choice: AwsChoice, { ask }: World): Promise<Keys> {
  choose(choice);
  const askCode = ask && ((serial: string) => ask(`MFA code of ${serial}: `));
  try {
    return await defaultProvider(askCode ? { mfaCodeProvider: askCode } : {})();
  } catch (error) {
    const advice = 'Set AWS_PROFILE or give --profile, or log in again with the AWS command line.';
    throw new Failure(`no AWS credentials: ${(error as Error).message}`, advice, error);
  }
}

/** The region that is given, or that environment or profile name. */
export async function findRegion(choice: AwsChoice): Promise<string> {
  choose(choice);
  if (choice.region !== undefined) return choice.region;
  const { LambdaClient } = await import('@aws-sdk/client-lambda');
  try {
    return await new LambdaClient({}).config.region();
  } catch (error) {
    throw new Failure('no AWS region is set', 'Set AWS_REGION, or give --region.', error);
  }
}

/** An error of an AWS call in words; `access` is the managed policy of the stack that allows it. */
export function awsFailure(doing: string, error: unknown, access: string): Failure {
  const { name, message } = error as Error;
  const denied = /^AccessDenied/.test(name);
  const stale = /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch)/.test(name);
  const advice = denied
    ? `The stack's managed policy ${access} allows it: attach it to the role that you use.`
    : stale
      ? 'Log in again, or choose other credentials with --profile.'
      : undefined;
  return new Failure(`${doing}: ${name}: ${message}`, advice, error);
}
