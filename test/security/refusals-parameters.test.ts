import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CraftyAgent, craftyAgent, leaseBody } from './crafty-agent.ts';
import { type FrontDoor, openFrontDoor, type Refusal, secretLike } from './front-door.ts';

let door: FrontDoor;
let agent: CraftyAgent;
beforeAll(async () => {
  door = await openFrontDoor();
  agent = await craftyAgent(door);
});
afterAll(() => door.stop());

/** Asks with these parameters instead of, or beside, the right ones, written as JSON text or as values. */
async function asking(parameters: Readonly<Record<string, unknown>> | string) {
  const { task } = leaseBody();
  const right = JSON.stringify({ ...task.parameters, ...(typeof parameters === 'object' && parameters) });
  const text = typeof parameters === 'string' ? right.replace(/.$/, `,${parameters}}`) : right;
  const body = JSON.stringify({ task }).replace(JSON.stringify(task.parameters), () => text);
  return agent.send(await agent.lease({ body }));
}

const refusal = (name: string): Refusal => ({
  status: 400,
  code: 'invalid_request',
  path: `task.parameters.${name}`,
});

describe('text that would choose another resource is refused', () => {
  const steering: [string, string][] = [
    ['a wildcard', '*'],
    ['a wildcard behind a right beginning', 'acme*'],
    ['a wildcard for one character', 'acm?'],
    ['a policy variable', '${aws:username}'],
    ['a policy variable that means itself', '${*}'],
    ['a dollar', '$'],
    ['a step up', '..'],
    ['a step into another folder', 'acme/../globex'],
    ['a folder', 'acme/4712'],
    ['a backslash', 'acme\\4712'],
    ['the beginning of another ARN', 'arn:aws:s3:::'],
    ['a percent-encoded slash', 'acme%2F4712'],
    ['a percent-encoded step up', '%2e%2e'],
    ['a percent-encoded wildcard', '%2A'],
    ['a doubly percent-encoded wildcard', '%252A'],
    ['a percent-encoded NUL', 'acme%00'],
    ['a single quote', "acme'"],
    ['a double quote', 'acme"'],
    ['quotes that would open another statement', 'x"],"Action":"*","Resource":["*'],
    ['a backtick', 'acme`'],
    ['a NUL', 'acme\u0000'],
    ['a NUL in front', '\u0000acme'],
    ['a line break at the end', 'acme\n'],
    ['a carriage return at the end', 'acme\r'],
    ['a line break between two right values', 'acme\nglobex'],
    ['a line separator', 'acme\u2028'],
    ['a space', 'ac me'],
    ['a space around', ' acme '],
    ['a tab', 'acme\t'],
    ['a Cyrillic look-alike', '\u0430cme'],
    ['a full-width look-alike', '\uff41cme'],
    ['a mathematical look-alike', '\u{1d41a}cme'],
    ['a full-width wildcard', '\uff0a'],
    ['an accent put on top', 'a\u0301cme'],
    ['a zero-width space', 'ac\u200bme'],
    ['a zero-width joiner', 'ac\u200dme'],
    ['a byte order mark', '\ufeffacme'],
    ['a turn of the reading direction', '\u202eemca'],
    ['half a character', 'acme\ud800'],
    ['digits of another script', '\u0664\u0667\u0661\u0661'],
    ['nothing', ''],
    ['more than the pattern admits', 'a'.repeat(37)],
    ['more than any parameter may hold', 'a'.repeat(257)],
    ['thousands of letters', 'a'.repeat(10_000)],
    ['a secret', secretLike],
    ['an upper-case letter that the pattern does not have', 'ACME'],
  ];

  test.each(steering)('%s', async (_, value) => {
    for (const name of ['customer_id', 'invoice_id'])
      await door.refuses(() => asking({ [name]: value }), refusal(name));
  });
});

