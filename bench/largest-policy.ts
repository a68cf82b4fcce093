/** Most that the language takes of each (core/policy/schema*.ts), and of capabilities in one task (core/protocol). */
const most = { parameters: 50, rules: 20, capabilities: 50, actions: 20, resources: 10, asked: 20 } as const;

function numbered<Each>(count: number, one: (i: number) => Each): Each[] {
  return Array.from({ length: count }, (_, i) => one(i));
}

/** The text of a policy with as much of everything as the language takes; every rule but the last misses. */
export function largestPolicy(): string {
  const rules = numbered(most.rules - 1, (i) => `{if: "< -${i + 1}", then: deny}`).join(', ');
  const actions = numbered(most.actions, (i) => `"s3:A${i}"`).join(', ');
  const resources = numbered(most.resources, (i) => `"arn:aws:s3:::acme-invoices/${i}"`).join(', ');
  const lines = [
    'context_policy:',
    '  agent_type: largest_processor',
    '  owner: payments-team@example.com',
    '  purpose: As much of everything as the language takes',
    '  attestation: { any_of: [{ aws_iam: { role: "arn:aws:iam::111122223333:role/a" } }] }',
    '  conditions:',
    '    user_delegation: required',
    '    business_hours: { is: preferred, zone: Europe/Berlin }',
    ...numbered(most.parameters, (i) => `    p${i}: [${rules}, {else: auto_approve}]`),
    '  parameters:',
    ...numbered(most.parameters, (i) => `    p${i}: { type: number, source: delegation }`),
    '  capabilities:',
    ...numbered(
      most.capabilities,
      (i) => `    c${i}: { aws: { actions: [${actions}], resources: [${resources}] } }`,
    ),
    '  risk: { approval: { from: [risk-team] } }',
  ];
  return `${lines.join('\n')}\n`;
}

/** What the largest task asks for: capabilities, and a value for every parameter. */
export const largestTask = {
  capabilities: numbered(most.asked, (i) => `c${i}`),
  parameters: Object.fromEntries(numbered(most.parameters, (i) => [`p${i}`, i] as const)),
};
