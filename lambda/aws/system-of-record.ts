import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { factAt, type LookupTarget } from '../../core/lookup.ts';

/** Bytes of an object that holds a fact. */
const largestObject = 262_144;

/** Reads one fact; none where the record, or the fact in it, is not there. Throws when it cannot be read. */
export function recordReader(dynamo: DynamoDBDocumentClient, s3: S3Client) {
  return async (target: LookupTarget): Promise<readonly (string | number)[]> =>
    'table' in target ? readItem(dynamo, target) : readObject(s3, target);
}

async function readItem(
  dynamo: DynamoDBDocumentClient,
  { table, key, path }: Extract<LookupTarget, { table: string }>,
) {
  const names = Object.fromEntries(path.map((part, i) => [`#${i}`, part]));
  const get = new GetCommand({
    TableName: table,
    Key: key,
    // What was true a moment ago may be why it was changed.
    ConsistentRead: true,
    ProjectionExpression: Object.keys(names).join('.'),
    ExpressionAttributeNames: names,
  });
  return factAt((await dynamo.send(get)).Item, path);
}

async function readObject(s3: S3Client, { bucket, key, path }: Extract<LookupTarget, { bucket: string }>) {
  const text = await objectText(s3, bucket, key);
  return text === undefined ? [] : factAt(parsed(text), path);
}

async function objectText(s3: S3Client, Bucket: string, Key: string): Promise<string | undefined> {
  try {
    const { Body, ContentLength = Number.POSITIVE_INFINITY } = await s3.send(
      new GetObjectCommand({ Bucket, Key }),
    );
    if (ContentLength > largestObject) throw new Error(`an object of ${ContentLength} bytes is no record`);
    return await Body?.transformToString();
  } catch (error) {
    // Without s3:ListBucket an object that is not there is one that may not be read (S3 API reference, GetObject).
    if (error instanceof NoSuchKey || (error as Error).name === 'AccessDenied') return undefined;
    throw error;
  }
}

/** Without the parser's own words, which quote the record. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the object is not JSON');
  }
}
