import { assumeRoleSeconds, credentialSeconds } from '../../core/lifetime.ts';
import type { AwsPlan } from '../../core/plan.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import type { MintedCredentials, Minter } from '../../core/use-cases/mint-checked.ts';

/** An STS that makes what the plan says, and remembers it. */
export type ObedientSts = Minter & {
  readonly plans: AwsPlan[];
  /** What happens instead of, or before, the next answers: throw to fail, return to change the answer. */
  meddle: (plan: AwsPlan) => Partial<MintedCredentials> | Promise<Partial<MintedCredentials>>;
};

/** `trail` receives `mint` each time, so that the order among ports can be read off one list. */
export function obedientSts(clock: () => EpochSeconds, trail: string[] = []): ObedientSts {
  const plans: AwsPlan[] = [];
  const sts: ObedientSts = {
    plans,
    meddle: () => ({}),
    async mint(plan, until) {
      trail.push('mint');
      // Asked for before the request travels, counted from when it arrives.
      const seconds = lifetimeOf(plan, credentialSeconds(until - clock()));
      const changed = await sts.meddle(plan);
      plans.push(plan);
      return { ...answerTo(plan, after(clock(), seconds), plans.length), ...changed };
    },
  };
  return sts;
}

function lifetimeOf({ narrowing }: AwsPlan, seconds: number): number {
  return narrowing === 'scoped_credentials' ? seconds : assumeRoleSeconds(seconds, narrowing);
}

function answerTo(plan: AwsPlan, expiration: EpochSeconds, count: number): MintedCredentials {
  const role = plan.roleArn.split('/').at(-1);
  return {
    accessKeyId: `ASIA${count}`,
    secretAccessKey: `secret ${count}`,
    sessionToken: `token ${count}`,
    expiration,
    sourceIdentity: plan.sourceIdentity,
    arn: `arn:aws:sts::111122223333:assumed-role/${role}/${plan.sessionName}`,
  };
}
