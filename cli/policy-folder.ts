import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beside, isPolicyFile } from '../core/policy/folder.ts';
import type { IdentityProvider } from '../core/policy/identity-providers.ts';
import type { ContextPolicy, Guardrail } from '../core/policy/schema.ts';
import type { PolicyCases } from '../core/policy/schema-cases.ts';
import type { TrustSources } from '../core/policy/schema-trust.ts';
import {
  compileGuardrail,
  compileIdentityProviders,
  compilePolicy,
  compileSystems,
  compileTrustSources,
  PolicySourceError,
  type SourceFile,
} from '../core/policy/source.ts';
import { readCases } from '../core/policy/source-cases.ts';
import { Failure, UsageError } from './cli-error.ts';
import { printable } from './printable.ts';
import type { World } from './world.ts';

/** One policy of a folder, and the file that it was compiled from. */
export type PolicyFile = { readonly source: SourceFile; readonly policy: ContextPolicy };

/** The cases of one file. */
export type CaseFile = { readonly file: string } & PolicyCases;

/** What a folder of policies holds, as far as it compiles; `problems` says what does not, a line each. */
export type PolicyFolder = {
  readonly folder: string;
  readonly guardrail: Guardrail | undefined;
  /** Undefined where there is no `identity-providers.yaml`. */
  readonly providers: readonly IdentityProvider[] | undefined;
  /** Undefined where there is no `trust-sources.yaml`. */
  readonly trust: TrustSources | undefined;
  readonly policies: readonly PolicyFile[];
  readonly cases: readonly CaseFile[];
  readonly problems: readonly string[];
};

/**
 * Reads a folder, or single policies of one (`names`), inside the folder's guardrail. Throws {@link UsageError} for a
 * folder that is not there, or has no guardrail.
 */
export function readFolder(folder: string, names: readonly string[] = policyNames(folder)): PolicyFolder {
  if (!existsSync(join(folder, beside.guardrail)))
    throw new UsageError(
      `${folder} has no ${beside.guardrail}`,
      'A policy is compiled inside the guardrail beside it.',
    );
  const problems: string[] = [];
  const compiled = <Result>(compile: () => Result): Result[] => {
    try {
      return [compile()];
    } catch (error) {
      if (!(error instanceof PolicySourceError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  const [guardrail] = compiled(() => compileGuardrail(readSource(join(folder, beside.guardrail))));
  const providers = existsSync(join(folder, beside.identityProviders))
    ? compiled(() => compileIdentityProviders(readSource(join(folder, beside.identityProviders)))).flat()
    : undefined;
  const trustFile = join(folder, beside.trustSources);
  const [trust] = isFile(trustFile) ? compiled(() => compileTrustSources(readSource(trustFile))) : [];
  // Without what could not be read, every policy would be told to list there what may well be listed.
  const isTrustRead = trust !== undefined || !isFile(trustFile);
  const systemsFile = join(folder, beside.systems);
  const [systems] = isFile(systemsFile) ? compiled(() => compileSystems(readSource(systemsFile))) : [];
  const areSystemsRead = systems !== undefined || !isFile(systemsFile);
  const policies =
    guardrail && isTrustRead && areSystemsRead
      ? names.flatMap((name) =>
          compiled(() => {
            const source = readSource(join(folder, name));
            return { source, policy: compilePolicy(source, guardrail, trust, systems) };
          }),
        )
      : [];
  const cases = filesOf(folder, '.cases.json').flatMap((name) =>
    compiled(() => ({ file: join(folder, name), ...readCases(readSource(join(folder, name))) })),
  );
  problems.push(...twins(folder, policies));
  return { folder, guardrail, providers, trust, policies, cases, problems };
}

/** A policy by its file, with the cases beside it. Throws {@link UsageError} for what is no file, {@link Failure} for what is broken. */
export function readPolicyFile(path: string, world: World): { folder: PolicyFolder; file: PolicyFile } {
  if (!isFile(path)) throw new UsageError(`${path} is no file`);
  const folder = readFolder(dirname(path), [basename(path)]);
  refuseBroken(folder, world);
  const [file] = folder.policies;
  if (!file) throw new Failure(`${path} is no policy`);
  return { folder, file };
}

/** Throws {@link Failure} for a folder in which something does not compile, once it has said what. */
export function refuseBroken({ folder, problems }: PolicyFolder, { err }: Pick<World, 'err'>): void {
  if (problems.length === 0) return;
  for (const problem of problems) err(printable(problem));
  throw new Failure(`${folder} does not compile`, 'Nothing was decided.');
}

/** Reads a file for messages that name it as it was given. Throws {@link UsageError} where it cannot be read. */
export function readSource(path: string): SourceFile {
  try {
    return { name: path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Whether there is a file of this name. */
export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function policyNames(folder: string): string[] {
  return filesOf(folder, '.yaml').filter(isPolicyFile);
}

function filesOf(folder: string, ending: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new UsageError(`${folder} is no folder`);
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort();
}

/** An agent type with two policies would be decided by whichever is read first. */
function twins(folder: string, policies: readonly PolicyFile[]): string[] {
  const types = policies.map(({ policy }) => policy.agent_type);
  const twice = types.find((type, i) => types.indexOf(type) !== i);
  return twice === undefined ? [] : [`${folder}: two policies are for the agent type ${twice}`];
}
