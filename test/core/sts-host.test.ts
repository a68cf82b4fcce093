import { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { regionalSts } from '../../core/sts-host.ts';

describe('STS of a region', () => {
  it.each([
    ['us-east-1', 'aws'],
    ['eu-central-1', 'aws'],
    ['ap-southeast-4', 'aws'],
    ['mx-central-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['cn-northwest-1', 'aws-cn'],
    ['us-gov-east-1', 'aws-us-gov'],
    ['us-iso-west-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('of %s is in %s, where the SDK of AWS finds it', (region, partition) => {
    const { config } = new STSClient({ region });
    const found = config.endpointProvider({ Region: region, UseGlobalEndpoint: false });
    expect(regionalSts(region)).toEqual({ partition, host: found.url.host });
  });
});
