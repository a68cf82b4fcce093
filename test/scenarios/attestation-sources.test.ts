import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { awsIam, type BrokerClient } from '../../client/index.ts';
import { type Loopback, loopback } from '../../local/people/loopback.ts';
import { agentRole } from '../broker.ts';
import { attestingBroker, resultOf } from './attesting.ts';
import { partner } from './attesting-policies.ts';
import { refusalOf } from './ended.ts';

const on = attestingBroker();

/** Everybody whose word comes from a server: who is proven by it, how it is made to fail, and how its keys change. */
const sources = {
  'the keys of an issuer': {
    agent: () => on.agent('builder', on.byWorkflow()),
    answer: (how?: (response: ServerResponse) => void) => on.tokens.answerKeysWith(how),
    rotate: () => on.tokens.rotate(),
  },
  'the bundle of a trust domain': {
    agent: () => on.agent('holder', on.bySvid()),
    answer: (how?: (response: ServerResponse) => void) => on.spire.answerWith(how),
    rotate: () => on.spire.rotate(),
  },
} as const;
type Name = keyof typeof sources;
const names = Object.keys(sources) as Name[];
const otherThan = (name: Name): Name => names.find((each) => each !== name) ?? name;

/** Agents of methods that ask no such server, and one of the other server. */
async function unconcerned(name: Name): Promise<BrokerClient[]> {
  return [
    await on.agent('sealed', [awsIam, on.byEnclave()], { as: on.broker.credentialsFor(agentRole, 'i-0123') }),
    await on.agent('reporter', on.byPresigned(on.broker.credentialsFor('reporter', 'nightly', partner))),
    await sources[otherThan(name)].agent(),
  ];
}

const closed = { status: 503, code: 'temporarily_unavailable', retryAfter: 5 };

afterEach(() => {
  for (const name of names) sources[name].answer();
});

let sent = 0;
let elsewhere: Loopback | undefined;
const failures: Record<string, (response: ServerResponse) => void> = {
  'never answers': () => {},
  'answers a gigabyte': (response) => {
    const [megabyte, all] = [Buffer.alloc(1_048_576, ' '), 1_024];
    sent = 0;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    const more = (): void => {
      while (!response.destroyed && sent < all) {
        sent += 1;
        if (!response.write(megabyte)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  },
  'sends on to the metadata of the machine': (response) =>
    response.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  'sends on to another server': (response) =>
    response.writeHead(307, { Location: `${elsewhere?.url}/keys` }).end(),
};

describe.each(names)('%s', (name) => {
  const { agent, answer, rotate } = sources[name];

  test.each(
    Object.keys(failures),
  )('that %s proves nothing, while others prove themselves at the same moment', async (failure) => {
    elsewhere = await loopback((_, response) => response.end('{"keys":[]}'));
    const [one, others] = [await agent(), await unconcerned(name)];
    await on.broker.crash('Attestation');
    // Whoever comes in has done so: STS, too, asks there.
    answer(failures[failure]);
    const [outcome, ...rest] = await Promise.allSettled([
      one.attest(),
      ...others.map((each) => each.attest()),
    ]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: closed });
    expect(rest.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(elsewhere.requests).toEqual([]);
    if (failure === 'answers a gigabyte') expect(sent).toBeLessThan(32);
    answer();
    expect(await refusalOf(one.attest())).toBe('not refused');
    await elsewhere.close();
  });

  test('that changes its keys is asked anew for one that is not known, not more often than each half minute', async () => {
    // So that its keys are fetched just now.
    await on.broker.crash('Attestation');
    await resultOf(await agent());
    rotate();
    const next = await agent();
    await expect(next.attest()).rejects.toMatchObject({
      code: 'invalid_evidence',
      problem: { path: 'evidence[0].token', fault: 'unknown_key' },
    });
    on.broker.advance(30);
    expect(await refusalOf(next.attest())).toBe('not refused');
  });
});

test('what is at hand serves for an hour while its source is away, and no longer', async () => {
  const { agent, answer } = sources['the bundle of a trust domain'];
  await on.broker.crash('Attestation');
  await (await agent()).attest();
  answer((response) => response.writeHead(500).end());
  on.broker.advance(3_500);
  expect(await refusalOf((await agent()).attest())).toBe('not refused');
  on.broker.advance(100);
  await expect((await agent()).attest()).rejects.toMatchObject(closed);
  answer();
  expect(await refusalOf((await agent()).attest())).toBe('not refused');
});
