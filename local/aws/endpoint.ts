import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { AwsFault } from '../fault.ts';
import { isPresigned, serviceNamed } from '../http/authorization.ts';
import { header, type WireReply, type WireRequest } from '../http/message.ts';
import type { Responder } from '../http/serve.ts';
import { verifySigV4 } from '../http/sigv4.ts';
import type { IamStore } from '../iam/store.ts';
import type { Service } from './service.ts';

/** One call that reached a service: what was called, by which role (none where it was not signed), and how it was answered. */
export type Call = {
  readonly service: string;
  readonly operation: string;
  readonly role: string;
  readonly sourceIdentity: string | undefined;
  readonly status: number;
};

/** A call on its way, as an interceptor sees it. */
export type PassingCall = Omit<Call, 'status'>;

/**
 * Something that goes wrong on purpose: asked before the service sees a call and again after its effect. It
 * may throw an AwsFault, or answer `drop` to cut the connection.
 */
export type Interceptor = (call: PassingCall, phase: 'before' | 'after') => Promise<'drop' | undefined>;

/** What the endpoint needs. */
export type EndpointWorld = {
  readonly iam: IamStore;
  readonly clock: Clock;
  readonly region: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly intercept: Interceptor;
  readonly onCall: (call: Call) => void;
};

/** The endpoint of every service: the signature's own scope says which one a call is for. */
export function createEndpoint(world: EndpointWorld): Responder {
  return async (request) => {
    const signedFor = serviceNamed(request);
    const unsigned = signedFor === undefined ? openCall(world, request) : undefined;
    if (unsigned) return unsigned();
    const name = signedFor ?? 's3';
    const service = Object.hasOwn(world.services, name) ? world.services[name] : undefined;
    if (!service) return { status: 501, body: `The service ${name} is not emulated.` };
    return answered(service, () => serve(world, service, request));
  };
}

/** An answer, or the refusal as its service words it. */
async function answered(
  service: Service,
  answer: () => Promise<WireReply | 'drop'>,
): Promise<WireReply | 'drop'> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    return service.refuse(error, randomUUID());
  }
}

async function serve(
  world: EndpointWorld,
  service: Service,
  request: WireRequest,
): Promise<WireReply | 'drop'> {
  const { key: session, service: name } = await verifySigV4(
    request,
    world.iam,
    [world.region, ...(service.regions ?? [])],
    timeFor(world.clock, request),
  );
  const { sourceIdentity } = session;
  const operation = service.operationOf?.(request) ?? operationOf(request);
  const call = { service: name, operation, role: session.role.name, sourceIdentity };
  return pass(world, call, () => service.handle(request, session));
}

/** How to answer a call that needs no signature; undefined where it needs one. */
function openCall(
  world: EndpointWorld,
  request: WireRequest,
): (() => Promise<WireReply | 'drop'>) | undefined {
  for (const [name, service] of Object.entries(world.services)) {
    const open = service.open?.(request);
    if (!open) continue;
    const call = { service: name, operation: open.operation, role: '', sourceIdentity: undefined };
    return () => answered(service, () => pass(world, call, open.answer));
  }
  return undefined;
}

/** Lets a call reach its service, between what may go wrong before and after. */
async function pass(
  world: EndpointWorld,
  call: PassingCall,
  answer: () => Promise<WireReply>,
): Promise<WireReply | 'drop'> {
  if ((await world.intercept(call, 'before')) === 'drop') return 'drop';
  try {
    const reply = await answer();
    world.onCall({ ...call, status: reply.status });
    return (await world.intercept(call, 'after')) === 'drop' ? 'drop' : reply;
  } catch (error) {
    if (error instanceof AwsFault) world.onCall({ ...call, status: error.status });
    throw error;
  }
}

/** SDKs sign by the machine's time; what is presigned is made to be used later, by the time of whoever uses it. */
function timeFor(clock: Clock, request: WireRequest): Date {
  return isPresigned(request) ? new Date(clock.now() * 1000) : new Date();
}

/** The operation as its protocol names it: a target header, a form field, a query parameter, or the bare method of S3. */
function operationOf(request: WireRequest): string {
  const target = header(request, 'x-amz-target')?.split('.')[1];
  const form = header(request, 'content-type')?.startsWith('application/x-www-form-urlencoded');
  const action = form ? new URLSearchParams(request.body.toString()).get('Action') : null;
  const presigned = isPresigned(request) ? request.query.get('Action')?.[0] : undefined;
  return target ?? action ?? presigned ?? request.method;
}
