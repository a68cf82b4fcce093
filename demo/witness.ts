// Somebody who holds a copy of all that an agent held, its key too, and uses it until it is refused.
import { awsCredentialsOf, type BrokerClient, type IssuedLeaseResponse } from '../client/index.ts';
import { askVat, openDatabase, type Place, post, readObject } from './systems-use.ts';

/** One use of each system: how it was refused; empty where it worked. */
export type Uses = Readonly<Record<'aws' | 'postgres' | 'oauth' | 'proxy', string>>;

/** Uses all four systems of a lease again and again, with one session in the database that stays open. */
export type Witness = { use(): Promise<Uses> };

/** Takes over what a lease gave out; `client` has the agent's own key and attestation. */
export async function takeOver(
  client: BrokerClient,
  issued: IssuedLeaseResponse,
  { region, bucket, vat }: Place,
): Promise<Witness> {
  const session = await openDatabase(issued);
  const refusedBy = (use: Promise<unknown>) =>
    use.then(
      () => '',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  const { lease } = issued;
  return {
    async use() {
      const [aws, postgres, oauth, proxy] = await Promise.all([
        refusedBy(readObject(awsCredentialsOf(issued), region, bucket, 'acme/4711.json')),
        refusedBy(session.query('SELECT count(id) FROM crm.customers')),
        askVat(issued, vat, 'DE136695976').then((status) =>
          status === 200 ? '' : `the service answers ${status}`,
        ),
        refusedBy(post(client, lease.id, 'still here')),
      ]);
      return { aws, postgres, oauth, proxy };
    },
  };
}
