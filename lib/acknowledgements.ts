/** A finding of cdk-nag that stays, and why. */
export type Acknowledgement = {
  /** Construct path below the stack; everything below it is meant, too. */
  readonly where: string;
  readonly id: string;
  readonly reason: string;
};

/** What cdk-nag finds and what stays as it is. Wildcards in statements are judged by `lib/exceptions.ts`. */
export const acknowledgements: readonly Acknowledgement[] = [
  {
    where: 'Broker/Api',
    id: 'AwsSolutions-APIG2',
    reason:
      'Each function validates its requests strictly, with the schemas of core/protocol, and answers problem documents (RFC 9457); the gateway would check less and answer in another shape.',
  },
  {
    where: 'Broker/Api',
    id: 'AwsSolutions-COG4',
    reason: 'Agents are AWS principals: routes take IAM authorization (SigV4), no user pool.',
  },
  {
    where: 'Broker/Api/Default/.well-known',
    id: 'AwsSolutions-APIG4',
    reason: 'Public keys and their addresses: whoever trusts results must be able to read them. Throttled.',
  },
  {
    where: 'Broker/Api/DeploymentStage.live',
    id: 'AwsSolutions-APIG3',
    reason:
      'All but two cacheable routes take signed requests of listed roles only and are throttled; who wants a web ACL associates one with the stage.',
  },
  {
    where: 'Broker/Api/DeploymentStage.live',
    id: 'AwsSolutions-APIG6',
    reason:
      'Execution logs may hold parameters and payloads (API Gateway developer guide, CloudWatch logging), and issued credentials travel in payloads. The access log says who called what and how it ended.',
  },
];
