import { proveEach } from './every-permission-proof.ts';

/** The one function that writes to IAM, which waits a second before it does. */
proveEach('revoker');
