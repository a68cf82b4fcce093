import type { Command } from './command.ts';
import { decideCommand } from './decide.ts';

/** `mayfly approve`. */
export const command: Command = decideCommand('approve');
