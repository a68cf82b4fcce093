import type { FunctionName, Gate, Invocation } from './world.ts';

/** What a process that ended throws, at the call at which it ended and at every later one. */
export class Crash extends Error {}

/** Where a process ends: before or after the effect of its n-th call, counted from 0. */
export type CrashPoint = { readonly call: number; readonly side: 'before' | 'after' };

/** A gate that watches the first run of a function from now on, and may end it. */
export type Watch = { readonly gate: Gate; readonly calls: readonly string[] };

/** Watches the first run of a function, and ends its process at the point. */
export function crashing(of: FunctionName, point?: CrashPoint): Watch {
  const calls: string[] = [];
  let watched: Invocation | undefined;
  const end = (invocation: Invocation): never => {
    invocation.dead = true;
    throw new Crash(`${of} ended`);
  };
  const gate: Gate = async (invocation, call, effect) => {
    if (invocation.dead) return end(invocation);
    if (invocation.of === of) watched ??= invocation;
    if (invocation !== watched) return effect();
    const nth = calls.push(call) - 1;
    if (point?.call === nth && point.side === 'before') return end(invocation);
    const answer = await effect();
    if (invocation.dead) return end(invocation);
    return point?.call === nth ? end(invocation) : answer;
  };
  return { gate, calls };
}

/** Every point of a run that made so many calls. */
export function crashPoints(calls: number): readonly CrashPoint[] {
  return Array.from({ length: calls }, (_, call) => [
    { call, side: 'before' } as const,
    { call, side: 'after' } as const,
  ]).flat();
}

/** Ends runs of functions as it is planned, one run for each plan, and says when one ended. */
export function plannedCrashes(ended: (of: FunctionName) => void) {
  const plans = new Map<FunctionName, CrashPoint>();
  const runs = new Map<Invocation, { readonly point: CrashPoint | undefined; calls: number }>();
  const runOf = (invocation: Invocation) => {
    const known = runs.get(invocation);
    if (known) return known;
    const run = { point: plans.get(invocation.of), calls: 0 };
    plans.delete(invocation.of);
    runs.set(invocation, run);
    return run;
  };
  const end = (invocation: Invocation): never => {
    if (!invocation.dead) ended(invocation.of);
    invocation.dead = true;
    throw new Crash(`${invocation.of} ended`);
  };
  const gate: Gate = async (invocation, _, effect) => {
    if (invocation.dead) return end(invocation);
    const run = runOf(invocation);
    const isHere = run.point?.call === run.calls++;
    if (isHere && run.point?.side === 'before') return end(invocation);
    const answer = await effect();
    return isHere || invocation.dead ? end(invocation) : answer;
  };
  return {
    gate,
    plan: (of: FunctionName, point: CrashPoint) => void plans.set(of, point),
    forget: (of: FunctionName) => void plans.delete(of),
  };
}

/** Whether a fault is, or tells of, a process that ended. */
export function isCrash(fault: unknown): boolean {
  return fault instanceof Crash || (fault as Error).cause instanceof Crash;
}
