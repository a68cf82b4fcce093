import { bindingTag, EvidenceFault, TrustUnavailable } from '../../../core/evidence.ts';

/** Bytes of an answer, decompressed; who somebody is takes a few hundred. */
const largestAnswer = 16_384;

/** How STS is reached; `patience`: milliseconds for everything, the last byte included. */
export type StsReach = { readonly fetch: typeof fetch; readonly patience: number };

/**
 * Sends a presigned request with the binding that was to be under its signature, and answers what STS says. Throws
 * {@link EvidenceFault} `rejected` when STS refuses, {@link TrustUnavailable} when it says nothing of the evidence.
 */
export async function askSts(url: URL, binding: string, { fetch, patience }: StsReach): Promise<Uint8Array> {
  let answer: { status: number; body: Uint8Array };
  try {
    const response = await fetch(url, {
      headers: { [bindingTag]: binding, Accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
    answer = { status: response.status, body: await bounded(response) };
  } catch (cause) {
    throw new TrustUnavailable(`STS at ${url.host} does not answer, or too much`, cause);
  }
  if (answer.status === 200) return answer.body;
  if (isRefusal(answer))
    throw new EvidenceFault('rejected', 'signature', 'STS refuses the presigned request');
  throw new TrustUnavailable(`STS at ${url.host} answers with status ${answer.status}`);
}

/** Too many calls of the signer's account say nothing of this one; STS tells it with 400 (STS API reference, common errors). */
function isRefusal({ status, body }: { status: number; body: Uint8Array }): boolean {
  if (status < 400 || status > 499 || status === 408 || status === 429) return false;
  return !/[">](Throttl\w*|RequestLimitExceeded)["<]/.test(Buffer.from(body).toString('latin1'));
}

/** Leaving the loop cancels what is still to come. */
async function bounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > largestAnswer) throw new Error(`the answer is larger than ${largestAnswer} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
