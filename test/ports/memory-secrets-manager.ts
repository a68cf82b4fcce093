import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** A Secrets Manager in memory that answers when it is let to. */
export function memorySecretsManager(initial: Readonly<Record<string, string>> = {}) {
  const current = new Map(Object.entries(initial));
  const asked: string[] = [];
  let fault: Error | undefined;
  let gate: Promise<void> = Promise.resolve();
  const client = new SecretsManagerClient({ region: 'eu-central-1' });
  client.send = async (command: unknown) => {
    if (!(command instanceof GetSecretValueCommand)) throw new Error('AccessDeniedException');
    const arn = String(command.input.SecretId);
    asked.push(arn);
    // What it will say is settled when it is asked, as on the way of a slow answer.
    const [failure, text] = [fault, current.get(arn)];
    await gate;
    if (failure) throw failure;
    if (text === undefined)
      throw new ResourceNotFoundException({ $metadata: {}, message: 'Secrets Manager can’t find it' });
    return { SecretString: text } as never;
  };
  return {
    client,
    asked,
    put: (arn: string, text: string) => void current.set(arn, text),
    /** Fails every request with this, until it is told nothing. */
    failWith: (error?: Error) => {
      fault = error;
    },
    /** Lets requests wait from now on, until the answer is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}
