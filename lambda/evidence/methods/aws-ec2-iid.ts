import { EvidenceFault, type Verify } from '../../../core/evidence.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';
import { instanceIdentity } from '../iid/identity-document.ts';
import { skew } from '../skew.ts';

/**
 * Verifies instance identity documents with AWS's certificates by region, in PEM (EC2 user guide, "Verify the instance
 * identity document using the RSA-2048 signature"). Nothing in a document is fresh and whatever runs on the instance can
 * read it, so it says where something runs and never who asks.
 */
export function awsEc2Iid(certificates: ReadonlyMap<string, string>): Verify<EvidenceOf<'aws_ec2_iid'>> {
  return async ({ pkcs7 }, { now }) => {
    // ASN.1 is loaded by those who need it.
    const { takeApart, verifySignedBy } = await import('../iid/signed-data.ts');
    const signed = takeApart(Buffer.from(pkcs7, 'base64'));
    const { account, region, instance, image, started } = instanceIdentity(signed.content);
    const certificate = certificates.get(region);
    if (certificate === undefined)
      throw new EvidenceFault('region', 'pkcs7', 'no certificate is configured for the region that it names');
    verifySignedBy(signed, certificate);
    if (started > now + skew)
      throw new EvidenceFault('not_yet_valid', 'pkcs7', 'the instance starts in the future: check the clock');
    return {
      method: 'aws_ec2_iid',
      facts: { aws_account: account, aws_region: region, ec2_instance: instance, ec2_image: image },
    };
  };
}
