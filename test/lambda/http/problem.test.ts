import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it } from 'vitest';
import { BrokerError, type ErrorCode } from '../../../core/broker-error.ts';
import { problem } from '../../../core/protocol/responses.ts';
import { problemReply } from '../../../lambda/http/problem.ts';
import { type Route, serve } from '../../../lambda/http/serve.ts';
import { eventOf } from './events.ts';

const statuses: Record<ErrorCode, number> = {
  invalid_request: 400,
  unauthenticated: 401,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  invalid_evidence: 403,
  invalid_nonce: 403,
  quarantined: 403,
  access_denied: 403,
  approval_pending: 409,
  approval_closed: 409,
  approval_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  lease_in_progress: 409,
  lease_ended: 409,
  request_too_large: 413,
  idempotency_key_reused: 422,
  slow_down: 429,
  upstream_failed: 502,
  temporarily_unavailable: 503,
  server_error: 500,
};

describe('a refusal', () => {
  it.each(Object.entries(statuses) as [ErrorCode, number][])('%s is answered with %d', (code, status) => {
    const reply = problemReply(new BrokerError(code, 'the detail', { path: 'task.name' }));
    expect(reply).toMatchObject({
      status,
      headers: { 'Content-Type': 'application/problem+json' },
      body: { type: `urn:mayfly:error:${code}`, status, code, detail: 'the detail', path: 'task.name' },
    });
    expect(problem.safeParse(reply.body).success).toBe(true);
  });

  it('says when and how to come back', () => {
    const reply = problemReply(
      new BrokerError('lease_in_progress', 'wait', { retryAfter: 40, retry: 'same_key' }),
    );
    expect(reply.headers).toMatchObject({ 'Retry-After': '40' });
    expect(reply.body).toMatchObject({ retry: 'same_key' });
  });

  it.each([
    ['an SDK error', new Error('User: arn:aws:sts::111122223333:assumed-role/x is not authorized')],
    ['something that is no error', 'arn:aws:iam::111122223333:role/x'],
    ['a cause', new BrokerError('server_error', 'the broker failed', {}, new Error('arn:aws:iam::1:x'))],
  ])('tells nothing of %s', (_, error) => {
    const reply = problemReply(error);
    expect(reply.status).toBe(500);
    expect(JSON.stringify(reply)).not.toContain('arn:');
  });
});

describe('a handler', () => {
  const lines: string[] = [];
  const logger = new Logger({ serviceName: 'test' });
  Object.assign(logger, {
    info: (...line: unknown[]) => lines.push(`info ${JSON.stringify(line)}`),
    error: (...line: unknown[]) => lines.push(`error ${JSON.stringify(line)}`),
  });
  const answer = async (route: Route, parts = {}) => {
    lines.length = 0;
    return serve({ 'POST /v1/leases': route }, logger)(eventOf(parts));
  };

  it('answers JSON that nobody caches', async () => {
    const result = await answer(async () => ({ status: 201, body: { a: 1 } }));
    expect(result).toEqual({
      statusCode: 201,
      headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
      body: '{"a":1}',
    });
    expect(lines).toEqual([]);
  });

  it.each([
    { method: 'PUT' },
    { resource: '/v1/other' },
    { resource: 'constructor' },
  ])('knows no other route: %j', async (parts) => {
    const result = await answer(async () => ({ status: 200, body: {} }), parts);
    expect(result.statusCode).toBe(405);
  });

  it('refuses a body that is too large before its route is asked', async () => {
    const route = () => Promise.reject(new Error('asked'));
    expect((await answer(route, { body: 'x'.repeat(20_000) })).statusCode).toBe(413);
  });

  it.each([
    ['is throttled', Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })],
    ['does not answer', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
    [
      'fails',
      Object.assign(new Error('oops'), { name: 'InternalFailure', $metadata: { httpStatusCode: 500 } }),
    ],
    ['is cut off', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ])('answers 503, when to ask again and nothing else, where a service %s', async (_, fault) => {
    const result = await answer(() => Promise.reject(fault));
    expect(result).toMatchObject({ statusCode: 503, headers: { 'Retry-After': '1' } });
    expect(JSON.parse(result.body)).toMatchObject({ code: 'temporarily_unavailable' });
    expect(result.body).not.toContain(fault.message);
    expect(lines).toEqual([expect.stringMatching(/^error /)]);
  });

  it('keeps what a route says of a fault: what to do, and with which key', async () => {
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const evidence = { retryAfter: 1, retry: 'new_key' } as const;
    const result = await answer(() =>
      Promise.reject(new BrokerError('temporarily_unavailable', 'own advice', evidence, cause)),
    );
    expect(JSON.parse(result.body)).toMatchObject({ detail: 'own advice', retry: 'new_key' });
  });

  it('answers 500 where a service refuses the broker for good', async () => {
    const denied = Object.assign(new Error('not authorized'), {
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
    });
    expect((await answer(() => Promise.reject(denied))).statusCode).toBe(500);
  });

  it('logs refusals as information and faults as errors, by name and message of the cause', async () => {
    const cause = Object.assign(new Error('AccessDenied'), { $response: { body: 'secret' } });
    await answer(() => Promise.reject(new BrokerError('access_denied', 'no')));
    expect(lines).toEqual([expect.stringMatching(/^info .*access_denied/)]);
    const result = await answer(() =>
      Promise.reject(new BrokerError('temporarily_unavailable', 'no', {}, cause)),
    );
    expect(result.body).not.toContain('AccessDenied');
    expect(lines).toEqual([expect.stringMatching(/^error .*AccessDenied/)]);
    expect(lines.join()).not.toContain('secret');
  });
});
