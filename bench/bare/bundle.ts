import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundleOptions } from '../../lib/bundle.ts';

/** Bundles a file of this folder into `folder/index.mjs`, as the functions are bundled. */
export function bareBundle(file: 'clients.ts' | 'issuance.ts', folder: string): void {
  buildSync({
    ...bundleOptions,
    entryPoints: [join(import.meta.dirname, file)],
    splitting: false,
    outfile: join(folder, 'index.mjs'),
  });
}
