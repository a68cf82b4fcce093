// The smallest agent: proves where it runs, asks for one lease, uses it, gives it back. Run `npm run dev` first, then
// `npm run example`; against a deployed broker set MAYFLY_URL and run it under the agent's role.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwsClient } from 'aws4fetch';
import { createBrokerClient } from '../client/index.ts';

const { MAYFLY_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
if (!MAYFLY_URL || !AWS_REGION || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || !AWS_SESSION_TOKEN) {
  console.error('No broker is set: run `npm run dev` in another terminal, then `npm run example` again.');
  process.exit(1);
}

const signer = new AwsClient({
  accessKeyId: AWS_ACCESS_KEY_ID,
  secretAccessKey: AWS_SECRET_ACCESS_KEY,
  sessionToken: AWS_SESSION_TOKEN,
  service: 'execute-api',
  region: AWS_REGION,
});
const broker = await createBrokerClient({
  url: MAYFLY_URL,
  agentType: 'invoice_processor',
  fetch: (url, init) => signer.fetch(url, init),
});
const { lease, credentials } = await broker.lease({
  name: 'process invoice 4711 of acme',
  purpose: 'validate the invoice and file the result',
  capabilities: ['read_invoice'],
  parameters: { customer_id: 'acme', invoice_id: '4711', invoice_amount: 420 },
  estimated_seconds: 120,
});
console.log(`lease ${lease.id} of ${lease.agent}, ${lease.state} until ${lease.deadline}`);

const s3 = new S3Client({
  forcePathStyle: true,
  credentials: {
    accessKeyId: credentials.aws.access_key_id,
    secretAccessKey: credentials.aws.secret_access_key,
    sessionToken: credentials.aws.session_token,
  },
});
const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'acme-invoices', Key: 'acme/4711.json' }));
console.log(`acme/4711.json: ${await Body?.transformToString()}`);
const released = await broker.release(lease.id);
console.log(`lease ${released.id} is ${released.state}`);
