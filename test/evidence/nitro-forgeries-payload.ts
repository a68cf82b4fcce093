import { CborPairs, type CborValue, cbor, Raw } from './cbor.ts';
import { type Forgery, madeAt, registers } from './nitro-document.ts';
import { type NitroForgery, row } from './nitro-forgery.ts';

const zero = '00'.repeat(48);

function field(name: string, attack: string, value: CborValue | undefined): NitroForgery {
  return row(attack, 'malformed', `document.${name}`, { fields: { [name]: value } });
}

/** Forgeries of the form of what a document says. */
export function ofPayload(binding: Uint8Array): readonly NitroForgery[] {
  const payload = (attack: string, change: (sound: CborPairs) => CborValue) =>
    row(attack, 'malformed', 'document.payload', { payload: change });
  const inside = (attack: string, fields: NonNullable<Forgery['fields']>) =>
    row(attack, 'malformed', 'document.payload', { fields });
  return [
    payload('its payload is a list', () => [1]),
    payload('its payload is a number', () => 7),
    payload(
      'its payload holds a field twice',
      ({ pairs }) => new CborPairs([...pairs, ['user_data', binding]]),
    ),
    payload(
      'its payload holds a field nobody knows',
      ({ pairs }) => new CborPairs([...pairs, ['role', 'admin']]),
    ),
    payload('its map does not end', (sound) => new Raw(cbor(sound).subarray(0, -1).toString('hex'))),
    inside('a map inside is of indefinite length', { pcrs: new CborPairs(registers().pairs, true) }),
    inside('a list inside is of indefinite length', { cabundle: new Raw('9f4101ff') }),
    inside('a text inside is of indefinite length', { module_id: new Raw('7f6161ff') }),
    inside('it nests a list in a map in a map', { pcrs: new CborPairs([[0, [Buffer.alloc(48, 1)]]]) }),
    inside('a text inside is not UTF-8', { module_id: new Raw('61ff') }),
    inside('a value inside is tagged', { module_id: new Raw('c06161') }),
    inside('a value inside is a float', { timestamp: new Raw('f93c00') }),
    inside('a value inside is true', { public_key: new Raw('f5') }),
    inside('its time is beyond 2^53', { timestamp: new Raw('1b0020000000000000') }),
    inside('a length inside is of a reserved kind', { module_id: new Raw('7c61') }),
    payload('a key is bytes', ({ pairs }) => new CborPairs([...pairs, [Buffer.from('nonce'), 1]])),
    field('module_id', 'it names no module', undefined),
    field('module_id', 'its module has an empty name', ''),
    field('module_id', 'its module is a number', 7),
    field('digest', 'its digest is another', 'SHA256'),
    field('digest', 'it names no digest', undefined),
    field('timestamp', 'it has no time', undefined),
    field('timestamp', 'its time is zero', 0),
    field('timestamp', 'its time is before 1970', -1),
    field('timestamp', 'its time is text', '2030-03-17'),
    field('pcrs', 'it has no registers', undefined),
    field('pcrs', 'it has an empty map of registers', new CborPairs([])),
    field('pcrs', 'its registers are a list', [Buffer.alloc(48, 1)]),
    field(
      'pcrs',
      'it has 33 registers',
      new CborPairs(Array.from({ length: 33 }, (_, i) => [i, Buffer.alloc(48, 1)])),
    ),
    field('pcrs', 'it has a register 32', new CborPairs([...registers().pairs, [32, Buffer.alloc(48, 1)]])),
    field('pcrs', 'it has a register −1', new CborPairs([...registers().pairs, [-1, Buffer.alloc(48, 1)]])),
    field(
      'pcrs',
      'it has a register named by text',
      new CborPairs([...registers().pairs, ['16', Buffer.alloc(48, 1)]]),
    ),
    field('pcrs', 'a register is of 33 bytes', registers({ 3: '01'.repeat(33) })),
    field('pcrs', 'a register is text', new CborPairs([...registers().pairs.slice(1), [0, 'a'.repeat(48)]])),
    row('it has registers of an enclave and of an instance', 'malformed', 'document.pcrs', {
      fields: { nitrotpm_pcrs: registers() },
    }),
    field('certificate', 'it has no certificate', undefined),
    field('certificate', 'its certificate is empty', Buffer.alloc(0)),
    field('certificate', 'its certificate is text', 'certificate'),
    field('certificate', 'its certificate is longer than 1024 bytes', Buffer.alloc(1_025)),
    field('certificate', 'its certificate is none', Buffer.from('certificate')),
    field('cabundle', 'it has no chain', undefined),
    field('cabundle', 'its chain is empty', []),
    field('cabundle', 'its chain is bytes', Buffer.alloc(10)),
    field('public_key', 'its public key is empty', Buffer.alloc(0)),
    field('public_key', 'its public key is longer than 1024 bytes', Buffer.alloc(1_025)),
    field('public_key', 'its public key is text', 'key'),
    field('user_data', 'its user data is longer than 512 bytes', Buffer.alloc(513)),
    field('user_data', 'its user data is text', binding.toString()),
    field('nonce', 'its nonce is longer than 512 bytes', Buffer.alloc(513)),
    field('nonce', 'its nonce is a number', 1),
  ];
}

/** Forgeries that are well-formed, and signed, and say the wrong thing. */
export function ofMeaning(binding: Uint8Array): readonly NitroForgery[] {
  const debug = (attack: string, others: Readonly<Record<number, string>>) =>
    row(attack, 'debug_mode', 'document.pcrs', { fields: { pcrs: registers(others) } });
  const bound = (attack: string, userData: CborValue) =>
    row(attack, 'binding', 'document.user_data', { fields: { user_data: userData } });
  const otherBinding = Buffer.from(binding).fill('x', 0, 1);
  return [
    row('it is older than five minutes', 'stale', 'document.timestamp', {
      fields: { timestamp: (madeAt - 300) * 1000 - 1 },
    }),
    row('it is more than a minute ahead', 'not_yet_valid', 'document.timestamp', {
      fields: { timestamp: (madeAt + 60) * 1000 + 1 },
    }),
    row('its time is in seconds', 'stale', 'document.timestamp', { fields: { timestamp: madeAt } }),
    debug('its enclave runs in debug mode', { 0: zero, 1: zero, 2: zero }),
    debug('register 0 was not measured', { 0: zero }),
    debug('register 1 was not measured', { 1: zero }),
    debug('register 2 was not measured', { 2: zero }),
    row('registers 0 to 2 are left out', 'debug_mode', 'document.pcrs', {
      fields: { pcrs: new CborPairs(registers().pairs.slice(3)) },
    }),
    bound('it is bound to nothing', null),
    bound('it is bound to another nonce or key', otherBinding),
    bound('its user data only begins with the binding', Buffer.concat([binding, Buffer.from([0])])),
    bound('its user data is the binding’s first half', binding.subarray(0, 20)),
    row('the binding stands in its public key', 'binding', 'document.user_data', {
      fields: { user_data: null, public_key: binding },
    }),
  ];
}
