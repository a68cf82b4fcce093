import { describe, expect, it } from 'vitest';
import { sha256Base64Url } from '../../../core/hash.ts';
import { after } from '../../../core/time.ts';
import { verifyProof } from '../../../lambda/evidence/dpop.ts';
import { resultSigner } from '../../../lambda/evidence/result-token.ts';
import { attested } from '../../../lambda/http/attested.ts';
import { toRequest } from '../../../lambda/http/request.ts';
import { morning } from '../../core/invoices.ts';
import { attestedAs, refusalOf } from '../../core/use-cases/world.ts';
import { attestationKeyArn, memoryKms } from '../../ports/memory-kms.ts';
import { memoryUsedProofs } from '../../ports/memory-registry.ts';
import { eventOf } from '../http/events.ts';
import { agentKey, proofBy } from './proofs.ts';

const key = await agentKey();
const { kms, publicKey } = memoryKms();
const url = 'https://broker.example/live/v1/leases';

/** Whether a proof for this address serves a request to that one. */
async function serves(htu: unknown, target = url) {
  const proof = await proofBy(key, morning, { htm: 'POST', htu });
  return verifyProof(proof, { method: 'POST', url: target }, morning).then(
    () => true,
    ({ code, message }) => {
      expect({ code, message }).toEqual({
        code: 'invalid_dpop_proof',
        message: `the proof is for another address than ${target}`,
      });
      return false;
    },
  );
}

describe('the address of a proof', () => {
  it.each([
    ['as it is written', url],
    ['with its host in capitals', 'https://BROKER.Example/live/v1/leases'],
    ['with its scheme in capitals', 'HTTPS://broker.example/live/v1/leases'],
    ['with the port that https has anyway', 'https://broker.example:443/live/v1/leases'],
  ])('is the same %s', async (_, htu) => {
    expect(await serves(htu)).toBe(true);
  });

  it.each([
    ['the same host in capitals', url, 'https://BROKER.example/live/v1/leases'],
    ['plain http with its port', 'http://127.0.0.1:80/v1/leases', 'http://127.0.0.1/v1/leases'],
    ['an address of IPv6', 'http://[::1]:8080/v1/leases', 'http://[::1]:8080/v1/leases'],
    ['no path and the root', 'https://broker.example', 'https://broker.example/'],
    ['an escape that both write alike', `${url}/a%20b`, `${url}/a%20b`],
  ])('is the same where the broker is known by %s', async (_, htu, target) => {
    expect(await serves(htu, target)).toBe(true);
  });

  it.each([
    ['a query', `${url}?x=1`],
    ['an empty query', `${url}?`],
    ['a fragment', `${url}#x`],
    ['an empty fragment', `${url}#`],
    ['a user', 'https://user@broker.example/live/v1/leases'],
    ['an empty user', 'https://@broker.example/live/v1/leases'],
    ['a user and a password', 'https://user:x@broker.example/live/v1/leases'],
    ['its host as the user of another', 'https://broker.example@evil.example/live/v1/leases'],
    ['backslashes', 'https:\\\\broker.example\\live\\v1\\leases'],
    ['a backslash before its host', 'https://evil.example\\@broker.example/live/v1/leases'],
    ['one slash', 'https:/broker.example/live/v1/leases'],
    ['three slashes', 'https:///broker.example/live/v1/leases'],
    ['no scheme', '//broker.example/live/v1/leases'],
    ['another scheme', 'http://broker.example/live/v1/leases'],
    ['the scheme of sockets', 'wss://broker.example/live/v1/leases'],
    ['another port', 'https://broker.example:8443/live/v1/leases'],
    ['the port of http', 'https://broker.example:80/live/v1/leases'],
    ['an empty port', 'https://broker.example:/live/v1/leases'],
    ['a port with zeros', 'https://broker.example:00443/live/v1/leases'],
    ['a dot behind its host', 'https://broker.example./live/v1/leases'],
    ['a host that begins so', 'https://broker.example.evil.example/live/v1/leases'],
    ['a host in escapes', 'https://%62roker.example/live/v1/leases'],
    ['a host with a full stop of another script', 'https://broker。example/live/v1/leases'],
    ['a host in full-width letters', 'https://ｂroker.example/live/v1/leases'],
    ['a path in another case', 'https://broker.example/live/v1/Leases'],
    ['a slash behind', `${url}/`],
    ['two slashes', 'https://broker.example/live//v1/leases'],
    ['dots that lead here', 'https://broker.example/live/v1/x/../leases'],
    ['a dot that stays here', 'https://broker.example/live/./v1/leases'],
    ['dots that lead above the root', 'https://broker.example/../live/v1/leases'],
    ['dots in escapes', 'https://broker.example/live/v1/x/%2e%2e/leases'],
    ['an escape of a letter', 'https://broker.example/live/v1/%6ceases'],
    ['an escape of a slash', 'https://broker.example/live/v1%2fleases'],
    ['a parameter', `${url};x=1`],
    ['a route below', `${url}/L-AAAAAAAAAAAAAAAA`],
    ['another stage', 'https://broker.example/test/v1/leases'],
    ['no stage', 'https://broker.example/v1/leases'],
    ['a space before', ` ${url}`],
    ['a space behind', `${url} `],
    ['a line break behind', `${url}\n`],
    ['a line break inside', url.replace('/v1', '\n/v1')],
    ['a tab inside', url.replace('/v1', '\t/v1')],
    ['a list', [url]],
    ['a number', 1],
    ['nothing', null],
    ['an empty text', ''],
    ['the path alone', '/live/v1/leases'],
  ])('is another one with %s', async (_, htu) => {
    expect(await serves(htu)).toBe(false);
  });

  it.each([
    '',
    'broker.example',
    '/live/v1/leases',
    'ftp://broker.example/live',
    `${url}?x=1`,
    `${url}#x`,
    'https://user@broker.example/live',
    'https://broker。example/live',
    'https://broker.example\\live',
    'https://broker.example/li\\ve',
    'https://broker.example/li ve',
    'https://broker.example/live\n',
  ])('is never that of a broker whose own address is none: %j', async (none) => {
    expect(await serves(none, none)).toBe(false);
  });
});

