import type { Command } from './command.ts';
import { decideCommand } from './decide.ts';

/** `mayfly deny`. */
export const command: Command = decideCommand('deny');
