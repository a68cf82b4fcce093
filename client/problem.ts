import type { Problem } from '../core/protocol/responses.ts';

/** A refusal by the broker or by API Gateway before it. */
export class BrokerProblem extends Error {
  readonly status: number;
  /** Stable code of the broker, such as `access_denied`; `gateway` when API Gateway refused first. */
  readonly code: string;
  /** The whole problem document (RFC 9457), where the broker sent one. */
  readonly problem: Problem | undefined;
  /** Seconds to wait before asking again, where the broker said so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: unknown, retryAfter: number | undefined) {
    const problem = isProblem(body) ? body : undefined;
    super(problem ? `${problem.code}: ${problem.detail}` : `HTTP ${status}: ${gatewayMessage(body)}`);
    this.name = 'BrokerProblem';
    this.status = status;
    this.code = problem?.code ?? 'gateway';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

/** API Gateway writes `message` or, for denials, `Message`. */
function gatewayMessage(body: unknown): string {
  if (typeof body !== 'object' || body === null) return 'no explanation';
  const { message, Message } = body as { message?: unknown; Message?: unknown };
  return String(message ?? Message ?? 'no explanation');
}
