import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure, UsageError } from '../../cli/cli-error.ts';
import { signIn } from '../../cli/sign-in.ts';
import { epochSeconds } from '../../core/time.ts';
import { idTokenVerifier } from '../../lambda/evidence/id-token.ts';
import { providerOf, startIdentityProvider } from '../../local/people/identity-provider.ts';
import { type Loopback, loopback, sendJson } from '../../local/people/loopback.ts';

const seconds = () => Math.floor(Date.now() / 1_000);
const issuer = await startIdentityProvider();
const others: Loopback[] = [];
afterAll(() => Promise.all([issuer, ...others].map((server) => server.close())));

let printed: string[];
let shown: string[];
let nonce: string;
const world = { err: (line: string) => void printed.push(line) };

/** A browser: goes where it is sent, follows, and shows what it got. */
const browser = async (url: string) => {
  shown.push(await (await fetch(url)).text());
};
const nobody = () => {};
const signInHere = (open: (url: string) => void | Promise<void> = browser, provider = issuer.provider) =>
  signIn(provider, { nonce, open }, world);

/** A provider that answers discovery with this. */
async function discovering(answer: (url: string) => object) {
  const server: Loopback = await loopback((_, response) => sendJson(response, answer(server.url)));
  others.push(server);
  return providerOf(server.url);
}

async function failureOf(signingIn: Promise<string>): Promise<Failure> {
  const error = await signingIn.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw error ?? new Error('somebody was signed in');
}

beforeEach(() => {
  printed = [];
  shown = [];
  nonce = randomUUID();
  issuer.browserIsOf({ sub: 'alice', groups: ['finance-managers'] });
  issuer.requests.length = 0;
});

