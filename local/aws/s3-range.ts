import { AwsFault } from '../fault.ts';

/** A part of an object: its first and its last byte, counted from zero. */
export type Part = { readonly first: number; readonly last: number };

/**
 * The part that a `Range` header asks for (RFC 9110, section 14; S3 API reference, GetObject: one range of bytes).
 * Throws where the object does not reach, and for what is not one range that can be read.
 */
export function partOf(range: string, size: number): Part {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if ((from === '' && to === '') || (from !== '' && to !== '' && Number(to) < Number(from)))
    throw new AwsFault('NotImplemented', `The range ${range} is not emulated.`, 501);
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first > last) throw new AwsFault('InvalidRange', 'The requested range is not satisfiable', 416);
  return { first, last };
}
