import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, unreadable } from './architecture/imports.ts';
import { rooms, violationsOf } from './architecture/rooms.ts';

const root = join(import.meta.dirname, '..');

function sourcesOf(room: string): { file: string; source: string }[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${room}/${name.replaceAll('\\', '/')}`)
    .map((file) => ({ file, source: readFileSync(join(root, file), 'utf8') }));
}

describe('what each room imports', () => {
  const present = Object.keys(rooms).filter((room) => existsSync(join(root, room)));

  it('is checked in the rooms that must exist', () => {
    expect(present).toEqual(expect.arrayContaining(['core', 'lambda', 'lib', 'bin', 'test']));
  });

  it.each(present)('%s keeps to the table, and has imports that were checked', (room) => {
    const sources = sourcesOf(room);
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap(({ file, source }) => importsOf(file, source)).length).toBeGreaterThan(0);
    expect(sources.flatMap(({ file, source }) => violationsOf(file, source))).toEqual([]);
  });
});

describe('the table', () => {
  it.each([
    ['core reaching into an adapter', 'core/plan.ts', `import { now } from '../lambda/clock.ts';`],
    ['core reaching into an adapter by type', 'core/plan.ts', `import type { X } from '../lambda/clock.ts';`],
    ['core reading files', 'core/plan.ts', `import { readFileSync } from 'node:fs';`],
    ['core making randomness', 'core/hash.ts', `import { createHash, randomBytes } from 'node:crypto';`],
    ['core taking all of node:crypto', 'core/hash.ts', `import * as crypto from 'node:crypto';`],
    ['core taking the default of node:crypto', 'core/hash.ts', `import crypto from 'node:crypto';`],
    ['core parsing YAML elsewhere', 'core/policy/check.ts', `import { parse } from 'yaml';`],
    ['all of zod in the protocol', 'core/protocol/requests.ts', `import { z } from 'zod';`],
    ['policy schemas in a rule', 'core/decide.ts', `import { guardrailSchema } from './policy/schema.ts';`],
    [
      'a part of the policy schemas in a rule',
      'core/rules.ts',
      `import { x } from './policy/schema-hours.ts';`,
    ],
    ['policy schemas in a function', 'lambda/policies.ts', `import { r } from '../core/policy/schema.ts';`],
    [
      'the schema of providers in a function',
      'lambda/x.ts',
      `import { s } from '../core/policy/identity-providers.ts';`,
    ],
    ['the policy compiler in a function', 'lambda/x/main.ts', `await import('../../core/policy/source.ts');`],
    ['YAML in a function', 'lambda/policies.ts', `import { parse } from 'yaml';`],
    ['zod values in a function', 'lambda/http/request.ts', `import * as z from 'zod/mini';`],
    ['the client in a function', 'lambda/issuance/main.ts', `import { x } from '../../client/agent.ts';`],
    ['CDK in a function', 'lambda/issuance/main.ts', `import { App } from 'aws-cdk-lib';`],
    [
      'a value of the protocol in the client',
      'client/a.ts',
      `import { r } from '../core/protocol/requests.ts';`,
    ],
    ['an inline type in the client', 'client/a.ts', `import { type R } from '../core/protocol/requests.ts';`],
    ['more of core in the client', 'client/a.ts', `import type { Lease } from '../core/lease.ts';`],
    ['use cases in lib', 'lib/stack.ts', `import { issueLease } from '../core/use-cases/issue-lease.ts';`],
    ['a function in lib', 'lib/stack.ts', `import '../lambda/issuance/main.ts';`],
    [
      'functions in the local broker',
      'local/start.ts',
      `export { handler } from '../lambda/issuance/main.ts';`,
    ],
    ['lib in the local broker', 'local/start.ts', `import { bundle } from '../lib/bundle.ts';`],
    ['the simulator beside evaluate', 'local/iam/x.ts', `import { run } from '@cloud-copilot/iam-simulate';`],
    ['the inside of the local broker in the demo', 'demo/run.ts', `import { x } from '../local/iam/x.ts';`],
    ['core in the demo', 'demo/run.ts', `import { toIso } from '../core/time.ts';`],
    ['a test in bin', 'bin/dev.ts', `import { x } from '../test/architecture/rooms.ts';`],
    ['an entry point in the cli', 'cli/run.ts', `import '../bin/app.ts';`],
    ['signing elsewhere in the cli', 'cli/panic.ts', `import { AwsClient } from 'aws4fetch';`],
    ['signing people in elsewhere in the cli', 'cli/panic.ts', `await import('openid-client');`],
    ['signing people in in a function', 'lambda/x/main.ts', `import { None } from 'openid-client';`],
    ['a client of OAuth in another connector', 'lambda/connectors/jwt.ts', `import 'openid-client';`],
    ['JOSE elsewhere in the local broker', 'local/aws/kms.ts', `import { jwtVerify } from 'jose';`],
    ['a function in the cli', 'cli/panic.ts', `import { patience } from '../lambda/aws/patience.ts';`],
    ['a benchmark in a test', 'test/x.test.ts', `import { x } from '../bench/issue.ts';`],
    ['a test in a benchmark', 'bench/x.ts', `import { start } from '../test/broker.ts';`],
    ['require', 'core/plan.ts', `const fs = require('node:fs');`],
    ['an import that cannot be read', 'core/plan.ts', 'await import(`../${room}/x.ts`);'],
    ['an import that cannot be read in the local broker', 'local/start.ts', 'await import(path);'],
    ['an import over several lines', 'core/plan.ts', `import {\n  a,\n  b,\n} from\n  '../lambda/clock.ts';`],
    ['a second import on a line', 'core/plan.ts', `import './time.ts'; import '../lambda/clock.ts';`],
    ['a package that no row names', 'core/plan.ts', `import left from 'left-pad';`],
    ['a builtin without its scheme', 'lambda/x.ts', `import fs from 'fs';`],
  ])('refuses %s', (_, file, source) => {
    expect(violationsOf(file, source)).toHaveLength(1);
  });

  it.each([
    ['createHash in core', 'core/hash.ts', `import { createHash } from 'node:crypto';`],
    ['YAML where policies are read', 'core/policy/source-tokens.ts', `import { Lexer } from 'yaml';`],
    ['policy types in a rule', 'core/decide.ts', `import type { Rule } from './policy/schema.ts';`],
    [
      'the type of a provider in a function',
      'lambda/x.ts',
      `import type { IdentityProvider } from '../core/policy/identity-providers.ts';`,
    ],
    ['types of the protocol in the client', 'client/a.ts', `import type { R } from '../core/protocol/x.ts';`],
    ['time in the client', 'client/a.ts', `import { toIso } from '../core/time.ts';`],
    ['hosts of STS in the client', 'client/a.ts', `import { regionalSts } from '../core/sts-host.ts';`],
    ['the client in the prober', 'lambda/prober/main.ts', `import { x } from '../../client/agent.ts';`],
    [
      'the simulator in evaluate',
      'local/iam/evaluate.ts',
      `import { x } from '@cloud-copilot/iam-simulate';`,
    ],
    ['the ports in memory in a benchmark', 'bench/x.ts', `import { x } from '../test/ports/memory-kms.ts';`],
    ['anything in a test', 'test/x.test.ts', 'await import(`../${room}/x.ts`);'],
  ])('allows %s', (_, file, source) => {
    expect(violationsOf(file, source)).toEqual([]);
  });
});

describe('the scanner', () => {
  it('tells types, names, namespaces and dynamic imports', () => {
    const source = [
      `import type { A } from './a.ts';`,
      `export type { B } from './b.ts';`,
      `import d, { type C, e as f } from 'c';`,
      `export * from 'd';`,
      `import type from 'e';`,
      `const g = await import("f");`,
      `import(name);`,
    ].join('\n');
    expect(importsOf('core/x/y.ts', source)).toEqual([
      { target: 'core/x/a.ts', typeOnly: true, names: ['A'] },
      { target: 'core/x/b.ts', typeOnly: true, names: ['B'] },
      { target: 'c', typeOnly: false, names: ['*', 'C', 'e'] },
      { target: 'd', typeOnly: false, names: ['*'] },
      { target: 'e', typeOnly: false, names: ['*'] },
      { target: 'f', typeOnly: false, names: ['*'] },
      { target: unreadable, typeOnly: false, names: ['*'] },
    ]);
  });

  it('is not misled by import.meta, exports of their own or words that end in import', () => {
    const source = [
      'const here = import.meta.dirname;',
      'export const from = 1;',
      `export function f(a: string) { return g('from', "x"); }`,
      `reimport('a');`,
      `this.import('b');`,
    ].join('\n');
    expect(importsOf('core/x.ts', source)).toEqual([]);
  });
});
