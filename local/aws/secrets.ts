import { randomUUID } from 'node:crypto';
import type { EpochSeconds } from '../../core/time.ts';
import type { AccountPlace } from '../account.ts';
import type { Clock } from '../clock.ts';

/** One version of a secret; a version without stages is deprecated, and is still there by its id. */
export type SecretVersion = {
  readonly id: string;
  readonly text: string;
  readonly created: EpochSeconds;
  readonly stages: readonly string[];
};

/** A secret and its versions, newest first. */
export type Secret = {
  readonly arn: string;
  readonly name: string;
  readonly versions: readonly SecretVersion[];
};

/** The account's secrets: texts under the key `aws/secretsmanager`, which asks for no permission of its own. */
export class Secrets {
  readonly #place: AccountPlace;
  readonly #clock: Clock;
  readonly #secrets = new Map<string, Secret>();

  constructor(place: AccountPlace, clock: Clock) {
    this.#place = place;
    this.#clock = clock;
  }

  /** Makes a secret; throws where its ARN is none of this account and region, or its name is taken. */
  create(arn: string, text: string): void {
    const name = this.#nameIn(arn);
    if (this.named(name)) throw new Error(`there is a secret named ${name}`);
    this.#secrets.set(arn, { arn, name, versions: [this.#version(text)] });
  }

  /**
   * Gives a secret another text: what was AWSCURRENT becomes AWSPREVIOUS, and what was that is deprecated (Secrets
   * Manager user guide, secret versions). Throws where there is no such secret.
   */
  rotate(arn: string, text: string): void {
    const secret = this.#secrets.get(arn);
    if (!secret) throw new Error(`there is no secret ${arn}`);
    const [current, ...older] = secret.versions;
    const versions = [
      this.#version(text),
      ...(current ? [{ ...current, stages: ['AWSPREVIOUS'] }] : []),
      ...older.map((version) => ({ ...version, stages: [] })),
    ];
    this.#secrets.set(arn, { ...secret, versions });
  }

  get(arn: string): Secret | undefined {
    return this.#secrets.get(arn);
  }

  named(name: string): Secret | undefined {
    return [...this.#secrets.values()].find((secret) => secret.name === name);
  }

  /** The name in an ARN, which ends in a hyphen and six characters that Secrets Manager adds. */
  #nameIn(arn: string): string {
    const { region, account } = this.#place;
    const prefix = `arn:aws:secretsmanager:${region}:${account}:secret:`;
    const [, name] = /^([\w/+=.@!-]{1,512})-[A-Za-z0-9]{6}$/.exec(arn.slice(prefix.length)) ?? [];
    if (!arn.startsWith(prefix) || name === undefined)
      throw new Error(`${arn} is no ARN of a secret of ${account} in ${region}`);
    return name;
  }

  #version(text: string): SecretVersion {
    return { id: randomUUID(), text, created: this.#clock.now(), stages: ['AWSCURRENT'] };
  }
}
