import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { unreported } from '../verdict.ts';
import { commands } from './commands.ts';
import { drive } from './drive.ts';
import { ground, type Odds } from './ground.ts';
import { judge, type Lateness } from './lateness.ts';

const odds: fc.Arbitrary<Odds> = fc.record({
  delay: fc.constantFrom(0, 4, 11),
  shards: fc.constantFrom(1, 2),
  indexLag: fc.constantFrom(0, 1),
});

const worst: Lateness = { undisturbed: 0, disturbed: 0 };
const seen = { leases: 0, credentials: 0, crashes: 0 };

/** Runs so many worlds, each with its model. */
async function holds(crashes: boolean, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(commands(crashes), odds, async (list, chance) => {
    const on = ground(chance);
    await drive(on, list);
    judge(on, worst);
    seen.leases += on.model.leases.size;
    seen.credentials += on.shown.length;
    seen.crashes += on.model.crashes.length;
    expect(on.faults).toEqual([]);
    expect(unreported(on.world)).toEqual([]);
  });
  await fc.assert(property, { numRuns });
}

describe('credentials work until their lease is dead, and then IAM and three seconds', () => {
  test('whatever is asked, and whenever', async () => {
    await holds(false, 500);
    expect(seen.leases).toBeGreaterThan(2_000);
  });

  test('and as soon as others find out, where a process ends in the midst', async () => {
    await holds(true, 500);
    expect(seen.crashes).toBeGreaterThan(500);
  });
});

afterAll(() => {
  const { leases, credentials, crashes } = seen;
  console.info(
    `${leases} leases, ${credentials} credentials: the last one worked IAM's delay and ${worst.undisturbed} s after ` +
      `its lease was dead; where there were crashes, ${crashes} in all, ${worst.disturbed} s`,
  );
});
