import type { Cbor, CborMap } from './cbor.ts';
import { cborIn, isBytes, isList, isMap, malformed } from './document.ts';

/** What an attestation document says. */
export type Payload = {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** What the registers are of: an enclave's image, or a whole instance's boot. They share numbers, and mean other things. */
  readonly kind: 'enclave' | 'instance';
  /** Registers by number; 32, 48 or 64 bytes. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** DER of the certificate whose key signed the document. */
  readonly certificate: Uint8Array;
  /** DER of its chain, the root first. */
  readonly cabundle: readonly Uint8Array[];
  readonly userData?: Uint8Array;
  readonly nonce?: Uint8Array;
};

/** What a document may hold, and nothing else: an enclave's registers are `pcrs`, those of a NitroTPM `nitrotpm_pcrs`. */
const fields: readonly Cbor[] = [
  'module_id',
  'digest',
  'timestamp',
  'pcrs',
  'nitrotpm_pcrs',
  'certificate',
  'cabundle',
  'public_key',
  'user_data',
  'nonce',
];

const longest = { certificate: 1_024, publicKey: 1_024, userData: 512, nonce: 512 };

/**
 * Reads the signed part of a document by the rules that AWS gives for its syntax ("Nitro Enclaves Attestation Process",
 * section 3.2.2). What is optional may be null, as the hypervisor writes it, which is as if it were absent. Throws an
 * EvidenceFault.
 */
export function readPayload(bytes: Uint8Array): Payload {
  const map = cborIn(bytes, 'document.payload');
  if (!isMap(map) || ![...map.keys()].every((key) => fields.includes(key))) {
    throw malformed('document.payload', 'is not a map of the fields of an attestation document');
  }
  const moduleId = map.get('module_id');
  if (typeof moduleId !== 'string' || moduleId === '') throw malformed('document.module_id', 'is not a text');
  if (map.get('digest') !== 'SHA384') throw malformed('document.digest', 'is not SHA384');
  const timestamp = map.get('timestamp');
  if (typeof timestamp !== 'number' || timestamp <= 0) throw malformed('document.timestamp', 'is not a time');
  optionalBytes(map, 'public_key', 1, longest.publicKey);
  const userData = optionalBytes(map, 'user_data', 0, longest.userData);
  const nonce = optionalBytes(map, 'nonce', 0, longest.nonce);
  return {
    timestamp,
    ...registers(map),
    certificate: certificateIn(map.get('certificate'), 'document.certificate'),
    cabundle: bundle(map.get('cabundle')),
    ...(userData && { userData }),
    ...(nonce && { nonce }),
  };
}

/** That there are at most 32 follows from their numbers, none of which stands twice. */
function registers(map: CborMap): Pick<Payload, 'kind' | 'pcrs'> {
  const kind = map.has('pcrs') ? 'enclave' : 'instance';
  if (map.has('pcrs') && map.has('nitrotpm_pcrs')) throw malformed('document.pcrs', 'are there twice');
  const pcrs = map.get('pcrs') ?? map.get('nitrotpm_pcrs');
  if (!isMap(pcrs) || pcrs.size === 0) throw malformed('document.pcrs', 'are no registers');
  const checked = [...pcrs].map(([number, value]) => {
    if (typeof number !== 'number' || number < 0 || number > 31) {
      throw malformed('document.pcrs', 'have a number that is not from 0 to 31');
    }
    if (!isBytes(value) || ![32, 48, 64].includes(value.length)) {
      throw malformed('document.pcrs', 'have a value that is not of 32, 48 or 64 bytes');
    }
    return [number, value] as const;
  });
  return { kind, pcrs: new Map(checked) };
}

function bundle(value: Cbor | undefined): readonly Uint8Array[] {
  if (!isList(value) || value.length === 0)
    throw malformed('document.cabundle', 'is not a list of certificates');
  return value.map((each) => certificateIn(each, 'document.cabundle'));
}

/** That it is not empty is seen when it is read. */
function certificateIn(value: Cbor | undefined, field: string): Uint8Array {
  const isSound = isBytes(value) && value.length <= longest.certificate;
  if (!isSound) throw malformed(field, 'is not at most 1024 bytes');
  return value;
}

function optionalBytes(map: CborMap, name: string, least: number, most: number): Uint8Array | undefined {
  const value = map.get(name) ?? undefined;
  if (value === undefined) return undefined;
  const isSound = isBytes(value) && value.length >= least && value.length <= most;
  if (!isSound) throw malformed(`document.${name}`, `is not ${least} to ${most} bytes`);
  return value;
}
