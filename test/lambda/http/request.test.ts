import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../core/broker-error.ts';
import { attestationRequest, challengeRequest, leaseRequest } from '../../../core/protocol/requests.ts';
import { parseBody, toRequest } from '../../../lambda/http/request.ts';
import { type EventParts, eventOf } from './events.ts';

function refusalOf(act: () => unknown): BrokerError {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const requestOf = (parts: EventParts) => toRequest(eventOf(parts));
const task = {
  name: 'process invoice',
  purpose: 'file it',
  capabilities: ['read_invoice'],
  parameters: { invoice_id: '4711' },
  estimated_seconds: 120,
};
const parseTask = (changed: Readonly<Record<string, unknown>>, beside: object = {}) =>
  parseBody(requestOf({ body: JSON.stringify({ task: { ...task, ...changed }, ...beside }) }), leaseRequest);

describe('a body', () => {
  it('passes as it is, parameters being optional', () => {
    expect(parseTask({})).toEqual({ task });
    expect(parseTask({ parameters: undefined }).task.parameters).toEqual({});
  });

  it.each(['', '{', 'undefined', '{"task":}', '\u0000'])('that is no JSON is refused: %j', (body) => {
    expect(refusalOf(() => parseBody(requestOf({ body }), challengeRequest))).toMatchObject({
      code: 'invalid_request',
      evidence: { path: 'body' },
    });
  });

  it.each(['null', '[]', '5', '"text"'])('that is no object is refused: %s', (body) => {
    expect(refusalOf(() => parseBody(requestOf({ body }), challengeRequest))).toMatchObject({
      code: 'invalid_request',
      message: 'an object is needed',
      evidence: { path: 'body' },
    });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['an unknown field', { urgent: true }, 'task.urgent', 'this field is unknown'],
    [
      'a field that steers the prototype',
      JSON.parse('{"__proto__":{"x":1}}'),
      'task.__proto__',
      'this field is unknown',
    ],
    ['an absent field', { name: undefined }, 'task.name', 'this field is needed and absent'],
    ['a number where text is needed', { purpose: 5 }, 'task.purpose', 'a string is needed'],
    ['text where a list is needed', { capabilities: 'a' }, 'task.capabilities', 'an array is needed'],
    [
      'text where seconds are needed',
      { estimated_seconds: '120' },
      'task.estimated_seconds',
      'a whole number of seconds',
    ],
    [
      'a fraction of a second',
      { estimated_seconds: 1.5 },
      'task.estimated_seconds',
      'a whole number of seconds',
    ],
    ['no time', { estimated_seconds: 0 }, 'task.estimated_seconds', '1 to 43200 seconds'],
    ['more than 12 hours', { estimated_seconds: 43_201 }, 'task.estimated_seconds', '1 to 43200 seconds'],
    ['no capability', { capabilities: [] }, 'task.capabilities', '1 to 20 capabilities'],
    ['21 capabilities', { capabilities: Array(21).fill('a') }, 'task.capabilities', '1 to 20 capabilities'],
    [
      'a capability named twice',
      { capabilities: ['a', 'a'] },
      'task.capabilities',
      'a capability is named twice',
    ],
    [
      'a capability with a wildcard',
      { capabilities: ['a', '*'] },
      'task.capabilities[1]',
      'a name is lower case letters, digits and _, at most 32',
    ],
    [
      'a parameter that is a list',
      { parameters: { a: [1] } },
      'task.parameters.a',
      'a string of at most 256 characters, or a number',
    ],
    [
      'a parameter that is too long',
      { parameters: { a: 'x'.repeat(257) } },
      'task.parameters.a',
      'at most 256 characters',
    ],
    [
      'a parameter of a strange name',
      { parameters: { 'A-b': 1 } },
      'task.parameters.A-b',
      'no field may have this name',
    ],
    [
      'a purpose with a line break',
      { purpose: 'a\nb' },
      'task.purpose',
      '1 to 200 printable ASCII characters',
    ],
  ])('with %s is refused with its path', (_, changed, path, message) => {
    expect(refusalOf(() => parseTask(changed))).toMatchObject({
      code: 'invalid_request',
      message,
      evidence: { path },
    });
  });

  it('with an unknown field beside the task is refused', () => {
    expect(refusalOf(() => parseTask({}, { lease: 1 })).evidence.path).toBe('lease');
  });

  it('never hears its own values again: a secret sent by mistake is not echoed', () => {
    const secret = 'AKIA-very-secret';
    for (const changed of [{ name: [secret] }, { capabilities: [secret] }, { estimated_seconds: secret }])
      expect(refusalOf(() => parseTask(changed)).message).not.toContain(secret);
  });

  it.each([
    ['method of evidence that is not known', [{ method: 'aws_magic', binding: 'x' }], 'evidence[0].method'],
    ['second piece of evidence', [1, 2], 'evidence'],
    ['missing piece of evidence', [], 'evidence'],
    ['binding of the wrong length', [{ method: 'aws_iam', binding: 'short' }], 'evidence[0].binding'],
  ])('of an attestation with a %s is refused', (_, evidence, path) => {
    const body = JSON.stringify({ agent_type: 'a', nonce: 'n'.repeat(43), evidence });
    const refusal = refusalOf(() => parseBody(requestOf({ body }), attestationRequest));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path } });
  });
});

