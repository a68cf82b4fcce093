import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as settings from '../../core/settings.ts';

const specs = Object.entries(settings).filter(([name]) => name.endsWith('Settings')) as [
  string,
  settings.SettingsSpec<readonly string[]>,
][];

it('finds the settings of every function', () => {
  expect(specs.map(([name]) => name)).toEqual(
    expect.arrayContaining(['attestationSettings', 'issuanceSettings', 'lifecycleSettings']),
  );
});

describe.each(specs)('%s', (_, spec) => {
  const values = fc.record(Object.fromEntries(spec.names.map((name) => [name, fc.string({ minLength: 1 })])));

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(values, (written) => {
        expect(spec.read(spec.write(written))).toEqual(written);
      }),
    );
  });

  it('writes what it read, and a variable for each setting', () => {
    fc.assert(
      fc.property(values, (written) => {
        const environment = spec.write(written);
        expect(spec.write(spec.read({ ...environment, PATH: '/bin' }))).toEqual(environment);
        expect(Object.keys(environment)).toHaveLength(spec.names.length);
      }),
    );
  });

  it.each(spec.names)('names the variable of %s when it is absent or empty', (name) => {
    const complete = Object.fromEntries(spec.names.map((each) => [each, 'x']));
    const environment = spec.write(complete);
    const [variable] = Object.entries(spec.write({ ...complete, [name]: 'y' })).find(
      ([, v]) => v === 'y',
    ) ?? [''];
    expect(variable).toMatch(/^MAYFLY_[A-Z_]+$/);
    for (const value of ['', undefined])
      expect(() => spec.read({ ...environment, [variable]: value })).toThrow(variable);
  });
});
