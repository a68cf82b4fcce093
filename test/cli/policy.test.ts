import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { atTerminal, mayfly } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'mayfly-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the policies in which texts of one file are replaced. */
function changedPolicies(name: string, ...replacements: readonly (readonly [string, string])[]): string {
  const copy = mkdtempSync(join(folder, 'policies-'));
  cpSync('policies', copy, { recursive: true });
  const file = join(copy, name);
  const text = replacements.reduce(
    (source, [from, to]) => {
      expect(source).toContain(from);
      return source.replaceAll(from, to);
    },
    readFileSync(file, 'utf8'),
  );
  writeFileSync(file, text);
  return copy;
}

/** The policies without their cases. */
function caseless(): string {
  const copy = changedPolicies('guardrail.yaml');
  for (const name of ['invoice-processor', 'release-agent']) rmSync(join(copy, `${name}.cases.json`));
  return copy;
}

const run = (...args: readonly string[]) => atTerminal(['policy', ...args]);
const invoices = 'policies/invoice-processor.yaml';

describe('mayfly policy', () => {
  it.each(['lint', 'explain', 'test', 'diff'])('%s explains itself with examples', async (part) => {
    const { code, out } = await run(part, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^  npx mayfly policy ${part}`, 'm'));
    expect(await atTerminal(['help', 'policy', part])).toMatchObject({ code: 0, out });
  });

  it.each([
    ['nothing', [], 'one of lint, explain, test, diff'],
    ['an unknown part', ['lnit'], 'did you mean lint?'],
    ['a name of every object', ['constructor'], 'policy does no constructor'],
    ['a folder that is not there', ['test', 'nowhere'], 'nowhere is no folder'],
    ['a folder without a guardrail', ['lint', 'docs'], 'docs has no guardrail.yaml'],
    ['a folder without cases', ['test', caseless()], 'has no *.cases.json'],
    ['what is no policy', ['lint', 'policies/invoice-processor.cases.json'], 'is no policy'],
    ['neither case nor task', ['explain', invoices], 'Give one of --case'.toLowerCase()],
    [
      'an unknown case',
      ['explain', invoices, '--case', '421 EUR is approved automatically'],
      'did you mean "420 EUR',
    ],
    ['a start of two names', ['explain', invoices, '--case', '50,000'], '2 cases begin with 50,000'],
    [
      'a time without a zone',
      ['explain', invoices, '--case', '420', '--at', '2026-11-24T10:00:00'],
      '--at 2026',
    ],
    ['a policy that is not there', ['explain', 'policies/none.yaml', '--case', 'x'], 'is no file'],
    ['a folder against a file', ['diff', 'policies', invoices], 'two folders, or two files'],
    ['only one side', ['diff', 'policies'], '<new folder or file> is needed'],
  ])('%s is wrong usage, and says what to do', async (_, args, words) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.toLowerCase()).toContain(words.toLowerCase());
  });

  test('works without AWS, without a broker, and without colours where its output is piped', async () => {
    const { code, out, err } = await mayfly(['policy', 'explain', invoices, '--case', '420 EUR']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(readFileSync('test/cases/golden/420-eur.txt', 'utf8'));
  });
});

describe('mayfly policy lint', () => {
  it('passes with warnings at file, line and column, and with the budgets', async () => {
    const { code, out } = await run('lint');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^policies\/invoice-processor\.yaml:\d+:\d+: warning: parameters\.invoice_id\.source: /m,
    );
    expect(out).toMatch(
      /^policies\/release-agent\.yaml: session policy of all 4 together: 1,\d{3} to 1,\d{3} of 2,048 /m,
    );
    expect(out).toMatch(/^2 policies compile; no errors, \d+ warnings\.$/m);
  });

  it('points at what it warns of', async () => {
    const { out } = await run('lint', invoices);
    const [, line, column] = /invoice-processor\.yaml:(\d+):(\d+): warning: limits\.sum: /.exec(out) ?? [];
    const text = readFileSync(invoices, 'utf8').split('\n')[Number(line) - 1];
    expect(text?.slice(Number(column) - 1)).toMatch(/^sum: \{/);
  });

  it('fails on warnings where it is strict', async () => {
    expect((await run('lint', 'policies', '--strict')).code).toBe(1);
  });

  it('fails on what does not compile, each at its place, and lints the rest', async () => {
    const broken = changedPolicies('release-agent.yaml', ['purpose:', 'porpuse:']);
    const { code, out } = await run('lint', broken);
    expect(code).toBe(1);
    expect(out).toMatch(/release-agent\.yaml:5:3: error: .*did you mean purpose\?/);
    expect(out).toMatch(/invoice-processor\.yaml:\d+:\d+: warning: /);
  });

  it('looks at single files alone', async () => {
    const { out } = await run('lint', 'policies/release-agent.yaml');
    expect(out).not.toContain('invoice-processor');
    expect(out).toMatch(/^1 policies compile/m);
  });
});

describe('mayfly policy test', () => {
  it('passes with one line', async () => {
    const { code, out } = await run('test');
    expect(code).toBe(0);
    expect(out).toMatch(/^(\d+) of \1 cases of 2 policies came out as expected\.$/);
  });

  it('names every case where it is asked to', async () => {
    const { out } = await run('test', 'policies', '--verbose');
    expect(out).toContain('ok  policies/invoice-processor.cases.json: 420 EUR is approved automatically');
  });

  it('fails with what was expected, what came, and why', async () => {
    const { code, out } = await run(
      'test',
      changedPolicies('invoice-processor.yaml', ['"< 1000"', '"< 2000"']),
    );
    expect(code).toBe(1);
    expect(out).toContain('FAILED');
    expect(out).toContain('an amount of 1000 waits for people');
    expect(out).toContain('  - expected "require_approval"\n  + actual   "allow"');
    expect(out).toContain('      allows       conditions.invoice_amount[0]\n');
    expect(out).toMatch(/^\d+ of \d+ cases of 2 policies came out as expected\.$/m);
  });

  it('decides nothing where something does not compile', async () => {
    const broken = changedPolicies('guardrail.yaml', ['[invoices]', '[]']);
    const { code, out, err } = await run('test', broken);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('the guardrail does not list the table invoices');
  });
});

describe('mayfly policy explain', () => {
  it('decides a case at another time', async () => {
    const { out } = await run('explain', invoices, '--case', '420 EUR', '--at', '2026-11-28T10:00:00+01:00');
    expect(out).toMatch(/^ALLOWED for 2 min, risk 40 of 100$/m);
    expect(out).toContain('Sat 10:00 Europe/Berlin');
  });

  it('decides a task of a file, asked now', async () => {
    const file = join(folder, 'task.json');
    const task = { task: { capabilities: ['push_image'], parameters: { service: 'web' } } };
    writeFileSync(file, JSON.stringify(task));
    const { code, out } = await run('explain', 'policies/release-agent.yaml', '--task', file);
    expect(code).toBe(0);
    expect(out).toContain('2026-11-24T12:00:00Z');
    expect(out).toContain('on arn:aws:ecr:eu-central-1:111122223333:repository/web');
  });

  it('answers JSON with every reason, and limits as people count them', async () => {
    const { out } = await run('explain', invoices, '--case', 'six invoices', '--json');
    const { outcome, reasons, limits, asked } = JSON.parse(out) as Record<string, never[]>;
    expect({ outcome, user: (asked as { user?: unknown } | undefined)?.user }).toEqual({
      outcome: 'deny',
      user: { issuer: 'https://login.example.com', subject: 'ada' },
    });
    expect(reasons?.at(-1)).toMatchObject({ rule: 'limits.sum.invoice_amount', effect: 'deny' });
    expect(limits?.at(-1)).toEqual({
      rule: 'limits.sum.invoice_amount',
      used: 4_500,
      adds: 900,
      most: 5_000,
      when: 'asked',
      room: false,
    });
  });

  it('lets nothing of a task move the cursor of a terminal', async () => {
    const file = join(folder, 'evil.json');
    const task = { capabilities: ['push_image'], parameters: { service: 'web\u001b[2J' } };
    writeFileSync(file, JSON.stringify({ task }));
    const { out } = await run('explain', 'policies/release-agent.yaml', '--task', file);
    expect(out).toContain('REFUSED');
    expect(out).not.toContain('\u001b');
  });
});

describe('mayfly policy diff', () => {
  const wider = changedPolicies('invoice-processor.yaml', ['"< 1000"', '"< 2000"']);

  it('says what a change widens, and which cases it decides differently', async () => {
    const { code, out } = await run('diff', 'policies', wider);
    expect(code).toBe(0);
    expect(out).toContain(
      'wider     invoice_amount from 1000 to below 2000: approved by 1 of finance-managers',
    );
    expect(out).toContain('  an amount of 1000 waits for people: require_approval → allow\n');
    expect(out).toMatch(/^1 wider, 0 narrower, 0 unclear; \d+ of \d+ cases are decided differently\.$/m);
  });

  it('fails on widening where it is asked to, and not on narrowing', async () => {
    expect((await run('diff', 'policies', wider, '--fail-on-widening')).code).toBe(1);
    expect((await run('diff', wider, 'policies', '--fail-on-widening')).code).toBe(0);
  });

  it('fails where it cannot be told that nothing is wider', async () => {
    const unclear = changedPolicies('invoice-processor.yaml', ['Europe/Berlin', 'Europe/London']);
    expect((await run('diff', 'policies', unclear, '--fail-on-widening')).code).toBe(1);
  });

  it('compares the guardrail and the identity providers of folders', async () => {
    const guardrail = changedPolicies('guardrail.yaml', ['acme-builds]', 'acme-builds, acme-salaries]']);
    expect((await run('diff', 'policies', guardrail)).out).toContain('wider     buckets: now acme-salaries');
    const keys = changedPolicies('identity-providers.yaml', ['com/keys', 'com/other-keys']);
    expect((await run('diff', 'policies', keys)).out).toMatch(/unclear {3}https:\S+: jwks_uri /);
  });

  it('compares two files', async () => {
    const { out } = await run('diff', invoices, join(wider, 'invoice-processor.yaml'));
    expect(out).toMatch(/^1 wider, /m);
  });

  it('of nothing has nothing to say', async () => {
    const { code, out } = await run('diff', 'policies', 'policies', '--fail-on-widening');
    expect(code).toBe(0);
    expect(out).toMatch(/^0 wider, 0 narrower, 0 unclear; 0 of \d+ cases are decided differently\.$/);
  });

  it('shows a few of the cases that change without another outcome, and all where it is asked to', async () => {
    const longer = changedPolicies('invoice-processor.yaml', ['longest: 2m', 'longest: 3m']);
    const { out } = await run('diff', 'policies', longer);
    expect(out).toMatch(/^ {2}and \d+ more with the outcome of before: --verbose shows them$/m);
    const all = await run('diff', 'policies', longer, '--verbose');
    expect(all.out.split('\n').length).toBeGreaterThan(out.split('\n').length);
  });

  it('answers JSON', async () => {
    const { compared, cases } = JSON.parse((await run('diff', 'policies', wider, '--json')).out) as {
      compared: unknown[];
      cases: unknown[];
    };
    expect(compared).toMatchObject([{ name: 'invoice_processor', changes: [{ direction: 'wider' }] }]);
    expect(cases).toContainEqual({
      name: 'an amount of 1000 waits for people',
      before: expect.stringMatching(/^require_approval;/),
      after: expect.stringMatching(/^allow;/),
    });
  });
});
