import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { after, type EpochSeconds } from '../../core/time.ts';

/** Secrets by ARN, as they are now or were a few minutes ago. */
export type Secrets = {
  /** The secret's text. `fresh` asks again where a cached one was refused: it may have been rotated. Throws when it cannot be had. */
  read(arn: string, fresh?: 'fresh'): Promise<string>;
};

/** Seconds for which a secret is used without asking again, and after which it is used by nobody. */
export const secretLifetime = 300;

/** Seconds between two times that `fresh` asks for one secret: whoever makes us be refused decides on no traffic. */
export const freshCooldown = 10;

/** What is known of one secret. Loads are numbered: one that was started earlier never replaces what a later one found. */
type Known = {
  held?: { readonly text: string; readonly at: EpochSeconds; readonly load: number };
  loading?: { readonly text: Promise<string>; readonly at: EpochSeconds };
  asked?: EpochSeconds;
  loads: number;
};

/**
 * Reads secrets from AWS Secrets Manager (GetSecretValue, the version `AWSCURRENT`) and keeps each for
 * {@link secretLifetime}. Many callers at once cost one request; a failure is kept for nobody.
 */
export function secretReader(client: SecretsManagerClient, clock: () => EpochSeconds): Secrets {
  const secrets = new Map<string, Known>();

  function knownOf(arn: string): Known {
    const known = secrets.get(arn) ?? { loads: 0 };
    secrets.set(arn, known);
    return known;
  }

  function load(arn: string, known: Known): Promise<string> {
    // Ages count from the start: in Lambda a load may freeze with the environment and end much later.
    const [at, number] = [clock(), ++known.loads];
    const text = secretText(client, arn).then((text) => {
      if (!known.held || known.held.load < number) known.held = { text, at, load: number };
      return text;
    });
    const loading = { text, at };
    known.loading = loading;
    const done = () => {
      if (known.loading === loading) delete known.loading;
    };
    text.then(done, done);
    return text;
  }

  return {
    async read(arn, fresh) {
      const known = knownOf(arn);
      const isWithin = (seconds: number, at: EpochSeconds) => clock() < after(at, seconds);
      const held = known.held && isWithin(secretLifetime, known.held.at) ? known.held.text : undefined;
      const loading =
        known.loading && isWithin(freshCooldown, known.loading.at) ? known.loading.text : undefined;
      if (!fresh) return held ?? loading ?? load(arn, known);
      // Whoever asks for a fresh one while another does wants what that one gets.
      if (known.asked !== undefined && isWithin(freshCooldown, known.asked))
        return loading ?? held ?? unavailable(arn);
      known.asked = clock();
      return load(arn, known);
    },
  };
}

function unavailable(arn: string): never {
  throw new Error(`the secret ${arn} could not be read a moment ago`);
}

async function secretText(client: SecretsManagerClient, SecretId: string): Promise<string> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId })).catch((error) => {
    // Without its cause: an SDK that cannot read an answer keeps the answer in its error.
    throw new Error(`the secret ${SecretId} cannot be read: ${nameOf(error)}`);
  });
  if (!SecretString) throw new Error(`the secret ${SecretId} is no text`);
  return SecretString;
}

function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Za-z]{1,64}$/.test(name) ? name : 'unknown';
}
