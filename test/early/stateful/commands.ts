import fc from 'fast-check';
import type { CrashPoint } from '../crash.ts';

/** A question, whose function may end in the midst: then there is no answer. */
type Asked = { readonly crash?: CrashPoint };

/** Numbers choose among the agents, tasks and leases that there are. */
export type Issue = Asked & {
  readonly do: 'issue' | 'ask again';
  readonly agent: number;
  readonly task: number;
};

/** What is done with one lease. */
export type WithLease = Asked & {
  readonly do: 'beat' | 'renew' | 'collect' | 'release' | 'revoke lease';
  readonly lease: number;
};

/** What an operator does to more than one lease. */
export type Ruling = Asked &
  (
    | { readonly do: 'revoke agent' | 'quarantine' | 'lift'; readonly agent: number }
    | { readonly do: 'revoke task'; readonly task: number }
    | { readonly do: 'revoke type' }
    | { readonly do: 'revoke before'; readonly ago: number }
  );

/** Something that is done; `crash` ends the next run of a function in the midst. */
export type Command =
  | Issue
  | WithLease
  | Ruling
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'everybody beats' }
  | { readonly do: 'crash'; readonly of: 'timer' | 'sweeper' | 'revoker'; readonly crash: CrashPoint };

const point: fc.Arbitrary<CrashPoint> = fc.record({
  call: fc.nat(9),
  side: fc.constantFrom('before', 'after'),
});

const nth = fc.nat(30);

const issue = fc.record<Issue>({
  do: fc.constantFrom('issue', 'issue', 'issue', 'ask again'),
  agent: nth,
  task: nth,
});
const withLease = fc.record<WithLease>({
  do: fc.constantFrom('beat', 'beat', 'renew', 'collect', 'release', 'revoke lease'),
  lease: nth,
});
const ruling = fc.oneof<fc.Arbitrary<Ruling>[]>(
  fc.record({ do: fc.constantFrom('revoke agent', 'quarantine', 'lift'), agent: nth }),
  fc.record({ do: fc.constant('revoke task'), task: nth }),
  fc.record({ do: fc.constant('revoke type') }),
  fc.record({ do: fc.constant('revoke before'), ago: fc.nat(60) }),
);
const pass = fc.record({ do: fc.constant('pass' as const), seconds: fc.nat(40) });
const crash = fc.record({
  do: fc.constant('crash' as const),
  of: fc.constantFrom('timer' as const, 'sweeper' as const, 'revoker' as const),
  crash: point,
});

/** The same with a crash in it, for one in ten. */
function sometimesLost(asked: fc.Arbitrary<Command>): fc.Arbitrary<Command> {
  const lost = fc
    .tuple(asked, point)
    .map(([command, each]): Command => ({ ...command, crash: each }) as Command);
  return fc.oneof({ weight: 9, arbitrary: asked }, { weight: 1, arbitrary: lost });
}

/** Commands in such shares that leases are born, live a while, and end in every way; with crashes, or without. */
export function commands(crashes: boolean): fc.Arbitrary<readonly Command[]> {
  const asked = (each: fc.Arbitrary<Command>) => (crashes ? sometimesLost(each) : each);
  return fc.array(
    fc.oneof(
      { weight: 10, arbitrary: asked(issue) },
      { weight: 10, arbitrary: asked(withLease) },
      { weight: 2, arbitrary: asked(ruling) },
      { weight: 9, arbitrary: pass },
      { weight: 9, arbitrary: fc.constant<Command>({ do: 'everybody beats' }) },
      { weight: crashes ? 1 : 0, arbitrary: crash },
    ),
    { minLength: 8, maxLength: 60, size: 'max' },
  );
}
