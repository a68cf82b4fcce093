import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import type { EvidenceProducer } from './evidence.ts';

/** Milliseconds until the metadata service is given up: it is on the same machine, or not there. */
const patience = 2_000;

/**
 * Evidence of the EC2 instance that this runs on: its identity document inside AWS's signature. `document` answers it as
 * the metadata service does, in base64; asked there when absent. It proves no key: it counts beside another method only.
 */
export function awsEc2Iid(
  document: () => Promise<string> = () => instanceIdentityDocument(),
): EvidenceProducer<EvidenceOf<'aws_ec2_iid'>> {
  return async () => ({ method: 'aws_ec2_iid', pkcs7: (await document()).replace(/\s/g, '') });
}

/**
 * The signed identity document from the instance metadata service, version 2 (EC2 user guide, "Use IMDSv2"). `endpoint`:
 * where it answers. Throws when it does not.
 */
export async function instanceIdentityDocument(endpoint = 'http://169.254.169.254'): Promise<string> {
  const ask = async (path: string, method: string, headers: Record<string, string>) => {
    const signal = AbortSignal.timeout(patience);
    const response = await fetch(`${endpoint}${path}`, { method, headers, redirect: 'error', signal });
    if (!response.ok) throw new Error(`the instance metadata service answers with status ${response.status}`);
    return response.text();
  };
  const token = await ask('/latest/api/token', 'PUT', { 'X-aws-ec2-metadata-token-ttl-seconds': '60' });
  const header = { 'X-aws-ec2-metadata-token': token };
  return ask('/latest/dynamic/instance-identity/rsa2048', 'GET', header);
}
