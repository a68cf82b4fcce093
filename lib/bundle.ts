import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

/** Files that go beside a bundle, by name. */
export type BesideBundle = Readonly<Record<string, string>>;

/** How every function is bundled. */
export const bundleOptions = {
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // CommonJS parts of the SDK call require for node's own modules. A long name, which no minified one meets.
  banner: {
    js: "import{createRequire as mayflyCreateRequire}from'node:module';const require=mayflyCreateRequire(import.meta.url);",
  },
  logLevel: 'error',
} as const satisfies BuildOptions;

/**
 * Bundles `lambda/<name>/main.ts` to an ES module in `<parent>/<name>`, with `<name>.meta.json` beside, and
 * answers its folder. In this process, because NodejsFunction starts one for each function, which took most
 * of a synth's time; inside the assembly, so that two runs never share a folder.
 */
export function bundle(name: string, beside: BesideBundle, parent: string): string {
  const root = join(import.meta.dirname, '..');
  const folder = join(parent, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = buildSync({
    ...bundleOptions,
    absWorkingDir: root,
    entryPoints: [`lambda/${name}/main.ts`],
    outfile: join(folder, 'index.mjs'),
    metafile: true,
  });
  for (const [file, text] of Object.entries(beside)) writeFileSync(join(folder, file), text);
  writeFileSync(join(parent, `${name}.meta.json`), JSON.stringify(metafile satisfies Metafile));
  return folder;
}