describe('a number that is none, or not that one, is refused', () => {
  test.each<[string, unknown]>([
    ['in text', '420'],
    ['in text that means no number', 'NaN'],
    ['in text that means no end', 'Infinity'],
    ['in hexadecimal text', '0x1A4'],
    ['below the minimum', -1],
    ['just below the minimum', -0.01],
  ])('%s', async (_, invoice_amount) => {
    await door.refuses(() => asking({ invoice_amount }), refusal('invoice_amount'));
  });

  test.each([
    ['too large for any number', '1e309'],
    ['as large as a number can be', '1.7976931348623157e308'],
    ['beyond what is counted exactly', '9007199254740993'],
    ['negative and too large', '-1e309'],
    ['too small to be stored', '1e-200'],
    ['smaller than any amount', '0.0000001'],
    ['as small as a number can be', '5e-324'],
  ])('%s', async (_, text) => {
    await door.refuses(() => asking(`"invoice_amount":${text}`), refusal('invoice_amount'));
  });

  test.each([
    'NaN',
    'Infinity',
    '-Infinity',
    '+1',
    '.5',
    '5.',
    '0x10',
    '010',
    '1_000',
    '1e',
    '--1',
  ])('written as JSON does not write numbers: %s', async (text) => {
    const noJson = { status: 400, code: 'invalid_request', path: 'body' };
    await door.refuses(() => asking(`"invoice_amount":${text}`), noJson);
  });
});

describe('a parameter', () => {
  test.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['that nobody declared', 'region', { region: 'eu-central-1' }],
    ['that nobody declared, beside the name of one', 'customer_id_', { customer_id_: 'acme' }],
    ['named as the language names things', 'constructor', { constructor: 'x' }],
    ['named as the policy names things', 'Customer_id', { Customer_id: 'acme' }],
    ['named with a look-alike', 'сustomer_id', { сustomer_id: 'acme' }],
    ['without a name', '', { '': 'acme' }],
    ['whose number stands for text', 'invoice_id', { invoice_id: 4711 }],
    ['that is a list of right values', 'customer_id', { customer_id: ['acme', 'globex'] }],
    ['that is a question to a database', 'customer_id', { customer_id: { $ne: '' } }],
    ['that is null', 'customer_id', { customer_id: null }],
    ['that is absent', 'customer_id', { customer_id: undefined }],
  ])('%s is refused', async (_, name, parameters) => {
    await door.refuses(() => asking(parameters), refusal(name));
  });

  test.each([
    '"customer_id":"initech"',
    String.raw`"customer_id":"\u0069nitech"`,
    String.raw`"custom\u0065r_id":"initech"`,
    '"customer_id":"globex","customer_id":"initech"',
    '"customer_id":"acme-"',
    '"customer_id":"globex1"',
  ])('that no rule lets pass is denied with reasons, however it is written: %s', async (text) => {
    const denied = { status: 403, code: 'access_denied', detail: 'conditions.customer_id[2]' };
    await door.refuses(() => asking(text), denied);
  });

  test.each([
    ['"customer_id":"globex"', 'globex'],
    [String.raw`"customer_id":"\u0061cme"`, 'acme'],
    ['"customer_id":"initech","customer_id":"acme"', 'acme'],
  ])('that a rule lets pass is granted by the same door, and shown as it was judged: %s', async (text, value) => {
    const answer = await asking(text);
    expect(JSON.parse(answer.body)).toMatchObject({
      lease: { task: { parameters: { customer_id: value } } },
    });
  });

  test.each([
    ['420', 420],
    ['4.2e2', 420],
    ['999.99', 999.99],
    ['999.99999999999999999', 1000],
    ['0', 0],
    ['-0', 0],
    ['1e-400', 0],
  ])('that is a number is shown as it was judged, however it is written: %s', async (text, amount) => {
    const answer = await asking(`"invoice_amount":${text}`);
    expect(JSON.parse(answer.body)).toMatchObject({
      lease: { task: { parameters: { invoice_amount: amount } } },
    });
  });
});

test('no log holds what these parameters held', () => {
  door.loggedNone([agent.token, agent.keys.secretAccessKey, agent.keys.sessionToken]);
});