describe('the size of a body', () => {
  it.each([
    ['text', 'x'.repeat(16_384), 'x'.repeat(16_385), false],
    ['letters of two bytes', 'é'.repeat(8_192), 'é'.repeat(8_193), false],
    [
      'base64',
      Buffer.alloc(16_384, 'x').toString('base64'),
      Buffer.alloc(16_385, 'x').toString('base64'),
      true,
    ],
  ])('is counted in bytes: %s', (_, fits, tooLarge, base64) => {
    expect(Buffer.byteLength(requestOf({ body: fits, base64 }).body)).toBe(16_384);
    expect(refusalOf(() => requestOf({ body: tooLarge, base64 })).code).toBe('request_too_large');
  });
});

describe('a header', () => {
  it('is found in any case, once', () => {
    const request = requestOf({ headers: { dpop: ['proof'], 'Idempotency-KEY': ['key'] } });
    expect(request.header('DPoP')).toBe('proof');
    expect(request.header('Idempotency-Key')).toBe('key');
    expect(request.header('Mayfly-Attestation')).toBeUndefined();
  });

  it.each<[string, Record<string, string[]>]>([
    ['twice', { DPoP: ['a', 'b'] }],
    ['twice alike', { DPoP: ['a', 'a'] }],
    ['in two cases', { DPoP: ['a'], dpop: ['b'] }],
  ])('that came %s is refused, so that no two readers choose differently', (_, headers) => {
    const request = requestOf({ headers });
    expect(refusalOf(() => request.header('DPoP'))).toMatchObject({
      code: 'invalid_request',
      evidence: { path: 'DPoP' },
    });
  });
});

describe('the caller', () => {
  it('is the role, without its session, and the ids that IAM gave', () => {
    expect(requestOf({}).caller()).toEqual({
      role: 'arn:aws:iam::111122223333:role/invoice-agent',
      roleId: 'AROAAGENTONE12345',
      userId: 'AROAAGENTONE12345:session-1',
    });
  });

  it.each([
    ['nobody', { user: null, userArn: null }],
    ['an IAM user', { user: 'AIDAUSER12345678', userArn: 'arn:aws:iam::111122223333:user/bob' }],
    ['the root of the account', { user: '111122223333', userArn: 'arn:aws:iam::111122223333:root' }],
    ['a federated user', { user: '111122223333:x', userArn: 'arn:aws:sts::111122223333:federated-user/x' }],
    ['a role id that is no role’s', { user: 'AIDAUSER12345678:session-1' }],
    ['an ARN with more behind it', { userArn: 'arn:aws:sts::111122223333:assumed-role/a/s/admin' }],
    ['an ARN with a line break', { userArn: 'arn:aws:sts::111122223333:assumed-role/a/session\n' }],
  ])('is never %s', (_, parts) => {
    expect(refusalOf(() => requestOf(parts).caller()).code).toBe('unauthenticated');
  });
});
