import { attestationAudience } from '../../core/attestation-result.ts';
import { evidenceBinding } from '../../core/identity.ts';
import { audience, binding, publicUrl } from './jwt-sound.ts';
import { claims, type JwtForgery, shown } from './jwt-world.ts';

function wrong(fault: 'audience' | 'binding', aud: unknown, attack = `its aud is ${shown(aud)}`): JwtForgery {
  return claims(attack, fault, { aud });
}

/** Audiences that a token whose audience binds it may not have. */
export const ofAudience: readonly JwtForgery[] = [
  ...[undefined, null, '', 1, {}, [], [[audience]], [1], true].map((aud) => wrong('audience', aud)),
  wrong('audience', 'sts.amazonaws.com', 'it is for AWS'),
  wrong('audience', publicUrl, 'it is for this broker and bound to nothing'),
  wrong('audience', binding, 'its audience is the binding alone'),
  wrong('audience', [audience, 'https://other.example'], 'others may present it too'),
  wrong('audience', [audience, audience], 'it is for this broker twice'),
  wrong('audience', { 0: audience, length: 1 }, 'its audience is like a list'),
  wrong('audience', `https://evil.example/${binding}`, 'it is for another broker'),
  wrong('audience', `${publicUrl}x/${binding}`, 'it is for a broker whose address begins as this one’s'),
  wrong('audience', `${publicUrl}.evil.example/${binding}`, 'it is for a host whose name begins so'),
  wrong('audience', `${publicUrl}@evil.example/${binding}`, 'this broker’s address is a user’s name in it'),
  wrong('audience', audience.replace('https:', 'http:'), 'it is for the address without TLS'),
  wrong('audience', audience.replace('broker', 'BROKER'), 'it is for the host in capitals'),
  wrong('audience', audience.replace('.example', '.example:443'), 'it is for the host with its port'),
  wrong('audience', audience.replace('/live', '/test'), 'it is for another stage'),
  wrong('audience', ` ${audience}`, 'a space precedes its audience'),
  wrong('audience', [publicUrl, binding], 'its audience is in two parts'),
  wrong('binding', `${audience} `, 'a space follows its audience'),
  wrong('binding', `${audience}\n`, 'a line break follows its audience'),
  wrong('binding', `${audience}/`, 'a slash follows its audience'),
  wrong('binding', `${audience}?x=1`, 'a query follows its audience'),
  wrong('binding', `${audience}A`, 'a character follows its binding'),
  wrong('binding', audience.slice(0, -1), 'its binding is cut short'),
  wrong('binding', audience.toLowerCase(), 'its binding is in lower case'),
  wrong('binding', `${publicUrl}//${binding}`, 'its audience has two slashes'),
  wrong('binding', `${publicUrl}/./${binding}`, 'its audience has a dot'),
  wrong('binding', `${publicUrl}/`, 'its binding is empty'),
  wrong('binding', `${publicUrl}/other`, 'it is for something else of this broker'),
  wrong('binding', attestationAudience(publicUrl), 'it is for what attestation results are for'),
  wrong('binding', `${publicUrl}/${evidenceBinding('another', 'thumbprint')}`, 'it is of another nonce'),
  wrong('binding', `${publicUrl}/${evidenceBinding('nonce', 'another')}`, 'it is of another key'),
];

/** The audience of tokens that cannot be bound, where a policy takes it. */
export const plainAudience = 'sts.amazonaws.com';

/** Tokens without a binding that a policy's plain audience does not cover either. */
export const ofPlainAudience: readonly JwtForgery[] = [
  { ...wrong('audience', publicUrl, 'it is for this broker, which the policy does not say') },
  wrong('audience', [plainAudience, 'other'], 'it is for others, too'),
  wrong('audience', `${plainAudience}/`, 'a slash follows its plain audience'),
  wrong('audience', plainAudience.toUpperCase(), 'its plain audience is in capitals'),
  wrong(
    'binding',
    `${publicUrl}/${evidenceBinding('another', 'thumbprint')}`,
    'it is bound to another nonce',
  ),
  ...[null, 1, ['a'], {}].map((jti) =>
    claims(`its jti is ${shown(jti)}`, 'claims', { aud: plainAudience, jti }),
  ),
];
