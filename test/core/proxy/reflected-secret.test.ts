import { describe, expect, it } from 'vitest';
import { showsSecret } from '../../../core/proxy/reflected-secret.ts';

const secret = 'xoxb-47+11/Te"st=Only9f8e';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const each = (text: string, form: (code: number) => string) =>
  [...text].map((character) => form(character.charCodeAt(0))).join('');
const hex = (code: number, length = 2) => code.toString(16).padStart(length, '0');

describe('an answer shows a secret', () => {
  it.each([
    ['as it is', secret],
    ['in capitals', secret.toUpperCase()],
    ['in small letters', secret.toLowerCase()],
    ['in base64', base64(secret)],
    ['in base64 behind one byte', base64(`a${secret}`)],
    ['in base64 behind two bytes', base64(`ab${secret}`)],
    ['in base64 between others', base64(`Bearer ${secret}, and more`)],
    ['in base64 of addresses', Buffer.from(`~~${secret}`).toString('base64url')],
    ['in base64 of several lines', base64(`{"a":"${secret}"}`).replace(/(.{10})/g, '$1\r\n')],
    ['in base64 as JSON writes it', base64(secret).replaceAll('/', '\\/')],
    ['percent-encoded', encodeURIComponent(secret)],
    ['percent-encoded, all of it', each(secret, (code) => `%${hex(code)}`)],
    ['percent-encoded, a letter of it', secret.replace('o', '%6F')],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['as JSON writes it', JSON.stringify(secret)],
    ['escaped as in JSON', each(secret, (code) => `\\u${hex(code, 4)}`)],
    ['escaped as in JSON, a letter of it', secret.replace('x', '\\u0078')],
    ['escaped as in ECMAScript', each(secret, (code) => `\\u{${hex(code)}}`)],
    ['escaped as in programs', each(secret, (code) => `\\x${hex(code)}`)],
    ['escaped as in HTML', each(secret, (code) => `&#${code};`)],
    ['escaped as in HTML, hexadecimal', each(secret, (code) => `&#x${hex(code)};`)],
    ['hexadecimal', Buffer.from(secret).toString('hex')],
    ['hexadecimal in capitals', Buffer.from(secret).toString('hex').toUpperCase()],
    ['hexadecimal with colons', each(secret, (code) => `${hex(code)}:`)],
    ['with a space between all letters', [...secret].join(' ')],
    ['in two bytes for each letter', Buffer.from(secret, 'utf16le').toString('latin1')],
    ['in base64 that is percent-encoded', encodeURIComponent(base64(secret))],
  ])('%s', (_, shown) => {
    expect(showsSecret(shown, secret)).toBe(true);
    expect(showsSecret(`{"headers":{"a":"${shown}"},"ok":true}`, secret)).toBe(true);
  });

  it('that is a user and a password, when it shows them', () => {
    expect(showsSecret('sent by alice:correct-horse', base64('alice:correct-horse'))).toBe(true);
  });

  it('not when it shows a part of it, or something like it', () => {
    const others = [secret.slice(0, -1), secret.slice(1), 'xoxb-4711', '', '{"ok":true}', base64('nothing')];
    expect(others.filter((text) => showsSecret(text, secret))).toEqual([]);
  });

  it('of nothing but signs, as it is', () => {
    expect(showsSecret('a -_-_-_-_-_ b', '-_-_-_-_-_')).toBe(true);
    expect(showsSecret('a b', '-_-_-_-_-_')).toBe(false);
  });
});
