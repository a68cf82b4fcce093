/** A call that waits for its turn: of which process, which of its calls, and what it asks. */
export type Turn = { readonly key: string; readonly process: number; readonly call: string };

/** What the calls of a port see or change. Whatever is not named here is taken to meet everything. */
const kept: Readonly<Record<string, readonly string[]>> = {
  leases: ['leases'],
  'leases.due': ['leases', 'shards', 'revocations'],
  controls: ['controls'],
  shards: ['shards'],
  // Of what was delegated they show the leases that it came from, too.
  standings: ['controls', 'shards', 'leases'],
  quotas: ['quotas'],
  people: ['people'],
  revocations: ['revocations'],
  revoker: ['queue'],
  timers: ['timers'],
  sts: ['sts'],
  iam: ['iam'],
  pause: [],
  start: [],
};

const onlySees = /\.(find|findAll|read|readAll|due|ofType|denied|awaiting)$/;

/**
 * Whether it makes no difference which of two calls happens first: they are of two processes, and either both only
 * look, or they have nothing in common.
 */
export function independent(a: Turn, b: Turn): boolean {
  if (a.process === b.process) return false;
  const [ofA, ofB] = [keptBy(a.call), keptBy(b.call)];
  if (!ofA || !ofB) return false;
  if (onlySees.test(a.call) && onlySees.test(b.call)) return true;
  return !ofA.some((each) => ofB.includes(each));
}

function keptBy(call: string): readonly string[] | undefined {
  return kept[call] ?? kept[call.split('.')[0] ?? ''];
}
