import { describe, expect, it } from 'vitest';
import { epochSeconds } from '../../../core/time.ts';
import { verifyProof } from '../../../lambda/evidence/dpop.ts';
import { finderAmong } from '../../../lambda/evidence/provider-keys.ts';
import { checkTimes, readEvidenceJwt, verifySignature } from '../../../lambda/evidence/signed-jwt.ts';
import { refusalOf } from '../../core/use-cases/world.ts';

/** The claims of RFC 7515 appendix A.1.1, which A.2, A.3 and RFC 7519 section 3.1 sign as well. */
const payload =
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const claims = { iss: 'joe', exp: 1_300_819_380, 'http://example.com/is_root': true };

/** RFC 7515 appendix A.2: RS256. */
const rsa = {
  key: {
    kty: 'RSA',
    n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
    e: 'AQAB',
  },
  token: `eyJhbGciOiJSUzI1NiJ9.${payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
};

/** RFC 7515 appendix A.3: ES256. */
const ec = {
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
  token: `eyJhbGciOiJFUzI1NiJ9.${payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
};

const terms = { algorithms: ['RS256', 'ES256'], keys: finderAmong([rsa.key, ec.key]) };

async function verified(token: string, now: number) {
  const jwt = readEvidenceJwt(token, { types: ['JWT'] });
  await verifySignature(token, jwt, terms);
  checkTimes(jwt, epochSeconds(now));
  return jwt.claims;
}

describe('the signed examples of RFC 7515', () => {
  it.each([
    ['A.2, RS256', rsa],
    ['A.3, ES256', ec],
  ])('verify: %s', async (_, { token }) => {
    expect(await verified(token, claims.exp - 1)).toEqual(claims);
    expect(await verified(token, claims.exp + 59)).toEqual(claims);
    await expect(verified(token, claims.exp + 60)).rejects.toMatchObject({ fault: 'expired' });
  });

  it('do not verify with the signature of the other', async () => {
    const mixed = ec.token.replace(/[^.]*$/, rsa.token.split('.')[2] ?? '');
    await expect(verified(mixed, claims.exp)).rejects.toMatchObject({ fault: 'signature' });
  });
});

describe('an example that nobody signed, or with a shared secret', () => {
  it.each([
    [
      'RFC 7519 section 3.1: HS256',
      `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
      'algorithm',
    ],
    ['RFC 7519 section 6.1: unsecured', `eyJhbGciOiJub25lIn0.${payload}.`, 'malformed'],
    ['unsecured, with something as its signature', `eyJhbGciOiJub25lIn0.${payload}.x`, 'algorithm'],
  ])('is refused: %s', async (_, token, fault) => {
    await expect(verified(token, claims.exp - 1)).rejects.toMatchObject({ fault, field: 'token' });
  });
});

/** The header of every proof in RFC 9449, and the thumbprint of its key (section 6.1). */
const proofHeader =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19';
const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

/** RFC 9449 section 5: the proof of a token request (section 4.1 has the same). */
const tokenProof = `${proofHeader}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`;
const tokenTarget = { method: 'POST', url: 'https://server.example.com/token' };

/** RFC 9449 section 7.1: the proof of a request with an access token. */
const resourceProof = `${proofHeader}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`;
const resourceTarget = {
  method: 'GET',
  url: 'https://resource.example.org/protectedresource',
  token: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
};

describe('the proofs of RFC 9449', () => {
  it.each([
    [
      'of a token request, within a minute of its time',
      tokenProof,
      tokenTarget,
      '-BwC3ESc6acc2lTc',
      1_562_262_616,
    ],
    ['with the hash of an access token', resourceProof, resourceTarget, 'e1j3V_bKic8-LAEB', 1_562_262_618],
  ])('verify: %s', async (_, proof, target, jti, iat) => {
    for (const off of [-60, 0, 60])
      expect(await verifyProof(proof, target, epochSeconds(iat + off))).toEqual({ jkt, jti });
    for (const off of [-61, 61])
      expect((await refusalOf(verifyProof(proof, target, epochSeconds(iat + off)))).message).toContain(
        'stale',
      );
  });

  it('are for nothing else', async () => {
    const now = epochSeconds(1_562_262_618);
    const others = [
      { ...resourceTarget, method: 'POST' },
      { ...resourceTarget, url: `${resourceTarget.url}/x` },
      { ...resourceTarget, token: `${resourceTarget.token}x` },
      tokenTarget,
    ];
    for (const target of others)
      expect((await refusalOf(verifyProof(resourceProof, target, now))).code).toBe('invalid_dpop_proof');
    const missing = await refusalOf(verifyProof(tokenProof, { ...tokenTarget, token: 'x' }, now));
    expect(missing.message).toContain('another attestation result');
  });
});
