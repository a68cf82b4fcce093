import type { EvidenceFaultCode } from '../../core/evidence.ts';
import type { Forgery } from './nitro-document.ts';

/** A true document with one thing wrong, and how it is to be refused. */
export type NitroForgery = {
  readonly attack: string;
  readonly forgery: Forgery;
  readonly now?: number;
  readonly fault: EvidenceFaultCode;
  readonly field: string;
};

/** One row: what was done, how it is to be refused, and how it is made. */
export function row(
  attack: string,
  fault: EvidenceFaultCode,
  field: string,
  forgery: Forgery,
  now?: number,
): NitroForgery {
  return { attack, fault, field, forgery, ...(now !== undefined && { now }) };
}
