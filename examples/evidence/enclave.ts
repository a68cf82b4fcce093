import { awsIam, awsNitro } from '../../client/index.ts';

/** Whatever of yours speaks to /dev/nsm inside the enclave: COSE_Sign1 with these bytes as `user_data`. */
declare function nsmAttestation(userData: Uint8Array): Promise<Uint8Array>;

export const evidence = [awsIam, awsNitro(nsmAttestation)];
