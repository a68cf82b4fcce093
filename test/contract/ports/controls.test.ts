import { afterAll, describe, expect, it } from 'vitest';
import type { Control } from '../../../core/standing.ts';
import { after } from '../../../core/time.ts';
import type { ControlsOf } from '../../../core/use-cases/attest.ts';
import type { Controls } from '../../../core/use-cases/end-lease.ts';
import { controlReader, controlStore } from '../../../lambda/aws/control-store.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryControls } from '../../ports/memory-controls.ts';
import { fresh } from './leases.ts';

const { dynamo, stop } = await startDynamo('controls');
afterAll(stop);

const memory = memoryControls();
const implementations: [string, Controls, ControlsOf][] = [
  ['in memory', memory, async (scopes) => memory.of(scopes)],
  ['in DynamoDB', controlStore(dynamo, 'controls'), controlReader(dynamo, 'controls')],
];

const first = { at: morning, by: 'one operator', reason: 'stolen' };

describe.each(implementations)('controls %s', (_, controls, read) => {
  /** What is said of a scope, without its name. */
  const of = async (scope: string): Promise<Omit<Control, 'scope'>> => {
    const [control] = await read([scope]);
    if (!control) return {};
    const { scope: named, ...said } = control;
    expect(named).toBe(scope);
    return said;
  };

  it('say nothing of what nothing was said about', async () => {
    expect(await read([])).toEqual([]);
    expect(await read([fresh('agent#'), 'everybody'])).toEqual([]);
  });

  it('say who was kept out first, and why, however often it is repeated', async () => {
    const scope = fresh('agent#');
    await controls.quarantine(scope, first);
    await controls.quarantine(scope, { at: after(morning, 5), by: 'another', reason: 'other' });
    expect(await of(scope)).toEqual({ quarantine: first });
  });

  it('let in again whom they kept out, and keep out again whom they let in', async () => {
    const scope = fresh('agent#');
    await controls.quarantine(scope, first);
    await controls.lift(scope, after(morning, 1));
    expect(await of(scope)).toEqual({});
    const second = { ...first, at: after(morning, 2) };
    await controls.quarantine(scope, second);
    expect(await of(scope)).toEqual({ quarantine: second });
  });

  it('do not keep out again whom somebody let in since: a repeated quarantine is an old one', async () => {
    const scope = fresh('agent#');
    await controls.quarantine(scope, first);
    await controls.lift(scope, after(morning, 1));
    await controls.quarantine(scope, first);
    expect(await of(scope)).toEqual({});
  });

  it('keep out whoever is kept out in the second in which somebody lets them in', async () => {
    const scope = fresh('agent#');
    await controls.lift(scope, morning);
    await controls.quarantine(scope, first);
    expect(await of(scope)).toEqual({ quarantine: first });
  });

  it('let in whom nobody kept out: nothing happens', async () => {
    const scope = fresh('agent#');
    await controls.lift(scope, morning);
    await controls.lift(scope, morning);
    expect(await of(scope)).toEqual({});
  });

  it('bury before a second that never falls', async () => {
    const scope = fresh('type#');
    await controls.bury(scope, morning);
    await controls.bury(scope, after(morning, -10));
    expect(await of(scope)).toEqual({ revoked_before: morning });
    await controls.bury(scope, after(morning, 10));
    expect(await of(scope)).toEqual({ revoked_before: after(morning, 10) });
  });

  it('keep the tombstone of whom they let in: what is dead stays dead', async () => {
    const scope = fresh('agent#');
    await controls.quarantine(scope, first);
    await controls.bury(scope, morning);
    expect(await of(scope)).toEqual({ quarantine: first, revoked_before: morning });
    await controls.lift(scope, after(morning, 1));
    expect(await of(scope)).toEqual({ revoked_before: morning });
    await controls.quarantine(scope, { ...first, at: after(morning, 2) });
    expect(await of(scope)).toMatchObject({ revoked_before: morning, quarantine: { at: after(morning, 2) } });
  });

  it('say each thing of its own scope only, and answer in the order asked', async () => {
    const [one, other, silent] = [fresh('key#'), fresh('key#'), fresh('key#')];
    await controls.quarantine(one, first);
    await controls.bury(other, morning);
    const answer = await read([other, silent, one]);
    expect(answer).toEqual([
      { scope: other, revoked_before: morning },
      { scope: one, quarantine: first },
    ]);
  });
});
