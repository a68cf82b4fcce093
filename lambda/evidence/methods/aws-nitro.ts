import { type Bound, EvidenceFault, type Proven, type Verify } from '../../../core/evidence.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';
import type { Payload } from '../nitro/payload.ts';
import { skew } from '../skew.ts';

/** Milliseconds that a document may be old. */
const oldest = 300_000;

/** Registers that measure what an enclave is: image, kernel, application. In debug mode they are zero. */
const image = [0, 1, 2];

/**
 * Verifies a Nitro attestation document, of an enclave or of an instance's NitroTPM. `roots` are the SHA-256 of the DER of
 * trusted root certificates, lower-case hex. It says what runs, not who: there is no principal. Registers of an enclave are
 * named by their numbers; those of a NitroTPM with `tpm` before it, as whoever runs an instance may extend some of its
 * registers to what an enclave's register of the same number holds.
 */
export function awsNitro(roots: readonly string[]): Verify<EvidenceOf<'aws_nitro'>> {
  return async ({ document }, bound) => {
    const { verifiedPayload } = await import('../nitro/verify.ts');
    const payload = verifiedPayload(Buffer.from(document, 'base64'), roots, bound.now);
    refuseUnlessFresh(payload, bound);
    if (payload.kind === 'enclave') refuseDebugMode(payload);
    refuseUnlessBound(payload, bound);
    return { method: 'aws_nitro', facts: {}, measurements: measurementsOf(payload) } satisfies Proven;
  };
}

function refuseUnlessFresh({ timestamp }: Payload, { now }: Bound): void {
  const age = now * 1000 - timestamp;
  if (age > oldest) {
    throw new EvidenceFault('stale', 'document.timestamp', 'the document is older than five minutes');
  }
  if (age < -skew * 1000) {
    throw new EvidenceFault('not_yet_valid', 'document.timestamp', 'the document is of a time to come');
  }
}

/** A register that is absent is no better than one that was never measured. */
function refuseDebugMode({ pcrs }: Payload): void {
  if (image.every((number) => isMeasured(pcrs.get(number)))) return;
  throw new EvidenceFault(
    'debug_mode',
    'document.pcrs',
    'the enclave runs in debug mode, where anybody sees inside',
  );
}

/** By what the code chose to say. Enclaves answer anybody's `nonce`: bound by that, one would vouch for a key outside it. */
function refuseUnlessBound({ userData }: Payload, { binding }: Bound): void {
  if (userData !== undefined && Buffer.from(binding).equals(userData)) return;
  throw new EvidenceFault('binding', 'document.user_data', 'the document is not made for this nonce and key');
}

function measurementsOf({ kind, pcrs }: Payload): Readonly<Record<string, string>> {
  const prefix = kind === 'enclave' ? '' : 'tpm';
  return Object.fromEntries(
    [...pcrs]
      .filter(([, value]) => isMeasured(value))
      .map(([number, value]) => [`${prefix}${number}`, Buffer.from(value).toString('hex')]),
  );
}

function isMeasured(value: Uint8Array | undefined): boolean {
  return value?.some((byte) => byte !== 0) ?? false;
}
