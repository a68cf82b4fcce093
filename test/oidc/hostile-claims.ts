/** Claims that no token may have, however well it is signed, and how the refusal calls them. */
export type HostileClaims = {
  readonly name: string;
  readonly claims: (now: number) => Readonly<Record<string, unknown>>;
  readonly says: string;
};

/** Any value of a claim that must be refused; `undefined` leaves the claim out. */
function values(claim: string, says: string, ...wrong: readonly unknown[]): HostileClaims[] {
  return wrong.map((value) => ({
    name: `${claim}: ${value === undefined ? 'none' : JSON.stringify(value).slice(0, 40)}`,
    claims: () => ({ [claim]: value }),
    says,
  }));
}

const sub = 'sub must be 1 to 255 printable';
const moments = 'exp and iat must be whole seconds';
const noMoment = [null, '1795485600', 1.5, -1, [1_795_485_600], true, {}, 1e300];

/** Each is refused without any key. */
export const hostileClaims: readonly HostileClaims[] = [
  ...values(
    'aud',
    'aud must be this broker alone',
    undefined,
    null,
    '',
    'other',
    'mayfly ',
    'Mayfly',
    'mayfly2',
  ),
  ...values(
    'aud',
    'aud must be this broker alone',
    [],
    ['mayfly', 'other'],
    ['mayfly', 'mayfly'],
    [['mayfly']],
    {
      0: 'mayfly',
      length: 1,
    },
  ),
  ...values(
    'sub',
    sub,
    undefined,
    null,
    '',
    42,
    ['alice'],
    { id: 'alice' },
    true,
    'a'.repeat(256),
    'x'.repeat(5_000),
  ),
  ...values('sub', sub, 'alice\n', 'alice ', ' alice', ' ', 'al\u0000ice', 'аlice', 'alice\u202e', '\ud800'),
  ...values('exp', moments, undefined, ...noMoment),
  ...values('iat', moments, undefined, ...noMoment),
  { name: 'expired a minute ago', claims: (now) => ({ exp: now - 60 }), says: 'it has expired' },
  { name: 'expired in 1970', claims: () => ({ exp: 0 }), says: 'it has expired' },
  { name: 'issued in the future', claims: (now) => ({ iat: now + 61 }), says: 'iat lies in the future' },
  ...values('nbf', 'nbf must be', ...noMoment),
  { name: 'not valid yet', claims: (now) => ({ nbf: now + 61 }), says: 'nbf must be' },
  ...values('auth_time', 'auth_time must be', ...noMoment),
  { name: 'signed in in the future', claims: (now) => ({ auth_time: now + 61 }), says: 'auth_time must be' },
  ...values('nonce', 'nonce must be text', null, 5, ['n'], {}),
  ...values('acr', 'acr must be text', null, 2, ['mfa']),
  ...values('amr', 'amr must be a list of texts', null, 'mfa', { mfa: true }, [['mfa']], ['pwd', 1], [null]),
  ...values(
    'groups',
    'the groups must be a list',
    null,
    'staff',
    { staff: true },
    [1],
    ['staff', null],
    [['staff']],
  ),
  {
    name: 'more groups than anybody is in',
    claims: () => ({ groups: Array.from({ length: 501 }, (_, i) => `${i}`) }),
    says: 'the groups must be a list of at most 500',
  },
];
