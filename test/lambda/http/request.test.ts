import { describe, expect, it } from 'vitest';
import { leaseId } from '../../../core/identity.ts';
import { leaseIdOf, toRequest } from '../../../lambda/http/request.ts';
import { thrownRefusal } from '../../core/use-cases/world.ts';
import { type EventParts, eventOf } from './events.ts';

const requestOf = (parts: EventParts) => toRequest(eventOf(parts));

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
    expect(thrownRefusal(() => requestOf({ body: tooLarge, base64 })).code).toBe('request_too_large');
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
    expect(thrownRefusal(() => request.header('DPoP'))).toMatchObject({
      code: 'invalid_request',
      evidence: { path: 'DPoP' },
    });
  });
});

describe('the lease that a path names', () => {
  it('is one with the id of a lease', () => {
    const id = leaseId('AROAAGENTONE12345', 'thumbprint', 'key-0001');
    expect(leaseIdOf(requestOf({ parameters: { id } }))).toBe(id);
  });

  it.each([
    '',
    'L-',
    'L-AAAAAAAAAAAAAAA1',
    'l-aaaaaaaaaaaaaaaa',
    'L-AAAAAAAAAAAAAAAA\n',
    'L'.repeat(2_049),
  ])('is not found when it is no id: %#', (id) => {
    expect(thrownRefusal(() => leaseIdOf(requestOf({ parameters: { id } }))).code).toBe('not_found');
  });

  it('is not found when the path names none', () => {
    expect(thrownRefusal(() => leaseIdOf(requestOf({}))).code).toBe('not_found');
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
    expect(thrownRefusal(() => requestOf(parts).caller()).code).toBe('unauthenticated');
  });
});
