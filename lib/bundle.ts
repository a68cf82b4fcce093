import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

/** Files that go beside a bundle, by name. */
export type BesideBundle = Readonly<Record<string, string>>;

/** How every function is bundled. */
export const bundleOptions = {
  bundle: true,
  // What is imported when it is needed stays in a file of its own: no cold start pays for it.
  splitting: true,
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
 * Bundles `lambda/<name>/main.ts` to ES modules, `index.mjs` first, in `<parent>/<name>`, with `<name>.meta.json` beside, and
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
    entryPoints: [{ in: `lambda/${name}/main.ts`, out: 'index' }],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    metafile: true,
  });
  for (const [file, text] of Object.entries(beside)) writeFileSync(join(folder, file), text);
  writeFileSync(join(parent, `${name}.meta.json`), JSON.stringify(metafile satisfies Metafile));
  return folder;
}

/** Bytes of the bundle in a folder that its start loads: all but what is imported when it is needed. */
export function bytesAtStart(folder: string): number {
  return outputsAtStart(folder).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The files of the bundle in a folder that its start loads, as esbuild describes them. */
export function outputsAtStart(folder: string): Metafile['outputs'][string][] {
  const { outputs }: Metafile = JSON.parse(readFileSync(`${folder}.meta.json`, 'utf8'));
  const [entry] =
    Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.endsWith('/main.ts')) ?? [];
  const left = entry === undefined ? [] : [entry];
  const loaded = new Map<string, Metafile['outputs'][string]>();
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    const output = outputs[each];
    if (loaded.has(each) || !output) continue;
    loaded.set(each, output);
    left.push(...output.imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path));
  }
  if (loaded.size === 0) throw new Error(`${folder} holds no bundle`);
  return [...loaded.values()];
}
