import { describe, expect, it } from 'vitest';
import { compileGuardrail } from '../../core/policy/source.ts';
import { compile, refusal, written } from './invoice-source.ts';

describe('how much a policy may hold', () => {
  const list = (count: number, one: (i: number) => string) =>
    `[${Array.from({ length: count }, (_, i) => one(i)).join(', ')}]`;
  const rules = (count: number) =>
    Array.from({ length: count - 1 }, (_, i) => `      - { if: "== ${i}", then: deny }\n`).join('');

  it.each([
    [
      '20 rules for a parameter',
      '      - if: "< 1000"',
      (count: number) => `${rules(count - 2)}      - if: "< 1000"`,
      20,
      'at most 20 entries',
    ],
    [
      '20 actions of a capability',
      '["s3:GetObject"]',
      (count: number) => list(count, (i) => `"s3:GetObject${i}"`),
      20,
      'at most 20 entries',
    ],
    [
      '10 groups that are asked',
      '[finance-managers]',
      (count: number) => list(count, (i) => `g${i}`),
      10,
      'at most 10 entries',
    ],
    [
      '10 identity providers',
      '["https://login.example.com"]',
      (count: number) => list(count, (i) => `"https://login${i}.example.com"`),
      10,
      'at most 10 entries',
    ],
    [
      '50 values in a rule',
      '"in [initech, globex]"',
      (count: number) =>
        `"in ${list(count, (i) => String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26)))}"`,
      50,
      'a rule compares',
    ],
    [
      '200 characters of a pattern',
      '"[a-z]{1,20}"',
      (count: number) => `"${'a'.repeat(count - 5)}[a-z]"`,
      200,
      'at most 200 characters',
    ],
    [
      '10 endpoints',
      '[vpce-0abc]',
      (count: number) => list(count, (i) => `vpce-${i}`),
      10,
      'at most 10 entries',
    ],
  ])('is %s, and not one more', (_, from, to, most, message) => {
    const more = refusal(written(from, to(most + 1)));
    expect(more).toContain(message);
    const [text] = [written(from, to(most))];
    // What else may be wrong with it, its number is not.
    expect(() => compile(text)).not.toThrow(message);
  });

  it('is 50 parameters', () => {
    const one = (i: number) => `    p${i}: { type: number, source: delegation }\n`;
    const many = (count: number) =>
      written(
        '  parameters:\n',
        `  parameters:\n${Array.from({ length: count }, (_, i) => one(i)).join('')}`,
      );
    expect(Object.keys(compile(many(46)).parameters)).toHaveLength(50);
    expect(refusal(many(47))).toContain('context_policy.parameters: at most 50 entries');
  });

  it('is 1,000 entries in a list of the guardrail', () => {
    const text = (count: number) =>
      `guardrail:\n  accounts: []\n  services: ${list(count, (i) => `s${i}`)}\n`;
    expect(compileGuardrail({ name: 'g.yaml', text: text(1_000) }).services).toHaveLength(1_000);
    expect(() => compileGuardrail({ name: 'g.yaml', text: text(1_001) })).toThrow('at most 1000 entries');
  });
});
