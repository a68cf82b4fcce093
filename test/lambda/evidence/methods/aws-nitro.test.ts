import { describe, expect, it } from 'vitest';
import { awsNitro as produce } from '../../../../client/evidence/aws-nitro.ts';
import type { Bound } from '../../../../core/evidence.ts';
import { evidenceBinding } from '../../../../core/identity.ts';
import { awsNitroRoot } from '../../../../core/policy/schema-trust.ts';
import { epochSeconds } from '../../../../core/time.ts';
import { awsNitro } from '../../../../lambda/evidence/methods/aws-nitro.ts';
import { verifiedPayload } from '../../../../lambda/evidence/nitro/verify.ts';
import { CborPairs, cbor } from '../../../evidence/cbor.ts';
import {
  type Forgery,
  madeAt,
  madeRoot,
  measured,
  nitroDocument,
  registers,
} from '../../../evidence/nitro-document.ts';
import { ofCertificates, ofChain } from '../../../evidence/nitro-forgeries-chain.ts';
import { ofEnvelope } from '../../../evidence/nitro-forgeries-envelope.ts';
import { ofMeaning, ofPayload } from '../../../evidence/nitro-forgeries-payload.ts';
import { publicDocument, publicDocumentSays } from '../../../evidence/public-nitro-document.ts';

const binding = evidenceBinding('nonce', 'thumbprint');
const bytes = Buffer.from(binding);
const forgeries = [...ofEnvelope, ...ofPayload(bytes), ...ofChain, ...ofCertificates, ...ofMeaning(bytes)];
const verify = awsNitro([madeRoot]);

function bound(now = madeAt): Bound {
  return { binding, caller: { role: '', roleId: '', userId: '' }, now: epochSeconds(now) };
}

function verified(forgery: Forgery = {}, now = madeAt) {
  return verify({ method: 'aws_nitro', document: nitroDocument(bytes, forgery) }, bound(now));
}

describe('a Nitro attestation document', () => {
  it('proves what runs, by the registers that were measured, and nobody', async () => {
    expect(await verified()).toEqual({ method: 'aws_nitro', facts: {}, measurements: measured });
  });

  it('is not bound by its nonce: an enclave answers those of anybody', async () => {
    const document = { fields: { user_data: null, nonce: bytes } };
    await expect(verified(document)).rejects.toMatchObject({ fault: 'binding', field: 'document.user_data' });
  });

  it('may be tagged as COSE_Sign1', async () => {
    const whole = (document: Buffer) => Buffer.concat([Buffer.from([0xd2]), document]);
    expect(await verified({ whole })).toEqual(await verified());
  });

  it('may hold its fields in a map of known length, and leave out what is null', async () => {
    const fields = { public_key: undefined, nonce: undefined };
    expect(await verified({ fields, payload: ({ pairs }) => new CborPairs(pairs) })).toEqual(
      await verified(),
    );
  });

  it('of a NitroTPM proves registers under names of their own: nobody passes an instance off as an enclave', async () => {
    const proven = await verified({
      fields: { pcrs: undefined, nitrotpm_pcrs: registers({ 0: '00'.repeat(48) }) },
    });
    expect(proven.measurements).toEqual({
      tpm1: measured[1],
      tpm2: measured[2],
      tpm4: measured[4],
      tpm8: measured[8],
    });
  });

  it('holds for five minutes, and on a clock that is one minute behind', async () => {
    expect(await verified({}, madeAt + 300)).toEqual(await verified());
    expect(await verified({}, madeAt - 60)).toEqual(await verified());
  });

  it('made by the client with a document of the enclave’s module is accepted', async () => {
    const producer = produce(async (userData) => Buffer.from(nitroDocument(userData), 'base64'));
    expect(await verify(await producer(binding), bound())).toEqual(await verified());
  });

  it.each(forgeries)('is refused where $attack', async ({ forgery, now, fault, field }) => {
    await expect(verified(forgery, now)).rejects.toMatchObject({ name: 'EvidenceFault', fault, field });
  });

  it('has forgeries in that table', () => {
    expect(forgeries.length).toBeGreaterThan(50);
  });

  it('is refused in words that quote nothing of it', async () => {
    const faults = await Promise.all(
      forgeries.map(({ forgery, now }) => verified(forgery, now).catch((fault: Error) => fault.message)),
    );
    expect(faults.filter((message) => typeof message !== 'string' || /i-0123|1a1a/.test(message))).toEqual(
      [],
    );
  });
});

describe('a document that real hardware signed', () => {
  const at = epochSeconds(Math.floor(publicDocumentSays.timestamp / 1000));
  const document = Buffer.from(publicDocument, 'base64');

  it('goes back to AWS’s root, and its chain and signature hold', () => {
    const { timestamp, kind, userData } = verifiedPayload(document, [awsNitroRoot], at);
    expect({ timestamp, kind, userData: Buffer.from(userData ?? []).toString('hex') }).toEqual({
      kind: 'enclave',
      ...publicDocumentSays,
    });
  });

  it('is refused, as its enclave ran in debug mode', async () => {
    const evidence = { method: 'aws_nitro', document: publicDocument } as const;
    await expect(awsNitro([awsNitroRoot])(evidence, bound(at))).rejects.toMatchObject({
      fault: 'debug_mode',
    });
  });

  it('is refused where AWS’s root is not trusted, and when its certificate has ended', () => {
    expect(() => verifiedPayload(document, [madeRoot], at)).toThrow(/root that is trusted/);
    expect(() => verifiedPayload(document, [awsNitroRoot], epochSeconds(at + 10_800))).toThrow(
      /not valid any more/,
    );
  });
});

it('the maker writes CBOR as RFC 8949 appendix A does', () => {
  expect(cbor([1, -35, 'a', null, 1_000_000_000_000]).toString('hex')).toBe(
    '85013822' + '6161f61b000000e8d4a51000',
  );
});
