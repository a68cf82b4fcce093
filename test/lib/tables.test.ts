import { describe, expect, it } from 'vitest';
import { leaseIndexes } from '../../core/settings.ts';
import { resourcesOf } from './assembly.ts';

type Table = {
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: string;
  }[];
  readonly KeySchema: Keys;
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly TimeToLiveSpecification?: object;
  readonly SSESpecification: object;
  readonly Replicas: readonly [Readonly<Record<string, unknown>>];
};
type Keys = readonly { readonly AttributeName: string }[];
type Index = {
  readonly IndexName: string;
  readonly KeySchema: Keys;
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
};

const tables = resourcesOf('AWS::DynamoDB::GlobalTable');
const table = (name: string) => tables[`${name}/Table`]?.Properties as unknown as Table;

/** `deny_role S, deny_until N: agent, gen, state` */
function inWords({ KeySchema, Projection }: Index, { AttributeDefinitions }: Table): string {
  const typed = KeySchema.map(({ AttributeName: key }) => {
    const { AttributeType } = AttributeDefinitions.find(({ AttributeName }) => AttributeName === key) ?? {};
    return `${key} ${AttributeType}`;
  });
  const beside = { KEYS_ONLY: [], INCLUDE: Projection.NonKeyAttributes ?? [], ALL: ['everything'] };
  return `${typed.join(', ')}: ${beside[Projection.ProjectionType as keyof typeof beside].join(', ')}`;
}

describe('the tables', () => {
  it('are four, each with its records by id, encrypted', () => {
    expect(Object.keys(tables).sort()).toEqual([
      'Agents/Table',
      'Controls/Table',
      'Leases/Table',
      'Replay/Table',
    ]);
    for (const { Properties } of Object.values(tables)) {
      expect(Properties['KeySchema']).toEqual([{ AttributeName: 'id', KeyType: 'HASH' }]);
      expect(Properties['SSESpecification']).toMatchObject({ SSEEnabled: true });
    }
  });

  it.each([
    'Leases',
    'Controls',
    'Agents',
  ])('of %s cannot be lost: backed up, kept, and not deleted by mistake', (name) => {
    expect(tables[`${name}/Table`]?.DeletionPolicy).toBe('Retain');
    expect(table(name).Replicas).toEqual([
      expect.objectContaining({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    ]);
  });

  it('of controls forgets nothing by itself: a quarantine holds until it is lifted', () => {
    expect(table('Controls').TimeToLiveSpecification).toBeUndefined();
    for (const name of ['Leases', 'Agents', 'Replay'])
      expect(table(name).TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
  });

  it('of leases has the indexes that functions query, with keys and what a deny document is written from', () => {
    const leases = table('Leases');
    const indexes = leases.GlobalSecondaryIndexes ?? [];
    expect(Object.fromEntries(indexes.map((index) => [index.IndexName, inWords(index, leases)]))).toEqual({
      [leaseIndexes.due]: 'due_shard N, due_at N: ',
      [leaseIndexes.denials]: 'deny_role S, deny_until N: agent, gen, state, children',
      [leaseIndexes.type]: 'agent_type S, issued_at N: ',
      [leaseIndexes.agent]: 'agent S, issued_at N: ',
      [leaseIndexes.awaiting]: 'awaiting S, approve_by N: ',
    });
  });
});
