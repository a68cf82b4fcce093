import { hostAndPath } from './federation.ts';

/** An OpenID Connect provider as an account registered it with IAM. */
export type OidcProvider = {
  readonly arn: string;
  readonly issuer: string;
  /** Where its keys are read. AWS finds the address in the provider's discovery document; here it may be any. */
  readonly jwksUri: string;
  /** Audiences that its tokens may be for. */
  readonly clientIds: readonly string[];
};

/** The OpenID Connect providers of the accounts. */
export class OidcProviders {
  readonly #providers = new Map<string, OidcProvider>();

  /** Registers a provider, or changes one that is there. */
  put(account: string, provider: Omit<OidcProvider, 'arn'>): OidcProvider {
    const made = { ...provider, arn: arnOf(account, provider.issuer) };
    this.#providers.set(made.arn, made);
    return made;
  }

  /** The provider of an issuer in an account. */
  find(account: string, issuer: string): OidcProvider | undefined {
    const provider = this.#providers.get(arnOf(account, issuer));
    // The ARN does not tell `http` from `https`.
    return provider?.issuer === issuer ? provider : undefined;
  }
}

function arnOf(account: string, issuer: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${hostAndPath(issuer)}`;
}
