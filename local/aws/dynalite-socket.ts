import { request as httpRequest } from 'node:http';
import type { WireReply, WireRequest } from '../http/message.ts';

/** Hands a request on; dynalite wants a signature's outline but does not check it, which the gateway has done. */
export function forward(
  socket: string,
  operation: string,
  { body }: Pick<WireRequest, 'body'>,
): Promise<WireReply> {
  const headers = {
    'Content-Type': 'application/x-amz-json-1.0',
    'Content-Length': body.length,
    'X-Amz-Target': `DynamoDB_20120810.${operation}`,
    'X-Amz-Date': 'checked',
    Authorization: 'AWS4-HMAC-SHA256 Credential=checked, SignedHeaders=checked, Signature=checked',
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { socketPath: socket, method: 'POST', path: '/', headers },
      async (incoming) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk);
        const kept = ['content-type', 'x-amzn-requestid', 'x-amz-crc32'].flatMap((name) => {
          const value = incoming.headers[name];
          return typeof value === 'string' ? [[name, value] as const] : [];
        });
        resolve({
          status: incoming.statusCode ?? 500,
          headers: Object.fromEntries(kept),
          body: Buffer.concat(chunks),
        });
      },
    );
    outgoing.once('error', reject).end(body);
  });
}

/** Resolves when a new table takes items, which dynalite, as AWS, does a moment after it said that it made it. */
export async function untilActive(socket: string, TableName: string): Promise<void> {
  const body = Buffer.from(JSON.stringify({ TableName }));
  let status: string | undefined;
  while (status !== 'ACTIVE') {
    const reply = await forward(socket, 'DescribeTable', { body });
    status = (JSON.parse(String(reply.body)) as { Table?: { TableStatus?: string } }).Table?.TableStatus;
    if (status === undefined) throw new Error(`table ${TableName}: ${reply.body}`);
  }
}
