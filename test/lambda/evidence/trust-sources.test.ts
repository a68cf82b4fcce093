import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leastBits, mostKeys } from '../../../lambda/evidence/key-set.ts';
import { cooldown, fresh, stale } from '../../../lambda/evidence/trust-cache.ts';
import { largest, patience } from '../../../lambda/evidence/trust-fetch.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/trust-sources.md'), 'utf8');
const words = page.replace(/\s+/g, ' ');
const number = (value: number) => value.toLocaleString('en');
const seconds = (value: number) => `${number(value)} s`;

describe('the page on sources of trust', () => {
  it.each([
    [
      'how long a fetch takes',
      `| time in all: name, connection, TLS, headers, body | ${seconds(patience / 1_000)} |`,
    ],
    ['how large an answer is', `is taken | ${largest / 1_024} KB |`],
    ['how many keys a set has', `| keys in a set | ${mostKeys} |`],
    ['how long RSA keys are', `are ignored | ${number(leastBits)} bits |`],
    ['how long a value is fresh', `| below ${seconds(fresh.usual)};`],
    ['how long it may say so itself', `, from ${seconds(fresh.least)} to ${seconds(fresh.most)} | used`],
    ['when it is stale', `| from there to ${seconds(stale)} | used at once;`],
    ['how often a source that is down is asked', `every ${seconds(cooldown)} at most while it fails`],
    ['how often a new key is looked for', `looked for once more, at most every ${seconds(cooldown)}`],
    ['what is too old', `| older than ${seconds(stale)} |`],
  ])('says %s, and that is so', (_, says) => {
    expect(words).toContain(says);
  });

  it('says no other number of seconds', () => {
    const said = [...words.matchAll(/([\d,]+) s\b/g)].map(([, value]) => Number(value?.replace(',', '')));
    const these = [patience / 1_000, cooldown, fresh.least, fresh.usual, fresh.most, stale];
    expect([...new Set(said)].sort((a, b) => a - b)).toEqual(these);
  });
});
