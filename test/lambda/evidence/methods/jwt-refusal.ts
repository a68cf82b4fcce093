import { expect } from 'vitest';
import { EvidenceFault, type EvidenceFaultCode } from '../../../../core/evidence.ts';

/** Whether evidence with this token is refused for exactly this, in words that show nothing of the token. */
export async function expectRefusal(
  verified: (token: string) => Promise<unknown>,
  token: string,
  fault: EvidenceFaultCode,
): Promise<void> {
  const refusal = await verified(token).catch((thrown: unknown) => thrown);
  expect(refusal).toBeInstanceOf(EvidenceFault);
  expect(refusal).toMatchObject({ fault, field: 'token' });
  const { message } = refusal as EvidenceFault;
  for (const part of token.split('.').filter(({ length }) => length > 12))
    expect(message).not.toContain(part.slice(0, 12));
  expect(message).not.toMatch(/arn:|spiffe:\/\/|https?:|evil|dev\/null|root/);
}
