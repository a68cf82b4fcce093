import { z } from 'zod';
import { nearest } from '../nearest.ts';
import { need, otherwise } from './schema-obligations.ts';

const day = '(mon|tue|wed|thu|fri|sat|sun)';
const dayList = new RegExp(`^${day}(-${day})?(,${day}(-${day})?){0,6}$`);
const zonePattern = /^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z][A-Za-z0-9_+-]{0,31}){0,2}$/;
const hoursPattern = /^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/;

/** The condition `business_hours` as a map; what it does not say is Monday to Friday, 08:00 to 18:00, UTC. */
export const hoursSchema = z.strictObject({
  is: need.describe('Whether tasks outside the hours are denied (required) or riskier (preferred)'),
  zone: z
    .string()
    .regex(zonePattern, { error: ({ input }) => zoneMessage(input), abort: true })
    .refine(isZone, { error: ({ input }) => zoneMessage(input) })
    .default('UTC')
    .describe('Whose clock counts: a time zone of the IANA database, such as Europe/Berlin'),
  days: z
    .string()
    .regex(dayList, 'days are written mon-fri, or mon,wed,fri')
    .default('mon-fri')
    .transform(daysOf)
    .describe(
      'On which days: mon-fri, or mon,wed,fri; a window over midnight belongs to the day it starts on',
    ),
  hours: z
    .string()
    .regex(hoursPattern, 'hours are written from-to, such as "08:00-18:00", up to 24:00')
    .refine((text) => text.slice(0, 5) !== text.slice(6), 'the whole day is "00:00-24:00"')
    .default('08:00-18:00')
    .transform(minutesOf)
    .describe('From when to when: "08:00-18:00" ends before 18:00:00, "22:00-06:00" runs over midnight'),
  otherwise,
});

/** Minutes of the local day, `to` not included; a window that ends before it starts runs over midnight. */
export type Hours = z.output<typeof hoursSchema>;

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `mon-fri` or `mon,wed-fri` as numbers, Monday 1 to Sunday 7; `sat-mon` runs over the end of the week. */
function daysOf(text: string): number[] {
  const days = text.split(',').flatMap((part) => {
    const [from = '', to = from] = part.split('-');
    const first = weekdays.indexOf(from);
    const length = ((weekdays.indexOf(to) - first + 7) % 7) + 1;
    return Array.from({ length }, (_, i) => ((first + i) % 7) + 1);
  });
  return [...new Set(days)].sort();
}

function minutesOf(text: string): { from: number; to: number } {
  const [from = 0, to = 0] = text.split('-').map((time) => {
    const [hour, minute] = time.split(':').map(Number);
    return (hour ?? 0) * 60 + (minute ?? 0);
  });
  return { from, to };
}

/** Zones that were found: making a format for each policy would take a good part of compiling it. */
const foundZones = new Set<string>();

function isZone(zone: string): boolean {
  if (foundZones.has(zone)) return true;
  try {
    Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    return false;
  }
  foundZones.add(zone);
  return true;
}

function zoneMessage(input: unknown): string {
  const near = typeof input === 'string' ? nearest(input, Intl.supportedValuesOf('timeZone')) : undefined;
  return `no time zone of the IANA database, such as Europe/Berlin${near ? `; did you mean ${near}?` : ''}`;
}
