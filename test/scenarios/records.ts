import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { LeaseListResponse } from '../../core/protocol/responses.ts';
import type { GrantingBroker } from './granting.ts';

/** The records of all leases, exactly as the table holds them, as JSON. */
export async function recordsOf({ broker, operator }: GrantingBroker): Promise<string[]> {
  broker.createRole('auditor', [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*' }]);
  const { region, endpoint } = broker;
  const dynamo = new DynamoDBClient({
    region,
    endpoint,
    credentials: broker.credentialsFor('auditor', 'on-call'),
  });
  const TableName = tableOf(broker);
  const records: string[] = [];
  let cursor = '';
  do {
    const page: LeaseListResponse = await operator.leases(`agent_type=invoice_processor&limit=100${cursor}`);
    for (const { id } of page.leases) {
      const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }));
      if (!Item) throw new Error('a lease without a record');
      records.push(JSON.stringify(Item));
    }
    cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  return records;
}

/** The table of leases, which issuance writes. */
function tableOf({ decisions }: GrantingBroker['broker']): string {
  const written = decisions.find(
    ({ action, role = '' }) => action === 'dynamodb:PutItem' && role.includes('IssuanceRole'),
  );
  const name = written?.resource.split('table/')[1];
  if (name === undefined) throw new Error('no lease was ever written');
  return name;
}
