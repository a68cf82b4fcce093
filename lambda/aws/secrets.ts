/** Secrets by ARN, as they are now or were a few minutes ago. */
export type Secrets = {
  /** The secret's text. `fresh` asks again where a cached one was refused: it may have been rotated. Throws when it cannot be had. */
  read(arn: string, fresh?: 'fresh'): Promise<string>;
};
