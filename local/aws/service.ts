import type { AwsFault } from '../fault.ts';
import type { WireReply, WireRequest } from '../http/message.ts';
import type { Session } from '../iam/store.ts';

/** A call that anybody may make. */
export type OpenCall = { readonly operation: string; answer(): Promise<WireReply> };

/** One emulated AWS service behind the endpoint. */
export type Service = {
  /** Regions that calls may be signed for beside the account's own. */
  readonly regions?: readonly string[];
  /** The operation of a call, where the protocol tells it by method and path; undefined for none that is known. */
  readonly operationOf?: (request: WireRequest) => string | undefined;
  /** What a call is that needs no signature, and its answer; undefined for a call that needs one. */
  readonly open?: (request: WireRequest) => OpenCall | undefined;
  /** Serves a call of an authenticated session; throws AwsFault to refuse. */
  handle(request: WireRequest, session: Session): Promise<WireReply>;
  /** A refusal in the wire format and the error names of this service's protocol. */
  refuse(fault: AwsFault, requestId: string): WireReply;
};

/** Text inside an XML element; a parser would read a bare carriage return as a line feed. */
export function xmlText(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
