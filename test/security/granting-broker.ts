import type { JSONWebKeySet } from 'jose';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import { systemsSchema } from '../../core/policy/schema-systems.ts';
import type { LocalBroker, StartOptions } from '../../local/start.ts';
import { type LocalSystems, startSystems } from '../../local/systems/systems.ts';
import { startBroker } from '../broker.ts';
import { ownAssembly } from '../own-assembly.ts';

/** A broker from the run's one synth whose granting_processor reaches systems that are there. */
export type GrantingBroker = {
  readonly broker: LocalBroker;
  readonly systems: LocalSystems;
  stop(): Promise<void>;
};

/** Starts the systems, puts them in the place of those that `test/policies` names, and starts a broker. */
export async function startGrantingBroker(
  options: Omit<StartOptions, 'assembly'> = {},
): Promise<GrantingBroker> {
  const keys = async () => {
    const response = await fetch(`${broker.url}/.well-known/jwks.json`);
    return (await response.json()) as JSONWebKeySet;
  };
  const trusted = {
    get issuer() {
      return broker.url;
    },
    keys,
  };
  // Its clock is the broker's, which tests move on.
  const systems = await startSystems({ trusts: trusted, clock: () => broker.now() });
  const assembly = ownAssembly();
  assembly.systems(systemsSchema.parse(JSON.parse(systems.document).systems));
  assembly.policy(
    'granting_processor',
    (policy) => JSON.parse(systems.standIn(JSON.stringify(policy))) as ContextPolicy,
  );
  const broker: LocalBroker = await startBroker({ ...options, assembly: assembly.folder });
  systems.keepSecrets(broker);
  return {
    broker,
    systems,
    async stop() {
      await Promise.all([broker.stop(), systems.stop()]);
      assembly.remove();
    },
  };
}

/** The task of an invoice that needs these capabilities of granting_processor. */
export function grantingTask(
  capabilities = ['read_invoice', 'read_customer', 'check_vat', 'tell_ledger', 'post_message'],
) {
  return {
    name: 'process invoice 4711',
    purpose: 'validate the invoice',
    capabilities,
    parameters: { customer_id: 'acme', invoice_id: '4711' },
    estimated_seconds: 120,
  };
}
