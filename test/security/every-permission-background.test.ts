import { proveEach } from './every-permission-proof.ts';

/** The functions that time calls. */
proveEach('timer', 'sweeper');
