import { compactVerify } from 'jose';
import { type Benchmark, compare, cpuOf, type Row, ratioRow } from './harness.ts';
import { type MadeRequest, type MemoryBroker, memoryBroker } from './memory-broker.ts';

const leasesPerRound = 40;
const rounds = 50;
const warmUp = 10;
const most = 8;

/** Own CPU of a lease: everything between API Gateway's event and its answer but the ports. */
export const ownCpu: Benchmark = {
  name: 'own-cpu',
  about: `CPU of ${rounds * leasesPerRound} leases over ports in memory, against ES256 verifications by jose`,
  run: measure,
};

async function measure(): Promise<Row[]> {
  const broker = memoryBroker({ arnPrefix: 'arn:aws:iam::111122223333:role/mayfly/grant-', shards: 4 });
  const made = await requests(broker, (rounds + warmUp) * leasesPerRound);
  const slice = (round: number) => made.slice(round * leasesPerRound, (round + 1) * leasesPerRound);
  const { subject, reference, ratio } = await compare(
    {
      subject: (round) => each(slice(round), ({ event }) => issue(broker, event)),
      reference: (round) => each(slice(round), ({ token }) => verify(broker, token)),
    },
    rounds,
    warmUp,
  );
  return [
    { what: 'one ES256 verification by jose, CPU', measured: `${reference.toFixed(0)} us` },
    ratioRow('own CPU per issued lease', `${subject.toFixed(0)} us`, ratio, most),
  ];
}

async function requests(broker: MemoryBroker, count: number): Promise<MadeRequest[]> {
  const made: MadeRequest[] = [];
  while (made.length < count) made.push(await broker.request());
  return made;
}

/** Microseconds of CPU for one of them. One after another, as one execution environment works. */
async function each(
  made: readonly MadeRequest[],
  work: (one: MadeRequest) => Promise<void>,
): Promise<number> {
  const all = await cpuOf(async () => {
    for (const one of made) await work(one);
  });
  return all / made.length;
}

async function issue({ handler }: MemoryBroker, event: MadeRequest['event']): Promise<void> {
  const { statusCode, body } = await handler(event);
  if (statusCode !== 201) throw new Error(`no lease was issued: ${statusCode} ${body}`);
}

/** The least there is to verify: one signature, by a key that was imported before. */
async function verify({ publicKey }: MemoryBroker, token: string): Promise<void> {
  await compactVerify(token, publicKey);
}
