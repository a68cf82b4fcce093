import { describe, expect, it } from 'vitest';
import { allowProblem, isAllowed } from '../../../core/proxy/allowed-call.ts';

const parameters = { customer_id: 'acme', invoice_id: '4711', file: 'a.b', part: 'a/b', dots: '..' };
const names = Object.keys(parameters);

describe('an entry of allow says a call', () => {
  it.each([
    'POST /chat.postMessage',
    'GET /v1/invoices/${invoice_id}',
    'GET /v1/invoices/${invoice_id}.json',
    'DELETE /a-b_c~d/@me/x:y=z,w',
    'GET /v1/items/[0-9]{1,8}',
    'GET /v1/items/item-[0-9]{1,8}.json',
    'GET /${customer_id}-${invoice_id}/[a-z]',
    'HEAD /.well-known/x',
  ])('%s', (entry) => {
    expect(allowProblem(entry, names)).toBeUndefined();
  });

  it.each([
    ['', 'a method and a path'],
    ['/chat.postMessage', 'a method and a path'],
    ['GET', 'a method and a path'],
    ['GET /', 'a method and a path'],
    ['TRACE /a', 'a method and a path'],
    ['get /a', 'a method and a path'],
    ['GET  /a', 'a method and a path'],
    ['GET a', 'a method and a path'],
    ['GET https://chat.example/a', 'a method and a path'],
    ['GET /a/', 'no empty segment'],
    ['GET //a', 'no empty segment'],
    ['GET /a//b', 'no empty segment'],
    ['GET /a/../b', 'segment of dots'],
    ['GET /./a', 'segment of dots'],
    ['GET /a/...', 'segment of dots'],
    ['GET /a*', 'neither a literal'],
    ['GET /a?b', 'neither a literal'],
    ['GET /a%2fb', 'neither a literal'],
    ['GET /a b', 'neither a literal'],
    ['GET /a;b', 'neither a literal'],
    ['GET /$a', 'neither a literal'],
    ['GET /${Invoice}', 'neither a literal'],
    ['GET /{id}', 'neither a literal'],
    ['GET /[a', 'neither a literal'],
    ['GET /[a/b]{1,3}', 'neither a literal'],
    ['GET /[]', 'literal nor a [class]'],
    ['GET /[z-a]', 'range'],
    ['GET /[a-z]{3,1}', 'counts down'],
    ['GET /[a-z]{0,3}', 'empty string'],
    ['GET /[a-z]{1,999}', 'more than 256'],
    ['GET /[a-z]{x}', 'literal nor a [class]'],
    ['GET /${nobody}', 'no parameter is called nobody'],
    ['GET /${customer_id}${invoice_id}', 'stands a literal'],
    ['GET /${invoice_id}[0-9]{1,3}', 'stands a literal'],
    ['GET /[0-9]{1,3}${invoice_id}', 'stands a literal'],
    ['GET /[0-9]{1,3}[a-z]', 'stands a literal'],
  ])('%s does not', (entry, says) => {
    expect(allowProblem(entry, names)).toContain(says);
  });
});

describe('a call', () => {
  const allowed = (entry: string, path: string, method = 'GET') =>
    isAllowed([entry], method, path, parameters);

  it.each([
    ['GET /chat.postMessage', '/chat.postMessage'],
    ['GET /v1/invoices/${invoice_id}', '/v1/invoices/4711'],
    ['GET /v1/invoices/${invoice_id}.json', '/v1/invoices/4711.json'],
    ['GET /files/${file}', '/files/a.b'],
    ['GET /items/[0-9]{1,8}', '/items/1'],
    ['GET /items/[0-9]{1,8}', '/items/12345678'],
    ['GET /items/[0-9-]{1,8}-[0-9]{1,8}.json', '/items/1-2-3.json'],
    ['GET /items/[a-z.]{1,8}.json', '/items/a.json.json'],
    ['GET /${customer_id}-${invoice_id}/x', '/acme-4711/x'],
  ])('under %s may be %s', (entry, path) => {
    expect(allowed(entry, path)).toBe(true);
  });

  it.each([
    ['GET /chat.postMessage', '/chat.postmessage', 'another case'],
    ['GET /chat.postMessage', '/chatXpostMessage', 'a dot that is any character'],
    ['GET /chat.postMessage', '/chat.postMessageX', 'more at the end'],
    ['GET /chat.postMessage', '/api/chat.postMessage', 'more at the start'],
    ['GET /chat.postMessage', '/chat.postMessage/x', 'a segment more'],
    ['GET /a/b', '/a', 'a segment less'],
    ['GET /v1/invoices/${invoice_id}', '/v1/invoices/4712', 'another invoice'],
    ['GET /v1/invoices/${invoice_id}', '/v1/invoices/47110', 'an invoice that begins alike'],
    ['GET /v1/invoices/${invoice_id}', '/v1/invoices/${invoice_id}', 'the name of a parameter'],
    ['GET /v1/${part}', '/v1/a/b', 'a parameter that holds a slash'],
    ['GET /files/${file}', '/files/aXb', 'a dot in a parameter that is any character'],
    ['GET /items/[0-9]{1,8}', '/items/123456789', 'a number that is too long'],
    ['GET /items/[0-9]{2}', '/items/1', 'a number that is too short'],
    ['GET /items/[0-9]{1,8}', '/items/1a', 'a letter in a number'],
    ['GET /items/[0-9]{1,8}', '/items/1/2', 'a slash in a number'],
    ['GET /items/[0-9]{1,8}', '/items/', 'nothing at all'],
    ['GET /items/[0-9]{1,8}', '/items/１２', 'digits of another script'],
    ['GET /v1/${nobody}', '/v1/undefined', 'a parameter that the task has not'],
    ['GET /v1/${constructor}', '/v1/x', 'a parameter of every object'],
    ['GET /a/../b', '/a/../b', 'an entry that is none'],
    ['POST /a', '/a', 'another method'],
    ['HEAD /a', '/a', 'the method beside it'],
  ])('under %s may not be %s: %s', (entry, path) => {
    expect(allowed(entry, path)).toBe(false);
  });

  it('is allowed by any of several entries, each with its own method', () => {
    const allow = ['POST /a', 'GET /b'];
    const both = [
      ['POST', '/a'],
      ['GET', '/b'],
      ['GET', '/a'],
      ['POST', '/b'],
    ] as const;
    expect(both.map(([method, path]) => isAllowed(allow, method, path, {}))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isAllowed([], 'GET', '/b', {})).toBe(false);
  });

  it('is matched in a moment, however it was made', () => {
    const entry = `GET /${'[a-z]{1,30}-'.repeat(8)}x`;
    expect(allowProblem(entry, [])).toBeUndefined();
    expect(isAllowed([entry], 'GET', `/${'a-'.repeat(400)}y`, {})).toBe(false);
  });
});
