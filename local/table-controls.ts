import type { Account } from './account.ts';
import { attributesOf } from './aws/attribute-value.ts';
import type { KeyAttribute, LocalBroker, TableKeys } from './local-broker.ts';

/** The controls that make tables outside the stack and fill tables. */
export function tableControls(account: Account): Pick<LocalBroker, 'createTable' | 'putItem'> {
  const putItem: LocalBroker['putItem'] = (table, item) => account.putItem(table, attributesOf(item));
  return {
    async createTable(name, keys, items = []) {
      await account.createTable({ TableName: name, ...schemaOf(keys) });
      for (const item of items) await putItem(name, item);
    },
    putItem,
  };
}

function schemaOf({ partition, sort }: TableKeys) {
  const keys = [
    { ...typed(partition), KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ ...typed(sort), KeyType: 'RANGE' }]),
  ];
  return {
    KeySchema: keys.map(({ AttributeName, KeyType }) => ({ AttributeName, KeyType })),
    AttributeDefinitions: keys.map(({ AttributeName, AttributeType }) => ({ AttributeName, AttributeType })),
  };
}

function typed(key: KeyAttribute): { readonly AttributeName: string; readonly AttributeType: 'S' | 'N' } {
  return typeof key === 'string'
    ? { AttributeName: key, AttributeType: 'S' }
    : { AttributeName: key.name, AttributeType: key.type };
}
