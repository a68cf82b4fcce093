import fc from 'fast-check';
import { capabilityNames } from './delegation-world.ts';

/** Numbers choose among the agents, tasks and leases that there are. */
export type Command =
  | {
      readonly do: 'issue';
      readonly agent: number;
      readonly task: number;
      readonly capabilities: readonly string[];
      readonly seconds: number;
    }
  | {
      readonly do: 'delegate';
      readonly lease: number;
      readonly to: number;
      readonly task: number;
      readonly signed: readonly string[];
      readonly asked: readonly string[];
      readonly seconds: number;
    }
  | { readonly do: 'renew'; readonly lease: number; readonly seconds: number }
  | { readonly do: 'beat' | 'collect' | 'release' | 'revoke lease' | 'revoke chain'; readonly lease: number }
  | { readonly do: 'revoke agent' | 'quarantine'; readonly agent: number }
  | { readonly do: 'revoke task'; readonly task: number }
  | { readonly do: 'revoke type' }
  | { readonly do: 'revoke before'; readonly ago: number }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'everybody beats' };

const nth = fc.nat(40);
/** The newest first, and more often than the others: trees have to grow deep. */
const lease = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 2, arbitrary: nth });
const seconds = fc.integer({ min: 1, max: 450 });
const long = fc.oneof(seconds, fc.constant(450));
const some = fc.subarray(capabilityNames, { minLength: 1 });
const all = fc.constant(capabilityNames);
/** For the most part what is asked was signed, and is little, so that trees grow. */
const words = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(['read_invoice'], ['file_result']).map(alike) },
  { weight: 4, arbitrary: some.map(alike) },
  { weight: 1, arbitrary: fc.record({ signed: some, asked: some }) },
);
function alike(each: readonly string[]) {
  return { signed: each, asked: each };
}

const issue = fc.record({
  do: fc.constant('issue' as const),
  agent: nth,
  task: nth,
  capabilities: fc.oneof(all, some),
  seconds,
});
const delegate = fc
  .tuple(fc.record({ lease, to: nth, task: nth, seconds: long }), words)
  .map(([rest, said]) => ({ do: 'delegate' as const, ...rest, ...said }));
const withLease = fc.record({
  do: fc.constantFrom('collect' as const, 'collect' as const, 'release' as const, 'revoke lease' as const),
  lease,
});
const renew = fc.record({ do: fc.constant('renew' as const), lease, seconds });
const ruling = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revoke chain' as const), lease }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('revoke agent' as const, 'quarantine' as const), agent: nth }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revoke task' as const), task: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke type' as const) }) },
  // What grew on something older than that is younger.
  { weight: 5, arbitrary: fc.record({ do: fc.constant('revoke before' as const), ago: fc.nat(60) }) },
);
const pass = fc.record({ do: fc.constant('pass' as const), seconds: fc.nat(30) });
const everybodyBeats = fc.constant<Command>({ do: 'everybody beats' });
const first: Command = { do: 'issue', agent: 0, task: 0, capabilities: capabilityNames, seconds: 450 };

/** Commands in such shares that trees grow, live a while, and lose branches in every way. */
export const commands: fc.Arbitrary<readonly Command[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: issue },
      { weight: 16, arbitrary: delegate },
      { weight: 4, arbitrary: renew },
      { weight: 4, arbitrary: withLease },
      { weight: 2, arbitrary: ruling },
      { weight: 4, arbitrary: pass },
      { weight: 6, arbitrary: everybodyBeats },
    ),
    { minLength: 10, maxLength: 50, size: 'max' },
  )
  .map((list) => [first, ...list]);
