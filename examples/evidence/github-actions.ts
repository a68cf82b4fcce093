import { oidc } from '../../client/index.ts';

export const evidence = oidc(process.env['MAYFLY_URL'] ?? '', async (audience) => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = process.env;
  const headers = { Authorization: `Bearer ${secret}` };
  const answer = await fetch(`${address}&audience=${encodeURIComponent(audience)}`, { headers });
  const { value } = (await answer.json()) as { value: string };
  return value;
});
