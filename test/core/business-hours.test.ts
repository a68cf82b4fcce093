import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hoursText, isOpen, wallClock } from '../../core/business-hours.ts';
import { hoursSchema } from '../../core/policy/schema-hours.ts';
import { after, type EpochSeconds, epochSeconds, fromIso } from '../../core/time.ts';

/** Hours as a policy writes them. */
const hours = (zone: string, window = '08:00-18:00', days = 'mon-sun') =>
  hoursSchema.parse({ is: 'required', zone, days, hours: window });

/** The moments, each minute, at which a window is open from one moment to another. */
function openMinutes(window: ReturnType<typeof hours>, from: string, to: string): string[] {
  const [first, last] = [fromIso(from), fromIso(to)];
  const minutes = Array.from({ length: (last - first) / 60 }, (_, i) => after(first, i * 60));
  return minutes.filter((moment) => isOpen(window, moment)).map((moment) => isoMinute(moment));
}

const isoMinute = (moment: EpochSeconds) => new Date(moment * 1000).toISOString().slice(0, 16);

describe('business hours', () => {
  // What 08:00 and 18:00 of Tuesday 2026-07-07 and of Tuesday 2026-12-08 are by UTC.
  it.each([
    ['UTC', '2026-07-07T08:00:00Z', '2026-12-08T08:00:00Z'],
    ['Europe/Berlin', '2026-07-07T06:00:00Z', '2026-12-08T07:00:00Z'],
    ['America/New_York', '2026-07-07T12:00:00Z', '2026-12-08T13:00:00Z'],
    ['Asia/Kolkata', '2026-07-07T02:30:00Z', '2026-12-08T02:30:00Z'],
    ['Australia/Lord_Howe', '2026-07-06T21:30:00Z', '2026-12-07T21:00:00Z'],
    ['Pacific/Apia', '2026-07-06T19:00:00Z', '2026-12-07T19:00:00Z'],
  ])('of %s begin with 08:00:00 and end with 17:59:59 of its own clock', (zone, ...mornings) => {
    for (const morning of mornings.map(fromIso)) {
      const window = hours(zone, '08:00-18:00', 'tue');
      expect(isOpen(window, after(morning, -1))).toBe(false);
      expect(isOpen(window, morning)).toBe(true);
      expect(isOpen(window, after(morning, 10 * 3_600 - 1))).toBe(true);
      expect(isOpen(window, after(morning, 10 * 3_600))).toBe(false);
      expect(wallClock(zone, morning)).toBe('Tue 08:00');
      for (const days of [-1, 1]) expect(isOpen(window, after(morning, days * 86_400))).toBe(false);
    }
  });

  it('of a whole day begin at midnight and end with its last second', () => {
    const monday = hours('Europe/Berlin', '00:00-24:00', 'mon');
    const midnight = fromIso('2026-11-22T23:00:00Z');
    expect(isOpen(monday, after(midnight, -1))).toBe(false);
    expect(isOpen(monday, midnight)).toBe(true);
    expect(isOpen(monday, after(midnight, 86_399))).toBe(true);
    expect(isOpen(monday, after(midnight, 86_400))).toBe(false);
  });

  it.each([
    ['starts at midnight', '00:00-06:00', '2026-11-23T00:00', '2026-11-23T05:59'],
    ['ends at midnight, written as 24:00', '22:00-24:00', '2026-11-23T22:00', '2026-11-23T23:59'],
    ['ends at midnight, written as 00:00', '22:00-00:00', '2026-11-23T22:00', '2026-11-23T23:59'],
    [
      'runs over midnight, into a day that it does not name',
      '22:00-06:00',
      '2026-11-23T22:00',
      '2026-11-24T05:59',
    ],
    ['lasts all but a minute', '12:01-12:00', '2026-11-23T12:01', '2026-11-24T11:59'],
    ['lasts one minute', '12:00-12:01', '2026-11-23T12:00', '2026-11-23T12:00'],
  ])('belong to the day they start on where the window %s', (_, window, first, last) => {
    const open = openMinutes(hours('UTC', window, 'mon'), '2026-11-22T00:00:00Z', '2026-11-26T00:00:00Z');
    expect([open[0], open.at(-1)]).toEqual([first, last]);
    expect(open).toHaveLength((Date.parse(`${last}Z`) - Date.parse(`${first}Z`)) / 60_000 + 1);
  });

  it.each([
    ['mon-fri', [1, 2, 3, 4, 5], 'Mon-Fri'],
    ['sat-mon', [1, 6, 7], 'Mon,Sat,Sun'],
    ['fri-thu', [1, 2, 3, 4, 5, 6, 7], 'Mon-Sun'],
    ['sun', [7], 'Sun'],
    ['mon,wed,fri', [1, 3, 5], 'Mon,Wed,Fri'],
    ['mon-tue,tue-wed,sun', [1, 2, 3, 7], 'Mon,Tue,Wed,Sun'],
  ])('on %s are on these days of the week', (days, numbers, text) => {
    const window = hours('UTC', '08:00-18:00', days);
    expect(window.days).toEqual(numbers);
    expect(hoursText(window)).toBe(`${text} 08:00-18:00 UTC`);
    const noons = Array.from({ length: 7 }, (_, i) => after(fromIso('2026-11-23T12:00:00Z'), i * 86_400));
    expect(noons.flatMap((noon, i) => (isOpen(window, noon) ? [i + 1] : []))).toEqual(numbers);
  });
});

