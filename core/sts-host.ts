/** Where STS of a region answers, and the partition that its ARNs name. */
export type RegionalSts = { readonly partition: string; readonly host: string };

/** Partitions beside `aws`: how their regions begin, their names, and the domain of their services (AWS SDKs, partitions.json). */
const partitions = [
  ['cn-', 'aws-cn', 'amazonaws.com.cn'],
  ['us-gov-', 'aws-us-gov', 'amazonaws.com'],
  ['us-iso-', 'aws-iso', 'c2s.ic.gov'],
  ['us-isob-', 'aws-iso-b', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'aws-iso-e', 'cloud.adc-e.uk'],
  ['us-isof-', 'aws-iso-f', 'csp.hci.ic.gov'],
  ['eusc-', 'aws-eusc', 'amazonaws.eu'],
] as const;

/**
 * STS of a region (IAM user guide, STS regions and endpoints). The caller knows that it is one: what is put in here
 * becomes part of a host's name.
 */
export function regionalSts(region: string): RegionalSts {
  const [, partition, domain] = partitions.find(([start]) => region.startsWith(start)) ?? [
    '',
    'aws',
    'amazonaws.com',
  ];
  return { partition, host: `sts.${region}.${domain}` };
}
