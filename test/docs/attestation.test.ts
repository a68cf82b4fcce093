import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evidenceFaults, factNames, strengthOf, strengths } from '../../core/evidence.ts';
import { compileGuardrail, compilePolicy, compileTrustSources } from '../../core/policy/source.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/attestation.md'), 'utf8');

/** Blocks of a language, in the order of the page. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );
}

/** Rows of the table below these columns. */
function rowsBelow(header: string): string[][] {
  const table = page.slice(page.indexOf(header)).split('\n\n')[0] ?? '';
  return table
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').map((cell) => cell.trim()));
}

const words = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word);

describe('the page on attestation', () => {
  it('shows examples that are compiled with everything else, to the letter', () => {
    const shown = [...page.matchAll(/^<!-- (\S+) -->\n```ts\n([\s\S]*?)^```$/gm)].map(
      ([, file = '', text]) => [file, text],
    );
    const files = readdirSync(join(root, 'examples/evidence')).map((name) => `examples/evidence/${name}`);
    expect(shown.map(([file]) => file).sort()).toEqual(files.sort());
    for (const [file = '', text] of shown) expect(text).toBe(readFileSync(join(root, file), 'utf8'));
  });

  it('shows trust sources and ways that compile', () => {
    const [sources = '', ...more] = blocks('yaml').filter((text) => text.startsWith('trust_sources:'));
    expect(more).toEqual([]);
    const certificate = `{ region: eu-central-1, certificate: "-----BEGIN CERTIFICATE----- AA== -----END CERTIFICATE-----" }`;
    const trust = compileTrustSources({ name: 'page', text: `${sources}  aws_ec2_iid: [${certificate}]\n` });
    const guardrail = compileGuardrail({
      name: 'guardrail',
      text: 'guardrail: { accounts: ["111122223333"], services: [s3], buckets: [acme] }',
    });
    const ways = blocks('yaml').filter((text) => text.startsWith('attestation:'));
    expect(ways.length).toBeGreaterThan(4);
    for (const way of ways) {
      const text = `context_policy:
  agent_type: invoice_processor
  owner: team@example.com
  purpose: Shows a way
${way.replace(/^/gm, '  ').trimEnd()}
  parameters: {}
  capabilities: { read: { aws: { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::acme/one"] } } }
  risk: { approval: { from: [staff] } }
`;
      expect(() => compilePolicy({ name: 'page', text }, guardrail, trust)).not.toThrow();
    }
  });

  it('tells the strength of every method', () => {
    const rows = rowsBelow('| method | where the binding is');
    const told = rows.map(([, method, , strength]) => [words(method)[0], words(strength)[0]]);
    expect(Object.fromEntries(told)).toEqual(strengthOf);
    expect(page).toContain(`weakest first: ${strengths.map((each) => `\`${each}\``).join(', ')}.`);
  });

  it('tells every fault and every fact, and no others', () => {
    const told = rowsBelow('| fault | meaning |').flatMap(([, faults]) => words(faults));
    expect(told.sort()).toEqual([...evidenceFaults].sort());
    const facts = /There are ([^;]*);/.exec(page)?.[1] ?? '';
    expect(words(facts).sort()).toEqual([...factNames].sort());
  });
});
