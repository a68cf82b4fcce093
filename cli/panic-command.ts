import { exactly, parseArguments } from './arguments.ts';
import { type AwsChoice, awsFailure, awsOptions, findKeys, findRegion } from './aws.ts';
import { Failure, UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import { askBack } from './confirm.ts';
import { type GrantRole, type Place, rolesIn, rolesOf, typesOf } from './grant-roles.ts';
import { outcomeJson, outcomeLines, rehearsal, whatHappens } from './panic-report.ts';
import { carryOut, failuresOf, type Way, type Work } from './panic-steps.ts';
import { awsSwitches, type Switches } from './panic-switches.ts';
import { printable } from './printable.ts';
import type { World } from './world.ts';

const options = {
  deployment: { type: 'string', default: 'mayfly' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
  ...awsOptions,
} as const;

/** What those options mean, for help texts. */
export const panicOptionsHelp = `  --deployment NAME  the deployment; mayfly when absent
  --region REGION    its region; otherwise AWS_REGION or that of the profile
  --profile NAME     AWS profile; otherwise where the AWS SDK looks for credentials
  --dry-run          say what would be done, and do nothing
  --yes              do not ask back; needed where there is no terminal
  --json             the outcome as one JSON document`;

/** The managed policy of the stack that allows all of this. */
const access = 'PanicAccess';

type Chosen = AwsChoice & { readonly deployment: string };

/** One of the two ways as a command. */
export function panicCommand(way: Way, help: string): Command {
  return {
    help,
    async run(args, world) {
      const { values, positionals } = parseArguments(args, options);
      if (positionals.length === 0) throw await unnamed(way, values, world);
      const [scope] = exactly(positionals, ['all or an agent type']);
      const { place, switches } = await reach(values, world);
      const { work, unlisted } = await workOf(way, scope, place, switches);
      if (unlisted) world.err(printable(`${unlisted.message}: only issuance can be stopped`));
      if (values['dry-run']) {
        for (const line of rehearsal(way, place, work)) world.out(line);
        return unlisted ? 1 : 0;
      }
      if (!values.yes)
        await askBack({ what: whatHappens(way, place, work), word: scope, instead: '--yes' }, world);
      const outcome = await carryOut(switches, way, work);
      const failures = [
        ...(unlisted ? [unlisted] : []),
        ...failuresOf(outcome).map(({ what, error }) => awsFailure(what, error, access)),
      ];
      if (values.json) world.out(outcomeJson(place, outcome, failures));
      else for (const line of outcomeLines(way, place, outcome, scope)) world.out(line);
      report(failures, world);
      return failures.length > 0 ? 1 : 0;
    },
  };
}

async function reach(values: Chosen, world: World): Promise<{ place: Place; switches: Switches }> {
  const { deployment } = values;
  if (!/^[a-z][a-z0-9-]{0,11}$/.test(deployment))
    throw new UsageError(`${deployment} is no name of a deployment: at most 12 of a-z 0-9 -, a letter first`);
  const region = await findRegion(values);
  const credentials = await findKeys(values, world);
  const [{ IAMClient }, { LambdaClient }] = await Promise.all([
    import('@aws-sdk/client-iam'),
    import('@aws-sdk/client-lambda'),
  ]);
  // Throttling is tried again with growing pauses: an incident is the time for patience, not for half of the roles.
  const requestHandler = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
  const config = { region, credentials, maxAttempts: 10, requestHandler };
  const clients = { iam: new IAMClient(config), lambda: new LambdaClient(config) };
  return { place: { deployment, region }, switches: awsSwitches(deployment, clients) };
}

async function list(switches: Switches, place: Place): Promise<GrantRole[]> {
  try {
    return rolesOf(place, await switches.grantRoles());
  } catch (error) {
    throw awsFailure('the grant roles cannot be listed', error, access);
  }
}

/** Who cannot list roles can still stop issuance: panic goes on with that, unpanic does not begin. */
async function workOf(
  way: Way,
  scope: string,
  place: Place,
  switches: Switches,
): Promise<{ work: Work; unlisted?: Failure }> {
  const issuance = scope === 'all';
  let roles: GrantRole[];
  try {
    roles = await list(switches, place);
  } catch (error) {
    if (!(issuance && way === 'panic' && error instanceof Failure)) throw error;
    return { work: { issuance, roles: [] }, unlisted: error };
  }
  return { work: { issuance, roles: rolesIn(scope, roles, place) } };
}

/** Nothing is guessed: the answer to no argument is what there is. */
async function unnamed(way: Way, values: Chosen, world: World): Promise<UsageError> {
  const which = `${way} for whom? ${called} ${way} all, or one agent type`;
  try {
    const { place, switches } = await reach(values, world);
    const types = typesOf(await list(switches, place));
    const has = types.length > 0 ? types.join(', ') : 'none: another --deployment or --region?';
    return new UsageError(which, `Agent types of ${place.deployment} in ${place.region}: ${has}`);
  } catch (error) {
    return new UsageError(which, `Which there are cannot be told: ${(error as Error).message}`);
  }
}

function report(failures: readonly Failure[], world: World): void {
  for (const { message } of failures) world.err(printable(`failed: ${message}`));
  for (const advice of new Set(failures.map(({ advice }) => advice))) if (advice) world.err(advice);
}
