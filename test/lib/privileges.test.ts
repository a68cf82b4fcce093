import { describe, expect, it } from 'vitest';
import { statementsOf } from '../../lib/statements.ts';
import { resourcesOf, synthesized } from './assembly.ts';

/**
 * Who holds what matters, and nobody else: one function for each privilege. A row that is longer is a privilege that
 * has spread: split the work, or say why.
 */
const holders: Readonly<Record<string, readonly string[]>> = {
  'kms:Sign on AttestationKey': ['Attestation'],
  'kms:GetPublicKey on AttestationKey': ['Discovery', 'Issuance', 'Lifecycle', 'Proxy'],
  'kms:Sign on GrantKey': ['Jwt'],
  'kms:GetPublicKey on GrantKey': ['Discovery', 'Jwt'],
  'kms:Encrypt on TokenKey': ['Oauth'],
  'kms:Decrypt on TokenKey': ['Oauth'],
  // Each exactly those of its own systems.
  'secretsmanager:GetSecretValue on secret/crm': ['Postgres'],
  'secretsmanager:GetSecretValue on secret/vat-client': ['Oauth'],
  'secretsmanager:GetSecretValue on secret/slack-bot': ['Proxy'],
  'dynamodb:DeleteItem on Replay': ['Attestation'],
  'dynamodb:PutItem on Replay': ['Attestation', 'Lifecycle', 'Proxy'],
  'dynamodb:UpdateItem on Agents': ['Attestation'],
  'sts:AssumeRole on grant roles': ['Issuance'],
  'sts:SetSourceIdentity on grant roles': ['Issuance'],
  'sts:TagSession on grant roles': ['Issuance'],
  'iam:DeleteRolePolicy on grant roles': ['Revoker'],
  'iam:GetRolePolicy on grant roles': ['Revoker'],
  'iam:PutRolePolicy on grant roles': ['Revoker'],
  // Nothing but the tables that policies look facts up in.
  'dynamodb:GetItem on table/invoices': ['Lookup'],
  'lambda:InvokeFunction on Lookup': ['Issuance'],
  'lambda:InvokeFunction on Postgres': ['Issuance'],
  'lambda:InvokeFunction on Oauth': ['Issuance'],
  // Oauth asks who works under a lease, where the broker speaks for its agent.
  'lambda:InvokeFunction on Jwt': ['Issuance', 'Oauth'],
  'dynamodb:GetItem on Leases': [
    'Issuance',
    'Jwt',
    'Lifecycle',
    'Oauth',
    'Operations',
    'Postgres',
    'Proxy',
    'Revoker',
    'Sweeper',
    'Timer',
  ],
  'dynamodb:BatchGetItem on Leases': [
    'Issuance',
    'Jwt',
    'Lifecycle',
    'Operations',
    'Postgres',
    'Proxy',
    'Revoker',
    'Sweeper',
    'Timer',
  ],
  'dynamodb:PutItem on Leases': ['Issuance', 'Operations', 'Revoker'],
  'dynamodb:UpdateItem on Leases': [
    'Issuance',
    'Lifecycle',
    'Oauth',
    'Operations',
    'Postgres',
    'Proxy',
    'Revoker',
    'Sweeper',
    'Timer',
  ],
  'dynamodb:Query on Leases/index/agent': ['Operations'],
  'dynamodb:Query on Leases/index/awaiting': ['Operations'],
  'dynamodb:Query on Leases/index/denials': ['Revoker'],
  'dynamodb:Query on Leases/index/due': ['Sweeper'],
  // The revoker ends by type what a new generation, or the revocation of an agent, covers.
  'dynamodb:Query on Leases/index/type': ['Operations', 'Revoker', 'Sweeper'],
  'dynamodb:BatchGetItem on Controls': [
    'Attestation',
    'Issuance',
    'Jwt',
    'Lifecycle',
    'Operations',
    'Proxy',
    'Sweeper',
    'Timer',
  ],
  'dynamodb:UpdateItem on Controls': ['Operations', 'Revoker', 'Sweeper', 'Timer'],
  'sqs:SendMessage on TimerQueue': ['Issuance', 'Sweeper', 'Timer'],
  'sqs:DeleteMessage on TimerQueue': ['Timer'],
  'sqs:GetQueueAttributes on TimerQueue': ['Timer'],
  'sqs:ReceiveMessage on TimerQueue': ['Timer'],
  'sqs:SendMessage on RevokerQueue': ['Lifecycle', 'Operations', 'Revoker', 'Sweeper', 'Timer'],
  'sqs:DeleteMessage on RevokerQueue': ['Revoker'],
  'sqs:GetQueueAttributes on RevokerQueue': ['Revoker'],
  'sqs:ReceiveMessage on RevokerQueue': ['Revoker'],
  'sqs:SendMessage on PostgresQueue': ['Issuance', 'Lifecycle', 'Operations', 'Revoker', 'Sweeper', 'Timer'],
  'sqs:DeleteMessage on PostgresQueue': ['Postgres'],
  'sqs:GetQueueAttributes on PostgresQueue': ['Postgres'],
  'sqs:ReceiveMessage on PostgresQueue': ['Postgres'],
  'sqs:SendMessage on OauthQueue': ['Issuance', 'Lifecycle', 'Operations', 'Revoker', 'Sweeper', 'Timer'],
  'sqs:DeleteMessage on OauthQueue': ['Oauth'],
  'sqs:GetQueueAttributes on OauthQueue': ['Oauth'],
  'sqs:ReceiveMessage on OauthQueue': ['Oauth'],
  'sns:Publish on ApprovalTopic': ['Timer'],
};

/** Every function has these for itself. */
const ownAffair = /^(logs|xray):/;

/** `${Leases/Table.Arn}/index/due` → `Leases/index/due`. */
function short(resource: string): string {
  return resource
    .replace(/^\$\{([^}]+?)(\.Arn)?\}/, '$1')
    .replace(/\/(Table|Queue|Function)(?=\/|$)/, '')
    .replace(/^arn:.*:dynamodb:.*:table\//, 'table/')
    .replace(/^arn:.*:secret:mayfly\/(.*)-[A-Za-z0-9]{6}$/, 'secret/$1')
    .replace(/^arn:.*:role\/mayfly\/mayfly\/grant\/.*$/, 'grant roles');
}

describe('the privileges of the functions', () => {
  const functions = Object.keys(resourcesOf('AWS::Lambda::Function')).map((path) => path.split('/')[0]);
  const held = statementsOf(synthesized())
    .filter(({ where, document }) => where.endsWith('/Role') && document.startsWith('Policies'))
    .map((statement) => ({ ...statement, holder: statement.where.replace('/Role', '') }))
    .filter(({ holder }) => functions.includes(holder));

  it('are held by who needs them, and by nobody else', () => {
    const pairs = held.flatMap(({ holder, actions, resources }) =>
      actions
        .filter((action) => !ownAffair.test(action))
        .flatMap((action) => resources.map((each) => [`${action} on ${short(each)}`, holder] as const)),
    );
    const named = [...new Set(pairs.map(([what]) => what))];
    const whoHolds = (what: string) => pairs.filter(([each]) => each === what).map(([, holder]) => holder);
    expect(Object.fromEntries(named.map((what) => [what, whoHolds(what).sort()]))).toEqual(holders);
  });

  it('are looked at for every function', () => {
    expect([...new Set(held.map(({ holder }) => holder))].sort()).toEqual(functions.sort());
    expect(functions.length).toBeGreaterThan(4);
  });
});
