import type { KeyObject } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { jwtVerify } from 'jose';
import {
  type AttestationResult,
  attestationAudience,
  attestationResultType,
} from '../../core/attestation-result.ts';
import { BrokerError } from '../../core/broker-error.ts';
import type { EpochSeconds } from '../../core/time.ts';
import type { ResultSigner } from '../../core/use-cases/attest.ts';
import { keyId, signEs256 } from '../aws/attestation-key.ts';

/** Signs attestation results as JWTs with the KMS key. */
export function resultSigner(kms: KMSClient, keyArn: string, publicUrl: string): ResultSigner {
  const sign = jwtSigner(kms, keyArn);
  return {
    sign: (result) =>
      sign(attestationResultType, { iss: publicUrl, aud: attestationAudience(publicUrl), ...result }),
  };
}

/** Signs claims as JWTs of a kind with a KMS key (RFC 7519, RFC 8725 section 3.11). */
export function jwtSigner(kms: KMSClient, keyArn: string) {
  return async (typ: string, claims: Readonly<Record<string, unknown>>): Promise<string> => {
    const signed = `${encode({ alg: 'ES256', typ, kid: keyId(keyArn) })}.${encode(claims)}`;
    const signature = await signEs256(kms, keyArn, Buffer.from(signed));
    return `${signed}.${Buffer.from(signature).toString('base64url')}`;
  };
}

/** Verifies an attestation result of this broker; throws `invalid_token` for anything else. */
export async function verifyResult(
  token: string,
  key: KeyObject,
  publicUrl: string,
  now: EpochSeconds,
): Promise<AttestationResult> {
  try {
    const { payload } = await jwtVerify<AttestationResult>(token, key, {
      algorithms: ['ES256'],
      typ: attestationResultType,
      issuer: publicUrl,
      audience: attestationAudience(publicUrl),
      currentDate: new Date(now * 1000),
      requiredClaims: [
        'sub',
        'iat',
        'exp',
        'cnf',
        'principal',
        'role_id',
        'agent_type',
        'methods',
        'facts',
        'strength',
      ],
    });
    return payload as AttestationResult;
  } catch (cause) {
    throw new BrokerError(
      'invalid_token',
      'the attestation result is not valid here: attest again',
      {},
      cause,
    );
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
