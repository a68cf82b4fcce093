declare module 'dynalite' {
  import type { Server } from 'node:http';
  // biome-ignore lint/style/noDefaultExport: the package's only export is its default.
  export default function dynalite(options: {
    /** Milliseconds that a new table stays in CREATING. */
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): Server;
}
