#!/usr/bin/env node
// The command line: `npx mayfly`.
import { main } from '../cli/main.ts';
import { processWorld } from '../cli/world.ts';

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await main(process.argv.slice(2), processWorld());
