import { describe, expect, it } from 'vitest';
import { compile, invoiceText, written } from '../../core/invoice-source.ts';
import { followedBy, refused, withPurpose } from './refused.ts';

const unseen: readonly (readonly [string, string])[] = [
  ['a null byte', '\0'],
  ['a backspace', '\b'],
  ['an escape that moves the cursor', '\u001b[2K'],
  ['a bell', '\u0007'],
  ['a vertical tab', '\v'],
  ['a form feed', '\f'],
  ['a delete', '\u007f'],
  ['a control character of C1', '\u009b'],
  ['a next line', '\u0085'],
  ['a line separator', '\u2028'],
  ['a paragraph separator', '\u2029'],
  ['a carriage return', '\r'],
  ['a no-break space', '\u00a0'],
  ['a wide space', '\u3000'],
  ['a thin space', '\u2009'],
  ['an ogham space', '\u1680'],
  ['a filler of Hangul', '\u3164'],
  ['a byte order mark', '\ufeff'],
  ['a zero-width space', '\u200b'],
  ['a zero-width joiner', '\u200d'],
  ['a word joiner', '\u2060'],
  ['a soft hyphen', '\u00ad'],
  ['text that turns to the left', '\u202e'],
  ['an isolate', '\u2066'],
  ['a mark to the right', '\u200f'],
  ['an Arabic mark', '\u061c'],
  ['a tag character', '\u{e0041}'],
  ['a private character', '\ue000'],
  ['half of a pair', '\ud800'],
  ['the other half of a pair', '\udc00'],
  ['bytes that were no UTF-8', '\ufffd'],
];

