import { describe, expect, it } from 'vitest';
import { remembered } from '../../core/remembered.ts';

describe('what is remembered of an object', () => {
  it('is computed once for each, even where it comes to nothing', () => {
    const computed: object[] = [];
    const nameOf = remembered((subject: { readonly name?: string }) => {
      computed.push(subject);
      return subject.name;
    });
    const subjects: { readonly name?: string }[] = [{ name: 'one' }, { name: 'one' }, {}];
    for (const subject of [...subjects, ...subjects]) expect(nameOf(subject)).toBe(subject.name);
    expect(computed).toEqual(subjects);
  });

  it('is not what something equal came to: objects are told apart, not compared', () => {
    let count = 0;
    const counted = remembered(() => ++count);
    expect([counted({}), counted({})]).toEqual([1, 2]);
  });
});
