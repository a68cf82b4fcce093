import { type CryptoKey, compactVerify, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Bound, evidenceAudience } from '../core/evidence.ts';
import { epochSeconds } from '../core/time.ts';
import { awsNitro } from '../lambda/evidence/methods/aws-nitro.ts';
import { oidc } from '../lambda/evidence/methods/oidc.ts';
import { finderAmong } from '../lambda/evidence/provider-keys.ts';
import { madeAt, madeRoot, nitroDocument } from '../test/evidence/nitro-document.ts';
import { type Benchmark, compare, cpuOf, median, type Row, ratioRow } from './harness.ts';

const tokensPerRound = 200;
const rounds = 30;
const warmUp = 5;
const mostOfToken = 1.3;
const documents = 200;
const mostOfDocument = 15;

const publicUrl = 'https://broker.example/live';
const bound: Bound = {
  binding: 'b'.repeat(43),
  caller: { role: 'arn:aws:iam::111122223333:role/agent', roleId: 'AROAAGENT', userId: 'AROAAGENT:agent' },
  now: epochSeconds(madeAt),
};

/** What verifying evidence costs: a token against its bare signature, a Nitro document in milliseconds. */
export const evidence: Benchmark = {
  name: 'evidence',
  about: `CPU of verifying tokens with keys at hand, against jose's bare signature check; time of ${documents} Nitro documents`,
  run: async () => [...(await tokenRow('RS256')), ...(await tokenRow('ES256')), await nitroRow()],
};

async function tokenRow(alg: 'RS256' | 'ES256'): Promise<Row[]> {
  const { token, publicKey, verify } = await tokenOf(alg);
  const microseconds = async (work: () => Promise<unknown>) => {
    const all = await cpuOf(async () => {
      for (let i = 0; i < tokensPerRound; i++) await work();
    });
    return all / tokensPerRound;
  };
  const { subject, reference, ratio } = await compare(
    {
      subject: () => microseconds(() => verify({ method: 'oidc', token }, bound)),
      reference: () => microseconds(() => compactVerify(token, publicKey, { algorithms: [alg] })),
    },
    rounds,
    warmUp,
  );
  return [
    { what: `one ${alg} signature checked by jose, CPU`, measured: `${reference.toFixed(0)} us` },
    ratioRow(`${alg} token of an issuer verified, CPU`, `${subject.toFixed(0)} us`, ratio, mostOfToken),
  ];
}

/** A token as GitHub Actions gives them, about 1.5 KB. */
async function tokenOf(alg: 'RS256' | 'ES256') {
  const { privateKey, publicKey }: { privateKey: CryptoKey; publicKey: CryptoKey } =
    await generateKeyPair(alg);
  const issuer = 'https://token.actions.example';
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg, use: 'sig' };
  const claims = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`claim_${i}`, `value of claim ${i} as long as they are`]),
  );
  const token = await new SignJWT({ ...claims, repository_id: '42' })
    .setProtectedHeader({ alg, kid: 'one', typ: 'JWT' })
    .setIssuer(issuer)
    .setSubject('repo:acme/agent:environment:prod')
    .setAudience(evidenceAudience(publicUrl, bound.binding))
    .setIssuedAt(madeAt)
    .setExpirationTime(madeAt + 300)
    .sign(privateKey);
  const keys = finderAmong([jwk]);
  return { token, publicKey, verify: oidc(new Map([[issuer, { algorithms: [alg], keys }]]), publicUrl) };
}

/** Signatures of a chain of four P-384 certificates, and of the document. */
async function nitroRow(): Promise<Row> {
  const verify = awsNitro([madeRoot]);
  const document = nitroDocument(Buffer.from(bound.binding));
  const times: number[] = [];
  for (let i = 0; i < documents; i++) {
    const start = performance.now();
    await verify({ method: 'aws_nitro', document }, bound);
    times.push(performance.now() - start);
  }
  const measured = median(times.slice(documents / 10));
  return {
    what: 'one Nitro document verified',
    measured: `${measured.toFixed(1)} ms`,
    budget: `<= ${mostOfDocument} ms`,
    within: measured <= mostOfDocument,
  };
}
