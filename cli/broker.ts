import { AwsClient } from 'aws4fetch';
import { BrokerProblem } from '../client/problem.ts';
import type { QuarantineRequest, RevocationRequest, VoteRequest } from '../core/protocol/requests.ts';
import type {
  ApprovalListResponse,
  LeaseListResponse,
  LeaseResponse,
  QuarantineResponse,
  RevocationResponse,
} from '../core/protocol/responses.ts';
import { type AwsChoice, awsOptions, findKeys, findRegion } from './aws.ts';
import { brokerAddress, regionOfAddress } from './broker-address.ts';
import { Failure } from './cli-error.ts';
import { called } from './command.ts';
import type { World } from './world.ts';

/** Options of everything that asks the broker. */
export const brokerOptions = { ...awsOptions, url: { type: 'string' } } as const;

/** What those options mean, for help texts. */
export const brokerOptionsHelp = `  --url URL          address of the broker: the stack's output Url (or MAYFLY_URL)
  --profile NAME     AWS profile to sign with; otherwise where the AWS SDK looks for credentials
  --region REGION    region of the broker, where neither its address nor AWS_REGION says it`;

/** The broker as operators use it. Everything throws {@link Failure} in words when it is refused. */
export type Broker = {
  /** One page; the query as GET /v1/leases takes it. */
  leases(query: Readonly<Record<string, string>>): Promise<LeaseListResponse>;
  revoke(request: RevocationRequest): Promise<RevocationResponse>;
  quarantine(request: QuarantineRequest): Promise<QuarantineResponse>;
  lease(id: string): Promise<LeaseResponse>;
  /** What waits for people, and where they sign in; the query as GET /v1/approvals takes it. */
  approvals(query: Readonly<Record<string, string>>): Promise<ApprovalListResponse>;
  vote(id: string, request: VoteRequest): Promise<LeaseResponse>;
};

/** Milliseconds to wait for an answer: API Gateway gives up after 29 s. */
const patience = 35_000;

/** Finds address, region and credentials; sends nothing yet. */
export async function connect(
  options: AwsChoice & { readonly url?: string | undefined },
  world: World,
  as: keyof typeof groupAdvice = 'operator',
): Promise<Broker> {
  const url = brokerAddress(options.url ?? process.env['MAYFLY_URL']);
  const region = options.region ?? regionOfAddress(url) ?? (await findRegion(options));
  const keys = await findKeys(options, world);
  // Nothing is tried again: what an answer that was lost has done is for the operator to see.
  const signer = new AwsClient({ ...keys, service: 'execute-api', region, retries: 0 });
  const call = async <Answer extends object>(
    method: 'GET' | 'POST',
    path: string,
    holds: keyof Answer,
    body?: unknown,
  ): Promise<Answer> => {
    const response = await signer
      .fetch(`${url}${path}`, {
        method,
        signal: AbortSignal.timeout(patience),
        ...(body !== undefined && {
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        }),
      })
      .catch((error: Error) => {
        throw unreachable(url, error);
      });
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw refusal(response, answer, groupAdvice[as]);
    if (typeof answer === 'object' && answer !== null && holds in answer) return answer as Answer;
    throw new Failure(`what answers at ${url} is no broker`, 'Is this the output Url of the stack?');
  };
  return {
    leases: (query) => call('GET', `/v1/leases?${new URLSearchParams(query)}`, 'leases'),
    revoke: (request) => call('POST', '/v1/revocations', 'revocation', request),
    quarantine: (request) => call('POST', '/v1/quarantines', 'quarantine', request),
    lease: (id) => call('GET', `/v1/leases/${id}`, 'lease'),
    approvals: (query) => call('GET', `/v1/approvals?${new URLSearchParams(query)}`, 'leases'),
    vote: (id, request) => call('POST', `/v1/leases/${id}/approval`, 'lease', request),
  };
}

function unreachable(url: string, error: Error): Failure {
  const { code, message } = (error.cause ?? error) as { code?: string; message?: string };
  return new Failure(
    `no answer from ${url}: ${code ?? message}`,
    `${called} panic works with the broker down, by your own IAM rights.`,
    error,
  );
}

function refusal(response: Response, body: unknown, advice: string): Failure {
  const retryAfter = response.headers.get('Retry-After');
  const refused = new BrokerProblem(response.status, body, retryAfter ? Number(retryAfter) : undefined);
  const path = refused.problem?.path;
  const words = path === undefined ? refused.message : `${refused.message} (${path})`;
  return new Failure(words, adviceFor(refused, advice), refused);
}

function adviceFor(
  { status, code, message, retryAfter }: BrokerProblem,
  groupAdvice: string,
): string | undefined {
  if (retryAfter !== undefined) return `Ask again in ${retryAfter} s.`;
  if (code === 'access_denied') return groupAdvice;
  if (code !== 'gateway' || status !== 403) return undefined;
  if (/expired|security token/i.test(message))
    return 'Log in again, or choose other credentials with --profile.';
  if (/Missing Authentication Token/.test(message))
    return "The broker has no such route there: is the URL the stack's output Url?";
  return /signature|credential/i.test(message)
    ? 'Is --region (or AWS_REGION) the region of the broker?'
    : groupAdvice;
}

/** Who may ask what the broker refuses to others. */
const groupAdvice = {
  operator:
    "Operators are the roles that the deployment lists (-c operators=<role ARN>), with the stack's managed policy OperatorAccess attached.",
  approver:
    "People decide through the roles that the deployment lists (-c approvers=<role ARN>), with the stack's managed policy ApproverAccess attached.",
} as const;
