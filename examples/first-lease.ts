// The smallest agent: proves where it runs, asks for one lease on behalf of a person, waits where people have to approve
// it, uses it, gives it back. Run `npm run dev` first, then `npm run example`, or `npm run example -- 4713` for an invoice
// that is approved; against a deployed broker set MAYFLY_URL, and the person's ID token as MAYFLY_SUBJECT_TOKEN, and run
// it under the agent's role.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwsClient } from 'aws4fetch';
import { awsCredentialsOf, createBrokerClient } from '../client/index.ts';

const {
  MAYFLY_URL,
  AWS_REGION,
  AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY,
  AWS_SESSION_TOKEN,
  MAYFLY_SUBJECT_TOKEN,
} = process.env;
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
const invoice = process.argv[2] ?? '4711';
const task = {
  name: `process invoice ${invoice}`,
  purpose: 'validate the invoice and file the result',
  capabilities: ['read_invoice'],
  // Customer and amount come from the person's token and from the system of record, whatever an agent says.
  parameters: { invoice_id: invoice },
  estimated_seconds: 120,
};
const asked = await broker.ask(
  task,
  MAYFLY_SUBJECT_TOKEN === undefined ? {} : { subjectToken: MAYFLY_SUBJECT_TOKEN },
);
if (asked.credentials === undefined)
  console.log(`lease ${asked.lease.id} waits for people: npm run mayfly -- approve ${asked.lease.id}`);
for (let { state } = asked.lease; state === 'pending'; { state } = await broker.read(asked.lease.id))
  await new Promise((resolve) => setTimeout(resolve, 2_000));
const { lease, credentials } = asked.credentials === undefined ? await broker.collect(asked.lease.id) : asked;
console.log(`lease ${lease.id} of ${lease.agent}, ${lease.state} until ${lease.deadline}`);

const s3 = new S3Client({
  forcePathStyle: true,
  credentials: {
    accessKeyId: awsCredentialsOf({ credentials }).access_key_id,
    secretAccessKey: awsCredentialsOf({ credentials }).secret_access_key,
    sessionToken: awsCredentialsOf({ credentials }).session_token,
  },
});
const { Body } = await s3.send(
  new GetObjectCommand({ Bucket: 'acme-invoices', Key: `acme/${invoice}.json` }),
);
console.log(`acme/${invoice}.json: ${await Body?.transformToString()}`);
const released = await broker.release(lease.id);
console.log(`lease ${released.id} is ${released.state}`);
