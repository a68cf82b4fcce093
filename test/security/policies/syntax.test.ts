import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PolicySourceError } from '../../../core/policy/source.ts';
import { readPolicies } from '../../../lib/policies.ts';
import { invoiceText, written } from '../../core/invoice-source.ts';
import { followedBy, refused, withPurpose } from './refused.ts';

const anchors = Array.from({ length: 12 }, (_, i) =>
  i === 0
    ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
    : `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
).join('\n');

describe('YAML that is for programs', () => {
  it.each([
    ['an alias bomb', anchors, 'an anchor (&name)'],
    ['an alias bomb behind the policy', followedBy(`  x: &a [*a]\n`), 'an anchor (&name)'],
    ['an anchor alone', withPurpose('&a Validates'), 'an anchor (&name)'],
    ['an alias to nothing', withPurpose('*a'), 'an alias (*name)'],
    ['an alias as a key', followedBy('  *a : x\n'), 'an alias (*name)'],
    ['an anchor on a key', followedBy('  &a x: y\n'), 'an anchor (&name)'],
    ['an anchor on the whole', `&a ${invoiceText}`, 'an anchor (&name)'],
    ['a merge key', followedBy('  <<: { owner: evil@example.com }\n'), 'a merge key (<<)'],
    ['a merge key in quotes', followedBy('  "<<": { owner: evil@example.com }\n'), 'a merge key (<<)'],
    ['a merge key of an alias', followedBy('  <<: *a\n'), 'an alias (*name)'],
    ['a key that is a list', '[a]: x\n', 'a key is 1 to 64 letters'],
    ['a key that is a map', '{a: b}: x\n', 'a key is 1 to 64 letters'],
    ['a key that is a question', followedBy('  ? x\n  : y\n'), 'a key written with `?`'],
    ['an empty key', followedBy('  : x\n'), 'a key is 1 to 64 letters'],
    ['an empty key in quotes', followedBy('  "": x\n'), 'a key is 1 to 64 letters'],
    ['a number as key', followedBy('  1: x\n'), 'a number as key'],
    ['a truth value as key', followedBy('  true: x\n'), 'a key is 1 to 64 letters'],
    ['nothing as key', followedBy('  null: x\n'), 'a key is 1 to 64 letters'],
  ])('is refused: %s', (_, text, message) => {
    expect(refused(text)).toContain(message);
  });

  it.each([
    '!!js/function "function () { return 1 }"',
    '!!js/undefined ""',
    '!!js/regexp /a/',
    '!!python/object/apply:os.system ["id"]',
    '!ruby/object:Gem::Installer {}',
    '!<tag:yaml.org,2002:str> x',
    '!!binary aGk=',
    '!!set {a, b}',
    '!!omap [a: 1]',
    '!!timestamp 2026-11-24',
    '!!float 1',
    '!!str 1',
    '!!null ""',
    '!!map {}',
    '!!merge x',
    '! x',
    '!own x',
  ])('is refused: the tag %s', (text) => {
    for (const policy of [
      withPurpose(text),
      followedBy(`  x: ${text}\n`),
      `${text.split(' ')[0]}\n${invoiceText}`,
    ])
      expect(refused(policy)).toContain('a tag (!name)');
  });

  it.each([
    ['a second document', followedBy('---\ncontext_policy: {}\n'), 'a second document'],
    ['a second empty document', followedBy('---\n'), 'a second document'],
    ['two document markers', `---\n---\n${invoiceText}`, 'a second document'],
    ['an end and something behind it', followedBy('...\ncontext_policy: {}\n'), 'an end of document'],
    ['an end', followedBy('...\n'), 'an end of document'],
    ['YAML 1.1 by directive', `%YAML 1.1\n---\n${invoiceText}`, 'a directive (%NAME)'],
    ['YAML 1.2 by directive', `%YAML 1.2\n---\n${invoiceText}`, 'a directive (%NAME)'],
    ['a tag prefix by directive', `%TAG ! tag:x,2000:\n---\n${invoiceText}`, 'a directive (%NAME)'],
    ['nothing', '', 'is empty'],
    ['only a comment', '# nothing\n', 'is empty'],
    ['only a document marker', '---\n', 'is empty'],
    ['a text', 'context_policy', 'a map is needed, not a text'],
    ['a list', '- context_policy: {}', 'a map is needed, not a list'],
    ['two policies in one', `${invoiceText}${invoiceText}`, 'stands here twice'],
    ['something beside the policy', `${invoiceText}other: 1\n`, 'other: unknown key'],
  ])('is refused: %s', (_, text, message) => {
    expect(refused(text)).toContain(message);
  });
});

describe('what YAML 1.1 reads as something else', () => {
  it.each([
    'yes',
    'no',
    'on',
    'off',
    'Yes',
    'NO',
    'On',
    'y',
    'N',
    '1_000',
    '0b101',
    '190:20:30',
    '08:00',
    '2026-11-24',
    '2026-11-24T02:00:00Z',
  ])('is a text in quotes only: %s', (text) => {
    expect(refused(withPurpose(text))).toContain('put it in quotes');
    expect(() => refused(withPurpose(`"${text}"`))).toThrow('the policy was accepted');
  });

  it.each(['true', 'True', 'FALSE', 'null', '~', 'Null', ''])('is no text: %j', (text) => {
    expect(refused(withPurpose(text))).toMatch(/purpose: (a text is needed, not|is empty)/);
  });

  it.each([
    '010',
    '0o10',
    '0x10',
    '0x1F',
    '00',
    '1e3',
    '1E400',
    '-1e-7',
    '+5',
    '.5',
    '5.',
    '1.0000000000000001',
    '.inf',
    '-.Inf',
    '.nan',
    '99999999999999999999',
    '1234567890123456',
    '9'.repeat(10_000),
    `0.${'0'.repeat(10_000)}1`,
  ])('is no number: %.20s', (text) => {
    expect(refused(written('minimum: 0', `minimum: ${text}`))).toContain(
      'a number has up to 15 digits and 6 decimals',
    );
  });

  it.each(['"5"', 'five', 'true', '0b101', '1_000', '1:30'])('is no number, but a text: %s', (text) => {
    expect(refused(written('minimum: 0', `minimum: ${text}`))).toMatch(/a number is needed|put it in quotes/);
  });
});

describe('a folder with one hostile policy', () => {
  it('deploys nothing: not what stands before it, and not the good ones beside it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mayfly-hostile-'));
    try {
      const guardrail =
        'guardrail:\n  accounts: ["111122223333"]\n  services: [s3]\n  buckets: [acme-invoices]\n';
      writeFileSync(join(folder, 'guardrail.yaml'), guardrail);
      writeFileSync(join(folder, 'a.yaml'), followedBy('  x: &a [*a]\n'));
      writeFileSync(join(folder, 'b.yaml'), invoiceText);
      expect(() => readPolicies(folder)).toThrow(PolicySourceError);
      expect(() => readPolicies(folder)).toThrow(/a\.yaml:46:6: an anchor/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
