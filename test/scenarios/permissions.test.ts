import { expect, test } from 'vitest';
import type { Template } from '../../local/template/load.ts';
import { invoiceTask, newAgent, reading, s3With, startBroker } from '../broker.ts';

/** Takes an action out of every policy of the resources whose logical id holds a text. */
function without(action: string, logicalId: string): (template: Template) => void {
  return ({ Resources }) => {
    let taken = 0;
    for (const [id, { Properties }] of Object.entries(Resources)) {
      if (!id.includes(logicalId)) continue;
      const text = JSON.stringify(Properties, (key, value) => {
        if (key !== 'Action') return value;
        const actions: string[] = [value].flat();
        if (!actions.includes(action)) return value;
        taken++;
        // A statement may not be empty: what is left of a single action is one that nobody asks for.
        const rest = actions.filter((each) => each !== action);
        return rest.length > 0 ? rest : ['sts:GetAccessKeyInfo'];
      });
      Object.assign(Properties ?? {}, JSON.parse(text ?? '{}'));
    }
    if (taken === 0) throw new Error(`${logicalId} has no ${action} to take away`);
  };
}

test.each([
  ['s3:GetObject', 'GrantsinvoiceprocessorPermissions'],
  ['dynamodb:PutItem', 'IssuanceRole'],
  ['kms:Sign', 'AttestationRole'],
  ['sts:AssumeRole', 'IssuanceRole'],
])('without %s in %s the run fails with AccessDenied naming it', async (action, logicalId) => {
  const reported: string[] = [];
  const broker = await startBroker({
    alter: without(action, logicalId),
    report: (line) => reported.push(line),
  });
  try {
    const outcome = await runOnce(broker).catch((error: Error) => error.message);
    expect(outcome).not.toBe('read');
    const refused = broker.decisions.filter(({ allowed }) => !allowed);
    expect(refused[0]?.action).toBe(action);
    // The functions' own refusals are told to whoever runs the broker; the agent's are its own to see.
    if (action !== 's3:GetObject') expect(reported[0]).toMatch(new RegExp(`^AccessDenied: .* ${action} on `));
    else expect(outcome).toBe('AccessDenied');
  } finally {
    await broker.stop();
  }
});

async function runOnce(broker: Awaited<ReturnType<typeof startBroker>>): Promise<string> {
  const { credentials } = await (await newAgent(broker)).lease(invoiceTask());
  return reading(s3With(broker, credentials.aws), 'acme/4711.json');
}
