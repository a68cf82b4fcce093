import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awsEc2Iid, instanceIdentityDocument } from '../../../client/evidence/aws-ec2-iid.ts';
import { type Loopback, loopback } from '../../../local/people/loopback.ts';

/** The metadata service of an instance that demands version 2. */
function metadata(request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  if (url === '/latest/api/token') {
    const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);
    const allowed = method === 'PUT' && seconds >= 1 && seconds <= 21_600;
    response.writeHead(allowed ? 200 : 400).end(allowed ? 'token-1' : '');
  } else if (headers['x-aws-ec2-metadata-token'] !== 'token-1') response.writeHead(401).end();
  else if (url === '/latest/dynamic/instance-identity/rsa2048') response.end('MIAGCSqG\nSIb3DQEH\n');
  else response.writeHead(404).end();
}

let answer = metadata;
let service: Loopback;
beforeAll(async () => {
  service = await loopback((request, response) => answer(request, response));
});
beforeEach(() => {
  answer = metadata;
  service.requests.length = 0;
});
afterAll(() => service.close());

describe('evidence of an EC2 instance', () => {
  it('is asked of the metadata service with a token, and told without its line breaks', async () => {
    const evidence = await awsEc2Iid(() => instanceIdentityDocument(service.url))('binding');
    expect(evidence).toEqual({ method: 'aws_ec2_iid', pkcs7: 'MIAGCSqGSIb3DQEH' });
    expect(service.requests).toEqual([
      'PUT /latest/api/token',
      'GET /latest/dynamic/instance-identity/rsa2048',
    ]);
  });

  it('is not to be had where the metadata service is switched off', async () => {
    answer = (_, response) => response.writeHead(403).end();
    await expect(instanceIdentityDocument(service.url)).rejects.toThrow('status 403');
    expect(service.requests).toEqual(['PUT /latest/api/token']);
  });

  it('is not asked where the metadata service sends elsewhere', async () => {
    answer = (_, response) => response.writeHead(307, { Location: '/other' }).end();
    await expect(instanceIdentityDocument(service.url)).rejects.toThrow();
    expect(service.requests).toEqual(['PUT /latest/api/token']);
  });
});
