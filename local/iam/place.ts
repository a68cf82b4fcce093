/** Where AWS delivered credentials: a Lambda function, or an instance of EC2 with where that stands. */
export type Place =
  | { readonly functionArn: string }
  | { readonly instanceArn: string; readonly vpc: string; readonly privateIp: string };

/** How an instance got its credentials: by version 2 of the instance metadata service. */
const roleDelivery = '2.0';

/** Condition keys of what is asked with credentials of a place (IAM user guide, global condition keys; Lambda, EC2). */
export function placeContext(place: Place): Record<string, string> {
  if ('functionArn' in place) return { 'lambda:SourceFunctionArn': place.functionArn };
  return {
    'ec2:SourceInstanceARN': place.instanceArn,
    'ec2:RoleDelivery': roleDelivery,
    'aws:Ec2InstanceSourceVpc': place.vpc,
    'aws:Ec2InstanceSourcePrivateIPv4': place.privateIp,
  };
}

/** Claims of a web identity token asked for with credentials of a place (IAM user guide, understanding token claims). */
export function placeClaims(place: Place): Record<string, string> {
  if ('functionArn' in place) return { lambda_source_function_arn: place.functionArn };
  return {
    ec2_source_instance_arn: place.instanceArn,
    ec2_instance_source_vpc: place.vpc,
    ec2_instance_source_private_ipv4: place.privateIp,
    ec2_role_delivery: roleDelivery,
  };
}
