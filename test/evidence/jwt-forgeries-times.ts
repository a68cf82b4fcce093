import { morning } from '../core/invoices.ts';
import { claims, type JwtForgery, texts, values } from './jwt-world.ts';

/** What is no moment in whole seconds; `null` is not the same as absent. */
const noMoment = [null, `${morning + 300}`, morning + 0.5, -1, [morning + 300], true, {}, 1e300];

/** Times that no token may have. */
export const ofTimes: readonly JwtForgery[] = [
  ...values('exp', 'claims', undefined, ...noMoment),
  ...values('iat', 'claims', ...noMoment),
  ...values('nbf', 'claims', ...noMoment),
  texts(
    'its exp is a number beyond all numbers',
    (header, payload) => [header, payload.replace(/"exp":\d+/, '"exp":1e400')],
    'claims',
  ),
  claims('it expired a minute ago', 'expired', { exp: morning - 60 }),
  claims('it expired in 1970', 'expired', { exp: 0 }),
  claims('it was made a minute and a second from now', 'not_yet_valid', { iat: morning + 61 }),
  claims('it counts in a minute and a second', 'not_yet_valid', { nbf: morning + 61 }),
  claims('its iat is in milliseconds', 'not_yet_valid', { iat: morning * 1_000 }),
  texts(
    'exp is inherited from __proto__',
    (header, payload) => [header, payload.replace(/"exp":\d+/, `"__proto__":{"exp":${morning + 300}},"x":1`)],
    'claims',
  ),
];
