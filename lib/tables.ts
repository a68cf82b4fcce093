import { RemovalPolicy } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { leaseIndexes } from '../core/settings.ts';

const key = { name: 'id', type: AttributeType.STRING };

/** What is kept when the stack goes, and can be had back as it was at any second of the last 35 days. */
const precious = {
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

/** Records by id, paid for as they are used, encrypted; made anew for each table, as CDK binds what it is given. */
function records() {
  return { partitionKey: key, billing: Billing.onDemand(), encryption: TableEncryptionV2.awsManagedKey() };
}

/**
 * The leases, the shards of grant roles and the revocations. TTL is housekeeping only. Times in indexes are epoch
 * seconds. Two indexes are sparse: `due` holds what still has to happen, by partition, and an ended lease leaves it;
 * `denials` what a grant role's deny document has to deny, with all that is needed to write it. `type` and `agent`
 * are lists, in the order of issue.
 */
export class LeaseTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      ...records(),
      timeToLiveAttribute: 'ttl',
      ...precious,
      globalSecondaryIndexes: [
        index(leaseIndexes.due, number('due_shard'), number('due_at')),
        index(leaseIndexes.denials, text('deny_role'), number('deny_until'), [
          'agent',
          'gen',
          'state',
          'children',
        ]),
        index(leaseIndexes.type, text('agent_type'), number('issued_at')),
        index(leaseIndexes.agent, text('agent'), number('issued_at')),
        index(leaseIndexes.awaiting, text('awaiting'), number('approve_by')),
      ],
    });
  }
}

/**
 * What was said about scopes: who is kept out, and what was revoked as a whole. None of it ends by itself, and
 * whoever lost it would let in again whom an operator shut out: no TTL, and kept as leases are.
 */
export class ControlTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      ...records(),
      ...precious,
    });
  }
}

/** Every agent that attested. TTL takes away whoever was not heard of for a month. */
export class AgentTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      ...records(),
      timeToLiveAttribute: 'ttl',
      ...precious,
    });
  }
}

/**
 * What may be used once: nonces, proofs, tokens without a nonce. Nothing in it serves for longer than a day, so it is
 * neither backed up nor kept.
 */
export class ReplayTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      ...records(),
      timeToLiveAttribute: 'ttl',
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

/** An index of keys, and of the attributes that are named beside them. */
function index(
  indexName: string,
  partitionKey: Attribute,
  sortKey: Attribute,
  nonKeyAttributes?: string[],
): GlobalSecondaryIndexPropsV2 {
  const projectionType = nonKeyAttributes ? ProjectionType.INCLUDE : ProjectionType.KEYS_ONLY;
  return {
    indexName,
    partitionKey,
    sortKey,
    projectionType,
    ...(nonKeyAttributes && { nonKeyAttributes }),
  };
}

function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}

function number(name: string): Attribute {
  return { name, type: AttributeType.NUMBER };
}
