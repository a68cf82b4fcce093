declare const unit: unique symbol;

/** A moment as whole seconds since 1970-01-01T00:00:00Z: the only unit of time inside Mayfly. */
export type EpochSeconds = number & { readonly [unit]: 'EpochSeconds' };

/** Turns a number into a moment; throws a RangeError unless it is a whole, non-negative number of seconds. */
export function epochSeconds(value: number): EpochSeconds {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not whole epoch seconds: ${value}`);
  return value as EpochSeconds;
}

/** The moment `seconds` (whole, may be negative) after `moment`. */
export function after(moment: EpochSeconds, seconds: number): EpochSeconds {
  return epochSeconds(moment + seconds);
}

/** The moment of a Date, rounded down to the second. */
export function fromDate(date: Date): EpochSeconds {
  return epochSeconds(Math.floor(date.getTime() / 1000));
}

/** ISO 8601 in UTC without fractions, the form that IAM date conditions and our wire format use. */
export function toIso(moment: EpochSeconds): string {
  return new Date(moment * 1000).toISOString().replace('.000Z', 'Z');
}

/** Reads what {@link toIso} wrote; throws a RangeError on anything that is not a date. */
export function fromIso(text: string): EpochSeconds {
  return fromDate(new Date(text));
}
