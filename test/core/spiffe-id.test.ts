import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpiffeId } from '../../core/spiffe-id.ts';

const domainCharacters = [...'abcdefghijklmnopqrstuvwxyz0123456789.-_'];
const segmentCharacters = [...domainCharacters, ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const domain = fc.string({ unit: fc.constantFrom(...domainCharacters), minLength: 1, maxLength: 255 });
const segment = fc
  .string({ unit: fc.constantFrom(...segmentCharacters), minLength: 1, maxLength: 20 })
  .filter((text) => text !== '.' && text !== '..');

const notIds: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'another scheme': 'https://example.org/agent',
  'a scheme in upper case': 'SPIFFE://example.org/agent',
  'a scheme without its slashes': 'spiffe:example.org/agent',
  'no trust domain': 'spiffe:///agent',
  'a trust domain in upper case': 'spiffe://Example.org/agent',
  'a trust domain with a port': 'spiffe://example.org:443/agent',
  'a user before the trust domain': 'spiffe://someone@example.org/agent',
  'a trust domain that is not ASCII': 'spiffe://exämple.org/agent',
  'a percent in the trust domain': 'spiffe://example%2eorg/agent',
  'a trust domain of 256 characters': `spiffe://${'a'.repeat(256)}/agent`,
  'a slash at the end': 'spiffe://example.org/agent/',
  'nothing but a slash for a path': 'spiffe://example.org/',
  'an empty segment': 'spiffe://example.org/agent//one',
  'a segment that stays': 'spiffe://example.org/./agent',
  'a segment that climbs': 'spiffe://example.org/other/../agent',
  'a climbing segment at the end': 'spiffe://example.org/agent/..',
  'an encoded segment that climbs': 'spiffe://example.org/%2e%2e/agent',
  'a query': 'spiffe://example.org/agent?admin',
  'a fragment': 'spiffe://example.org/agent#admin',
  'a space in the path': 'spiffe://example.org/ag ent',
  'a NUL that other readers stop at': 'spiffe://example.org/agent\0/x',
  'a line break at the end': 'spiffe://example.org/agent\n',
  '2049 characters': `spiffe://example.org/${'a'.repeat(2_049 - 21)}`,
};

describe('a SPIFFE id', () => {
  it('is a trust domain and a path', () => {
    expect(parseSpiffeId('spiffe://example.org/ns/Prod/sa/agent_1.x-y')).toEqual({
      trustDomain: 'example.org',
      path: '/ns/Prod/sa/agent_1.x-y',
    });
  });

  it('may name the trust domain alone', () => {
    expect(parseSpiffeId('spiffe://example.org')).toEqual({ trustDomain: 'example.org', path: '' });
  });

  it('may be as long as the standard says, and three dots are no way up', () => {
    expect(parseSpiffeId(`spiffe://example.org/${'a'.repeat(2_048 - 21)}`)).toBeDefined();
    expect(parseSpiffeId(`spiffe://${'a'.repeat(255)}`)).toBeDefined();
    expect(parseSpiffeId('spiffe://example.org/...')).toBeDefined();
  });

  it('is put together again from its parts', () => {
    fc.assert(
      fc.property(domain, fc.array(segment, { maxLength: 20 }), (trustDomain, segments) => {
        const path = segments.map((each) => `/${each}`).join('');
        expect(parseSpiffeId(`spiffe://${trustDomain}${path}`)).toEqual({ trustDomain, path });
      }),
    );
  });

  it.each(Object.entries(notIds))('is not %s', (_, text) => {
    expect(parseSpiffeId(text)).toBeUndefined();
  });

  it('has forgeries in the table above', () => {
    expect(Object.keys(notIds).length).toBeGreaterThan(20);
  });
});
