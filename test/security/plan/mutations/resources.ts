import { otherAccount } from '../places.ts';
import { filled, type Subject, values } from '../subjects.ts';
import { missed, type NearMiss } from './near-miss.ts';

/** Values that are nearly the right one, by what is wrong with them. */
function nearly(value: string): Record<string, string> {
  return {
    another: 'globex',
    'its beginning': value.slice(0, -1),
    'its end': value.slice(1),
    'one character more': `${value}0`,
    'one more in front': `0${value}`,
    'other case': value.toUpperCase(),
    'one letter in other case': value.charAt(0).toUpperCase() + value.slice(1),
    'a path below': `${value}/x`,
    'a path above': `x/${value}`,
    'a slash at its end': `${value}/`,
    'a dot at its end': `${value}.`,
    'a parent': `${value}/../globex`,
    'an encoded slash': `${value}%2Fx`,
    'a look-alike': value.replace(
      /[ae01]/,
      (letter) => ({ a: 'а', e: 'е', '0': 'О', '1': 'l' })[letter] ?? '',
    ),
    'a space at its end': `${value} `,
    twice: `${value}${value}`,
  };
}

/** Services whose names hold no `/`: IAM knows no such resource of them. */
const flat = new Set(['sqs', 'sns', 'codepipeline']);

/** The right action on the resource of another parameter value. */
export function otherValues(subject: Subject): NearMiss[] {
  return subject.capabilities.flatMap((name) => {
    const { actions = [], resources = [] } = subject.policy.capabilities[name]?.aws ?? {};
    return resources.flatMap((template) =>
      Object.keys(values)
        .filter((parameter) => template.includes(`\${${parameter}}`))
        .flatMap((parameter) =>
          nearlyIn(template, values[parameter] ?? '').flatMap(([how, value]) =>
            actions.map((action) =>
              missed(subject, action, filled(template, { [parameter]: value }), `${parameter}: ${how}`),
            ),
          ),
        ),
    );
  });
}

function nearlyIn(template: string, value: string): [string, string][] {
  const hasPaths = !flat.has(template.split(':')[2] ?? '');
  return Object.entries(nearly(value)).filter(([, changed]) => hasPaths || !changed.includes('/'));
}

/** Resources of the same service that the literal part of an ARN tells apart. */
const elsewhere: Readonly<Record<string, (arn: string) => string[]>> = {
  s3: (arn) => {
    const [bucket = '', ...key] = arn.slice('arn:aws:s3:::'.length).split('/');
    const path = key.join('/');
    return [
      `arn:aws:s3:::acme-payroll/${path}`,
      `arn:aws:s3:::${bucket}-backup/${path}`,
      `arn:aws:s3:::${bucket.slice(0, -1)}/${path}`,
      `arn:aws:s3:::${bucket}//${path}`,
      `arn:aws:s3:::${bucket}/${path.replace(/\.\w+$/, '')}`,
      `arn:aws:s3:eu-central-1:111122223333:accesspoint/agents/object/${path}`,
    ];
  },
  ecr: (arn) => [arn.replace(/repository\/.*/, 'repository/base-images'), arn.replace('/', '/mirror/')],
  codepipeline: (arn) => [arn.replace(/[^:]*$/, 'deploy-production')],
  dynamodb: (arn) => [arn.replace(/table\/.*/, 'table/payroll')],
  sqs: (arn) => [arn.replace(/[^:]*$/, 'payroll'), `${arn}.fifo`, `${arn}-dlq`],
  sns: (arn) => [arn.replace(/[^:]*$/, 'payroll'), `${arn}.fifo`],
  secretsmanager: (arn) => [
    arn.replace(/api-AbCdEf$/, 'api-AbCdEg'),
    arn.replace(/secret:.*/, 'secret:root-AbCdEf'),
  ],
  lambda: (arn) => [
    `${arn}:live`,
    `${arn}:1`,
    `${arn}:$LATEST`,
    arn.replace(/function:.*/, 'function:payroll'),
  ],
  'rds-db': (arn) => [arn.replace('db-ABCDEFGH', 'db-ABCDEFGI'), arn.replace(/[^/]*$/, 'rds_superuser')],
};

/** The right action on another resource, that no parameter leads to. */
export function otherResources(subject: Subject): NearMiss[] {
  return scoped(subject).flatMap(({ action, resource }) => {
    const named = elsewhere[resource.split(':')[2] ?? '']?.(resource) ?? [];
    return [...named, `${resource}x`, resource.slice(0, -1)].map((other) =>
      missed(subject, action, other, 'another resource'),
    );
  });
}

/** The right action on the resource of the same name in another region, account or partition. */
export function otherPlaces(subject: Subject): NearMiss[] {
  return scoped(subject).flatMap(({ action, resource }) => {
    const [arn, , service = '', region = '', owner = '', ...rest] = resource.split(':');
    const at = (partition: string, otherRegion: string, otherOwner: string) =>
      [arn, partition, service, otherRegion, otherOwner, ...rest].join(':');
    return [
      ...(region ? [at('aws', 'us-east-1', owner), at('aws', 'eu-central-2', owner)] : []),
      ...(owner ? [at('aws', region, otherAccount), at('aws', region, owner.slice(1).concat('4'))] : []),
      at('aws-cn', region && 'cn-north-1', owner),
    ].map((other) => missed(subject, action, other, 'another place'));
  });
}

function scoped({ granted }: Subject) {
  return granted.filter(({ resource }) => resource !== '*');
}
