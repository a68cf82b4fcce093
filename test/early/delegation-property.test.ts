import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { widened } from './delegation-allowed.ts';
import { commands } from './delegation-commands.ts';
import { act, judge, rest } from './delegation-drive.ts';
import { forest } from './delegation-forest.ts';
import { lineOf } from './delegation-tree.ts';
import { unreported } from './verdict.ts';

const odds = fc.record({
  delay: fc.constantFrom(0, 4, 11),
  shards: fc.constantFrom(1, 2),
  beating: fc.boolean(),
});
const seen = { leases: 0, delegated: 0, deepest: 0, narrower: 0, refused: 0, credentials: 0, worst: 0 };

test('trees of delegated leases: what is cut dies with all that grew on it, and nothing else; nothing outlives or outgrows what it grew on', async () => {
  const property = fc.asyncProperty(commands, odds, async (list, chance) => {
    const on = forest(chance);
    for (const command of list) await act(on, command);
    await rest(on, 16);
    seen.narrower += await widened(on);
    seen.worst = Math.max(seen.worst, judge(on, chance.delay, 3));
    expect(on.faults).toEqual([]);
    expect(on.shownDead).toEqual([]);
    expect(unreported(on.world)).toEqual([]);
    expect(on.world.unswept).toEqual([]);
    const depths = on.nodes.map((node) => lineOf(node).length - 1);
    seen.leases += depths.length;
    seen.delegated += depths.filter((depth) => depth > 0).length;
    seen.deepest = Math.max(seen.deepest, ...depths);
    seen.refused += on.count.refused;
    seen.credentials += on.shown.length;
  });
  await fc.assert(property, { numRuns: 400 });
  expect(seen.deepest).toBe(4);
  expect(seen.narrower).toBeGreaterThan(100);
  expect(seen.delegated).toBeGreaterThan(500);
});

afterAll(() => console.info(`trees: ${JSON.stringify(seen)}`));
