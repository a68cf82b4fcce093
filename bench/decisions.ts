import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Asked, decide } from '../core/decide.ts';
import type { ContextPolicy } from '../core/policy/schema.ts';
import { compileGuardrail, compilePolicy } from '../core/policy/source.ts';
import { after, fromIso } from '../core/time.ts';
import { type Benchmark, cpuOf, median, type Row } from './harness.ts';
import { largestPolicy, largestTask } from './largest-policy.ts';

/** Decisions of a round, of the usual and of the largest policy, and policies that are compiled in one. */
const count = { usual: 20_000, largest: 200, compiled: 100 } as const;
const rounds = 15;
const warmUp = 5;
const budget = { perSecond: 100_000, largestMs: 5, compileMs: 300 } as const;

/** What the policy language costs: CPU, in this process, after a warm-up. */
export const decisions: Benchmark = {
  name: 'decisions',
  about: 'decisions of the invoice policy and of the largest there may be; compiling policies',
  run: measure,
};

const read = (name: string) => readFileSync(join(import.meta.dirname, 'policies', name), 'utf8');
const guardrail = compileGuardrail({ name: 'guardrail.yaml', text: read('guardrail.yaml') });
const compile = (text: string) => compilePolicy({ name: 'policy.yaml', text }, guardrail);
/** As functions have it: read from JSON. */
const deployed = (text: string): ContextPolicy => JSON.parse(JSON.stringify(compile(text)));

async function measure(): Promise<Row[]> {
  const invoices = read('invoice-processor.yaml');
  const [usual, largest] = [deployed(invoices), deployed(largestPolicy())];
  const usualUs = (await cpuOfEach(() => decideMany(usual, usualTasks, count.usual))) / count.usual;
  const largestUs =
    (await cpuOfEach(() => decideMany(largest, [largestAsked], count.largest))) / count.largest;
  const compileUs = await cpuOfEach(() => compileMany(invoices));
  return [
    perSecondRow('decisions of the invoice policy, one core', 1_000_000 / usualUs),
    millisecondsRow('decision of the largest legal policy, CPU', largestUs / 1_000, budget.largestMs),
    millisecondsRow(`${count.compiled} policies, text to JSON, CPU`, compileUs / 1_000, budget.compileMs),
  ];
}

/** Microseconds of CPU of a round of some work: the median after a warm-up. */
async function cpuOfEach(work: () => void): Promise<number> {
  const measured: number[] = [];
  for (let round = 0; round < warmUp + rounds; round++) measured.push(await cpuOf(async () => work()));
  return median(measured.slice(warmUp));
}

const start = fromIso('2026-11-24T02:00:00Z');
const user = {
  issuer: 'https://login.example.com',
  subject: 'alice',
  mfa: true,
  authenticated_at: after(start, -60),
  presented_at: start,
};
const largestAsked: Asked = { ...largestTask, now: start, user };

/** Every rule of the invoice policy, and a user who did not use a second factor. */
const usualTasks: readonly Asked[] = [
  { amount: 420, mfa: true },
  { amount: 5_000, mfa: true },
  { amount: 50_000, mfa: true },
  { amount: 420, mfa: false },
].map(({ amount, mfa }) => ({
  capabilities: ['read_invoice', 'file_result'],
  parameters: { customer_id: 'acme', invoice_id: '4711', invoice_amount: amount },
  now: start,
  user: { ...user, mfa },
}));

/** Decides again and again, a second later each time, so that days and hours pass. */
function decideMany(policy: ContextPolicy, tasks: readonly Asked[], times: number): void {
  let reasons = 0;
  for (let i = 0; i < times; i++) {
    const asked = tasks[i % tasks.length];
    if (asked) reasons += decide(policy, { ...asked, now: after(asked.now, i) }).reasons.length;
  }
  if (reasons < times) throw new Error('decisions without reasons');
}

function compileMany(text: string): void {
  for (let i = 0; i < count.compiled; i++) {
    const json = JSON.stringify(compile(text.replace('invoice_processor', `invoice_processor_${i}`)));
    if (!json.includes(`invoice_processor_${i}`)) throw new Error('another policy was compiled');
  }
}

function perSecondRow(what: string, perSecond: number): Row {
  const thousands = (value: number) => `${Math.floor(value / 1_000)},000 /s`;
  return {
    what,
    measured: thousands(perSecond),
    budget: `>= ${thousands(budget.perSecond)}`,
    within: perSecond >= budget.perSecond,
  };
}

function millisecondsRow(what: string, milliseconds: number, most: number): Row {
  return {
    what,
    measured: `${milliseconds < 10 ? milliseconds.toFixed(2) : milliseconds.toFixed(0)} ms`,
    budget: `<= ${most} ms`,
    within: milliseconds <= most,
  };
}
