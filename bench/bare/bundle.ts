import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Bundles a file of this folder into `folder/index.mjs`, with the options of `lib/bundle.ts`. */
export function bareBundle(file: 'clients.ts' | 'issuance.ts', folder: string): void {
  buildSync({
    entryPoints: [join(import.meta.dirname, file)],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: {
      js: "import{createRequire as mayflyCreateRequire}from'node:module';const require=mayflyCreateRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
}
