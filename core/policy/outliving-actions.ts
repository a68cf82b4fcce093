// Reviewed by hand: a capability that names one of these must declare `outlives`, so that the guarantee says it.

const work = 'work that was started goes on under its own role';
const open = 'what is open stays open until its other side closes it';
const access = 'access given to others stays until it is taken back';
const secret = 'the secret that was read stays known';
const credentials = 'credentials of their own lifetime';

/**
 * Actions whose results outlive the credentials that called them, by lower-case name, and what lives on
 * (service authorization reference of each service, and the API reference of the action).
 */
const outliving: Readonly<Record<string, string>> = {
  // Tokens and credentials. Those of STS and IAM are in services that are never granted.
  'ecr:getauthorizationtoken': 'a registry token of 12 hours',
  'ecr-public:getauthorizationtoken': 'a registry token of 12 hours',
  'codeartifact:getauthorizationtoken': 'a repository token of up to 12 hours',
  's3:getdataaccess': 'S3 Access Grants credentials of up to 12 hours',
  's3express:createsession': 'a bucket session of 5 minutes',
  'redshift:getclustercredentials': 'a database password of up to an hour',
  'redshift:getclustercredentialswithiam': 'a database password of up to an hour',
  'redshift-serverless:getcredentials': 'a database password of up to an hour',
  'cognito-identity:getcredentialsforidentity': credentials,
  'cognito-identity:getopenidtokenfordeveloperidentity': 'a token of up to 24 hours',
  'eks-auth:assumeroleforpodidentity': credentials,
  'rolesanywhere:createsession': credentials,
  'sso:getrolecredentials': credentials,
  'bedrock-agentcore:getworkloadaccesstoken': 'an access token',
  'bedrock-agentcore:getresourceoauth2token': 'an access token of a third party',
  'bedrock-agentcore:getresourceapikey': secret,
  'lightsail:getinstanceaccessdetails': 'a key that opens an instance',
  'acm-pca:issuecertificate': 'a certificate until it expires or is revoked',
  'iot:createkeysandcertificate': 'a certificate until it is revoked',
  'appsync:createapikey': 'an API key of up to 365 days',
  'ssm:getparameter': secret,
  'ssm:getparameters': secret,
  'ssm:getparametersbypath': secret,
  'secretsmanager:getsecretvalue': secret,
  'secretsmanager:batchgetsecretvalue': secret,
  // Connections.
  'ssm:startsession': open,
  'ssm:resumesession': open,
  'ecs:executecommand': open,
  'ec2-instance-connect:sendsshpublickey': open,
  'ec2-instance-connect:opentunnel': open,
  'rds-db:connect': open,
  'dsql:dbconnect': open,
  'dsql:dbconnectadmin': open,
  // Work.
  'states:startexecution': work,
  'states:startsyncexecution': work,
  'codepipeline:startpipelineexecution': work,
  'codebuild:startbuild': work,
  'codebuild:startbuildbatch': work,
  'codedeploy:createdeployment': work,
  'lambda:invokefunction': 'an asynchronous invocation is tried for up to 6 hours',
  'lambda:invokeasync': 'an asynchronous invocation is tried for up to 6 hours',
  'lambda:createfunction': work,
  'lambda:updatefunctioncode': work,
  'ssm:sendcommand': work,
  'ssm:startautomationexecution': work,
  'batch:submitjob': work,
  'ecs:runtask': work,
  'ecs:starttask': work,
  'ec2:runinstances': work,
  'ec2:startinstances': work,
  'glue:startjobrun': work,
  'emr-serverless:startjobrun': work,
  'sagemaker:createtrainingjob': work,
  'sagemaker:createprocessingjob': work,
  'athena:startqueryexecution': work,
  'redshift-data:executestatement': work,
  'rds-data:executestatement': work,
  'scheduler:createschedule': work,
  'scheduler:updateschedule': work,
  'events:putrule': work,
  'events:puttargets': work,
  'cloudformation:createstack': work,
  'cloudformation:updatestack': work,
  'cloudformation:executechangeset': work,
  // Access given to others.
  'kms:creategrant': access,
  'kms:putkeypolicy': access,
  's3:putbucketpolicy': access,
  's3:putbucketacl': access,
  's3:putobjectacl': access,
  's3:createaccessgrant': access,
  'sqs:addpermission': access,
  'sqs:setqueueattributes': access,
  'sns:addpermission': access,
  'sns:settopicattributes': access,
  'sns:subscribe': access,
  'secretsmanager:putresourcepolicy': access,
  'lambda:addpermission': access,
  'lambda:createfunctionurlconfig': access,
  'ecr:setrepositorypolicy': access,
  'dynamodb:putresourcepolicy': access,
  'ram:createresourceshare': access,
};

/** What an action of such a name leaves behind, whatever its service, where nobody has reviewed it yet. */
const byName: readonly (readonly [name: RegExp, what: string])[] = [
  [/^assume/, credentials],
  [
    /^(admin)?(create|generate|get|request|retrieve|refresh|rotate|exchange)\w*(token(for\w+)?|credentials(for\w+)?|password|presigned\w*urls?|embedurl\w*|streamingurl)$/,
    credentials,
  ],
  [/^(connect|opentunnel|(start|create|resume)\w*session)$/, open],
  [/^(start|run|submit|send)\w*(execution|job|jobrun|build|task|query|pipeline|automation|command)$/, work],
  [
    /^(add|put)permission$|^(put|set|create|update)\w*(resource|access\w*|bucket|permissions?|sharing|repository|filesystem)policy$|^create\w*(grant|share)$/,
    access,
  ],
];

/**
 * What outlives the credentials when this action was called, or undefined; IAM reads actions in any case. Of an
 * action that is not in the table its name decides, so that a service nobody has reviewed is no way around it.
 */
export function whatOutlives(action: string): string | undefined {
  const name = action.toLowerCase();
  if (Object.hasOwn(outliving, name)) return outliving[name];
  return byName.find(([pattern]) => pattern.test(name.split(':')[1] ?? ''))?.[1];
}

/**
 * Services that no grant role may ever call, because they make identities, sessions or organizations: a policy
 * that names one does not compile, and the boundary of every grant role denies them.
 */
export const neverGranted: readonly string[] = ['account', 'iam', 'organizations', 'signin', 'sts'];
