import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate (RFC 5280) with its key, made for a test; PEM as a server wants it, DER as a bundle does. */
export type Certified = {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly der: Buffer;
  readonly pem: string;
  readonly keyPem: string;
};

/** What a subject alternative name says, of those that servers have. */
export type HostName = { readonly dns: string } | { readonly ip: readonly [number, number, number, number] };

const tagged = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: readonly Uint8Array[]) => tagged(0x30, ...parts);
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'));
const octets = (...parts: readonly Uint8Array[]) => tagged(0x04, ...parts);
const bits = (bytes: Uint8Array) => tagged(0x03, Buffer.of(0), bytes);
const integer = (value: number) => tagged(0x02, Buffer.of(value));
const utcTime = (at: number) =>
  tagged(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const nameOf = (commonName: string) =>
  sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(commonName)))));
const critical = tagged(0x01, Buffer.of(0xff));
const authority = sequence(oid('551d13'), critical, octets(sequence(critical)));

function alternativeNames(hosts: readonly HostName[]): Buffer {
  const names = hosts.map((host) =>
    'dns' in host ? tagged(0x82, Buffer.from(host.dns)) : tagged(0x87, Buffer.from(host.ip)),
  );
  return sequence(oid('551d11'), octets(sequence(...names)));
}

/** A certificate of an authority by itself, valid for a day around now. */
export function authorityCalled(name: string): Certified {
  return certified(name, [authority]);
}

/** A server's certificate by this authority. */
export function serverOf(issuer: Certified, ...hosts: readonly HostName[]): Certified {
  return certified('server', [alternativeNames(hosts)], issuer);
}

function certified(name: string, extensions: readonly Buffer[], issuer?: Certified): Certified {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 86_400_000;
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(issuer ? 2 : 1),
    ecdsaWithSha256,
    nameOf(issuer?.name ?? name),
    sequence(utcTime(Date.now() - day), utcTime(Date.now() + day)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const der = sequence(body, ecdsaWithSha256, bits(signature));
  return {
    name,
    privateKey,
    der,
    pem: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
