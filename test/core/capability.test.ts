import { describe, expect, it } from 'vitest';
import { awsPartOf, inWords, kindOf, parametersIn } from '../../core/capability.ts';
import { capabilitySchema, kinds } from '../../core/policy/schema-capabilities.ts';
import { grantingPolicy } from './granting.ts';

const { capabilities } = grantingPolicy();
const capability = (name: string) => {
  const found = capabilities[name];
  if (!found) throw new Error(`no capability ${name}`);
  return found;
};
const invoice = { customer_id: 'acme', invoice_id: '4711', invoice_amount: 420 };

describe('a capability', () => {
  it.each([
    ['read_invoice', 'aws'],
    ['read_customer', 'postgres'],
    ['connect', 'postgres'],
    ['check_vat', 'oauth'],
    ['tell_ledger', 'jwt'],
    ['post_message', 'proxy'],
  ])('%s is of the kind %s', (name, kind) => expect(kindOf(capability(name))).toBe(kind));

  it('is there for each kind', () => {
    expect(new Set(Object.values(capabilities).map(kindOf))).toEqual(new Set(kinds));
  });

  it('of no kind was never compiled', () => {
    expect(() => kindOf({ outlives: 'x' })).toThrow('no kind');
  });

  it('wants of AWS what it says, a connection where IAM lets it in, or nothing', () => {
    expect(awsPartOf(capability('read_invoice'))).toBe(capability('read_invoice').aws);
    expect(awsPartOf(capability('connect'))).toEqual({
      actions: ['rds-db:connect'],
      resources: ['arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEFGH/reader'],
    });
    for (const name of ['read_customer', 'check_vat', 'tell_ledger', 'post_message'])
      expect(awsPartOf(capability(name)), name).toBeUndefined();
  });

  it('wants another action of a cluster of Aurora DSQL', () => {
    const resource = 'arn:aws:dsql:eu-central-1:111122223333:cluster/abcdefghij0123456789';
    const iam = { resource, host: 'db.example', port: 5432, database: 'app', user: 'reader' };
    expect(awsPartOf({ postgres: { connections: 2, iam } })?.actions).toEqual(['dsql:DbConnect']);
  });

  it('reaches as far as the parameters in its resources, its calls and its tokens', () => {
    expect(parametersIn(capability('read_invoice'))).toEqual(['customer_id', 'invoice_id']);
    expect(parametersIn(capability('tell_ledger'))).toEqual(['customer_id']);
    expect(parametersIn(capability('read_customer'))).toEqual([]);
    const allow = ['GET /a/${invoice_id}', 'GET /b/${invoice_id}'];
    const proxy = { base_url: 'https://chat.example', secret: 'bot', allow };
    expect(parametersIn(capabilitySchema.parse({ proxy }))).toEqual(['invoice_id']);
  });

  it.each([
    ['read_invoice', ['s3:GetObject'], ['arn:aws:s3:::acme-invoices/acme/4711.json']],
    ['read_customer', ['SELECT on crm.customers'], ['database crm']],
    [
      'connect',
      ['rds-db:connect'],
      [
        'arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEFGH/reader',
        'reader of app at db.example:5432',
      ],
    ],
    [
      'check_vat',
      ['token of vat for vat.read'],
      ['https://vat.example/token', 'from https://vat.example/token'],
    ],
    ['tell_ledger', ['token of this broker for write'], ['https://ledger.example']],
    ['post_message', ['POST /chat.postMessage'], ['https://chat.example/api with the secret bot']],
  ])('%s is told to people with its values', (name, actions, resources) => {
    expect(inWords(capability(name), invoice)).toEqual({ actions, resources });
  });
});
