import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base32Digest, shardOf } from '../../core/hash.ts';
import { agentId, evidenceBinding, leaseId, withoutPath } from '../../core/identity.ts';

const parts = fc.tuple(fc.string(), fc.string(), fc.string());

describe('the binding of evidence', () => {
  it('is base64url(sha256(nonce "." jkt))', () => {
    const expected = createHash('sha256').update('nonce.thumbprint').digest('base64url');
    expect(evidenceBinding('nonce', 'thumbprint')).toBe(expected);
  });

  it('changes with the nonce and with the key', () => {
    const bindings = [evidenceBinding('a', 'b'), evidenceBinding('c', 'b'), evidenceBinding('a', 'c')];
    expect(new Set(bindings).size).toBe(3);
  });
});

describe('ids', () => {
  it('are the same for the same parts: a retry is the same lease, re-attesting the same agent', () => {
    fc.assert(
      fc.property(parts, ([role, jkt, key]) => {
        expect(leaseId(role, jkt, key)).toBe(leaseId(role, jkt, key));
        expect(agentId('example.com', 'type', role, jkt)).toBe(agentId('example.com', 'type', role, jkt));
      }),
    );
  });

  it('differ for different parts, even where the parts joined would be the same text', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        fc.pre(one.some((part, i) => part !== other[i]));
        expect(leaseId(...one)).not.toBe(leaseId(...other));
      }),
    );
    expect(leaseId('ab', 'c', 'd')).not.toBe(leaseId('a', 'bc', 'd'));
    expect(leaseId('a:1', 'b', 'c')).not.toBe(leaseId('a', '1:b', 'c'));
  });

  it('fit where they must stand: source identity, session name, SPIFFE path', () => {
    expect(leaseId('AROAEXAMPLE', 'jkt', 'key')).toMatch(/^L-[A-Z2-7]{16}$/);
    expect(agentId('example.com', 'invoice_processor', 'AROAEXAMPLE', 'jkt')).toMatch(
      /^spiffe:\/\/example\.com\/agent\/invoice_processor\/[a-z2-7]{26}$/,
    );
  });

  it('never give a second key the first one’s agent or lease', () => {
    expect(agentId('d', 't', 'role', 'jkt-1')).not.toBe(agentId('d', 't', 'role', 'jkt-2'));
    expect(agentId('d', 't', 'role-1', 'jkt')).not.toBe(agentId('d', 't', 'role-2', 'jkt'));
    expect(leaseId('role', 'jkt-1', 'key')).not.toBe(leaseId('role', 'jkt-2', 'key'));
  });
});

describe('hashes', () => {
  it('give the digest in RFC 4648 base32', () => {
    // The input is each part behind its length; the first character is the top five bits.
    const first = createHash('sha256').update('1:a').digest();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    expect(base32Digest(['a'], 1)).toBe(alphabet.charAt((first[0] ?? 0) >> 3));
    expect(base32Digest(['a'], 51)).toMatch(/^[A-Z2-7]{51}$/);
  });

  it('keep every key within the shards', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 16 }), (key, shards) => {
        const shard = shardOf(key, shards);
        expect(shard).toBe(shardOf(key, shards));
        expect(shard >= 0 && shard < shards).toBe(true);
      }),
    );
  });
});

describe('role ARNs', () => {
  it.each([
    ['arn:aws:iam::111122223333:role/agent', 'arn:aws:iam::111122223333:role/agent'],
    ['arn:aws:iam::111122223333:role/a/b/agent', 'arn:aws:iam::111122223333:role/agent'],
    ['arn:aws-cn:iam::111122223333:role/a/agent', 'arn:aws-cn:iam::111122223333:role/agent'],
  ])('%s are compared as %s', (arn, compared) => {
    expect(withoutPath(arn)).toBe(compared);
  });
});