const result = (publicUrl: string) =>
  resultSigner(kms, attestationKeyArn, publicUrl).sign(attestedAs(key.jkt, 'AROAAGENTONE12345'));

describe('a proof behind what stands before the API', () => {
  const lease = '/v1/leases/L-AAAAAAAAAAAAAAAA';
  const resource = '/v1/leases/{id}';

  it.each([
    ['a stage', 'https://abc.execute-api.eu-central-1.amazonaws.com/live', lease],
    ['a custom domain', 'https://broker.example', lease],
    ['a custom domain with a base path', 'https://api.example/agents', `/agents${lease}`],
    ['a base path of two segments', 'https://api.example/a/b', `/a/b${lease}`],
    ['a local run', 'http://127.0.0.1:4000/live', lease],
  ])('is for the address as agents know it: %s', async (_, publicUrl, path) => {
    const token = await result(publicUrl);
    const ask = async (htu: string) => {
      const proof = await proofBy(key, morning, { htm: 'GET', htu, ath: sha256Base64Url(token) });
      const headers = { 'Mayfly-Attestation': [token], DPoP: [proof], Host: ['evil.example'] };
      const request = toRequest(eventOf({ method: 'GET', path, resource, headers }));
      return attested(request, { publicUrl, publicKey: async () => publicKey, clock: () => morning });
    };
    await expect(ask(`${publicUrl}${lease}`)).resolves.toMatchObject({ result: { cnf: { jkt: key.jkt } } });
    for (const other of [
      `${publicUrl}/x${lease}`,
      `https://evil.example${path}`,
      `${publicUrl}/agents${lease}`,
    ])
      expect((await refusalOf(ask(other))).code).toBe('invalid_dpop_proof');
  });
});

describe('a proof', () => {
  const publicUrl = 'https://broker.example/live';

  it('serves once where proofs are counted, and another one after it', async () => {
    const token = await result(publicUrl);
    const usedProofs = memoryUsedProofs();
    const ask = (proof: string, seconds = 0) =>
      attested(toRequest(eventOf({ headers: { 'Mayfly-Attestation': [token], DPoP: [proof] } })), {
        publicUrl,
        publicKey: async () => publicKey,
        clock: () => after(morning, seconds),
        usedProofs,
      });
    const right = { htm: 'POST', htu: url, ath: sha256Base64Url(token) };
    const early = await proofBy(key, after(morning, 60), right);
    await expect(ask(early)).resolves.toMatchObject({ result: { cnf: { jkt: key.jkt } } });
    for (const seconds of [0, 1, 60, 120])
      expect((await refusalOf(ask(early, seconds))).message).toContain('used before');
    expect((await refusalOf(ask(early, 121))).message).toContain('stale');
    await expect(ask(await proofBy(key, morning, right))).resolves.toMatchObject({
      proof: expect.any(String),
    });
  });

  it('that was refused is not used up', async () => {
    const token = await result(publicUrl);
    const usedProofs = memoryUsedProofs();
    const proof = await proofBy(key, morning, { htm: 'POST', htu: url, ath: sha256Base64Url(token) });
    const ask = (user: string) => {
      const headers = { 'Mayfly-Attestation': [token], DPoP: [proof] };
      const world = { publicUrl, publicKey: async () => publicKey, clock: () => morning, usedProofs };
      return attested(toRequest(eventOf({ headers, user })), world);
    };
    expect((await refusalOf(ask('AROATHIEF12345678:session-1'))).code).toBe('invalid_token');
    await expect(ask('AROAAGENTONE12345:session-1')).resolves.toMatchObject({
      result: { cnf: { jkt: key.jkt } },
    });
  });
});
