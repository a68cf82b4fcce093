import { describe, expect, it } from 'vitest';
import { beatDue, missedBeat, nextDue } from '../../core/lease.ts';
import { PolicySourceError } from '../../core/policy/source.ts';
import { after } from '../../core/time.ts';
import { compile, written } from './invoice-source.ts';
import { morning } from './invoices.ts';

/** The lifetime of a policy whose own says this. */
function lifetimeOf(lifetime: string) {
  return compile(written('{ buffer: 1.2, floor: 300s, maximum: 2x, longest: 15m, heartbeat: 30s }', lifetime))
    .lifetime;
}

function refusalOf(lifetime: string): string {
  try {
    return `accepted: ${JSON.stringify(lifetimeOf(lifetime))}`;
  } catch (error) {
    if (error instanceof PolicySourceError) return error.message;
    throw error;
  }
}

describe('the heartbeat of a policy', () => {
  it.each([
    ['{ heartbeat: 5s }', 5],
    ['{ heartbeat: 30s }', 30],
    ['{ heartbeat: 15m, longest: 15m }', 900],
    ['{ longest: 15m }', undefined],
  ])('of %s is %s seconds', (lifetime, seconds) => {
    expect(lifetimeOf(lifetime).heartbeat).toBe(seconds);
  });

  it.each([
    ['shorter than a network needs', '{ heartbeat: 4s }', 'lifetime.heartbeat: from 5 s'],
    ['nothing', '{ heartbeat: 0s }', 'lifetime.heartbeat: from 5 s'],
    [
      'longer than any lease',
      '{ heartbeat: 901s, longest: 15m }',
      'lifetime.heartbeat: from 5 s to `longest`, 900 s',
    ],
    ['no duration', '{ heartbeat: often }', 'lifetime.heartbeat'],
    ['without a unit', '{ heartbeat: 30 }', 'lifetime.heartbeat'],
  ])('is not %s', (_, lifetime, message) => {
    expect(refusalOf(lifetime)).toContain(message);
  });

  it('is checked beside the other lifetimes, each with its own line', () => {
    const refusal = refusalOf('{ heartbeat: 4s, floor: 301s, longest: 5m }');
    expect(refusal).toContain('lifetime.floor: the floor is above `longest`');
    expect(refusal).toContain('lifetime.heartbeat: from 5 s');
  });
});

describe('an agent is taken for dead', () => {
  it('after two intervals, so that one lost heartbeat kills nobody', () => {
    expect(beatDue(morning, 30)).toBe(after(morning, 60));
    const lease = { beat_due: beatDue(morning, 30) };
    expect(missedBeat(lease, after(morning, 59))).toBe(false);
    expect(missedBeat(lease, after(morning, 60))).toBe(true);
  });

  it('never, where its policy asks for no heartbeats', () => {
    expect(missedBeat({}, after(morning, 100_000))).toBe(false);
  });

  it('or at its deadline, whichever comes first', () => {
    const deadline = after(morning, 300);
    expect(nextDue({ deadline })).toBe(deadline);
    expect(nextDue({ deadline, beat_due: after(morning, 299) })).toBe(after(morning, 299));
    expect(nextDue({ deadline, beat_due: after(morning, 301) })).toBe(deadline);
  });
});
