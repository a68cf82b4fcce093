import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyUseOf } from '../../core/policy/key-use.ts';
import { type ActionGroup, groupActions, renderPolicy, sessionPolicy } from '../../core/session-policy.ts';
import { morning } from './invoices.ts';

const read = { actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme-invoices/acme/4711.json'] };
const write = {
  actions: ['s3:GetObjectTagging', 's3:PutObject'],
  resources: ['arn:aws:s3:::r/1', 'arn:aws:s3:::r/2'],
};
const deadline = {
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: { DateGreaterThanEquals: { 'aws:CurrentTime': '2026-11-24T02:00:00Z' } },
};

const only = (groups: ActionGroup[]) => ({ groups, keyUses: [] });

describe('grouping actions', () => {
  it('puts actions with the same resources together, in a stable order', () => {
    const groups = groupActions([
      { actions: ['s3:PutObject'], resources: ['b', 'a'] },
      { actions: ['s3:GetObject'], resources: ['a', 'b'] },
    ]);
    expect(groups).toEqual([{ actions: ['s3:GetObject', 's3:PutObject'], resources: ['a', 'b'] }]);
  });

  it('merges the resources of an action that two capabilities name, or each would deny the other', () => {
    const groups = groupActions([
      { actions: ['s3:GetObject'], resources: ['a'] },
      { actions: ['s3:GetObject', 's3:PutObject'], resources: ['b'] },
    ]);
    expect(groups).toEqual([
      { actions: ['s3:GetObject'], resources: ['a', 'b'] },
      { actions: ['s3:PutObject'], resources: ['b'] },
    ]);
  });

  it('takes an action that is spelled in two ways for one, as IAM does', () => {
    const groups = groupActions([
      { actions: ['s3:GetObject'], resources: ['a'] },
      { actions: ['s3:getobject'], resources: ['b'] },
    ]);
    expect(groups).toEqual([{ actions: ['s3:GetObject'], resources: ['a', 'b'] }]);
  });

  it('keeps every action in one group, with exactly the resources it was wanted on', () => {
    const wish = fc.record({
      actions: fc.uniqueArray(fc.constantFrom('s3:A', 's3:B', 's3:C', 'sqs:D'), { minLength: 1 }),
      resources: fc.uniqueArray(fc.constantFrom('r1', 'r2', 'r3', 'r1\nr2'), { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(wish), (wanted) => {
        const groups = groupActions(wanted);
        const grouped = groups.flatMap(({ actions }) => actions);
        expect(new Set(grouped).size).toBe(grouped.length);
        for (const action of new Set(wanted.flatMap(({ actions }) => actions))) {
          const asked = wanted.filter(({ actions }) => actions.includes(action));
          const given = groups.find(({ actions }) => actions.includes(action))?.resources;
          expect(new Set(given)).toEqual(new Set(asked.flatMap(({ resources }) => resources)));
        }
      }),
    );
  });
});

describe('the session policy', () => {
  // Equality with the whole document: taking any one statement out, or any one condition, turns this red.
  it('allows the groups, denies them elsewhere, denies all else, and ends at the deadline', () => {
    expect(sessionPolicy(only([read, write]), morning)).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::acme-invoices/acme/4711.json' },
      { Effect: 'Allow', Action: write.actions, Resource: write.resources },
      { Effect: 'Deny', Action: 's3:GetObject', NotResource: 'arn:aws:s3:::acme-invoices/acme/4711.json' },
      { Effect: 'Deny', Action: write.actions, NotResource: write.resources },
      { Effect: 'Deny', NotAction: ['s3:GetObject', ...write.actions], Resource: '*' },
      deadline,
    ]);
  });

  it('in its compact form has one Allow and every Deny of the explicit form', () => {
    const explicit = sessionPolicy(only([read, write]), morning);
    const [allow, ...denies] = sessionPolicy(only([read, write]), morning, undefined, 'compact');
    expect(allow).toEqual({ Effect: 'Allow', Action: ['s3:GetObject', ...write.actions], Resource: '*' });
    expect(denies).toEqual(explicit.filter(({ Effect }) => Effect === 'Deny'));
  });

  it('writes the deadline as a literal UTC time, because policy variables do not work with dates', () => {
    expect(sessionPolicy(only([read]), morning).at(-1)).toEqual(deadline);
  });

  it('denies use from any other network, but what services call', () => {
    const network = {
      source_vpc: ['vpc-1'],
      source_vpce: ['vpce-1', 'vpce-2'],
      source_ip: ['192.0.2.0/24'],
    };
    expect(sessionPolicy(only([read]), morning, network).at(-1)).toEqual({
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: {
        StringNotEquals: { 'aws:SourceVpc': 'vpc-1', 'aws:SourceVpce': ['vpce-1', 'vpce-2'] },
        NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
        BoolIfExists: { 'aws:ViaAWSService': 'false' },
      },
    });
  });

  it('names no condition that the network does not have', () => {
    const statement = sessionPolicy(only([read]), morning, { source_ip: ['192.0.2.1/32'] }).at(-1);
    expect(Object.keys(statement?.Condition ?? {})).toEqual(['NotIpAddress', 'BoolIfExists']);
  });

  it('exempts rds-db:connect from the network where it is granted, as it cannot tell one', () => {
    const network = { source_ip: ['192.0.2.1/32'] };
    const connect = { actions: ['rds-db:connect'], resources: ['arn:aws:rds-db:r:1:dbuser:d/u'] };
    expect(sessionPolicy(only([read, connect]), morning, network).at(-1)).toMatchObject({
      NotAction: 'rds-db:connect',
    });
    expect(sessionPolicy(only([connect]), morning, network)).toEqual(sessionPolicy(only([connect]), morning));
  });

  it('lets a key be used through its service and for the resources of the task alone', () => {
    const key = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const use = keyUseOf(key, read);
    const statements = sessionPolicy({ groups: [read], keyUses: [use] }, morning);
    const context = {
      'kms:EncryptionContext:aws:s3:arn': [
        'arn:aws:s3:::acme-invoices',
        'arn:aws:s3:::acme-invoices/acme/4711.json',
      ],
    };
    const via = { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' };
    expect(statements.filter(({ Action }) => Action === 'kms:Decrypt')).toEqual([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key },
      { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*', Condition: { StringNotEquals: via } },
      { Effect: 'Deny', Action: 'kms:Decrypt', NotResource: key },
      { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*', Condition: { StringNotEquals: context } },
    ]);
    expect(statements.at(-2)).toMatchObject({ NotAction: ['s3:GetObject', 'kms:Decrypt'] });
  });

  it('has no Deny elsewhere for an action without resources: nothing is elsewhere', () => {
    const token = { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] };
    expect(sessionPolicy(only([token]), morning).map(({ Effect }) => Effect)).toEqual([
      'Allow',
      'Deny',
      'Deny',
    ]);
  });

  it('is compact JSON that reads back as the same statements', () => {
    const statements = sessionPolicy(only([read, write]), morning);
    const text = renderPolicy(statements);
    expect(JSON.parse(text)).toEqual({ Version: '2012-10-17', Statement: statements });
    expect(text).not.toMatch(/\s/);
  });
});
