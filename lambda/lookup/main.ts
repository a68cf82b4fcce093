import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { lookupTarget } from '../../core/lookup.ts';
import type { Verified } from '../../core/parameter-sources.ts';
import { statedProblem } from '../../core/parameters.ts';
import { policyOf } from '../../core/use-cases/judge-task.ts';
import type { LookupCall } from '../aws/lookup-function.ts';
import { patience } from '../aws/patience.ts';
import { recordReader } from '../aws/system-of-record.ts';
import { causeOf } from '../cause.ts';
import { loadPolicies } from '../policies.ts';

const policies = loadPolicies();
const read = recordReader(DynamoDBDocumentClient.from(new DynamoDBClient(patience)), new S3Client(patience));
const logger = new Logger({ serviceName: 'lookup' });

/**
 * Reads facts from systems of record, and nothing else: exactly the tables and objects that policies name. Whoever calls
 * it learns what a policy judges by, for values that the policy admits.
 */
export async function handler({ agent_type, names, known }: LookupCall): Promise<Verified> {
  try {
    const policy = policyOf(policies, agent_type);
    const problem = statedProblem(policy, known);
    if (problem) throw new Error(`${problem.path}: ${problem.message}`);
    const facts = await Promise.all(
      names.map(async (name) => [name, await read(lookupTarget(policy, name, known))] as const),
    );
    return Object.fromEntries(facts);
  } catch (error) {
    logger.error('lookup failed', { agent_type, names, cause: causeOf(error) });
    throw error;
  }
}
