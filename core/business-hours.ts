import type { Hours } from './policy/schema-hours.ts';
import { remembered } from './remembered.ts';
import type { EpochSeconds } from './time.ts';

type Window = Pick<Hours, 'zone' | 'days' | 'hours'>;

/**
 * Whether a moment is within business hours, by the clock on the wall of the zone. The first minute belongs to them, the
 * last does not. A window that ends before it starts belongs to the day on which it starts.
 */
export function isOpen({ zone, days, hours: { from, to } }: Window, now: EpochSeconds): boolean {
  const { day, minute } = localTime(zone, now);
  if (from < to) return minute >= from && minute < to && days.includes(weekday(day));
  if (minute >= from) return days.includes(weekday(day));
  return minute < to && days.includes(weekday(day - 1));
}

/** The wall clock of a zone, for people: `Sat 02:30`. */
export function wallClock(zone: string, now: EpochSeconds): string {
  const { day, minute } = localTime(zone, now);
  return `${names[weekday(day) - 1]} ${clock(minute)}`;
}

/** Business hours for people: `Mon-Fri 08:00-18:00 Europe/Berlin`. */
export const hoursText = remembered(
  ({ zone, days, hours: { from, to } }: Window) => `${daysText(days)} ${clock(from)}-${clock(to)} ${zone}`,
);

/** Days since 1970-01-01 and minutes of the day, as the zone counts them. */
function localTime(zone: string, now: EpochSeconds): { readonly day: number; readonly minute: number } {
  const local = now + offsetOf(zone, now);
  const day = Math.floor(local / secondsOfDay);
  return { day, minute: Math.floor((local - day * secondsOfDay) / 60) };
}

const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const secondsOfDay = 86_400;

/** Monday 1 to Sunday 7; day 0, 1970-01-01, was a Thursday. */
function weekday(day: number): number {
  return ((day + 3) % 7) + 1;
}

function daysText(days: readonly number[]): string {
  const [first = 1, last = first] = [days[0], days.at(-1)];
  const text = days.map((day) => names[day - 1]);
  return last - first === days.length - 1 && days.length > 2 ? `${text[0]}-${text.at(-1)}` : text.join(',');
}

function clock(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, { readonly slot: number; readonly offset: number }>();

/** No zone changes its offset within a quarter of an hour: asking Intl each time would be most of a decision's cost. */
const slotSeconds = 900;

/** Seconds by which the wall clock of a zone is ahead of UTC. */
function offsetOf(zone: string, now: EpochSeconds): number {
  const slot = Math.floor(now / slotSeconds);
  const known = offsets.get(zone);
  if (known?.slot === slot) return known.offset;
  const offset = readOffset(zone, slot * slotSeconds);
  offsets.set(zone, { slot, offset });
  return offset;
}

function readOffset(zone: string, moment: number): number {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-US', { timeZone: zone, ...numeric });
  formats.set(zone, format);
  const part = Object.fromEntries(
    format.formatToParts(moment * 1000).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - moment;
}

const numeric = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;
