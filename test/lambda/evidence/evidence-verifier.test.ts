import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Method, strengthOf, TrustUnavailable } from '../../../core/evidence.ts';
import { noTrust } from '../../../core/policy/schema-trust.ts';
import { evidence as schema } from '../../../core/protocol/evidence.ts';
import { evidenceVerifier } from '../../../lambda/evidence/methods.ts';
import { problemReply } from '../../../lambda/http/problem.ts';
import { type ManualClock, manualClock, refusalOf } from '../../core/use-cases/world.ts';
import { type Sample, samplesOf, startSources, trustIn } from '../../evidence/all-methods.ts';
import { binding, caller, publicUrl } from '../../evidence/jwt-sound.ts';

const sources = await startSources();
afterAll(() => sources.close());
const samples = await samplesOf(sources);
const trust = trustIn(sources);
const methods = Object.keys(strengthOf) as Method[];
const withSource = methods.filter((method) => samples[method].source !== undefined);

let clock: ManualClock;
let failures: TrustUnavailable[];
let verifier: ReturnType<typeof evidenceVerifier>;

function verifierOf(trusted = trust) {
  const onFailure = (fault: TrustUnavailable) => void failures.push(fault);
  return evidenceVerifier(trusted, { publicUrl, clock, stsEndpoint: sources.aws.endpoint, onFailure });
}

/** Verified as it comes: read from the wire, as one of several pieces. */
function verified({ evidence, now }: Sample, place = 3, by = verifier) {
  return by(schema.parse(JSON.parse(JSON.stringify(evidence))), { binding, caller, now }, place);
}

beforeEach(() => {
  clock = manualClock();
  failures = [];
  sources.down.clear();
  sources.server.requests.length = 0;
  verifier = verifierOf();
});

describe('evidence', () => {
  it('of every method is verified here', async () => {
    expect(methods.length).toBe(8);
    for (const method of methods) expect((await verified(samples[method].sound)).method).toBe(method);
  });

  it.each(methods)('of %s is refused with its fault and its place', async (method) => {
    const { forged, fault, field } = samples[method];
    const refusal = await refusalOf(verified(forged));
    expect(refusal).toMatchObject({
      code: 'invalid_evidence',
      evidence: { fault, path: `evidence[3].${field}` },
      cause: { name: 'EvidenceFault' },
    });
    expect(problemReply(refusal)).toMatchObject({
      status: 403,
      body: { code: 'invalid_evidence', fault, path: `evidence[3].${field}` },
    });
  });

  it('stands at its own place among several', async () => {
    for (const place of [0, 1, 7])
      expect((await refusalOf(verified(samples.oidc.forged, place))).evidence.path).toBe(
        `evidence[${place}].token`,
      );
  });

  it.each(
    methods.filter((method) => method !== 'aws_iam'),
  )('of %s counts nothing where nobody is trusted', async (method) => {
    const refusal = await refusalOf(verified(samples[method].sound, 0, verifierOf(noTrust)));
    expect(refusal).toMatchObject({
      code: 'invalid_evidence',
      evidence: { fault: samples[method].untrusted },
    });
    expect(sources.server.requests).toEqual([]);
  });
});

describe('what evidence is verified with', () => {
  it('is fetched by the methods that need it, once', async () => {
    for (let i = 0; i < 3; i += 1) for (const method of methods) await verified(samples[method].sound);
    const asked = withSource.map((method) => `GET ${samples[method].source}`);
    expect(asked.length).toBe(4);
    expect(sources.server.requests.toSorted()).toEqual([...new Set(asked)].toSorted());
  });

  it('is not fetched for a token that is refused without it', async () => {
    const evidence = { method: 'oidc', token: 'e30.e30.e30' } as const;
    expect((await refusalOf(verified({ evidence, now: clock() }))).evidence.fault).toBe('header');
    expect(sources.server.requests).toEqual([]);
  });

  it.each(
    withSource,
  )('of %s may be down: then nothing is said of the evidence, until it is back', async (method) => {
    const { sound, source = '' } = samples[method];
    sources.down.add(source);
    const refusal = await refusalOf(verified(sound));
    expect(refusal).toMatchObject({
      code: 'temporarily_unavailable',
      evidence: { path: 'evidence[3]', retryAfter: 5 },
      cause: expect.any(TrustUnavailable),
    });
    expect(refusal.message).not.toContain(sources.server.url);
    expect(problemReply(refusal)).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } });
    sources.down.clear();
    expect((await verified(sound)).method).toBe(method);
  });

  it.each(withSource)('of %s may be down without any other method knowing', async (method) => {
    const { source = '' } = samples[method];
    sources.down.add(source);
    for (const other of methods.filter((each) => samples[each].source !== source))
      expect((await verified(samples[other].sound)).method).toBe(other);
    expect((await refusalOf(verified(samples[method].sound))).code).toBe('temporarily_unavailable');
  });

  it.each([
    ['down', true],
    ['out of its mind', false],
  ])('may be %s where it is STS, without any other method knowing', async (_, isDown) => {
    const elsewhere = evidenceVerifier(trust, { publicUrl, clock, stsEndpoint: sources.server.url });
    if (isDown) sources.down.add('/');
    const refusal = await refusalOf(verified(samples.aws_presigned.sound, 0, elsewhere));
    expect(refusal).toMatchObject({ code: 'temporarily_unavailable', evidence: { path: 'evidence[0]' } });
    await expect(verified(samples.oidc.sound, 0, elsewhere)).resolves.toMatchObject({ method: 'oidc' });
  });

  it('may be down later on: what is at hand counts, and somebody is told', async () => {
    await verified(samples.oidc.sound);
    sources.down.add('/oidc/keys');
    clock.advance(300);
    await expect(verified(samples.oidc.sound)).resolves.toMatchObject({ method: 'oidc' });
    await expect
      .poll(() => failures.map(({ message }) => message))
      .toEqual([`the keys at ${sources.server.url}/oidc/keys cannot be had: it answers with status 503`]);
  });
});

it('a fault of our own is not passed off as one of the evidence', async () => {
  const broken = evidenceVerifier(trust, {
    publicUrl,
    clock: () => {
      throw new RangeError('the clock is broken');
    },
  });
  await expect(verified(samples.spiffe_x509.sound, 0, broken)).rejects.toBeInstanceOf(RangeError);
});
