import type { LocalBroker } from '../../local/start.ts';

/** Operations that change nothing, whoever is answered. */
const reads = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'kms:GetPublicKey'];

/**
 * Lifecycle remembers proofs, of whoever is refused afterwards as well, and can put nothing else: it holds PutItem on
 * the replay table alone (test/lib/privileges.test.ts).
 */
const remembersProof = ({ role, operation }: LocalBroker['calls'][number]) =>
  role.includes('Lifecycle') && operation === 'PutItem';

/**
 * What the broker did to the world, oldest first: every call of a service but reads, and but writes that
 * DynamoDB refused. A call of STS counts even when it was refused: nobody who is refused comes that far.
 */
export function effectsOf(broker: LocalBroker): string[] {
  return broker.calls
    .filter(({ service, status }) => service !== 'dynamodb' || status === 200)
    .filter((call) => !remembersProof(call))
    .map(({ service, operation }) => `${service}:${operation}`)
    .filter((name) => !reads.includes(name));
}
