import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTerminal } from '../../core/transitions.ts';
import type { CrashPoint } from './crash.ts';
import { widened } from './delegation-allowed.ts';
import { type Command, commands } from './delegation-commands.ts';
import { act, catchUp } from './delegation-drive.ts';
import { afterCrash, type Forest, forest } from './delegation-forest.ts';
import { deathOf, isDoubtful, lives } from './delegation-tree.ts';
import { contradictions, stateOf } from './verdict.ts';
import type { FunctionName } from './world.ts';

const point: fc.Arbitrary<CrashPoint> = fc.record({
  call: fc.nat(9),
  side: fc.constantFrom('before', 'after'),
});
/** Where the process that answers a command ends; that of every other command does not. */
const points = fc.array(fc.option(point, { nil: undefined, freq: 2 }), { minLength: 51, maxLength: 51 });

/** Who answers a command; what is done by itself as time passes ends where nobody asks. */
function answering(command: Command): FunctionName {
  switch (command.do) {
    case 'issue':
    case 'delegate':
    case 'renew':
    case 'collect':
      return 'issuance';
    case 'release':
    case 'beat':
      return 'lifecycle';
    case 'pass':
      return command.seconds % 2 === 0 ? 'revoker' : 'sweeper';
    case 'everybody beats':
      return 'revoker';
    default:
      return 'operations';
  }
}

/** Does a command whose process may end in the midst; one that runs by itself later ends then. */
async function lose(on: Forest, command: Command, where: CrashPoint | undefined): Promise<void> {
  const of = answering(command);
  if (where) on.crashNext(of, where);
  await act(on, command);
  if (of !== 'revoker' && of !== 'sweeper') on.crashNoMore(of);
}

/** Whoever is dead was meant to be, or may have been, and whoever was ended is dead. */
async function compare(on: Forest): Promise<void> {
  for (const node of on.nodes) {
    const isDead = isTerminal(await stateOf(on.world, node.id));
    if (isDead && lives(node, on.now()) && !isDoubtful(node))
      on.fault(`${node.id} is dead, and nobody ended it`);
    if (!isDead && !lives(node, on.now())) on.fault(`${node.id} is alive after ${deathOf(node)}`);
  }
}

test('trees of delegated leases where processes end in the midst: records and IAM agree again, and who was not meant lives', async () => {
  let lost = 0;
  const property = fc.asyncProperty(commands, points, fc.constantFrom(1, 2), async (list, where, shards) => {
    const on = forest({ delay: 4, shards });
    for (const [i, command] of list.entries()) await lose(on, command, where[i]);
    for (const of of ['revoker', 'sweeper'] as const) on.crashNoMore(of);
    await on.world.sim.advance(afterCrash);
    catchUp(on);
    expect(await contradictions(on.world, on.shown)).toEqual([]);
    await compare(on);
    await widened(on);
    expect(on.faults).toEqual([]);
    expect(on.shownDead).toEqual([]);
    lost += on.count.lost;
  });
  await fc.assert(property, { numRuns: 250 });
  expect(lost).toBeGreaterThan(400);
});
