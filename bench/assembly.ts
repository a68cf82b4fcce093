import { join } from 'node:path';
import { bytesAtStart } from '../lib/bundle.ts';
import { localPlace, synthesize } from '../local/synthesize.ts';
import { loadTemplate, readAssembly } from '../local/template/load.ts';
import type { FunctionDefinition } from '../local/template/model.ts';

/** Policies that everything here is measured with: those of the tests. */
export const policyFolder = 'test/policies';

/** The synthesized stack, once for all benchmarks; its folder is removed when the process ends. */
export async function assembly(): Promise<string> {
  made ??= synthesize({ policies: policyFolder }).then(({ folder, remove }) => {
    process.once('exit', remove);
    return folder;
  });
  return made;
}

let made: Promise<string> | undefined;

/** A deployed function, with the size in bytes of what its start loads. */
export type BuiltFunction = FunctionDefinition & {
  /** The folder below `lambda/`. */
  readonly folder: string;
  readonly bytes: number;
};

/** The functions of an assembly as the template deploys them: their code, settings and the size of the code. */
export function functionsOf(folder: string): BuiltFunction[] {
  const { stack, template, asset } = readAssembly(folder);
  const described = (logicalId: string) =>
    String(template.Resources[logicalId]?.Properties?.['Description']).replace('Mayfly ', '');
  return loadTemplate(template, { ...localPlace, stack }, asset).functions.map((definition) => ({
    ...definition,
    folder: described(definition.logicalId),
    bytes: bytesAtStart(join(folder, 'bundles', described(definition.logicalId))),
  }));
}

/** The function of an assembly in this folder below `lambda/`; throws when there is none. */
export function functionOf(folder: string, name: string): BuiltFunction {
  const found = functionsOf(folder).find((each) => each.folder === name);
  if (!found) throw new Error(`the template holds no function ${name}`);
  return found;
}
