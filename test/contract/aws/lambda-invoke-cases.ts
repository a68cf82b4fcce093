import { InvokeCommand, type InvokeCommandInput } from '@aws-sdk/client-lambda';
import { type Case, refused } from './case.ts';

const refuses = (name: string, input: Partial<InvokeCommandInput>, answers: unknown): Case => ({
  name: `Invoke refuses ${name}`,
  run: ({ lambda }) => lambda.send(new InvokeCommand({ FunctionName: 'gone', ...input })),
  answers,
});

const gone = refused('ResourceNotFoundException', 404);

/** Lambda API reference, Invoke: what can be asked where no function runs, as moto runs them in containers only. */
export const lambdaInvokeCases: Case[] = [
  refuses('a function that does not exist', {}, gone),
  refuses(
    'an ARN of a function that does not exist',
    { FunctionName: 'arn:aws:lambda:eu-central-1:111122223333:function:gone' },
    gone,
  ),
  refuses('what is no name of a function', { FunctionName: 'no name' }, refused('ValidationException')),
];
