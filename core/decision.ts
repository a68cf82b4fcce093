import type { ApprovalTerms } from './policy/schema-conditions.ts';

/** Validated parameter values of a task. */
export type ParameterValues = Readonly<Record<string, string | number>>;

/** What a rule, and what all of them together, come to; from the mildest to the strictest. */
export type Outcome = 'allow' | 'require_approval' | 'deny';

/** One step of a decision: which rule met which value, against what, and what would change it. */
export type Reason = {
  readonly rule: string;
  readonly value: string;
  readonly threshold: string;
  readonly effect: Outcome;
  readonly would_change: string;
  /** What it adds to the risk of the task. */
  readonly risk?: number;
};

/** What the lease has less of than was asked for, and who has to approve it. */
export type Obligations = {
  /** Seconds that the lease may live at most, renewals included. */
  readonly longest?: number;
  /** Capabilities that were asked for and are not granted. */
  readonly without?: readonly string[];
  /** Every one of these has to be satisfied. */
  readonly approvals?: readonly ApprovalTerms[];
};

/** Whether a task may have its lease, why, how risky it is (0 to 100), and with what obligations. */
export type Decision = {
  readonly outcome: Outcome;
  readonly reasons: readonly Reason[];
  readonly risk: number;
  readonly obligations: Obligations;
};

/** What one rule contributes: its reason, and what follows from it. */
export type Finding = {
  readonly reason: Reason;
  readonly longest?: number | undefined;
  readonly without?: readonly string[] | undefined;
  readonly approval?: ApprovalTerms;
};
