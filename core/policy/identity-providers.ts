import { z } from 'zod';
import { algorithms, issuer, keysAddress, privateNetwork, word as value } from './schema-addresses.ts';

const identityProvider = z.strictObject({
  issuer: issuer.describe('Its address, exactly as its tokens say in `iss`'),
  jwks_uri: keysAddress.describe('Where its keys are; nothing that a token says leads to others'),
  audience: value.describe('Whom its tokens must be for: what it calls this broker'),
  private_network: privateNetwork,
  algorithms,
  mfa: z
    .strictObject({
      amr: z.array(value).max(20).default(['mfa']).describe('Values of `amr`, of which one means MFA'),
      acr: z.array(value).max(20).default([]).describe('Values of `acr` that mean MFA'),
    })
    .prefault({})
    .describe('By which claims its tokens say that more than one factor was proven'),
  groups: value.default('groups').describe('The claim that lists the groups of a person'),
  sign_in: z
    .strictObject({ client_id: value.describe('What it calls the command line of operators') })
    .optional()
    .describe('How people sign in on the command line, where they do'),
});

/** The `identity_providers` document: who may say who a person is. Strict; an empty list trusts nobody. */
export const identityProvidersSchema = z.array(identityProvider).max(10);

/** A compiled provider: plain JSON. Its keys come from `jwks_uri` and from nowhere that a token points to. */
export type IdentityProvider = z.output<typeof identityProvider>;