describe('when clocks change', () => {
  // Zone, the moment of the change by UTC, and a window around the hour that is missing.
  it.each([
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '02:00-03:00', 0],
    ['Europe/Berlin', '2027-03-28T01:00:00Z', '02:00-03:00', 0],
    ['America/New_York', '2026-03-08T07:00:00Z', '02:00-03:00', 0],
    ['America/New_York', '2027-03-14T07:00:00Z', '02:00-03:00', 0],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', '02:00-03:00', 30],
    ['Australia/Lord_Howe', '2027-10-02T15:30:00Z', '02:00-03:00', 30],
    ['Pacific/Apia', '2026-09-26T14:00:00Z', '03:00-04:00', 60],
  ])('in %s at %s, %s is open for %i minutes only', (zone, change, window, minutes) => {
    const [from, to] = [after(fromIso(change), -6 * 3_600), after(fromIso(change), 6 * 3_600)].map(
      (each) => `${isoMinute(each)}:00Z`,
    );
    expect(openMinutes(hours(zone, window), from ?? '', to ?? '')).toHaveLength(minutes);
  });

  it.each([
    ['Europe/Berlin', '2026-10-25T01:00:00Z', '02:00-03:00', 120],
    ['Europe/Berlin', '2027-10-31T01:00:00Z', '02:00-03:00', 120],
    ['America/New_York', '2026-11-01T06:00:00Z', '01:00-02:00', 120],
    ['America/New_York', '2027-11-07T06:00:00Z', '01:00-02:00', 120],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', '01:30-02:00', 60],
    ['Australia/Lord_Howe', '2027-04-03T15:00:00Z', '01:30-02:00', 60],
  ])('in %s at %s, the time %s that comes twice is open both times, %i minutes', (zone, change, window, minutes) => {
    const half = (minutes / 2) * 60;
    const [from, to] = [after(fromIso(change), -half), after(fromIso(change), half)];
    const around = [after(from, -6 * 3_600), after(to, 6 * 3_600)].map((each) => `${isoMinute(each)}:00Z`);
    const open = openMinutes(hours(zone, window), around[0] ?? '', around[1] ?? '');
    expect(open).toHaveLength(minutes);
    expect([open[0], open.at(-1)]).toEqual([isoMinute(from), isoMinute(after(to, -60))]);
  });

  it('a day of 23 and one of 25 hours are open from midnight to midnight', () => {
    const sunday = hours('Europe/Berlin', '00:00-24:00', 'sun');
    expect(openMinutes(sunday, '2026-03-27T00:00:00Z', '2026-03-31T00:00:00Z')).toHaveLength(23 * 60);
    expect(openMinutes(sunday, '2026-10-23T00:00:00Z', '2026-10-27T00:00:00Z')).toHaveLength(25 * 60);
  });

  it('a window over the night keeps its ends on the wall, however long the night is', () => {
    const night = hours('Europe/Berlin', '22:00-06:00', 'sat');
    expect(openMinutes(night, '2026-03-27T00:00:00Z', '2026-03-31T00:00:00Z')).toHaveLength(7 * 60);
    expect(openMinutes(night, '2026-10-23T00:00:00Z', '2026-10-27T00:00:00Z')).toHaveLength(9 * 60);
  });
});

/** What the platform itself says a clock on the wall shows. */
function byPlatform(zone: string, moment: EpochSeconds): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const part = Object.fromEntries(
    format.formatToParts(moment * 1000).map(({ type, value }) => [type, value]),
  );
  return `${part['weekday']} ${part['hour']}:${part['minute']}`;
}

describe('the clock on the wall', () => {
  const moments = fc.integer({ min: 1_767_225_600, max: 2_082_758_399 }).map(epochSeconds);

  it('is that of the platform, in every zone that it knows, from 2026 to 2035', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.length).toBeGreaterThan(300);
    fc.assert(
      fc.property(fc.constantFrom(...zones), moments, (zone, moment) => {
        expect(wallClock(zone, moment)).toBe(byPlatform(zone, moment));
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not depend on what was asked before', () => {
    const asked = fc.array(fc.tuple(fc.constantFrom('Europe/Berlin', 'Asia/Kolkata'), moments), {
      minLength: 2,
      maxLength: 4,
    });
    fc.assert(
      fc.property(asked, (all) => {
        const forwards = all.map(([zone, moment]) => wallClock(zone, moment));
        expect(all.toReversed().map(([zone, moment]) => wallClock(zone, moment))).toEqual(
          forwards.toReversed(),
        );
      }),
    );
  });

  it('decides: a window is open exactly when the wall says so', () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Apia');
    const text = (value: number) =>
      `${String(Math.floor(value / 60)).padStart(2, '0')}:${String(value % 60).padStart(2, '0')}`;
    fc.assert(
      fc.property(zones, minute, minute, moments, (zone, from, to, moment) => {
        fc.pre(from !== to);
        const now = byPlatform(zone, moment).slice(4);
        const [first, last] = [text(from), text(to)];
        const within = from < to ? now >= first && now < last : now >= first || now < last;
        expect(isOpen(hours(zone, `${first}-${last}`), moment)).toBe(within);
      }),
      { numRuns: 500 },
    );
  });
});