describe('signing in', () => {
  it('answers an ID token that the broker takes: of this person, for this nonce', async () => {
    const token = await signInHere();
    const verify = idTokenVerifier([issuer.provider], () => epochSeconds(seconds()));
    await expect(verify(token, 'id_token')).resolves.toMatchObject({
      issuer: issuer.url,
      subject: 'alice',
      groups: ['finance-managers'],
      nonce,
    });
    await expect.poll(() => shown).toEqual([expect.stringContaining('You are signed in.')]);
  });

  it('asks for a new authentication, though the browser has a session', async () => {
    issuer.browserIsOf({ sub: 'alice', auth_time: seconds() - 3_600 });
    const claims = JSON.parse(Buffer.from((await signInHere()).split('.')[1] ?? '', 'base64url').toString());
    expect(claims.auth_time).toBeGreaterThan(seconds() - 60);
  });

  it('prints the address too, for whoever has no browser here', async () => {
    const token = signInHere(() => Promise.reject(new Error('no display')));
    await expect.poll(() => printed).toHaveLength(2);
    expect(printed[1]).toContain('open the address yourself');
    await browser(printed[0]?.replace('Sign in at ', '') ?? '');
    await expect(token).resolves.toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('sends no secret through the browser, and proves the code to be its own', async () => {
    let address = '';
    await signInHere((url) => {
      address = url;
      return browser(url);
    });
    const asked = Object.fromEntries(new URL(address).searchParams);
    expect(Object.keys(asked).sort()).toEqual([
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'max_age',
      'nonce',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ]);
    expect(asked).toMatchObject({ code_challenge_method: 'S256', max_age: '0', nonce, scope: 'openid' });
  });
});

describe('what a stranger sends to the waiting address', () => {
  it('is answered with nothing and does not end the waiting', async () => {
    const answers: number[] = [];
    const token = await signInHere(async (url) => {
      const asked = new URL(url).searchParams;
      const callback = asked.get('redirect_uri') ?? '';
      const state = asked.get('state') ?? '';
      const { origin } = new URL(callback);
      const knock = async (address: string, method = 'GET') =>
        answers.push((await fetch(address, { method })).status);
      for (const query of ['', '?state=guessed&code=stolen', '?error=access_denied', '?state=&code=stolen'])
        await knock(`${callback}${query}`);
      for (const path of ['/', '//', '/callback/', '/favicon.ico'])
        await knock(`${origin}${path}?state=${state}`);
      await knock(`${callback}?state=${state}&code=stolen`, 'POST');
      await browser(url);
    });
    expect(answers).toEqual(Array(9).fill(404));
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('cannot come from another machine, nor be heard after the sign-in', async () => {
    let callback = '';
    await signInHere((url) => {
      callback = new URL(url).searchParams.get('redirect_uri') ?? '';
      return browser(url);
    });
    expect(callback).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    await expect.poll(() => fetch(callback).catch(({ message }) => message)).toBe('fetch failed');
  });
});

describe('nobody is signed in', () => {
  it('who the provider turns away', async () => {
    issuer.browserIsOf(undefined);
    expect((await failureOf(signInHere())).message).toBe('signing in failed: access_denied');
    await expect.poll(() => shown).toEqual([expect.stringContaining('You are not signed in.')]);
  });

  it('who does not come in time', async () => {
    const waiting = signIn(issuer.provider, { nonce, open: nobody, patience: 0.02 }, world);
    expect((await failureOf(waiting)).message).toContain('nobody signed in within 0.02 s');
  });

  it.each([
    ['for another nonce, as a token shown before would be', { nonce: 'of-another-request' }],
    ['that has expired', { exp: seconds() - 3_600 }],
    ['for another client', { azp: 'other', aud: ['mayfly-cli', 'other'] }],
    ['of another issuer', { iss: 'https://login.example.com' }],
  ])('by a token %s', async (_, claims) => {
    issuer.browserIsOf({ sub: 'alice', ...claims });
    expect((await failureOf(signInHere())).message).toMatch(/^signing in failed: /);
    expect(issuer.requests).toContain('POST /token');
  });

  it('by a session of an hour ago, where the provider does not ask anew', async () => {
    issuer.browserIsOf({ sub: 'alice', auth_time: seconds() - 3_600 }, false);
    expect((await failureOf(signInHere())).message).toMatch(/^signing in failed: /);
  });

  it('by a code that another provider sent back', async () => {
    const open = async (url: string) => {
      const asked = new URL(url).searchParams;
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.search = String(
        new URLSearchParams({ state: asked.get('state') ?? '', code: 'x', iss: 'https://evil.example' }),
      );
      await browser(back.href);
    };
    expect((await failureOf(signInHere(open))).message).toMatch(/^signing in failed: /);
    expect(issuer.requests).not.toContain('POST /token');
  });

  it('where the provider says it is another one', async () => {
    const provider = await discovering(() => ({
      issuer: issuer.url,
      authorization_endpoint: `${issuer.url}/authorize`,
    }));
    const failure = await failureOf(signInHere(browser, provider));
    expect(failure.message).toMatch(/^the identity provider cannot be asked how to sign in: /);
    expect(printed).toEqual([]);
  });

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    undefined,
  ])('at the page %s', async (authorization_endpoint) => {
    const provider = await discovering((url) => ({ issuer: url, authorization_endpoint }));
    const opened: string[] = [];
    const failure = await failureOf(signInHere((url) => void opened.push(url), provider));
    expect(failure.message).toContain('has no page to sign in at');
    expect(opened).toEqual([]);
  });

  it('where the provider does not answer', async () => {
    const gone = await discovering((url) => ({ issuer: url }));
    await others.at(-1)?.close();
    const failure = await failureOf(signInHere(browser, gone));
    expect(failure.advice).toContain('/.well-known/openid-configuration');
  });

  it('over an unencrypted line to another machine', async () => {
    const failure = await failureOf(signInHere(browser, providerOf('http://login.example.com')));
    expect(failure.message).toMatch(/HTTPS/);
  });

  it('where the provider is not set up for it', async () => {
    const { sign_in, ...provider } = issuer.provider;
    expect(sign_in).toBeDefined();
    await expect(signInHere(browser, provider)).rejects.toThrow(UsageError);
  });
});
