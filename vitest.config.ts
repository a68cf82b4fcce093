import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['./test/synth.ts'],
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    // Many tests wait for child processes and for an SDK that backs off, so that three share two cores.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
