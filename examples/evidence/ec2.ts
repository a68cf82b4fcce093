import { awsEc2Iid } from '../../client/index.ts';
import { evidence as awsWebIdentity } from './aws.ts';

export const evidence = [awsWebIdentity, awsEc2Iid()];
