import { describe, expect, it } from 'vitest';
import { attestationRequest, challengeRequest, leaseRequest } from '../../../core/protocol/requests.ts';
import { parseBody, toRequest } from '../../../lambda/http/request.ts';
import { thrownRefusal } from '../../core/use-cases/world.ts';
import { eventOf } from './events.ts';

const requestOf = (body: string) => toRequest(eventOf({ body }));
const task = {
  name: 'process invoice',
  purpose: 'file it',
  capabilities: ['read_invoice'],
  parameters: { invoice_id: '4711' },
  estimated_seconds: 120,
};
const parseTask = (changed: Readonly<Record<string, unknown>>, beside: object = {}) =>
  parseBody(requestOf(JSON.stringify({ task: { ...task, ...changed }, ...beside })), leaseRequest);

const bound = { method: 'aws_iam', binding: 'b'.repeat(43) };

describe('a body', () => {
  it('passes as it is, parameters being optional', () => {
    expect(parseTask({})).toEqual({ task });
    expect(parseTask({ parameters: undefined }).task.parameters).toEqual({});
  });

  it.each(['', '{', 'undefined', '{"task":}', '\u0000'])('that is no JSON is refused: %j', (body) => {
    expect(thrownRefusal(() => parseBody(requestOf(body), challengeRequest))).toMatchObject({
      code: 'invalid_request',
      evidence: { path: 'body' },
    });
  });

  it.each(['null', '[]', '5', '"text"'])('that is no object is refused: %s', (body) => {
    expect(thrownRefusal(() => parseBody(requestOf(body), challengeRequest))).toMatchObject({
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
      'a parameter that the schema language leaves out',
      { parameters: JSON.parse('{"a":1,"__proto__":"x"}') },
      'task.parameters.__proto__',
      'no field may have this name',
    ],
    [
      'a purpose with a line break',
      { purpose: 'a\nb' },
      'task.purpose',
      '1 to 200 printable ASCII characters',
    ],
  ])('with %s is refused with its path', (_, changed, path, message) => {
    expect(thrownRefusal(() => parseTask(changed))).toMatchObject({
      code: 'invalid_request',
      message,
      evidence: { path },
    });
  });

  it('with an unknown field beside the task is refused', () => {
    expect(thrownRefusal(() => parseTask({}, { lease: 1 })).evidence.path).toBe('lease');
  });

  it('never hears its own values again: a secret sent by mistake is not echoed', () => {
    const secret = 'AKIA-very-secret';
    for (const changed of [{ name: [secret] }, { capabilities: [secret] }, { estimated_seconds: secret }])
      expect(thrownRefusal(() => parseTask(changed)).message).not.toContain(secret);
  });

  it('that is no JSON is not quoted to whoever reads the logs', () => {
    const refusal = thrownRefusal(() => parseBody(requestOf('AKIA-very-secret'), challengeRequest));
    expect(refusal.cause).toBeUndefined();
    expect(refusal.message).toBe('the body is not JSON');
  });

  it.each([
    ['method of evidence that is not known', [{ method: 'aws_magic', binding: 'x' }], 'evidence[0].method'],
    ['method that is used twice', [bound, bound], 'evidence'],
    ['fifth piece of evidence', [bound, bound, bound, bound, bound], 'evidence'],
    ['missing piece of evidence', [], 'evidence'],
    ['binding of the wrong length', [{ method: 'aws_iam', binding: 'short' }], 'evidence[0].binding'],
  ])('of an attestation with a %s is refused', (_, evidence, path) => {
    const body = JSON.stringify({ agent_type: 'a', nonce: 'n'.repeat(43), evidence });
    const refusal = thrownRefusal(() => parseBody(requestOf(body), attestationRequest));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path } });
  });
});