describe('a character that nobody sees', () => {
  it.each(unseen)('is refused wherever it stands: %s', (_, character) => {
    const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    for (const text of [
      `${character}${invoiceText}`,
      invoiceText.replace('context_policy:', `context_policy${character}:`),
      invoiceText.replace('owner:', `ow${character}ner:`),
      invoiceText.replace('owner: ', `owner:${character}`),
      withPurpose(`Vali${character}dates`),
      withPurpose(`"Vali${character}dates"`),
      withPurpose(`'Vali${character}dates'`),
      withPurpose(`Validates # ${character} deny`),
      withPurpose(`>-\n    Vali${character}dates`),
      written('finance-managers', `finance${character}-managers`),
      written('"< 1000"', `"< ${character}1000"`),
      followedBy(`# ${character}`),
    ])
      expect(refused(text)).toContain(`(U+${code})`);
  });

  it.each(
    unseen.filter(([, character]) => !/[\ud800-\udfff]/.test(character)),
  )('is refused where an escape writes it: %s', (_, character) => {
    const code = character.codePointAt(0) ?? 0;
    const escaped = `\\U${code.toString(16).padStart(8, '0')}`;
    expect(refused(withPurpose(`"Vali${escaped}dates"`))).toMatch(/^policy\.yaml:4:12: .*\(U\+/);
    expect(refused(followedBy(`  "x${escaped}": 1\n`))).toContain('a key is 1 to 64 letters');
  });

  it.each([
    ['a tab between', invoiceText.replace('owner: ', 'owner:\t'), 'a tab: use spaces'],
    ['a tab that indents', invoiceText.replace('  owner', '\towner'), 'a tab: use spaces'],
    ['a tab behind', invoiceText.replace('example.com\n', 'example.com\t\n'), 'a tab: use spaces'],
    ['a tab by escape', withPurpose('"a\\tb"'), 'a tab: use spaces (U+0009)'],
    ['a line break by escape', withPurpose('"a\\nb"'), 'a line break in a value'],
    ['a text of several lines', withPurpose('|\n    one\n    two'), 'start it with `>-`'],
    ['a text that ends with its line', withPurpose('>\n    one\n    two'), 'start it with `>-`'],
    ['an empty line in a text', withPurpose('"one\n\n    two"'), 'a line break in a value'],
  ])('is refused, and said how to write it: %s', (_, text, message) => {
    expect(refused(text)).toContain(message);
  });

  it('is told at its place', () => {
    expect(refused(invoiceText.replace('owner: ', 'owner: \u202e'))).toBe(
      'policy.yaml:3:10: a character that nobody sees, or that is no text: leave it out (U+202E)',
    );
    expect(refused(`\ufeff${invoiceText}`)).toBe(
      'policy.yaml:1:1: a byte order mark: save the file as UTF-8 without one (U+FEFF)',
    );
  });

  it('is none that people write with: a purpose may be in any language', () => {
    for (const purpose of [
      'Prüft Rechnungen für Zürich',
      '請求書を確認する',
      'Проверяет счета',
      'يتحقق من الفواتير',
      'naïve façade — “quoted” ✓ 😀',
    ])
      expect(compile(withPurpose(purpose)).purpose).toBe(purpose);
    expect(compile(withPurpose('>-\n    Validates\n    invoices')).purpose).toBe('Validates invoices');
  });
});

describe('a key that looks like another', () => {
  it.each([
    ['a Cyrillic letter', '  оwner: evil@example.com\n'],
    ['a Greek letter', '  ownεr: evil@example.com\n'],
    ['a full-width letter', '  ｏwner: evil@example.com\n'],
    ['an accent of its own', '  o\u0301wner: evil@example.com\n'],
    ['an accent in the letter', '  ówner: evil@example.com\n'],
    ['a Cyrillic letter by escape', '  "\\u043ewner": evil@example.com\n'],
    ['a mathematical letter', '  𝐨wner: evil@example.com\n'],
    ['a space behind', '  "owner ": evil@example.com\n'],
    ['a space before', '  " owner": evil@example.com\n'],
  ])('is refused: %s', (_, text) => {
    expect(refused(followedBy(text))).toContain('a key is 1 to 64 letters a to z, digits, _ . and -');
  });

  it.each([
    ['the same', '  owner: evil@example.com\n', 'the key owner stands here twice'],
    ['the same in quotes', '  "owner": evil@example.com\n', 'the key owner stands here twice'],
    ['the same by escape', '  "\\u006fwner": evil@example.com\n', 'the key owner stands here twice'],
    ['the same in capitals', '  OWNER: evil@example.com\n', 'the key OWNER stands here twice, as owner'],
    ['the same with one capital', '  Owner: evil@example.com\n', 'the key Owner stands here twice, as owner'],
  ])('is refused beside it: %s', (_, text, message) => {
    expect(refused(followedBy(text))).toContain(message);
  });

  it.each([
    ['a parameter', '  parameters:\n', '    customer_id: { type: number, source: claimed }\n'],
    [
      'a capability',
      '  capabilities:\n',
      '    read_invoice: { aws: { actions: ["s3:Get"], resources: ["*"] } }\n',
    ],
    ['a rule', 'supplier:\n      - {', ' else: deny, else: auto_approve }\n      - {'],
    ['a condition', '  conditions:\n', '    invoice_amount: [{ else: auto_approve }]\n'],
  ])('is refused where it would take the place of %s', (_, after, text) => {
    expect(refused(written(after, after + text))).toContain('stands here twice');
  });
});

describe('a key that every object has from birth', () => {
  it.each([
    '__proto__',
    'constructor',
    'prototype',
    '"__proto__"',
    '"\\u005f_proto__"',
  ])('is refused: %s', (key) => {
    for (const text of [
      followedBy(`  ${key}: { owner: evil@example.com }\n`),
      `${key}: {}\n${invoiceText}`,
      written('  parameters:\n', `  parameters:\n    ${key}: { type: number, source: claimed }\n`),
      written('  capabilities:\n', `  capabilities:\n    ${key}: { aws: { actions: [], resources: [] } }\n`),
      written('  conditions:\n', `  conditions:\n    ${key}: [{ else: auto_approve }]\n`),
      written('per: user', `${key}: 1, per: user`),
    ])
      expect(refused(text)).toMatch(/no key may be called (__proto__|constructor|prototype)/);
    expect(({} as { owner?: string }).owner).toBeUndefined();
  });

  it('is no name of anything that a policy refers to', () => {
    expect(refused(written('agent_type: invoice_processor', 'agent_type: constructor'))).toContain(
      'this name means something else to the programs',
    );
    expect(refused(written('without: [file_result]', 'without: [constructor]'))).toContain(
      'means something else',
    );
    expect(refused(written('${customer_id}/results', '${constructor}/results'))).toContain(
      'no parameter is called constructor',
    );
    expect(refused(written('key: [customer_id, invoice_id]', 'key: { id: "${constructor}" }'))).toContain(
      'no parameter is called constructor',
    );
  });
});
