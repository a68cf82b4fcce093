import { expect, test } from 'vitest';
import { problemsOf } from './template-lint.ts';

const known = {
  Rule: { Id: 'W3037' },
  Message: "'getscopedcredentials' is not one of ['assumerole']",
  Location: { Path: ['Resources', 'Policy', 'Properties'] },
};

test('a finding that is known does not count, however often it is found', () => {
  expect(problemsOf([known, known])).toEqual([]);
});

test('another finding of the same rule counts, and says where', () => {
  const misspelt = { ...known, Message: "'assumerol' is not one of ['assumerole']" };
  expect(problemsOf([known, misspelt])).toEqual([
    "W3037 Resources.Policy.Properties: 'assumerol' is not one of ['assumerole']",
  ]);
});

test('what is known but found no longer counts, so that the list does not outlive its reasons', () => {
  expect(problemsOf([])).toEqual([expect.stringContaining('W3037 is found no longer')]);
});
