import type { AccountPlace } from '../account.ts';
import { AwsFault } from '../fault.ts';
import type { Authorizer } from '../iam/authorize.ts';
import { type JsonBody, parseJsonCall, refuseJson, stringField } from './json-protocol.ts';
import type { Secret, Secrets, SecretVersion } from './secrets.ts';
import type { Service } from './service.ts';

/** What a call may say; each is a condition key too (service authorization reference, Secrets Manager). */
const parameters = ['SecretId', 'VersionId', 'VersionStage'] as const;

/** Secrets Manager: GetSecretValue of texts, by ARN or name. A part of an ARN names nothing here. */
export function createSecretsManager(secrets: Secrets, authorizer: Authorizer, place: AccountPlace): Service {
  return {
    async handle(request, session) {
      const { operation, body } = parseJsonCall(request, 'secretsmanager');
      const secretId = stringField(body, 'SecretId');
      const secret = secrets.get(secretId) ?? secrets.named(secretId);
      await authorizer.demand(session, {
        action: `secretsmanager:${operation}`,
        resource: secret?.arn ?? absentArn(secretId, place),
        context: contextOf(body),
      });
      if (operation !== 'GetSecretValue') throw new AwsFault('UnknownOperationException', '');
      refuseUnheard(body);
      if (!secret)
        throw new AwsFault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      return {
        status: 200,
        headers: { 'Content-Type': 'application/x-amz-json-1.1' },
        body: JSON.stringify(secretValue(secret, body)),
      };
    },
    refuse: (fault, requestId) => refuseJson(fault, '1.1', requestId),
  };
}

/** A secret that does not exist has none of the six characters: only who may read more is told that it does not. */
function absentArn(secretId: string, { region, account }: AccountPlace): string {
  if (secretId === '') return '*';
  return secretId.startsWith('arn:')
    ? secretId
    : `arn:aws:secretsmanager:${region}:${account}:secret:${secretId}`;
}

function contextOf(body: JsonBody): Record<string, string> {
  const said = parameters.filter((name) => stringField(body, name) !== '');
  return Object.fromEntries(said.map((name) => [`secretsmanager:${name}`, stringField(body, name)]));
}

/** Refuses what GetSecretValue does not take (Secrets Manager API reference), and a parameter that is no text. */
function refuseUnheard(body: JsonBody): void {
  for (const [name, value] of Object.entries(body)) {
    if (!parameters.some((known) => known === name))
      throw new AwsFault('InvalidParameterException', `The parameter ${name} is not emulated.`);
    if (typeof value !== 'string') throw new AwsFault('SerializationException', `${name} is no text.`);
  }
  const { SecretId, VersionId, VersionStage } = body as Partial<Record<string, string>>;
  if (SecretId === undefined || !/^[\w/+=.@!:-]{1,2048}$/.test(SecretId))
    throw new AwsFault(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  if (VersionId !== undefined && !/^.{32,64}$/s.test(VersionId))
    throw new AwsFault('InvalidParameterException', 'VersionId must be 32-64 characters long.');
  if (VersionStage !== undefined && !/^.{1,256}$/s.test(VersionStage))
    throw new AwsFault('InvalidParameterException', 'VersionStage must be 1-256 characters long.');
}

function secretValue(secret: Secret, body: JsonBody): Record<string, unknown> {
  const { id, text, created, stages } = versionOf(secret, body);
  return {
    ARN: secret.arn,
    Name: secret.name,
    CreatedDate: created,
    VersionId: id,
    SecretString: text,
    ...(stages.length > 0 && { VersionStages: stages }),
  };
}

/** The version that is asked for, AWSCURRENT where none is; both id and stage must mean the same one. */
function versionOf({ versions }: Secret, body: JsonBody): SecretVersion {
  const id = stringField(body, 'VersionId');
  const stage = stringField(body, 'VersionStage') || (id === '' ? 'AWSCURRENT' : '');
  const version = versions.find((each) => (id === '' ? each.stages.includes(stage) : each.id === id));
  if (!version)
    throw new AwsFault(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${id === '' ? `staging label: ${stage}` : `VersionId: ${id}`}`,
    );
  if (stage !== '' && !version.stages.includes(stage))
    throw new AwsFault(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  return version;
}
