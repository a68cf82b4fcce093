import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { personKey, samePerson } from '../../core/person.ts';

const alice = { issuer: 'https://login.example.com', subject: 'alice' };

describe('a person', () => {
  it('has a key of 26 lower-case characters that never changes', () => {
    expect(personKey(alice)).toBe('tyxyelqh2qyrjmt7qyho7jrafb');
    expect(personKey(alice)).toMatch(/^[a-z2-7]{26}$/);
  });

  it('is somebody else under the same name at another provider', () => {
    const namesake = { ...alice, issuer: 'https://login.example.org' };
    expect(samePerson(alice, namesake)).toBe(false);
    expect(personKey(namesake)).not.toBe(personKey(alice));
  });

  it('is not met by moving characters between provider and name', () => {
    const moved = { issuer: 'https://login.example.coma', subject: 'lice' };
    expect(samePerson(alice, moved)).toBe(false);
    expect(personKey(moved)).not.toBe(personKey(alice));
  });

  it('has the same key exactly when it is the same person', () => {
    const people = fc.record({ issuer: fc.string({ maxLength: 2 }), subject: fc.string({ maxLength: 2 }) });
    fc.assert(
      fc.property(people, people, (one, other) => {
        expect(personKey(one) === personKey(other)).toBe(samePerson(one, other));
        expect(samePerson(one, { ...one })).toBe(true);
      }),
    );
  });
});
