import { proveEach } from './every-permission-proof.ts';

/** The functions that make grants beyond AWS, and end them. */
proveEach('postgres', 'oauth', 'jwt', 'proxy');
