import { type Admission, policiesFor } from '../admission.ts';
import { BrokerError } from '../broker-error.ts';
import type { Caller } from '../identity.ts';
import { scopesOfCaller } from '../scope.ts';
import { refuseQuarantined } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import type { ControlsOf } from './attest.ts';

/** Seconds within which a nonce must come back in evidence. */
export const nonceSeconds = 60;

/** Nonces that were handed out and not used. */
export type Nonces = {
  put(nonce: string, userId: string, expires: EpochSeconds): Promise<void>;
  /** Takes the nonce away for good; false unless this caller got it and it has not expired. */
  consume(nonce: string, userId: string, now: EpochSeconds): Promise<boolean>;
};

/** Hands a fresh nonce to a principal that some policy knows; throws `access_denied` to others, `quarantined`. */
export async function issueChallenge(
  world: Admission & {
    nonces: Nonces;
    controlsOf: ControlsOf;
    randomNonce: () => string;
  },
  caller: Caller,
  now: EpochSeconds,
): Promise<{ nonce: string; expires: EpochSeconds }> {
  if (policiesFor(world, caller).length === 0)
    throw new BrokerError('access_denied', 'no policy names this principal');
  refuseQuarantined(await world.controlsOf(scopesOfCaller(caller)));
  const nonce = world.randomNonce();
  const expires = after(now, nonceSeconds);
  await world.nonces.put(nonce, caller.userId, expires);
  return { nonce, expires };
}
